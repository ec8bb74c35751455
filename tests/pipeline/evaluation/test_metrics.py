"""Metrics against values counted by hand and against ir-measures, an independent implementation."""

import ir_measures
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ir_measures import RR, P, R, nDCG

from pipeline.evaluation.metrics import Lists, all_metrics, mrr, mrr_sum, ndcg, precision, recall


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


ranking = st.lists(st.booleans(), min_size=10, max_size=14)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(ranking, st.integers(0, 30)), min_size=1, max_size=6))
def test_all_agree_with_ir_measures(users):
    longest = max(len(hits) for hits, _ in users)
    relevant = [max(1, sum(hits) + missed) for hits, missed in users]
    ours = all_metrics(
        Lists(
            np.array([hits + [False] * (longest - len(hits)) for hits, _ in users]),
            np.array([len(hits) for hits, _ in users]),
            np.array(relevant),
        )
    )
    judged, ranked = {}, {}
    for user, ((hits, _), total) in enumerate(zip(users, relevant, strict=True)):
        found = {f"m{place}" for place, hit in enumerate(hits) if hit}
        missed = {f"other{i}" for i in range(total - len(found))}
        judged[str(user)] = dict.fromkeys(found | missed, 1)
        ranked[str(user)] = {f"m{place}": -float(place) for place in range(len(hits))}
    names = {
        "P@1": P @ 1,
        "P@5": P @ 5,
        "P@10": P @ 10,
        "mrr@10": RR @ 10,
        "recall@10": R @ 10,
        "nDCG@10": nDCG @ 10,
    }
    theirs = ir_measures.calc_aggregate(list(names.values()), judged, ranked)
    for name, measure in names.items():
        assert ours[name] == pytest.approx(theirs[measure], abs=1e-9), name
