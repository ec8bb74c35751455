"""Groups, means, intervals and tests, on figures that one can check by hand."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from pipeline.comparison.statistics import (
    COLD_MOVIES,
    CUT,
    CUT_1,
    CUT_2,
    GROUPS,
    NEW_MOVIES,
    UNCUT,
    compare_pairs,
    holm,
    in_group,
    summarise,
    summarise_study,
)
from pipeline.evaluation.evaluate import ALL, COLD
from pipeline.ranking.metrics import METRICS
from tests.support.compared_users import drawn, path_lengths, rows, thin


def only(frame, **chosen):
    """The single row with these values."""
    for column, value in chosen.items():
        frame = frame[frame[column] == value]
    assert len(frame) == 1
    return frame.iloc[0]


def test_each_group_has_its_users():
    held_out, is_cut = [4, 5, 4, 9], [True, True, False, False]
    kinds = [("full", "usual"), ("cut", "usual"), ("cut2", "usual"), ("cut1", "usual")]
    kinds += [("full", "cold"), ("full", "new")]
    some = pd.concat(
        rows("ease", [0] * 4, histories=kind, held_out=held_out, is_cut=is_cut, candidates=among)
        for kind, among in kinds
    )
    users = {group: in_group(some, group).userId.tolist() for group in GROUPS}
    everyone, cut = [1, 2, 3, 4], [1, 2]
    assert users == {
        ALL: everyone,
        COLD: [1, 3],
        CUT: cut,
        UNCUT: cut,
        CUT_2: cut,
        CUT_1: cut,
        COLD_MOVIES: everyone,
        NEW_MOVIES: everyone,
    }
    for group, kind in ((CUT, "cut"), (CUT_2, "cut2"), (CUT_1, "cut1")):
        assert set(in_group(some, group).histories) == {kind}
    assert set(in_group(some, NEW_MOVIES).candidates) == {"new"}


def test_without_cut_histories_there_is_nothing_to_hold_them_against():
    assert in_group(rows("ease", [0], is_cut=True), UNCUT).empty


def test_a_method_without_a_figure_beyond_accuracy_has_no_line_of_it():
    nan = float("nan")
    some = pd.concat(
        [
            rows("ease", [0, 1], **{"novelty@10": [2, 4], "coverage@10": 0.5, "explained": nan}),
            rows("rkan", [0, 1], **{"novelty@10": [1, 2], "coverage@10": 0.2, "explained": [0, 1]}),
            rows("cke", [0, 1]),  # from a result of an earlier version
        ]
    )
    summary = summarise(some)
    beyond = summary[~summary.metric.isin(METRICS) & (summary.group == ALL)]
    found = beyond.set_index(["metric", "method"])["mean"].to_dict()
    assert found == {
        ("novelty@10", "ease"): 3,
        ("novelty@10", "rkan"): 1.5,
        ("coverage@10", "ease"): 0.5,
        ("coverage@10", "rkan"): 0.2,
        ("explained", "rkan"): 0.5,
    }
    coverage = only(summary, metric="coverage@10", method="ease")
    assert np.isnan(coverage.low) and np.isnan(coverage.high)


def test_the_coverage_is_that_of_all_users_alone():
    some = rows("ease", [0, 1], held_out=2, **{"novelty@10": 1.0, "coverage@10": 0.5})
    summary = summarise(some)
    assert set(summary[summary.metric == "coverage@10"].group) == {ALL}
    assert set(summary[summary.metric == "novelty@10"].group) == {ALL, COLD}


def test_the_deviation_is_that_of_the_seeds_means():
    some = pd.concat([rows("rkan", [0.0, 1.0], seed=0), rows("rkan", [1.0, 1.0], seed=1)])
    row = only(summarise(some), group=ALL, metric="P@1")
    assert (row.users, row.seeds, row["mean"]) == (2, 2, 0.75)
    assert row.sd == pytest.approx(np.std([0.5, 1.0], ddof=1))


def test_a_single_seed_has_no_deviation():
    row = only(summarise(rows("ease", [0.0, 1.0])), group=ALL, metric="nDCG@10")
    assert row.seeds == 1
    assert np.isnan(row.sd)


def test_groups_without_users_are_left_out():
    assert set(summarise(rows("ease", [0.2], held_out=7)).group) == {ALL}


def test_the_interval_holds_the_mean_and_knows_no_rows_order():
    some = drawn({"popular": 0.1, "rkan": 0.3})
    summary = summarise(some)
    assert ((summary.low <= summary["mean"]) & (summary["mean"] <= summary.high)).all()
    shuffled = summarise(some.sample(frac=1, random_state=3))
    order = ["group", "method", "metric"]
    ours, theirs = (frame.sort_values(order, ignore_index=True) for frame in (summary, shuffled))
    pd.testing.assert_frame_equal(ours, theirs)


def test_holms_adjustment_by_hand():
    assert holm(pd.Series([0.01, 0.04, 0.03, 0.005])).tolist() == [0.03, 0.06, 0.06, 0.02]
    assert holm(pd.Series([0.6, 0.9])).tolist() == [1.0, 1.0]


def test_differences_are_those_of_the_means_over_seeds():
    some = pd.concat(
        [
            rows("ease", [0.1, 0.5, 0.2, 0.4]),
            rows("rkan", [0.0, 1.0, 0.2, 0.9], seed=0),
            rows("rkan", [0.6, 1.0, 0.4, 0.1], seed=1),
        ]
    )
    row = only(compare_pairs(some, "rkan"), group=ALL, metric="P@10")
    differences = np.array([0.2, 0.5, 0.1, 0.1])
    assert (row.method, row.users) == ("ease", 4)
    assert row.difference == pytest.approx(differences.mean())
    assert row.effect_size == pytest.approx(differences.mean() / differences.std(ddof=1))
    theirs = stats.ttest_rel([0.3, 1.0, 0.3, 0.5], [0.1, 0.5, 0.2, 0.4])
    assert row.p == row.p_holm == pytest.approx(theirs.pvalue)
    assert 0.1 - 1e-9 <= row.low < row.difference < row.high <= 0.5


def test_p_is_adjusted_for_the_methods_of_a_group_and_metric():
    chances = {"popular": 0.1, "cke": 0.25, "rkan": 0.3}
    pairs = compare_pairs(thin(chances), "rkan", metrics=("P@5", "mrr@10"))
    assert len(pairs) == len(GROUPS) * 2 * 2
    for _, part in pairs.groupby(["group", "metric"]):
        assert part.p_holm.tolist() == holm(part.p).tolist()
        assert part.p_holm.min() == 2 * part.p.min()


def test_a_worse_reference_has_negative_differences():
    pairs = compare_pairs(drawn({"popular": 0.05, "rkan": 0.5}), "popular")
    assert (pairs.difference < 0).all()
    assert (pairs.effect_size < 0).all()
    assert (pairs.high < 0).all()


@pytest.mark.filterwarnings("error")
def test_the_same_figures_are_no_difference():
    pairs = compare_pairs(pd.concat([rows("ease", [0.1, 0.7]), rows("rkan", [0.1, 0.7])]), "rkan")
    columns = ["difference", "low", "high", "p", "p_holm", "effect_size"]
    assert pairs.iloc[0][columns].tolist() == [0, 0, 0, 1, 1, 0]


@pytest.mark.filterwarnings("error")
def test_one_user_is_too_few_for_a_test():
    row = compare_pairs(pd.concat([rows("ease", [0.1]), rows("rkan", [0.7])]), "rkan").iloc[0]
    assert row.difference == pytest.approx(0.6)
    assert np.isnan([row.p, row.p_holm, row.effect_size]).all()


@pytest.mark.filterwarnings("error")
def test_the_same_difference_for_all_users_is_certain():
    row = compare_pairs(pd.concat([rows("a", [0.5, 0.0]), rows("b", [1.0, 0.5])]), "a").iloc[0]
    assert (row.difference, row.p, row.effect_size) == (-0.5, 0, -np.inf)


def test_a_group_that_the_reference_was_not_run_for_is_left_out():
    cut = rows("ease", [0.1, 0.2], histories="cut", is_cut=True)
    full = pd.concat([rows("ease", [0.1, 0.2]), rows("rkan", [0.3, 0.2])])
    assert set(compare_pairs(pd.concat([full, cut]), "rkan").group) == {ALL}


def test_a_reference_alone_has_nothing_to_be_compared_with():
    assert compare_pairs(rows("rkan", [0.1, 0.2]), "rkan").empty


def test_a_reference_that_was_not_run_is_refused():
    message = "reference 'rkan' has no results; methods with results: ease"
    with pytest.raises(ValueError, match=message):
        compare_pairs(rows("ease", [0.1]), "rkan")


@pytest.mark.parametrize("missing", ["ease", "rkan"])
def test_a_user_without_the_figures_of_one_method_is_refused(missing):
    other = "rkan" if missing == "ease" else "ease"
    some = pd.concat([rows(missing, [0.1, 0.2]), rows(other, [0.1, 0.2, 0.3])])
    with pytest.raises(ValueError, match=f"user 3 has no P@1 of {missing}, seed 0"):
        compare_pairs(some, "rkan")


def test_a_user_without_the_figures_of_one_seed_is_refused():
    some = pd.concat([rows("rkan", [0.1, 0.2]), rows("rkan", [0.3], seed=1)])
    with pytest.raises(ValueError, match="user 2 has no P@1 of rkan, seed 1"):
        summarise(some)


def test_a_user_with_figures_twice_is_refused():
    with pytest.raises(ValueError, match="user 1 has more than one row of ease, seed 0"):
        summarise(pd.concat([rows("ease", [0.1]), rows("ease", [0.1])]))


def test_a_study_has_a_mean_per_ranking_and_value():
    per_user = path_lengths()
    summary = summarise_study(per_user)
    assert len(summary) == 2 * 3 * 7
    row = only(summary, ranking="closeness", value=5, metric="recall@10")
    chosen = per_user[(per_user.ranking == "closeness") & (per_user.value == 5)]
    seeds = chosen.groupby("seed")["recall@10"].mean()
    assert row["mean"] == pytest.approx(seeds.mean())
    assert row.sd == pytest.approx(seeds.std())
