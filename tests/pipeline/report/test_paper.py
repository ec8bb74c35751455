"""The paper's Table 1."""

import pytest

from pipeline.comparison.methods import all_names
from pipeline.comparison.statistics import CUT
from pipeline.evaluation.evaluate import ALL, COLD
from pipeline.ranking.metrics import METRICS
from pipeline.report.paper import PAPER_METRICS, paper_value
from tests.support.narrowing import present

PRINTED = ("bprmf", "libfm", "ncf", "heters", "heterec", "graphlf", "cke", "rkge-max", "rkan")


def row(method, group):
    return [paper_value(method, group, metric) for metric in PAPER_METRICS]


def test_the_papers_own_row():
    assert row("rkan", ALL) == [0.1595, 0.1219, 0.0951, 0.3346]
    assert row("rkan", COLD) == [0.0905, 0.0526, 0.0510, 0.1644]


@pytest.mark.parametrize("group", [ALL, COLD])
def test_both_poolings_have_the_papers_rkge(group):
    assert row("rkge-max", group) == row("rkge-mean", group)


@pytest.mark.parametrize("group", [ALL, COLD])
def test_rkan_is_the_papers_best_throughout(group):
    for metric in PAPER_METRICS:
        values = {method: present(paper_value(method, group, metric)) for method in PRINTED}
        assert max(values, key=values.__getitem__) == "rkan"


def test_what_the_paper_does_not_print_is_none():
    assert paper_value("ease", ALL, "P@1") is None
    assert paper_value("rkan-closeness", ALL, "P@1") is None
    assert paper_value("rkan", ALL, "nDCG@10") is None
    assert paper_value("rkan", CUT, "P@1") is None


def test_its_names_are_ours():
    assert set(PAPER_METRICS) < set(METRICS)
    assert set(all_names()) >= {"rkge-max", "rkge-mean", "rkan"}
