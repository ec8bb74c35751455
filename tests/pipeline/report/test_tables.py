"""Figures as they are written, and the tables made of them."""

import math

import pandas as pd
import pytest

from pipeline.comparison.statistics import CUT, NEW_MOVIES, UNCUT, compare_pairs, summarise
from pipeline.evaluation.evaluate import ALL
from pipeline.report.tables import (
    differences_table,
    figure,
    figures_table,
    kept_table,
    overview_table,
    probability,
    seconds,
    thin_table,
)
from tests.support.compared_users import TITLES, rows, thin


def figures(*means, **changes):
    """Two users for each method; the first figure is Most popular's."""
    return pd.concat(
        rows(method, [mean - 0.1, mean + 0.1], **changes)
        for method, mean in zip(TITLES, means, strict=True)
    )


def texts(table, column):
    return [row[column].text for row in table.rows]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.2874, ".2874"),
        (1.02341, "1.0234"),
        (-0.0123, "-.0123"),
        (-0.00001, ".0000"),
        (0, ".0000"),
        (math.nan, "–"),
        (-math.inf, "-∞"),
    ],
)
def test_figures_have_no_leading_zero(value, text):
    assert figure(value) == text


def test_signed_figures_have_a_plus():
    assert [figure(x, 2, signed=True) for x in (0.5, -0.5, 0.001)] == ["+.50", "-.50", ".00"]


def test_probabilities_have_three_decimals():
    assert [probability(p) for p in (0.0004, 0.02, 1.0)] == ["<.001", ".020", "1.000"]
    assert probability(math.nan) == "–"


def test_seconds_have_no_more_digits_than_needed():
    assert [seconds(x) for x in (0.41, 12.3, 1234.5)] == ["0.4", "12", "1,234"]


def test_rows_are_the_methods_in_their_order_and_the_best_is_bold():
    table = figures_table(summarise(figures(0.3, 0.2, 0.3)), ALL, TITLES, "rkan")
    assert texts(table, 0) == ["Most popular", "CKE", "RKAN"]
    assert texts(table, 1) == [".3000", ".2000", ".3000"]
    assert [row[1].bold for row in table.rows] == [True, False, True]
    assert table.marked == 2


def test_the_papers_figure_is_beside_ours_where_it_has_one():
    table = figures_table(summarise(figures(0.3, 0.2, 0.4)), ALL, TITLES, "rkan")
    place = table.header.index("P@1")
    assert [row[place].landmark for row in table.rows] == ["", "(.0954)", "(.1595)"]
    assert not any(row[table.header.index("nDCG@10")].landmark for row in table.rows)


def test_several_seeds_have_a_deviation():
    seeds = [rows("rkan", [0.2, 0.2]), rows("rkan", [0.4, 0.4], seed=1)]
    (row,) = figures_table(summarise(pd.concat(seeds)), ALL, TITLES, "rkan").rows
    assert (row[1].text, row[1].spread) == (".3000", "±.1414")


def test_differences_leave_the_reference_out():
    pairs = compare_pairs(figures(0.3, 0.5, 0.4), "rkan")
    table = differences_table(pairs, ALL, "P@10", TITLES, "P@10")
    assert texts(table, 0) == ["Most popular", "CKE"]
    assert texts(table, 1) == ["+.1000", "-.1000"]
    assert texts(table, 2) == ["+.1000 to +.1000", "-.1000 to -.1000"]


def test_the_overview_places_the_reference():
    some = figures(0.3, 0.5, 0.4)
    table = overview_table(summarise(some), compare_pairs(some, "rkan"), TITLES, "rkan")
    cells = [cell.text for cell in table.rows[0]]
    assert cells[:5] == ["all users", "P@1", "CKE .5000", ".4000", "2 of 3"]
    assert sum(map(int, cells[5:])) == 2


def test_what_is_kept_of_the_full_histories_figures():
    both = [figures(0.4, 0.5, 0.8, is_cut=True)]
    both.append(figures(0.3, 0.25, 0.4, is_cut=True, histories="cut"))
    table = kept_table(summarise(pd.concat(both)), (CUT, UNCUT), TITLES, "rkan")
    assert texts(table, 1) == ["75 %", "50 %", "50 %"]


def test_figures_beyond_accuracy_come_last_with_a_dash_where_there_is_none():
    nan = float("nan")
    some = pd.concat(
        [
            rows("popular", [0.5, 0.5], **{"novelty@10": 1.25, "explained": nan}),
            rows("rkan", [0.5, 0.5], **{"novelty@10": 2.5, "explained": 0.75}),
        ]
    )
    table = figures_table(summarise(some), ALL, TITLES, "rkan")
    assert table.header[-2:] == ("novelty@10", "explained")
    assert [[cell.text for cell in row[-2:]] for row in table.rows] == [
        ["1.2500", "–"],
        ["2.5000", ".7500"],
    ]
    assert not any(cell.bold for row in table.rows for cell in row[-2:])


def test_where_evidence_is_thin_each_group_has_a_column():
    summary = summarise(thin({"popular": 0.1, "rkan": 0.3}))
    table = thin_table(summary, "P@1", TITLES, "rkan")
    kept = ("1 rating", "2 ratings", "4 ratings", "all ratings")
    assert table.header == ("method", *kept, "cold movies", "new movies")
    assert texts(table, 0) == ["Most popular", "RKAN"]
    line = summary[(summary.group == NEW_MOVIES) & (summary.method == "rkan")]
    assert table.rows[1][-1].text == figure(line[line.metric == "P@1"]["mean"].item())
    assert all(sum(row[column].bold for row in table.rows) >= 1 for column in range(1, 7))


def test_nothing_kept_of_nothing_is_a_dash():
    both = [rows("rkan", [0, 0], is_cut=True), rows("rkan", [0, 0], is_cut=True, histories="cut")]
    table = kept_table(summarise(pd.concat(both)), (CUT, UNCUT), TITLES, "rkan")
    assert texts(table, 1) == ["–"]
