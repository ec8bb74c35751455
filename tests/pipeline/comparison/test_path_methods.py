"""Networks over paths in a comparison: full or cut histories, kept, resumed; closeness as score."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from model.checkpoint import load_checkpoint
from model.rkan.network import RKAN
from model.rkan_history.network import RKANHistory
from pipeline.comparison import path_methods
from pipeline.comparison.path_methods import (
    closeness_scores,
    proposal_scores,
    train_network,
    weighted_candidates,
)
from pipeline.config import RecommendConfig, load_config
from pipeline.content.catalogue import read_catalogue
from pipeline.content.dataset import read_dataset
from pipeline.content.histories import read_histories
from pipeline.enrichment.enrich import find_enrichment
from pipeline.errors import CheckpointError, ConfigError
from pipeline.home import Home
from pipeline.networks.rkan.training import TrainingRun
from pipeline.networks.rkan_history.scoring import candidate_scores
from pipeline.networks.rkan_history.training import HistoryTrainingRun
from pipeline.paths.links import compute_weights
from pipeline.paths.stream import UserPairs, stream_pair_paths
from pipeline.ranking.lists import rank_movies
from pipeline.runs.checkpoints import FINISHED, UNFINISHED
from pipeline.runs.train import train
from pipeline.schema import MOVIELENS
from tests.support.film_graph import load_films
from tests.support.small_settings import QUICK_HISTORY

SETTINGS = {
    "model.name": "rkan",
    "model.embedding_dim": 6,
    "model.hidden_dim": 5,
    "train.epochs": 2,
    "train.batch_size": 7,
    "train.validation_fraction": 0.3,
}
CPU = torch.device("cpu")


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
    """Trains in one folder, on whole histories unless others are given."""

    def fit(settings=None, histories=None, folder="network"):
        settings, dataset = settings or config(), read_dataset(films)
        histories = whole if histories is None else histories
        return train_network(films, settings, dataset, histories, tmp_path / folder, CPU)

    return fit


@pytest.fixture
def untrained(films):
    torch.manual_seed(5)
    return RKAN(config().model, read_dataset(films).num_entities).eval()


def same(left, right):
    states = [network.state_dict() for network in (left, right)]
    return all(torch.equal(states[0][name], states[1][name]) for name in states[0])


def no_training(run):
    raise AssertionError("trained again")


def test_whole_histories_train_what_the_train_command_trains(films, fit, tmp_path):
    trained = train(films, Home(tmp_path / "home"), config())
    network = fit()
    assert same(network, load_checkpoint(trained.checkpoint).network)
    assert not network.training


def test_a_finished_network_is_loaded(fit, monkeypatch):
    network = fit()
    monkeypatch.setattr(TrainingRun, "train", no_training)
    again = fit(replace(config(), recommend=RecommendConfig(top_k=3)))
    assert same(network, again)
    assert not again.training


def test_another_configuration_or_histories_train_again(fit, whole):
    network = fit()
    cut = whole.last(3, np.array([0, 1, 2]))
    seen = [network, fit(config(train__seed=1)), fit(histories=cut)]
    seen.append(fit(config(model__aggregation="max"), cut))
    assert not any(same(seen[i], seen[i + 1]) for i in range(3))
    assert same(network, fit())


def test_the_same_movies_at_another_place_of_the_history_train_again(fit, whole):
    """The movies alone do not say which ratings in the graph may be on paths."""
    moved = replace(whole, starts=whole.starts + 1)
    assert not same(fit(), fit(histories=moved))


@pytest.mark.parametrize("saves", [2, 4, 5])
def test_an_interrupted_network_ends_as_if_undisturbed(fit, whole, tmp_path, monkeypatch, saves):
    cut = whole.last(3, np.array([0, 1, 2]))
    undisturbed = fit(histories=cut, folder="undisturbed")
    _interrupt(fit, cut, saves)
    assert (tmp_path / "network" / UNFINISHED).exists()
    phases = []
    save = TrainingRun._save
    monkeypatch.setattr(
        TrainingRun,
        "_save",
        lambda run, phase, trainer: (phases.append(phase), save(run, phase, trainer)),
    )
    assert same(undisturbed, fit(histories=cut))
    assert len(phases) < 6  # which an undisturbed run has
    assert not (tmp_path / "network" / UNFINISHED).exists()


def test_what_was_interrupted_with_other_histories_is_not_gone_on_with(fit, whole):
    undisturbed = fit(folder="undisturbed")
    _interrupt(fit, whole.last(3, np.array([0, 1, 2])), 3)
    assert same(undisturbed, fit())


def _interrupt(fit, histories, saves):
    done = 0
    save = TrainingRun._save

    def dying(run, phase, trainer):
        nonlocal done
        save(run, phase, trainer)
        done += 1
        if done == saves:
            raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TrainingRun, "_save", dying)
        with pytest.raises(KeyboardInterrupt):
            fit(histories=histories)


def test_a_damaged_checkpoint_is_named(fit, tmp_path):
    fit()
    file = tmp_path / "network" / FINISHED
    file.write_bytes(file.read_bytes()[:500])
    with pytest.raises(CheckpointError, match=r"model\.pt is damaged.*train this network again"):
        fit()


def test_rates_with_which_training_diverges_are_a_configuration_error(fit):
    with pytest.raises(ConfigError, match="diverged"):
        fit(config(pretrain__scale=1e30))


@pytest.mark.parametrize(("hops", "through_users"), [(3, False), (3, True), (5, False), (7, False)])
def test_scores_are_the_closeness_of_each_pair(films, whole, untrained, hops, through_users):
    paths = config(paths__max_hops=hops, paths__through_users=through_users).paths
    movies = np.unique(whole.movies).astype(np.int64)
    users = whole.user_entities[[2, 0, 3]]
    scores = closeness_scores(films, untrained, whole, paths, (7,))(users, movies)
    assert (scores.shape, scores.dtype) == ((3, len(movies)), np.float32)
    for user, row in zip(users.tolist(), scores, strict=True):
        asked = UserPairs(user, movies, np.zeros(len(movies), dtype=np.float32))
        (chunk,) = stream_pair_paths(films, [asked], paths, seed=(7,))
        assert row == pytest.approx(path_methods._closeness(untrained, chunk), abs=1e-6)
    assert len(np.unique(scores)) > 10


def test_many_batches_score_as_one(films, whole, untrained, monkeypatch):
    movies = np.unique(whole.movies).astype(np.int64)
    score = closeness_scores(films, untrained, whole, config().paths, (7,))
    together = score(whole.user_entities, movies)
    monkeypatch.setattr(path_methods, "_PAIRS_AT_ONCE", 3)
    assert score(whole.user_entities, movies) == pytest.approx(together, abs=1e-6)


def test_the_seed_decides_the_paths(films, whole, untrained):
    paths = config(paths__max_paths_per_pair=1).paths
    movies = np.unique(whole.movies).astype(np.int64)
    once, again, other = (
        closeness_scores(films, untrained, whole, paths, seed)(whole.user_entities, movies)
        for seed in ((0, 1), (0, 1), (0, 2))
    )
    assert np.array_equal(once, again)
    assert not np.array_equal(once, other)


@pytest.mark.parametrize("through_users", [False, True])
def test_ratings_outside_the_histories_are_on_no_path(
    films, whole, untrained, monkeypatch, through_users
):
    cut = whole.last(2, np.array([0, 1, 2]))
    hidden = {
        user: set(whole.movies_of(row).tolist()) - set(cut.movies_of(row).tolist())
        for row, user in enumerate(whole.user_entities.tolist())
    }
    seen = []
    apply = path_methods._closeness
    monkeypatch.setattr(
        path_methods,
        "_closeness",
        lambda network, batch: (seen.extend(batch.entities.tolist()), apply(network, batch))[1],
    )
    paths = config(paths__through_users=through_users, paths__max_paths_per_pair=100).paths
    score = closeness_scores(films, untrained, cut, paths, (7,))
    score(whole.user_entities, np.unique(whole.movies).astype(np.int64))
    assert len(seen) > 10
    for user, first, connector, target in seen:
        assert first not in hidden[user]
        assert not hidden.get(connector, set()) & {first, target}


def test_a_user_without_history_finds_all_movies_equally_close(films, whole, untrained):
    untrained.no_path.data.normal_()
    none = whole.last(0, np.array([0]))
    score = closeness_scores(films, untrained, none, config().paths, (7,))
    row = score(none.user_entities[:1], np.unique(whole.movies).astype(np.int64))[0]
    nothing = untrained.closeness(untrained.no_path).item()
    assert row == pytest.approx(nothing, abs=1e-6)


def test_movies_are_ranked_by_closeness(films, whole, untrained):
    score = closeness_scores(films, untrained, whole, config().paths, (7,))
    rows = np.arange(len(whole))
    top = rank_movies(whole, rows, score, 3)
    candidates = np.unique(whole.movies).astype(np.int64)
    best = np.argmax(
        np.where(
            np.isin(candidates, whole.movies_of(0)),
            -np.inf,
            score(whole.user_entities[:1], candidates)[0],
        )
    )
    assert top.movies[0, 0] == candidates[best]
    assert np.isfinite(top.scores).all()


@pytest.fixture
def small():
    return load_config(overrides=QUICK_HISTORY)


def test_rkan_history_is_trained_on_the_histories_given_and_writes_no_relationships(
    films, fit, whole, small, monkeypatch
):
    cut = whole.last(3, np.array([0, 1, 2]))
    network = fit(small, cut)
    assert isinstance(network, RKANHistory)
    assert not network.training
    assert not same(network, fit(small, whole))
    assert find_enrichment(films) is None
    monkeypatch.setattr(HistoryTrainingRun, "train", no_training)
    with pytest.raises(AssertionError, match="trained again"):
        fit(small, cut)  # the folder holds that of whole histories
    assert same(fit(small, whole), fit(small, whole))


def test_rkan_history_ranks_over_relationships_of_the_histories_given(films, fit, whole, small):
    """Those of the graph come from all ratings; they are not even there."""
    cut = whole.last(2, np.array([0, 1, 2]))
    found = weighted_candidates(fit(small, cut), cut, read_catalogue(films), small)
    expected = compute_weights(cut, small.enrich, MOVIELENS.derived_relations)
    assert {kind: matrix.nnz for kind, matrix in found.links.derived.items()} == {
        kind: len(each) for kind, each in expected.items()
    }
    users, movies = whole.user_entities[[2, 0]], np.unique(whole.movies).astype(np.int64)
    scores = candidate_scores(found)(users, movies)
    assert (scores.shape, np.isfinite(scores).all()) == ((2, len(movies)), True)
    proposals = proposal_scores(found)(users, movies)
    assert np.array_equal(proposals, found.proposals(np.array([2, 0]))[:, found.links.rows(movies)])
