"""Top-k lists: candidates, order of equal scores, short lists."""

import numpy as np
import pytest

from pipeline.evaluation.popularity import most_popular
from pipeline.ranking.lists import rank_movies
from tests.support.small_histories import histories, user_rows


def constant(users, movies):
    return np.ones((len(users), len(movies)))


def by_entity(users, movies):
    return np.broadcast_to(movies.astype(float), (len(users), len(movies)))


def test_a_users_own_movies_are_never_candidates():
    top = rank_movies(histories([10, 12], [11]), user_rows(0, 1), by_entity, 3)
    assert top.movies.tolist() == [[11, -1, -1], [12, 10, -1]]
    assert top.lengths.tolist() == [1, 2]
    assert top.scores.tolist() == [[11, 0, 0], [12, 10, 0]]


def test_equal_scores_are_ordered_by_entity_id():
    everyone = histories([40, 20, 30, 10, 50], [20])
    top = rank_movies(everyone, user_rows(1), constant, 3)
    assert top.movies.tolist() == [[10, 30, 40]]


def test_a_tie_at_the_last_place_takes_the_smaller_entity_id():
    def score(users, movies):
        return np.array([[2.0, 1.0, 3.0, 2.0, 2.0]])

    top = rank_movies(histories([], [5, 6, 7, 8, 9]), user_rows(0), score, 3)
    assert top.movies.tolist() == [[7, 5, 8]]


def test_only_the_rows_asked_for_are_ranked_in_their_order():
    top = rank_movies(histories([10], [11], [12]), user_rows(2, 0), by_entity, 1)
    assert top.movies.tolist() == [[11], [12]]


def test_many_users_agree_with_a_full_sort():
    generator = np.random.default_rng(3)
    movies = np.arange(700, 800)
    users = [generator.choice(movies, size=20, replace=False).tolist() for _ in range(600)]
    table = generator.integers(0, 12, size=(600, 800)).astype(np.float32)
    rows = user_rows(*range(600))
    top = rank_movies(histories(*users), rows, lambda u, m: table[np.ix_(u, m)], 10)
    for row in (0, 255, 256, 599):
        candidates = sorted(set(movies.tolist()) - set(users[row]))
        expected = sorted(candidates, key=lambda movie: (-table[row, movie], movie))[:10]
        assert top.movies[row].tolist() == expected


def test_a_nan_score_is_refused():
    with pytest.raises(FloatingPointError, match="a score is NaN or infinite"):
        rank_movies(
            histories([10]), user_rows(0), lambda u, m: np.full((len(u), len(m)), np.nan), 1
        )


def test_most_popular_counts_training_ratings():
    everyone = histories([10, 11], [11, 12], [12, 11], [13])
    top = most_popular(everyone, user_rows(0, 1, 2, 3), 2)
    assert top.movies.tolist() == [[12, 13], [10, 13], [10, 13], [11, 12]]


def test_a_k_beyond_all_candidates_takes_no_more_room_than_they_do():
    top = rank_movies(histories([10], [11, 12]), user_rows(0), by_entity, 2**60)
    assert top.movies.tolist() == [[12, 11, -1]]
