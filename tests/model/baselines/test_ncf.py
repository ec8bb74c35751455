import numpy as np
import pytest
import torch

from model.arrays import Floats
from model.baselines.base import Interactions
from model.baselines.ncf import NCF, NCFConfig, _Network
from tests.support.planted import hit_rate, planted

CONFIG = NCFConfig(
    embedding_dim=16, learning_rate=0.02, l2=0.3, num_negs_per_pos=1, epochs=15, batch_size=64
)


def scores(training: Interactions, config: NCFConfig = CONFIG, seed: int = 0) -> Floats:
    baseline = NCF(config, seed)
    baseline.fit(training)
    return baseline.score(np.arange(training.num_users))


def test_finds_the_groups() -> None:
    training, _ = planted()
    baseline = NCF(CONFIG)
    baseline.fit(training)
    assert hit_rate(baseline, training) > 0.8


def test_all_movies_at_once_score_as_one_by_one() -> None:
    network = _Network(5, 7, CONFIG, seed=0)
    users, movies = torch.tensor([0, 3]), torch.arange(7)
    assert torch.allclose(network(users, movies), network(users, movies.expand(2, 7)), atol=1e-6)


def test_a_network_of_one_unit_is_computed_by_hand() -> None:
    network = _Network(1, 1, NCFConfig(embedding_dim=1, layers=1), seed=0)
    with torch.no_grad():
        network.user_product[:], network.movie_product[:] = 2.0, 3.0
        network.user_deep[:], network.movie_deep[:] = 1.0, -1.0
        network.from_user[:], network.from_movie[:] = 4.0, 1.0
        network.first_bias[:] = 0.5
        network.product_out[:], network.deep_out[:] = 0.5, 2.0
        network.bias.fill_(1.0)
    # product 0.5 * 2 * 3, perceptron 2 * relu(4 - 1 + 0.5), bias 1
    assert network(torch.tensor([0]), torch.tensor([0])).item() == pytest.approx(11.0)
