from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_array

from model.arrays import Floats
from model.baselines.base import Interactions
from model.baselines.diffusion import WATCHED
from model.baselines.heterec import HeteRec, HeteRecConfig, diffused, path_similarity
from tests.support.planted import hit_rate, of_histories, planted, without_attributes

CONFIG = HeteRecConfig(components=4, batches=50, batch_size=64)


def scores(training: Interactions, seed: int = 0) -> Floats:
    baseline = HeteRec(CONFIG, seed)
    baseline.fit(training)
    return baseline.score(np.arange(training.num_users))


def test_path_similarity_by_hand() -> None:
    # movie 0 has 2 actors, movie 1 has 1 of these: 2 * 1 / (2 + 1); movie 3 has no actors
    actors = csr_array(np.array([[1.0, 1, 0], [1, 0, 0], [0, 0, 1], [0, 0, 0]]))
    assert path_similarity(actors) == pytest.approx(
        np.array([[1, 2 / 3, 0, 0], [2 / 3, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]])
    )


def test_preferences_spread_to_similar_movies() -> None:
    training = replace(
        of_histories([2, 0], [1], [1, 2], num_movies=4),
        num_attributes=1,
        edges=np.array([[0, 0], [3, 0]]),
        relations=np.array([0, 0]),
    )
    reached = diffused(training, query_decay=0.5, decay=1.0)
    assert list(reached) == [WATCHED, "DIRECTED"]
    directed, watched = reached["DIRECTED"], reached[WATCHED]
    assert directed[0, 0] == directed[0, 3] > 0
    assert not directed[0, 1:3].any()
    assert not directed[1:].any()
    # User 0 has weight 1 for movie 0 and 1/2 for movie 2. The similarity of movies 0 and 2 is 2/3,
    # that of movies 1 and 2 is 1/2: each of these has 2 users, of whom 1 is common.
    assert watched[0] / watched[0, 0] == pytest.approx(np.array([4 / 3, 1 / 4, 7 / 6, 0]) * 3 / 4)
    assert np.square(watched).mean() == pytest.approx(1)


def test_a_metapath_that_leads_nowhere_gets_no_weight() -> None:
    training = without_attributes(planted()[0])
    baseline = HeteRec(CONFIG)
    baseline.fit(training)
    assert list(baseline.theta) == [WATCHED]


def test_learns_which_metapath_leads_to_the_next_movie() -> None:
    # users watch movies of one director; actors are assigned at random
    generator = np.random.default_rng(0)
    movies = np.arange(80)
    histories = [generator.permutation(8)[:7] + 8 * (user % 10) for user in range(60)]
    training = replace(
        of_histories(*(history.tolist() for history in histories), num_movies=80),
        num_attributes=20,
        edges=np.vstack(
            [
                np.column_stack([movies, movies // 8]),
                np.column_stack([movies, 10 + generator.integers(10, size=80)]),
            ]
        ),
        relations=np.repeat([0, 1], 80),
    )
    baseline = HeteRec(CONFIG.changed({"components": 10}))
    baseline.fit(training)
    assert baseline.theta["DIRECTED"] > baseline.theta["ACTED_IN"]


def test_finds_the_groups() -> None:
    training, _ = planted()
    baseline = HeteRec(CONFIG)
    baseline.fit(training)
    assert hit_rate(baseline, training) > 0.95
