"""RKAN's scores by closeness: those of each pair's paths, and no rating outside the histories."""

import numpy as np
import pytest
import torch

from model.rkan.batches import collate
from model.rkan.network import RKAN
from pipeline.content.dataset import read_dataset
from pipeline.content.histories import read_histories
from pipeline.networks.configuration import load_config
from pipeline.networks.rkan import scoring
from pipeline.networks.rkan.scoring import closeness_scores
from pipeline.paths.stream import UserPairs, stream_pair_paths
from pipeline.ranking.lists import rank_movies
from tests.support.film_graph import load_films
from tests.support.small_histories import movies_in, user_rows

SETTINGS = {"model.name": "rkan", "model.embedding_dim": 6, "model.hidden_dim": 5}


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
def untrained(films):
    torch.manual_seed(5)
    return RKAN(config().model, read_dataset(films).num_entities).eval()


@pytest.mark.parametrize(("hops", "through_users"), [(3, False), (3, True), (5, False), (7, False)])
def test_scores_are_the_closeness_of_each_pair(films, whole, untrained, hops, through_users):
    paths = config(paths__max_hops=hops, paths__through_users=through_users).paths
    movies = movies_in(whole)
    users = whole.user_entities[[2, 0, 3]]
    scores = closeness_scores(films, untrained, whole, paths, (7,))(users, movies)
    assert scores.shape == (3, len(movies))
    assert scores.dtype == np.float32
    for user, row in zip(users.tolist(), scores, strict=True):
        asked = UserPairs(user, movies, np.zeros(len(movies), dtype=np.float32))
        (chunk,) = stream_pair_paths(films, [asked], paths, seed=(7,))
        with torch.inference_mode():
            logits = untrained(collate(chunk)).closeness_logits.numpy()
        assert row == pytest.approx(logits, abs=1e-6)
    assert len(np.unique(scores)) > 10


def test_many_batches_score_as_one(films, whole, untrained, monkeypatch):
    movies = movies_in(whole)
    score = closeness_scores(films, untrained, whole, config().paths, (7,))
    together = score(whole.user_entities, movies)
    monkeypatch.setattr(scoring, "PAIRS_AT_ONCE", 3)
    assert score(whole.user_entities, movies) == pytest.approx(together, abs=1e-6)


def test_the_seed_decides_the_paths(films, whole, untrained):
    paths = config(paths__max_paths_per_pair=1).paths
    movies = movies_in(whole)
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
    cut = whole.last(2, user_rows(0, 1, 2))
    hidden = {
        user: set(whole.movies_of(row).tolist()) - set(cut.movies_of(row).tolist())
        for row, user in enumerate(whole.user_entities.tolist())
    }
    seen = []
    forward = RKAN.forward

    def noted(network, batch):
        seen.extend(batch.entities.tolist())
        return forward(network, batch)

    monkeypatch.setattr(RKAN, "forward", noted)
    paths = config(paths__through_users=through_users, paths__max_paths_per_pair=100).paths
    score = closeness_scores(films, untrained, cut, paths, (7,))
    score(whole.user_entities, movies_in(whole))
    assert len(seen) > 10
    for user, first, connector, target in seen:
        assert first not in hidden[user]
        assert not hidden.get(connector, set()) & {first, target}


def test_a_user_without_history_finds_all_movies_equally_close(films, whole, untrained):
    untrained.no_path.data.normal_()
    none = whole.last(0, user_rows(0))
    score = closeness_scores(films, untrained, none, config().paths, (7,))
    row = score(none.user_entities[:1], movies_in(whole))[0]
    nothing = untrained.closeness(untrained.no_path).item()
    assert row == pytest.approx(nothing, abs=1e-6)


def test_movies_are_ranked_by_closeness(films, whole, untrained):
    score = closeness_scores(films, untrained, whole, config().paths, (7,))
    top = rank_movies(whole, user_rows(*range(len(whole))), score, 3)
    candidates = movies_in(whole)
    best = np.argmax(
        np.where(
            np.isin(candidates, whole.movies_of(0)),
            -np.inf,
            score(whole.user_entities[:1], candidates)[0],
        )
    )
    assert top.movies[0, 0] == candidates[best]
    assert np.isfinite(top.scores).all()
