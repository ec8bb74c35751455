from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from pipeline.content.histories import Histories, read_histories
from pipeline.errors import ConfigError, GraphContentError
from pipeline.ids import EntityIds
from tests.support import small_histories
from tests.support.path_graphs import SmallGraph, eight_movies
from tests.support.small_histories import user_rows

histories = partial(small_histories.histories, first_user=100)


def rows(part: Histories) -> list[list[int]]:
    return [part.movies_of(row).tolist() for row in range(len(part))]


def test_a_split_keeps_the_order_and_the_users():
    first, last = histories([5, 3, 9, 7, 1], [], [4], [8, 6]).split(0.2)
    assert rows(first) == [[5, 3, 9, 7], [], [4], [8, 6]]
    assert rows(last) == [[1], [], [], []]
    assert first.user_entities.tolist() == last.user_entities.tolist() == [100, 101, 102, 103]
    assert first.movies.dtype == last.movies.dtype == np.int32
    assert first.positions.tolist() == [0, 1, 2, 3, 0, 0, 1]
    assert last.positions.tolist() == [4]


def test_a_split_by_nothing_leaves_everything():
    first, last = histories([1, 2], [3]).split(0.0)
    assert rows(first) == [[1, 2], [3]]
    assert rows(last) == [[], []]


def test_a_split_by_everything_is_refused():
    with pytest.raises(ConfigError, match="1"):
        histories([1]).split(1.0)


def test_only_the_users_named_are_cut_to_their_last_movies():
    whole = histories([5, 3, 9, 7, 1], [], [4, 2], [8, 6, 0])
    cut = whole.last(2, user_rows(0, 1, 2))
    assert rows(cut) == [[7, 1], [], [4, 2], [8, 6, 0]]
    assert cut.positions.tolist() == [3, 4, 0, 1, 0, 1, 2]
    assert cut.bounds() == {100: (3, 5), 101: (0, 0), 102: (0, 2), 103: (0, 3)}
    assert rows(whole.last(0, user_rows(3))) == [[5, 3, 9, 7, 1], [], [4, 2], []]
    assert rows(whole)[0] == [5, 3, 9, 7, 1]


def test_parts_of_cut_histories_know_their_place_in_the_graph():
    cut = histories([5, 3, 9, 7, 1], [8, 6]).last(4, user_rows(0))
    first, last = cut.split(0.5)
    assert (rows(first), rows(last)) == ([[3, 9], [8]], [[7, 1], [6]])
    assert (first.positions.tolist(), last.positions.tolist()) == ([1, 2, 0], [3, 4, 1])
    assert last.last(1, user_rows(0)).positions.tolist() == [4, 1]


def test_the_bounds_of_a_users_newest_ratings_step_over_gaps():
    """Ratings were held out at 1 and 2 when that at 3 came."""
    whole = histories([5, 3, 9], [], [4])
    known = replace(whole, positions=np.array([0, 3, 4, 2]))
    assert [known.bounds_of(0, newest) for newest in (None, 9, 3, 2, 1)] == [
        (0, 5),
        (0, 5),
        (0, 5),
        (3, 5),
        (4, 5),
    ]
    assert known.bounds_of(0, 0) == known.bounds_of(1) == (0, 0)
    assert known.bounds() == {100: (0, 5), 101: (0, 0), 102: (2, 3)}


def test_the_mean_rating_counts_known_stars_only():
    nan = float("nan")
    rated = histories([5, 3, 9], [4, 2], [], ratings=[[2, nan, 5], [nan, nan], []])
    assert rated.mean_rating(0) == 3.5
    assert np.isnan([rated.mean_rating(1), rated.mean_rating(2)]).all()
    assert histories([5, 3], ratings=[[1, 4]]).last(1, user_rows(0)).mean_rating(0) == 4


def test_histories_come_in_order_of_position_with_all_users(graph):
    small = eight_movies()
    small.users.append(2)
    small.rated = {(0, 12): 0, (0, 10): 2, (0, 11): 1, (1, 16): 0}
    small.load(graph)
    found = read_histories(graph)
    assert found.user_ids.tolist() == [0, 1, 2]
    assert rows(found) == [[12, 11, 10], [16], []]
    assert found.positions.tolist() == [0, 1, 2, 0]
    held_out = read_histories(graph, held_out=True)
    assert rows(held_out) == [[13], [12], []]
    assert held_out.sizes.tolist() == [1, 1, 0]
    assert held_out.positions.tolist() == [0, 0]


def test_a_graph_without_ratings_is_an_error(graph):
    with pytest.raises(GraphContentError, match="no training ratings; run: pipeline load-kg"):
        read_histories(graph)


def test_a_graph_without_held_out_ratings_is_an_error(graph):
    SmallGraph(users=[0], movies=[1], rated={(0, 1): 0}).load(graph)
    with pytest.raises(GraphContentError, match="test-fraction"):
        read_histories(graph, held_out=True)


def test_the_histories_of_some_users_know_what_all_watched(graph):
    eight_movies().load(graph)
    every = read_histories(graph)
    some = read_histories(graph, users=every.user_ids[[1, 0]].tolist())
    assert some.user_ids.tolist() == every.user_ids[:2].tolist()
    assert some.movies_of(1).tolist() == every.movies_of(1).tolist()
    assert some.watchers(30).tolist() == every.watchers(30).tolist()
    assert some.watched.tolist() == every.watched.tolist()
    assert some.num_active == every.num_active
    guest = EntityIds(every.watched[:1])
    joined = some.with_guest(guest)
    assert joined.watchers(30).tolist() == every.with_guest(guest).watchers(30).tolist()
    assert joined.num_active == every.num_active
    with pytest.raises(ValueError, match="all users"):
        some.split(0.5)


def test_the_histories_of_nobody_still_know_what_all_watched(graph):
    eight_movies().load(graph)
    nobody = read_histories(graph, users=[])
    assert len(nobody) == 0
    assert nobody.watched.tolist() == read_histories(graph).watched.tolist()


def test_some_users_of_a_graph_without_ratings_are_an_error(graph):
    SmallGraph(users=[0], movies=[1]).load(graph)
    with pytest.raises(GraphContentError, match="no training ratings"):
        read_histories(graph, users=[0])
