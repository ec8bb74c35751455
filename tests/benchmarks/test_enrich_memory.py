"""Deriving relationships of many films holds a block of the films' matrix, never the whole."""

import tracemalloc

import numpy as np

from pipeline.content.histories import Histories
from pipeline.enrichment.alike import watched_alike
from pipeline.enrichment.config import EnrichConfig
from pipeline.enrichment.people import similar_people, watched_next_people
from pipeline.enrichment.weights import similar, watched_next
from pipeline.ids import EntityIds, UserIds

FILMS = 4_000
SQUARE = FILMS * FILMS * 4  # bytes of all pairs of films in float32: 61 MiB
CONFIG = EnrichConfig(similar="cosine", neighbours=10, alike=5, alike_windows=50, alike_stride=1)


def wide(users: int, each: int) -> Histories:
    """Return users with ``each`` different films, spread over all films."""
    rng = np.random.default_rng(0)
    movies = np.concatenate([rng.permutation(FILMS)[:each] for _ in range(users)])
    rows = np.arange(users, dtype=np.int64)
    return Histories(
        UserIds(rows + 1),
        EntityIds(rows),
        np.arange(0, len(movies) + 1, each),
        (movies + users).astype(np.int32),
        np.tile(np.arange(each), users),
        np.full(len(movies), 3, dtype=np.float32),
    )


def peak_of(work):
    """Return the result, and the most bytes that were allocated at the same time."""
    tracemalloc.start()
    try:
        return work(), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_relationships_between_films_hold_a_block(monkeypatch):
    monkeypatch.setattr("pipeline.enrichment.rated._BLOCK_ENTRIES", 2**18)
    histories = wide(users=500, each=20)
    following, first = peak_of(lambda: watched_next(histories, CONFIG))
    alike, second = peak_of(lambda: similar(histories, CONFIG))
    _, third = peak_of(lambda: watched_next_people(histories, following, CONFIG))
    _, fourth = peak_of(lambda: similar_people(histories, alike))
    assert len(following) > FILMS
    assert len(alike) > FILMS
    assert max(first, second, third, fourth) < SQUARE / 4


def test_relationships_between_users_hold_a_block_of_windows(monkeypatch):
    users, each = 150, 60
    histories = wide(users, each)
    windows = users * (each - 1) * CONFIG.alike_movies * 8  # bytes of all their vectors, about
    alike, whole = peak_of(lambda: watched_alike(histories, CONFIG))
    monkeypatch.setattr("pipeline.enrichment.alike._BLOCK_ENTRIES", 2**14)
    parts, peak = peak_of(lambda: watched_alike(histories, CONFIG))
    assert peak < windows < whole  # the test would notice if all windows were one block
    assert (parts.target == alike.target).all()
    assert (parts.weight == alike.weight).all()
