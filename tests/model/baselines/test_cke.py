from dataclasses import replace

import numpy as np
import pytest
import torch

from model.arrays import Floats
from model.baselines.base import Interactions
from model.baselines.cke import CKE, CKEConfig, _Network, _Triples
from tests.support.planted import hit_rate, planted

CONFIG = CKEConfig(embedding_dim=16, learning_rate=0.02, l2=0.1, epochs=40)


def scores(training: Interactions, config: CKEConfig = CONFIG, seed: int = 0) -> Floats:
    baseline = CKE(config, seed)
    baseline.fit(training)
    return baseline.score(np.arange(training.num_users))


def test_finds_the_groups() -> None:
    training, _ = planted()
    baseline = CKE(CONFIG)
    baseline.fit(training)
    assert hit_rate(baseline, training) > 0.8


def test_an_unwatched_movie_is_known_by_its_attributes() -> None:
    """Movie 0 has no users. It has the attributes of group 0, to which the even users belong."""
    training, _ = planted()
    known = training.movies != 0
    unseen = replace(training, users=training.users[known], movies=training.movies[known])
    config = CONFIG.changed({"triple_weight": 1.0})
    with_graph = scores(unseen, config)[:, 0]
    assert with_graph[::2].mean() > with_graph[1::2].mean() + 0.1


def test_the_distance_is_that_of_the_equation() -> None:
    training = planted()[0]
    network = _Network(training, CKEConfig(embedding_dim=2, relation_dim=1), seed=0)
    with torch.no_grad():
        network.entities[0] = torch.tensor([1.0, 2.0])
        network.entities[24] = torch.tensor([0.0, 1.0])
        network.relations[1] = torch.tensor([0.5])
        network.projections[1] = torch.tensor([[2.0], [3.0]])
    one = torch.tensor([1])
    distance = network.distance(torch.tensor([0]), one, torch.tensor([24]))
    # h M = 2 + 6 = 8, t M = 3: (8 + 0.5 - 3) ** 2
    assert distance.item() == pytest.approx(30.25)


def test_a_corrupted_tail_is_of_the_same_relation() -> None:
    training, _ = planted()
    parts = _Triples(training).epoch(3, np.random.default_rng(0))
    seen = 0
    for heads, relations, tails, corrupted in parts:
        seen += len(heads)
        for relation in range(3):
            allowed = 24 + training.edges[training.relations == relation, 1]
            chosen = relations == relation
            assert np.isin(tails[chosen].numpy(), allowed).all()
            assert np.isin(corrupted[chosen].numpy(), allowed).all()
    assert seen == len(training.edges)
