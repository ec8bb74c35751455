"""Metrics against values counted by hand and against ir-measures, an independent implementation."""

import ir_measures
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ir_measures import RR, P, R, nDCG

from pipeline.ranking.metrics import (
    Lists,
    all_metrics,
    mrr,
    mrr_sum,
    ndcg,
    per_user_metrics,
    precision,
    recall,
)


def lists(*users):
    """Each user is (hits by place as text, held-out movies): ("0101", 3)."""
    longest = max(len(hits) for hits, _ in users)
    padded = [[c == "1" for c in hits.ljust(longest, "0")] for hits, _ in users]
    return Lists(
        np.array(padded, dtype=bool).reshape(len(users), longest),
        np.array([len(hits) for hits, _ in users]),
        np.array([relevant for _, relevant in users]),
    )


def test_precision_counts_hits_in_the_first_places():
    some = lists(("1010000001", 5))
    assert [precision(some, k)[0] for k in (1, 5, 10)] == [1.0, 0.4, 0.3]


def test_precision_of_a_short_list_divides_by_its_length():
    some = lists(("011", 4))
    assert precision(some, 10)[0] == pytest.approx(2 / 3)
    assert precision(some, 1)[0] == 0


def test_an_empty_list_scores_zero_everywhere():
    some = lists(("", 3), ("1", 1))
    assert all(metric(some)[0] == 0 for metric in (mrr, mrr_sum, recall, ndcg))
    assert precision(some, 10).tolist() == [0, 1]


def test_no_list_at_all_scores_zero():
    assert set(all_metrics(lists(("", 3))).values()) == {0.0}


def test_the_papers_mrr_adds_every_hit_and_the_standard_one_takes_the_first():
    some = lists(("0101", 2), ("11", 2), ("000", 1))
    assert mrr_sum(some).tolist() == [0.75, 1.5, 0]
    assert mrr(some).tolist() == [0.5, 1.0, 0]


def test_hits_past_the_tenth_place_do_not_count():
    some = lists(("0" * 10 + "11", 2))
    assert [metric(some)[0] for metric in (mrr, mrr_sum, recall, ndcg)] == [0, 0, 0, 0]
    assert precision(some, 10)[0] == 0


def test_recall_divides_by_all_held_out_movies():
    assert recall(lists(("0110", 8)))[0] == 0.25


def test_ndcg_is_one_where_no_list_could_be_better():
    assert ndcg(lists(("11", 2), ("1" * 10, 40))).tolist() == pytest.approx([1, 1])


def test_ndcg_by_hand():
    best = 1 + 1 / np.log2(3)
    assert ndcg(lists(("010", 2)))[0] == pytest.approx((1 / np.log2(3)) / best)


def test_metrics_need_a_user():
    nobody = Lists(np.zeros((0, 10), dtype=bool), np.zeros(0, dtype=int), np.zeros(0, dtype=int))
    with pytest.raises(ValueError, match="at least one user"):
        all_metrics(nobody)


def test_the_mean_over_users_is_that_of_each_users_values():
    some = lists(("0101", 2), ("11", 2), ("", 7))
    each = per_user_metrics(some)
    assert all(values.shape == (3,) and values.dtype == np.float64 for values in each.values())
    assert each["P@5"].tolist() == [0.5, 1.0, 0.0]
    assert all_metrics(some) == {name: values.mean() for name, values in each.items()}


THEIR_NAMES = {
    "P@1": P @ 1,
    "P@5": P @ 5,
    "P@10": P @ 10,
    "mrr@10": RR @ 10,
    "recall@10": R @ 10,
    "nDCG@10": nDCG @ 10,
}
# Lists of fewer than 10 too: there only P@k differs, which is theirs times k / length by intent.
rankings = st.lists(
    st.tuples(st.lists(st.booleans(), min_size=1, max_size=14), st.integers(0, 30)),
    min_size=1,
    max_size=6,
)


@settings(deadline=None, max_examples=60)
@given(rankings)
def test_each_user_agrees_with_ir_measures(users):
    relevant = [max(1, sum(hits) + missed) for hits, missed in users]
    as_text = ["".join("01"[hit] for hit in hits) for hits, _ in users]
    ours = per_user_metrics(lists(*zip(as_text, relevant, strict=True)))
    judged, ranked = {}, {}
    for user, ((hits, _), total) in enumerate(zip(users, relevant, strict=True)):
        found = {f"m{place}" for place, hit in enumerate(hits) if hit}
        missed = {f"other{i}" for i in range(total - len(found))}
        judged[str(user)] = dict.fromkeys(found | missed, 1)
        ranked[str(user)] = {f"m{place}": -float(place) for place in range(len(hits))}
    measured = ir_measures.iter_calc(list(THEIR_NAMES.values()), judged, ranked)
    theirs = {(str(value.measure), int(value.query_id)): value.value for value in measured}
    assert len(theirs) == len(users) * len(THEIR_NAMES)
    for name, measure in THEIR_NAMES.items():
        for user, (hits, _) in enumerate(users):
            expected = theirs[str(measure), user]
            if name.startswith("P@"):
                k = int(name[2:])
                expected *= k / min(k, len(hits))
            assert ours[name][user] == pytest.approx(expected, abs=1e-9), name


@given(rankings)
def test_the_papers_mrr_agrees_with_a_plain_loop(users):
    as_text = ["".join("01"[hit] for hit in hits) for hits, _ in users]
    ours = per_user_metrics(lists(*((hits, 20) for hits in as_text)))["mrr_sum@10"]
    for value, (hits, _) in zip(ours, users, strict=True):
        expected = 0.0
        for rank, hit in enumerate(hits, start=1):
            if hit and rank <= 10:
                expected += 1 / rank
        assert value == pytest.approx(expected, abs=1e-9)
