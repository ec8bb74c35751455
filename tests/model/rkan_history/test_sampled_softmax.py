"""The loss over a sample of the movies, beside the loss over all of them."""

import copy

import numpy as np
import pytest
import torch

from model.rkan_history import encoder_training
from model.rkan_history.config import HistoryConfig
from model.rkan_history.cuts import HistoryCuts
from model.rkan_history.encoder import HistoryEncoder
from model.rkan_history.encoder_training import HistoryTrainer, fit_history
from model.rkan_history.sampled_softmax import MovieSampler, number_movies, sampled_loss
from tests.support.planted import planted

SETTINGS = HistoryConfig(
    dim=8, length=8, stretch=8, window=4, dropout=0, batch_size=8, learning_rate=0.05, epochs=4
)
TRAINING, _ = planted()
HISTORIES = (TRAINING.offsets, TRAINING.movies)
POPULARITY = np.bincount(TRAINING.movies, minlength=TRAINING.num_movies)


def encoder(**settings):
    config = SETTINGS.changed(settings)
    network = HistoryEncoder(config, TRAINING.num_movies, TRAINING.num_attributes)
    network.set_attributes(TRAINING.edges)
    return network


def some_cuts():
    return HistoryCuts(SETTINGS, *HISTORIES).draw(np.arange(9), np.random.default_rng(0))


@pytest.fixture
def sampled_always(monkeypatch):
    monkeypatch.setattr(encoder_training, "is_sampled", lambda *_: True)


@pytest.mark.parametrize("attributes", [True, False])
def test_with_all_movies_in_the_sample_it_is_the_whole_loss(attributes):
    whole, part = encoder(attributes=attributes), encoder(attributes=attributes)
    trainer = HistoryTrainer(whole, *HISTORIES, seed=0, epochs=1)
    HistoryTrainer(part, *HISTORIES, seed=0, epochs=1)
    kept = (torch.arange(TRAINING.num_movies)[:, None] % 3 > 0).float() if attributes else None
    cuts = some_cuts()
    expected = trainer._loss(cuts, whole.source_vectors(kept), whole.movie_vectors(kept))
    watched = np.flatnonzero(POPULARITY)
    sampled = number_movies(cuts, watched, np.zeros(len(watched)), TRAINING.num_movies)
    loss = sampled_loss(part, sampled, kept)
    assert loss.item() == pytest.approx(expected.item(), rel=1e-6)
    expected.backward()
    loss.backward()
    for (name, one), other in zip(whole.named_parameters(), part.parameters(), strict=True):
        assert torch.allclose(one.grad, other.grad.to_dense(), atol=1e-6), name


def test_a_sample_stands_for_all_movies():
    """The mean of sums over samples is the sum over all watched movies."""
    values = np.random.default_rng(1).exponential(size=len(POPULARITY))
    popularity = np.where(np.arange(len(POPULARITY)) % 5 == 0, 0, POPULARITY)
    sampler, generator = MovieSampler(popularity, 6), np.random.default_rng(2)
    sums = []
    for _ in range(4_000):
        movies, log_counts = sampler.draw(generator)
        assert popularity[movies].all()
        assert (np.diff(movies) > 0).all()
        sums.append((values[movies] * np.exp(log_counts)).sum())
    error = np.std(sums) / np.sqrt(len(sums))
    assert np.mean(sums) == pytest.approx(values[popularity > 0].sum(), abs=4 * error)


def test_the_movies_of_a_step_are_numbered():
    cuts = some_cuts()
    targets = cuts.targets[cuts.weights > 0]
    sampled = number_movies(cuts, np.array([0, 5]), np.array([0.5, 1.5]), TRAINING.num_movies)
    real = cuts.histories >= 0
    assert torch.equal(sampled.cuts.histories >= 0, real)
    assert torch.equal(sampled.sources[sampled.cuts.histories[real]], cuts.histories[real])
    assert torch.equal(sampled.columns[sampled.cuts.targets], cuts.targets)
    counts = dict(zip(sampled.columns.tolist(), sampled.log_counts.tolist(), strict=True))
    assert (counts.pop(0), counts.pop(5)) == (0.5, 1.5)
    assert set(counts) == {*cuts.targets.unique().tolist()} - {0, 5} >= {*targets.tolist()} - {0, 5}
    assert max(counts.values()) < -1e8
    known = set(zip(cuts.seen[0].tolist(), cuts.seen[1].tolist(), strict=True))
    rows, columns = sampled.cuts.seen
    left = set(zip(rows.tolist(), sampled.columns[columns].tolist(), strict=True))
    assert left == {(row, movie) for row, movie in known if movie in sampled.columns.tolist()}


def test_a_step_updates_only_the_movies_that_it_needs(sampled_always):
    network = encoder(negatives=2)
    trainer = HistoryTrainer(network, *HISTORIES, seed=0, epochs=1)
    before = copy.deepcopy(network)
    cuts = trainer._cuts.draw(np.arange(2), np.random.default_rng(0))
    trainer._step(np.arange(2), np.random.default_rng(0), 0.0)
    changed = {
        name: set((one != other).any(dim=1).nonzero().flatten().tolist())
        for (name, one), other in zip(network.named_parameters(), before.parameters(), strict=True)
        if one.dim() == 2
    }
    assert changed["source"] <= set(cuts.histories.unique().tolist())
    assert 0 < len(changed["target"]) <= len(cuts.targets.unique()) + 2
    assert changed["attribute_source"]


def test_the_loss_falls_and_a_stopped_run_goes_on_to_the_same_bit(sampled_always):
    losses: list[float] = []
    whole, part = encoder(negatives=12, dropout=0.1), encoder(negatives=12, dropout=0.1)
    fit_history(
        whole, *HISTORIES, seed=3, epochs=4, after_epoch=lambda _, loss: losses.append(loss)
    )
    assert losses[-1] < losses[0]
    trainer = HistoryTrainer(part, *HISTORIES, seed=3, epochs=4)
    for _ in range(2):
        trainer.run_epoch()
    weights, state = copy.deepcopy((part.state_dict(), trainer.state_dict()))
    resumed = encoder(negatives=12, dropout=0.1)
    trainer = HistoryTrainer(resumed, *HISTORIES, seed=3, epochs=4)
    resumed.load_state_dict(weights)
    trainer.load_state_dict(state)
    while trainer.epoch < 4:
        trainer.run_epoch()
    for one, other in zip(whole.parameters(), resumed.parameters(), strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize(("share", "sampled"), [(0, False), (0.6, False), (0.4, True)])
def test_a_sample_is_drawn_where_there_are_more_than_twice_as_many(share, sampled):
    draws = int(share * np.count_nonzero(POPULARITY))
    trainer = HistoryTrainer(encoder(negatives=draws), *HISTORIES, seed=0, epochs=1)
    assert (trainer._sampler is not None) is sampled
