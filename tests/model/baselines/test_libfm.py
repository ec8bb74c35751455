from dataclasses import replace

import numpy as np
import pytest
import torch

from model.arrays import Floats
from model.baselines.base import Interactions
from model.baselines.libfm import LibFM, LibFMConfig, Machine, MovieFeatures
from tests.support.planted import hit_rate, of_histories, planted, with_strangers

CONFIG = LibFMConfig(embedding_dim=8, learning_rate=0.01, epochs=20, batch_size=64)
SHORT = CONFIG.changed({"epochs": 2})


def scores(training: Interactions, config: LibFMConfig = SHORT, seed: int = 0) -> Floats:
    baseline = LibFM(config, seed)
    baseline.fit(training)
    return baseline.score(np.arange(training.num_users))


def small() -> Interactions:
    """Return 3 users and 4 movies.

    Attribute 0 directed movie 0 and acted in it. Attributes 1 and 2 acted in movies 0 and 2.
    """
    edges = np.array([[0, 0], [0, 0], [0, 1], [0, 2], [2, 2], [2, 1]])
    return replace(
        of_histories([0, 1], [2], [0, 1, 3], num_movies=4),
        num_attributes=4,
        edges=edges,
        relations=np.array([0, 1, 1, 1, 1, 1]),
    )


# columns: the movies, attribute 0 as director, attributes 0, 1, 2 as actors
X = np.array(
    [
        [1, 0, 0, 0, 1, 1 / 3, 1 / 3, 1 / 3],
        [0, 1, 0, 0, 0, 0, 0, 0],
        [0, 0, 1, 0, 0, 0, 1 / 2, 1 / 2],
        [0, 0, 0, 1, 0, 0, 0, 0],
    ]
)


def test_features_by_hand() -> None:
    features = MovieFeatures.of(small())
    assert features.size == 8
    assert features.sum(torch.eye(8)).numpy() == pytest.approx(X)
    assert features.sum(torch.eye(8), power=2).numpy() == pytest.approx(X**2)


def test_the_linear_time_equation_is_the_sum_over_all_pairs_of_features() -> None:
    machine = Machine(3, MovieFeatures.of(small()), 2, seed=0)
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in machine.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator))
    user_table, movie_table = machine.users.detach().numpy(), machine.movies.detach().numpy()
    logits, penalty = machine(torch.arange(3), torch.tensor([[0, 1, 2, 3]] * 3))
    squares = 0.0
    for user in range(3):
        for movie in range(4):
            x = np.append(1, X[movie])
            table = np.vstack([user_table[user], movie_table])
            expected = machine.bias.item() + x @ table[:, 2]
            for f in range(9):
                for g in range(f + 1, 9):
                    expected += table[f, :2] @ table[g, :2] * x[f] * x[g]
            assert logits[user, movie].item() == pytest.approx(expected, abs=1e-5)
            squares += np.square(X[movie] @ movie_table[:, :2]).sum() / 4
    assert penalty.item() == pytest.approx(np.square(user_table[:, :2]).sum() + squares)


def test_finds_the_groups() -> None:
    training, _ = planted()
    baseline = LibFM(CONFIG)
    baseline.fit(training)
    assert hit_rate(baseline, training) > 0.9


def test_a_movie_that_nobody_watched_is_placed_by_its_attributes() -> None:
    training = with_strangers(planted()[0])
    with_genre = replace(
        training,
        edges=np.vstack([training.edges, [[24, 7]]]),  # the genre of group 0
        relations=np.append(training.relations, 2),
    )
    result = scores(with_genre, CONFIG)[:40]
    over_other_movies = result[:, 24] - result.mean(axis=1)
    assert over_other_movies[::2].min() > over_other_movies[1::2].max()
