import copy
from dataclasses import replace

import numpy as np
import pytest
import torch

from model.baselines.base import Baseline
from model.rkan_history.config import HistoryConfig
from model.rkan_history.encoder import HistoryEncoder
from model.rkan_history.encoder_training import HistoryTrainer, fit_history
from model.training.divergence import DivergedError
from tests.support.planted import MOVIES, RANDOM_LEVEL, hit_rate, planted

SMALL = HistoryConfig(
    dim=16, length=8, stretch=8, window=8, dropout=0.1, batch_size=8, learning_rate=0.05, epochs=4
)
TRAINING, HELD_OUT = planted()


def encoder(training=TRAINING, **settings):
    network = HistoryEncoder(SMALL.changed(settings), training.num_movies, training.num_attributes)
    network.set_attributes(training.edges)
    return network


def fitted(training=TRAINING, seed=0, epochs=None, **settings):
    network = encoder(training, **settings)
    fit_history(network, training.offsets, training.movies, seed=seed, epochs=epochs)
    return network


def same(left, right):
    pairs = zip(left.state_dict().values(), right.state_dict().values(), strict=True)
    return all(torch.equal(*pair) for pair in pairs)


class Scorer(Baseline):
    """The network as what hit_rate asks for."""

    def fit(self, training, track=iter):
        self.training = training

    def score(self, users):
        t, rows = self.training, [self.training.movies[s:e] for s, e in self.spans(users)]
        width = max(map(len, rows))
        padded = [np.pad(row[::-1], (0, width - len(row)), constant_values=-1) for row in rows]
        assert t.num_movies == MOVIES
        return self.config(torch.from_numpy(np.stack(padded))).detach().numpy()

    def spans(self, users):
        return [(self.training.offsets[u], self.training.offsets[u + 1]) for u in users]


@pytest.mark.parametrize("attributes", [True, False])
def test_planted_taste_groups_are_learned(attributes):
    scorer = Scorer(fitted(attributes=attributes, epochs=10))
    scorer.fit(TRAINING)
    assert hit_rate(scorer, TRAINING) > 2 * RANDOM_LEVEL


def test_what_always_follows_is_learned():
    rng = np.random.default_rng(0)
    histories = np.array([[0, 1], [2, 3], [4, 5], [6, 7]])[
        np.stack([rng.permutation(4) for _ in range(60)])
    ].reshape(60, 8)
    network = HistoryEncoder(SMALL.changed({"attributes": False, "window": 1}), 8, 0)
    fit_history(network, np.arange(61) * 8, histories.ravel(), seed=0, epochs=40)
    scores = network(torch.tensor([[0], [2], [4], [6]]))
    assert scores.argmax(1).tolist() == [1, 3, 5, 7]


def test_a_movie_of_nobody_follows_its_attributes():
    """Movie 0 loses its ratings: it keeps the attributes of its group, users 0, 2, ..."""
    watched = TRAINING.movies != 0
    users, movies = TRAINING.users[watched], TRAINING.movies[watched]
    training = replace(TRAINING, users=users, movies=movies)
    network = fitted(training, epochs=10)
    own, other = network(torch.tensor([[3, 2, 1], [15, 14, 13]]))[:, 0].tolist()
    assert own > other + 1


def test_the_loss_falls_and_each_epoch_is_reported():
    network, records = encoder(), []
    seen: list[int] = []
    fit_history(
        network,
        TRAINING.offsets,
        TRAINING.movies,
        seed=0,
        epochs=8,
        after_epoch=lambda epoch, loss: records.append((epoch, loss)),
        advance=seen.append,
    )
    assert [epoch for epoch, _ in records] == list(range(1, 9))
    assert records[-1][1] < records[0][1]
    assert seen == [8] * 5 * 8


def test_a_seed_decides_everything():
    torch.manual_seed(1)
    first = fitted()
    torch.manual_seed(2)
    state = torch.get_rng_state()
    assert same(first, fitted())
    assert torch.equal(torch.get_rng_state(), state)
    assert not same(first, fitted(seed=1))


def test_a_stopped_run_goes_on_to_the_same_bit():
    histories = (TRAINING.offsets, TRAINING.movies)
    whole, part = encoder(), encoder()
    fit_history(whole, *histories, seed=3, epochs=4)
    trainer = HistoryTrainer(part, *histories, seed=3, epochs=4)
    for _ in range(2):
        trainer.run_epoch()
    weights, state = copy.deepcopy((part.state_dict(), trainer.state_dict()))
    resumed = encoder()
    trainer = HistoryTrainer(resumed, *histories, seed=3, epochs=4)
    resumed.load_state_dict(weights)
    trainer.load_state_dict(state)
    assert trainer.epoch == 2
    while trainer.epoch < 4:
        trainer.run_epoch()
    assert same(resumed, whole)


def test_users_with_one_movie_or_none_teach_nothing():
    network = HistoryEncoder(SMALL.changed({"attributes": False}), 5, 0)
    before = copy.deepcopy(network)
    fit_history(network, np.array([0, 1, 1]), np.array([2]), seed=0, epochs=1)
    before.reset_parameters(torch.Generator().manual_seed(0))
    before.set_popularity(np.array([0, 0, 1, 0, 0]))
    assert same(network, before)


def test_a_nan_loss_is_refused():
    with pytest.raises(DivergedError, match="epoch 1"):
        fitted(gain=1e300)
