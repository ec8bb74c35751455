"""Proposals: only allowed movies, never the user's own, labelled by the user's later movies."""

from dataclasses import replace

import numpy as np
import pytest

from model.arrays import PADDING
from model.rkan_history.config import HistoryConfig, RKANHistoryConfig
from model.rkan_history.network import RKANHistory
from model.rkan_history.path_kinds import Feature
from pipeline.ids import EntityIds
from pipeline.networks.rkan_history.candidates import Candidates
from pipeline.paths.config import WeightedPathConfig
from pipeline.paths.kinds import RELATIONS
from pipeline.ranking.lists import TopLists
from pipeline.schema import MOVIELENS
from tests.support.eight_movies import USERS, A, B, C, D, E, F, G, H, catalogue, part, row, table
from tests.support.joined_paths import JoinedPaths
from tests.support.small_histories import histories, user_rows

BIAS = dict(zip((A, B, C, D, E, F, G, H), (1.0, 8.0, 3.0, 4.0, 7.0, 6.0, 2.0, 9.0), strict=True))
WATCHED: tuple[list[int], ...] = ([A, B], [B, E, C], [])  # by users 1, 2 and 3, the earliest first


@pytest.fixture
def network():
    """Its history encoder scores movies by BIAS alone."""
    made = RKANHistory(
        RKANHistoryConfig(hidden_dim=3),
        HistoryConfig(dim=6, length=2),
        num_movies=8,
        num_attributes=3,
        num_relations=len(RELATIONS),
    )
    for weight in made.history.parameters():
        weight.data.zero_()
    for movie, bias in BIAS.items():
        made.history.bias.data[movie - A] = bias
    return made.eval()


@pytest.fixture
def candidates(network):
    def make(count=10, factor=1, **changes):
        watched = histories(*WATCHED, **changes)
        config = WeightedPathConfig(candidates=count, candidates_of_new=factor)
        paths = JoinedPaths(watched, catalogue(), part(users={}))
        return Candidates(network, watched, table(), config, paths)

    return make


def asked(lists):
    return [row[row != PADDING].tolist() for row in lists.candidates]


def only(found):
    [lists] = found
    return lists


def test_the_best_movies_that_somebody_watched_but_never_the_users_own(candidates):
    lists = only(candidates().lists(np.arange(3)))
    assert asked(lists) == [row(E, C).tolist(), row(A).tolist(), row(B, E, C, A).tolist()]
    assert lists.users.tolist() == list(USERS)
    assert lists.histories.tolist() == [
        [*row(B, A), PADDING],
        row(C, E, B).tolist(),
        [PADDING] * 3,
    ]


def test_new_users_get_more(candidates):
    assert [len(each) for each in asked(only(candidates(1, factor=3).lists(np.arange(3))))] == [
        2,  # all that are left
        1,
        3,
    ]


@pytest.mark.parametrize(
    ("length", "count"), [(0, 400), (4, 400), (5, 320), (8, 200), (16, 100), (17, 100), (900, 100)]
)
def test_fewer_the_longer_the_history(length, count):
    assert WeightedPathConfig().proposed(length) == count


def test_as_many_as_are_asked_for(candidates):
    assert asked(only(candidates(count=1).lists(np.arange(3)))) == [
        row(E).tolist(),
        row(A).tolist(),
        row(B).tolist(),
    ]


def test_only_allowed_movies_are_proposed(candidates):
    lists = only(candidates().lists(np.array([0, 2]), np.array([H, B, D])))
    assert asked(lists) == [row(H, D).tolist(), row(H, B, D).tolist()]


def test_users_come_in_the_order_asked_for(candidates):
    lists = only(candidates().lists(np.array([2, 0])))
    assert lists.users.tolist() == [USERS[2], USERS[0]]


def test_many_users_come_in_chunks(candidates, monkeypatch):
    monkeypatch.setattr("pipeline.networks.rkan_history.candidates.USERS_PER_CHUNK", 2)
    chunks = list(candidates().lists(np.arange(3)))
    assert [chunk.users.tolist() for chunk in chunks] == [[0, 1], [2]]
    whole = [each for chunk in chunks for each in asked(chunk)]
    monkeypatch.undo()
    assert whole == asked(only(candidates().lists(np.arange(3))))


def test_what_nobody_watched_has_places_of_its_own_in_a_graph_of_someone_else(network):
    """Of D, F, G and H, D and F share an attribute with a movie of users 1 and 2."""
    watched, paths = histories(*WATCHED), JoinedPaths(histories(*WATCHED), catalogue(), part())
    config = WeightedPathConfig(candidates=1, candidates_of_new=1)
    others = replace(table(), schema=replace(MOVIELENS, prefix="Rkan"))
    network.history.target.data[F - A] = 1.0
    network.history.source.data[:] = 1.0
    for movies, new, wanted in (
        (others, 1, [row(E, F), row(A, F), row(B)]),
        (others, 9, [row(E, F, D), row(A, F, D), row(B)]),
        (others, 0, [row(E), row(A), row(B)]),
        (table(), 9, [row(E), row(A), row(B)]),
    ):
        made = Candidates(network, watched, movies, config, paths)
        lists = only(made.lists(user_rows(0, 1, 2), new=new))
        assert asked(lists) == [each.tolist() for each in wanted]
        assert np.isfinite(lists.popularity).all()
        assert np.isfinite(lists.features).all()


def test_labels_are_what_users_went_on_to_watch(candidates):
    lists = only(candidates().lists(np.arange(3), future=histories([C, G], [], [E])))
    assert lists.labels.tolist() == [[0, 1, 0, 0], [0, 0, 0, 0], [0, 1, 0, 0]]
    assert not only(candidates().lists(np.arange(3))).labels.any()


def test_a_user_who_knows_all_is_proposed_nothing(candidates):
    lists = only(candidates().lists(np.array([0]), np.array([A, B])))
    assert asked(lists) == [[]]
    assert len(lists.slots) == 0


def test_the_history_of_a_path_and_its_rating_belong_together(candidates):
    """User 1 gave A 2 stars and then B 5: 1.5 below and above the mean."""
    lists = only(candidates(ratings=([2, 5], [4, 4, 4], [])).lists(np.array([0]), np.array([D])))
    liking = lists.features[:, Feature.RATING].tolist()
    found = set(zip(lists.sources.tolist(), lists.ages.tolist(), liking, strict=True))
    assert found == {(0, 1, -0.75), (1, 0, 0.75)}


def test_popularity_is_that_of_the_histories(candidates):
    lists = only(candidates().lists(np.array([2])))  # B, E, C, A: two users, one, one, one
    logs = np.log1p([2, 1, 1, 1])
    assert lists.popularity[0] == pytest.approx(logs - logs.mean(), abs=1e-6)


def test_taste_is_the_encoders_score_without_its_bias_above_the_users_mean(candidates, network):
    network.history.source.data.normal_()
    network.history.target.data.normal_()
    made = candidates()
    lists = only(made.lists(user_rows(0, 1)))
    for place in range(2):
        listed = lists.candidates[place][lists.candidates[place] != PADDING]
        scores = made.proposals(user_rows(place))[0, listed]
        taste = scores - network.history.bias.detach().numpy()[listed]
        assert lists.taste[place, : len(listed)] == pytest.approx(taste - taste.mean(), abs=1e-5)
        assert not lists.taste[place, len(listed) :].any()
    assert lists.taste[0].any()


def test_listed_movies_with_a_path_are_counted_whoever_proposed_them(candidates):
    """User 1 watched A and B, which share something with C and D but nothing with H."""
    listed = EntityIds(np.array([[D, H, C], [H, PADDING, PADDING]]))
    top = TopLists(listed, np.zeros(listed.shape, dtype=np.float32))
    assert candidates(count=1).count_explained(user_rows(0, 2), top).tolist() == [2, 0]


def test_every_user_has_a_vector_of_the_newest_movies(candidates, network):
    network.history.source.data.normal_()
    vectors = candidates().user_vectors()
    assert (vectors.shape, vectors.dtype) == ((3, 6), np.float32)
    assert not vectors[2].any()
    shorter = Candidates(network, histories([A, B], [E, C], []), table(), WeightedPathConfig())
    assert np.array_equal(vectors, shorter.user_vectors())  # the encoder reads two movies


def test_proposals_are_the_encoders_scores_of_all_movies(candidates):
    scores = candidates().proposals(np.array([1, 2]))
    assert scores.tolist() == [list(BIAS.values())] * 2
