"""Networks in a comparison: trained on full or cut histories, kept, loaded, resumed."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from model.checkpoint import load_checkpoint
from model.rkan.network import RKAN
from model.rkan_history.network import RKANHistory
from pipeline.content.dataset import read_dataset
from pipeline.content.histories import read_histories
from pipeline.enrichment.config import EnrichConfig
from pipeline.enrichment.enrich import enrich_all
from pipeline.enrichment.stored import find_enrichment, fingerprint
from pipeline.errors import CheckpointError, ConfigError
from pipeline.home import Home
from pipeline.networks.configuration import load_config
from pipeline.networks.rkan_history.recommender import HistoryRecommender
from pipeline.runs.checkpoints import FINISHED, UNFINISHED
from pipeline.runs.loading import load_recommender
from pipeline.runs.train import train
from pipeline.runs.training import trained
from tests.support.film_graph import load_films
from tests.support.narrowing import of_type, present
from tests.support.runs import context_of, dying_after, saved_states
from tests.support.small_histories import movies_in, user_rows
from tests.support.small_settings import QUICK_HISTORY

SETTINGS = {
    "model.name": "rkan",
    "model.embedding_dim": 6,
    "model.hidden_dim": 5,
    "train.epochs": 2,
    "train.batch_size": 7,
    "train.validation_fraction": 0.3,
}


def config(**changes):
    return load_config(overrides=SETTINGS | {k.replace("__", "."): v for k, v in changes.items()})


@pytest.fixture
def films(graph, tmp_path):
    load_films(graph, tmp_path / "quarantine")
    return graph


@pytest.fixture
def whole(films):
    return read_histories(films)


@pytest.fixture
def fit(films, whole, tmp_path):
    """Trains in one folder, on whole histories unless others are given; returns the weights."""

    def fit(settings=None, histories=None, folder="network"):
        context = context_of(
            films, tmp_path / folder, whole if histories is None else histories, trial=True
        )
        return trained(context, settings or config()).weights

    return fit


def same(left, right):
    return all(torch.equal(left[name], right[name]) for name in left)


def no_training(*_):
    raise AssertionError("trained again")


def test_whole_histories_train_what_the_train_command_trains(films, fit, tmp_path):
    result = train(films, Home(tmp_path / "home"), config())
    assert same(fit(), load_checkpoint(result.checkpoint).weights)


def test_a_finished_network_is_loaded(fit, monkeypatch):
    network = fit()
    monkeypatch.setattr(RKAN, "loss", no_training)
    assert same(network, fit(config(recommend__top_k=3)))


def test_another_configuration_or_histories_train_again(fit, whole):
    network = fit()
    cut = whole.last(3, user_rows(0, 1, 2))
    seen = [network, fit(config(train__seed=1)), fit(histories=cut)]
    seen.append(fit(config(model__aggregation="max"), cut))
    assert not any(same(seen[i], seen[i + 1]) for i in range(3))
    assert same(network, fit())


def test_the_same_movies_at_another_place_of_the_history_train_again(fit, whole):
    """The movies alone do not say which ratings in the graph may be on paths."""
    moved = replace(whole, positions=whole.positions + 1)
    assert not same(fit(), fit(histories=moved))


@pytest.mark.parametrize("saves", [2, 4, 5])
def test_an_interrupted_network_ends_as_if_undisturbed(fit, whole, tmp_path, saves):
    cut = whole.last(3, user_rows(0, 1, 2))
    undisturbed = fit(histories=cut, folder="undisturbed")
    _interrupt(fit, cut, saves)
    assert (tmp_path / "network" / UNFINISHED).exists()
    with saved_states() as seen:
        assert same(undisturbed, fit(histories=cut))
    assert len(seen) < 6  # which an undisturbed run has
    assert not (tmp_path / "network" / UNFINISHED).exists()


def test_what_was_interrupted_with_other_histories_is_not_resumed(fit, whole):
    undisturbed = fit(folder="undisturbed")
    _interrupt(fit, whole.last(3, user_rows(0, 1, 2)), 3)
    assert same(undisturbed, fit())


def _interrupt(fit, histories, saves):
    with dying_after(saves):
        fit(histories=histories)


def test_a_damaged_checkpoint_is_named(fit, tmp_path):
    fit()
    file = tmp_path / "network" / FINISHED
    file.write_bytes(file.read_bytes()[:500])
    with pytest.raises(CheckpointError, match=r"model\.pt is damaged"):
        fit()


def test_what_an_earlier_version_trained_is_trained_again(fit, tmp_path):
    network = fit()
    for name in (FINISHED, UNFINISHED):
        torch.save({"format": 3}, tmp_path / "network" / name)
    assert same(network, fit())


def test_rates_with_which_training_diverges_are_a_configuration_error(fit):
    with pytest.raises(ConfigError, match="diverged"):
        fit(config(pretrain__scale=1e30))


@pytest.fixture
def small():
    return load_config(overrides=QUICK_HISTORY)


def test_rkan_history_is_trained_on_the_histories_given_and_their_relationships(
    films, fit, whole, small, monkeypatch
):
    cut = whole.last(3, user_rows(0, 1, 2))
    network = fit(small, cut)
    assert _derived_from(films, small, cut)
    assert not same(network, fit(small, whole))
    assert _derived_from(films, small, whole)
    monkeypatch.setattr(RKANHistory, "loss", no_training)
    with pytest.raises(AssertionError, match="trained again"):
        fit(small, cut)  # the folder holds that of whole histories
    assert same(fit(small, whole), fit(small, whole))


def _derived_from(graph, settings, histories):
    """True if the graph's derived relationships are those of these histories."""
    wanted = fingerprint(read_dataset(graph), histories, settings.enrich)
    return present(find_enrichment(graph)).fingerprint == wanted


def test_rkan_history_ranks_over_relationships_of_the_histories_given(
    films, whole, small, tmp_path
):
    """Those that the graph has come from all ratings, and are replaced."""
    cut = whole.last(2, user_rows(0, 1, 2))
    context = context_of(films, tmp_path / "network", cut, trial=True)
    checkpoint = trained(context, small)
    users, movies = whole.user_entities[[2, 0]], movies_in(whole)
    scores = load_recommender(context, small, checkpoint).score(users, movies)
    assert scores.shape == (2, len(movies))
    assert np.isfinite(scores).all()
    enrich_all(films, EnrichConfig())
    found = of_type(HistoryRecommender, load_recommender(context, small, checkpoint))
    assert _derived_from(films, small, cut)
    assert np.array_equal(scores, found.score(users, movies))
    proposals = load_recommender(context, small, checkpoint, "proposals").score(users, movies)
    everything = found.candidates.proposals(user_rows(2, 0))
    assert np.array_equal(proposals, everything[:, found.candidates.movies.rows(movies)])
