from dataclasses import replace

import numpy as np
import pytest

from model.arrays import Floats
from model.baselines.base import Interactions
from model.baselines.diffusion import WATCHED, columns, row_normalised, typed_edges
from model.baselines.heters import Chain, HeteRS, HeteRSConfig
from tests.support.planted import hit_rate, of_histories, planted

CONFIG = HeteRSConfig(batches=30, batch_size=16)


def scores(training: Interactions, seed: int = 0) -> Floats:
    baseline = HeteRS(CONFIG, seed)
    baseline.fit(training)
    return baseline.score(np.arange(training.num_users))


def with_director(training: Interactions, movies: list[int], directors: list[int]) -> Interactions:
    return replace(
        training,
        num_attributes=max(directors) + 1,
        edges=np.column_stack([movies, directors]),
        relations=np.zeros(len(movies), np.int64),
    )


def test_one_step_by_hand() -> None:
    # From movie 0, a walk through users returns with probability 3/4 and leads to movie 1 with 1/4.
    # A walk through the director leads to movies 0 and 3 with 1/2 each. Before training, each type
    # has influence 1/2. Two hops keep (1 - alpha)^2 = 1/4.
    training = of_histories([0], [0, 1], [1, 2], num_movies=4)
    training = with_director(training, [0, 3], [0, 0])
    edges = typed_edges(training, decay=1.0, discount=0.0)
    chain = Chain(edges, restart=0.5, steps=1)
    visits = chain(columns(training.matrix(), np.array([0])), edges)
    assert visits[:, 0].tolist() == pytest.approx([1 + (3 / 4 + 1 / 2) / 8, 1 / 32, 0, 1 / 16])


def test_steps_add_up_to_the_stationary_distribution() -> None:
    training, _ = planted()
    edges = typed_edges(training, decay=0.9, discount=0.3)
    start = columns(row_normalised(training.matrix()), np.arange(5))
    chain = Chain(edges, restart=0.3, steps=40)
    once_more = Chain(edges, restart=0.3, steps=41)
    visits = chain(start, edges).detach().numpy()
    assert visits == pytest.approx(once_more(start, edges).detach().numpy(), abs=1e-6)
    # no probability is lost: 1 + .49 + .49^2 + ...
    assert visits.sum(axis=0) == pytest.approx(np.full(5, 1 / 0.51))


def test_learns_which_type_of_node_leads_to_the_next_movie() -> None:
    # users have no movie in common, but each user watches 4 of the 5 movies of one director
    histories = [list(range(5 * user, 5 * user + 4)) for user in range(20)]
    training = of_histories(*histories, num_movies=100)
    directed = with_director(training, list(range(100)), [movie // 5 for movie in range(100)])
    baseline = HeteRS(CONFIG)
    baseline.fit(directed)
    assert sum(baseline.influences.values()) == pytest.approx(1)
    assert baseline.influences["DIRECTED"] > 2 * baseline.influences[WATCHED]
    unseen = baseline.score(np.arange(20))
    unseen[directed.users, directed.movies] = -np.inf
    assert (unseen.argmax(axis=1) == 5 * np.arange(20) + 4).all()


def test_finds_the_groups() -> None:
    training, _ = planted()
    baseline = HeteRS(CONFIG)
    baseline.fit(training)
    assert hit_rate(baseline, training) > 0.95
