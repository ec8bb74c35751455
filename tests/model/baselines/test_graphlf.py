from dataclasses import replace

import numpy as np
import pytest
import torch

from model.arrays import Floats
from model.baselines.base import Interactions
from model.baselines.graphlf import GraphLF, GraphLFConfig, Prover
from tests.support.planted import (
    HELD_OUT,
    hit_rate,
    of_histories,
    planted,
    top_unseen,
)

CONFIG = GraphLFConfig(embedding_dim=8, epochs=20, batch_size=16, horizon=3)
# movies 0 and 3 have the same director
GRAPH = replace(
    of_histories([0], [0, 1], [1, 2], num_movies=4),
    num_attributes=1,
    edges=np.array([[0, 0], [3, 0]]),
    relations=np.array([0, 0]),
)
PLAIN = CONFIG.changed({"decay": 1.0, "discount": 0.0})


def fitted(training: Interactions, seed: int = 0) -> GraphLF:
    baseline = GraphLF(CONFIG, seed)
    baseline.fit(training)
    return baseline


def scores(training: Interactions, seed: int = 0) -> Floats:
    return fitted(training, seed).score(np.arange(training.num_users))


def walk_from_movie_0(prover: Prover) -> list[float]:
    seeds = torch.tensor([[1.0], [0.0], [0.0], [0.0]])
    met: list[float] = prover.walk(torch.tensor([0]), seeds)[:, 0].tolist()
    return met


def test_a_walk_by_hand() -> None:
    # Movie 0 has three links of equal weight: to its director, to user 1 and to user 0. User 0
    # asks, so the walk must not visit user 0. User 1 leads to movies 0 and 1, the director to
    # movies 0 and 3.
    prover = Prover(GRAPH, PLAIN, seed=0)
    assert walk_from_movie_0(prover) == pytest.approx([1 / 3, 1 / 6, 0, 1 / 6])


def test_a_rule_weighs_against_the_others_at_a_node() -> None:
    prover = Prover(GRAPH, PLAIN, seed=0)
    with torch.no_grad():
        prover.rules["DIRECTED"].fill_(np.log(2))
    # the link to the director is now as likely as the links to both users together
    assert walk_from_movie_0(prover) == pytest.approx([3 / 8, 1 / 8, 0, 1 / 4])


def test_a_second_step_starts_where_the_first_led_or_at_the_seeds() -> None:
    # the walk restarts with probability 1/2, so half of the first step's result joins the seeds
    once = torch.tensor([walk_from_movie_0(Prover(GRAPH, PLAIN, seed=0))]).T
    from_once = Prover(GRAPH, PLAIN, seed=0).walk(torch.tensor([0]), once)[:, 0]
    expected = once[:, 0] + from_once / 2
    two_steps = Prover(GRAPH, PLAIN.changed({"steps": 2}), seed=0)
    assert walk_from_movie_0(two_steps) == pytest.approx(expected.tolist())


def test_untaught_the_score_is_the_walk_times_the_latent_similarity() -> None:
    # As in GRAPH, but nobody watched a second movie, so that there is nothing to learn from.
    untaught = replace(
        of_histories([0], [0], num_movies=4),
        num_attributes=1,
        edges=GRAPH.edges,
        relations=GRAPH.relations,
    )
    baseline = GraphLF(PLAIN)
    baseline.fit(untaught)
    prover = Prover(untaught, PLAIN, seed=0).eval().requires_grad_(False)
    director = prover.attribute_factors[0]
    of_movie_0 = prover.seed_factors[0] + director
    similarity = (of_movie_0 @ (prover.answer_factors[3] + director)).item()
    assert baseline.score(np.array([0]))[0, 3] == pytest.approx(np.log(1 / 6) + similarity)


def test_users_may_come_in_any_order() -> None:
    training, _ = planted()
    baseline = fitted(training)
    users = np.array([7, 2, 7])
    assert (baseline.score(users)[0] == baseline.score(users)[2]).all()
    each = np.vstack([baseline.score(np.array([user])) for user in users])
    assert baseline.score(users) == pytest.approx(each, abs=1e-5)


def test_finds_the_groups() -> None:
    training, _ = planted()
    assert hit_rate(fitted(training), training) > 0.95


def test_finds_what_comes_next() -> None:
    training, held_out = planted()
    top = top_unseen(fitted(training), training, HELD_OUT)
    expected = held_out.movies.reshape(-1, HELD_OUT)
    assert np.mean([np.isin(a, b).mean() for a, b in zip(top, expected, strict=True)]) > 0.5
