"""What is computed without a database: derived relationships and steps of the history encoder.

`python -m benchmarks.alone` prints CPU time and memory.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from typing import TypeVar

import numpy as np
import rich_click as click

from benchmarks.memory import forget_peak, peak
from benchmarks.synthetic import catalogue, chunks
from model.rkan_history.config import HistoryConfig
from model.rkan_history.encoder import HistoryEncoder
from model.rkan_history.encoder_training import HistoryTrainer
from model.rkan_history.sampled_softmax import is_sampled
from pipeline.content.histories import Histories
from pipeline.device import torch_threads
from pipeline.enrichment.alike import watched_alike
from pipeline.enrichment.config import EnrichConfig
from pipeline.enrichment.people import similar_people, watched_next_people
from pipeline.enrichment.weights import similar, watched_next
from pipeline.ids import EntityIds, UserIds

T = TypeVar("T")

_STEPS = 20  # of 64 users each
_ATTRIBUTES = 1.5  # people and genres for each film there is
_OF_FILM = 8  # of them tied to each film
_SKEW = 2.5  # power of a uniform draw: the first have many films


def generated(fraction: float, users: int | None, seed: int) -> Histories:
    """Return generated histories, with nothing held out, in which every film occurs.

    Args:
        fraction: see benchmarks.generate; it decides the films.
        users: number of users; None for those of the fraction.
        seed: seed of all draws.
    """
    films = catalogue(fraction, seed)
    if users is not None:
        films = dataclasses.replace(films, num_users=users)
    parts = list(chunks(films, seed))
    owners = np.concatenate([part.users for part in parts])
    watched = np.concatenate([part.films for part in parts])
    missing = np.setdiff1d(np.arange(len(films)), watched)
    owners = np.concatenate([owners, np.arange(len(missing)) % films.num_users])
    watched = np.concatenate([watched, missing])
    watched = watched[np.argsort(owners, kind="stable")] + films.num_users
    offsets = np.concatenate(([0], np.cumsum(np.bincount(owners))))
    return Histories(
        UserIds(np.arange(films.num_users, dtype=np.int64) + 1),
        EntityIds(np.arange(films.num_users, dtype=np.int64)),
        offsets,
        watched.astype(np.int32),
        np.arange(len(watched)) - np.repeat(offsets[:-1], np.diff(offsets)),
        np.full(len(watched), np.nan, dtype=np.float32),
    )


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--fraction", type=click.FloatRange(min=0, min_open=True), default=1.0, show_default=True
)
@click.option("--users", type=click.IntRange(min=1), help="Other than those of the fraction.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option(
    "--alike-users",
    type=click.IntRange(min=1),
    default=EnrichConfig().alike_users,
    show_default=True,
    help="Users with whom WATCHED_ALIKE compares.",
)
def command(fraction: float, users: int | None, seed: int, alike_users: int) -> None:
    """Derive relationships from generated histories, and take some steps of the history encoder.

    Prints CPU time and peak memory of each part. Of more than 16,384 films the encoder takes its
    steps twice: with a sample of them, and with all.

    Example: python -m benchmarks.alone --users 2000
    """
    histories = generated(fraction, users, seed)
    config = EnrichConfig(similar="cosine", alike_users=alike_users)
    films = len(np.unique(histories.movies))
    click.echo(f"{len(histories):,} users, {films:,} films, {len(histories.movies):,} ratings")
    following = _measured("WATCHED_NEXT", lambda: watched_next(histories, config))
    _measured("  people", lambda: watched_next_people(histories, following, config))
    alike = _measured("SIMILAR", lambda: similar(histories, config))
    _measured("  people", lambda: similar_people(histories, alike))
    _measured("WATCHED_ALIKE", lambda: watched_alike(histories, config))
    sampling = HistoryConfig()
    with torch_threads():
        if is_sampled(sampling, films):
            _measured("encoder, a sample", _steps(histories, films, sampling, seed))
        every = sampling.changed({"negatives": 0})
        _measured("encoder, all films", _steps(histories, films, every, seed))


def _steps(
    histories: Histories, films: int, config: HistoryConfig, seed: int
) -> Callable[[], float]:
    """Return an epoch of a new encoder over as many users as make ``_STEPS`` steps."""
    rng = np.random.default_rng((seed, 3))
    attributes = int(films * _ATTRIBUTES)
    drawn = (attributes * rng.random(films * _OF_FILM) ** _SKEW).astype(np.int64)
    encoder = HistoryEncoder(config, films, attributes)
    encoder.set_attributes(np.column_stack([np.repeat(np.arange(films), _OF_FILM), drawn]))
    rows = histories.movies.astype(np.int64) - len(histories)
    first = histories.offsets[: _STEPS * config.batch_size + 1]
    others = np.arange(first[-1] + 1, len(rows) + 1)  # one film each: they count, and take no step
    offsets = np.concatenate([first, others])
    return HistoryTrainer(encoder, offsets, rows, seed=seed, epochs=1).run_epoch


def _measured(name: str, work: Callable[[], T]) -> T:
    forget_peak("self")
    before, started = peak("self") or 0, time.process_time()
    found = work()
    seconds, most = time.process_time() - started, peak("self") or 0
    click.echo(f"{name}: {seconds:.1f} CPU s, {most - before} MiB above the {before} held before")
    return found


if __name__ == "__main__":
    command(prog_name="python -m benchmarks.alone")
