"""Drawings: files that are always the same, with what they should show."""

import xml.etree.ElementTree as ET

import matplotlib
import pytest

from pipeline.comparison.statistics import summarise, summarise_study
from pipeline.evaluation.evaluate import ALL
from pipeline.report.plots import bars, lines
from tests.support.compared_users import TITLES, drawn, path_lengths
from tests.support.narrowing import present

MARKS = {("rkan", "P@1"): 0.16}


@pytest.fixture(scope="module")
def rows():
    summary = summarise(drawn({"popular": 0.1, "cke": 0.2, "rkan": 0.3}), resamples=50)
    return summary[summary.group == ALL]


def words(svg):
    """The words drawn: matplotlib says each in a comment above its outlines."""
    parser = ET.XMLParser(target=ET.TreeBuilder(insert_comments=True))
    root = ET.fromstring(svg, parser)
    comments = root.iter(ET.Comment)  # type: ignore[arg-type]  # typeshed knows names alone
    return [present(each.text).strip() for each in comments]


def test_bars_name_methods_metrics_and_marks(rows):
    drawing = words(bars(rows, TITLES, "rkan", MARKS, "from the paper"))
    assert [word for word in drawing if word in TITLES.values()] == list(TITLES.values())
    assert {"P@1", "P@5", "P@10", "mrr_sum@10", "from the paper"} <= set(drawing)


def test_without_marks_there_is_no_legend(rows):
    assert "from the paper" not in words(bars(rows, TITLES, "rkan", {}, "from the paper"))


def test_methods_without_figures_have_no_bar(rows):
    drawing = words(bars(rows[rows.method != "cke"], TITLES, "rkan", MARKS, ""))
    assert "CKE" not in drawing


def test_one_method_alone_can_be_drawn(rows):
    assert "RKAN" in words(bars(rows[rows.method == "rkan"], TITLES, "cke", MARKS, "marks"))


def test_lines_name_rankings_values_and_the_setting():
    drawing = words(lines(summarise_study(path_lengths()), "hops"))
    assert {"inner product", "closeness", "3", "5", "7", "hops", "P@10"} <= set(drawing)


def test_the_same_figures_give_the_same_bytes_whatever_the_users_style(rows):
    before = bars(rows, TITLES, "rkan", MARKS, "marks")
    with matplotlib.rc_context({"font.size": 30, "axes.facecolor": "red", "svg.hashsalt": None}):
        assert bars(rows, TITLES, "rkan", MARKS, "marks") == before


def test_drawing_leaves_the_style_as_it_was(rows):
    before = dict(matplotlib.rcParams)
    bars(rows, TITLES, "rkan", MARKS, "marks")
    assert dict(matplotlib.rcParams) == before


def test_the_page_shines_through(rows):
    assert b"fill: #ffffff; stroke: none" not in bars(rows, TITLES, "rkan", {}, "")
