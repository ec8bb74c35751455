"""What deriving relationships takes by itself, without a database; `python -m benchmarks.alone`."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from typing import TypeVar

import numpy as np
import rich_click as click

from benchmarks.memory import forget_peak, peak
from benchmarks.synthetic import catalogue, chunks
from pipeline.content.histories import Histories
from pipeline.enrichment.alike import watched_alike
from pipeline.enrichment.config import EnrichConfig
from pipeline.enrichment.people import similar_people, watched_next_people
from pipeline.enrichment.weights import similar, watched_next
from pipeline.ids import EntityIds, UserIds

T = TypeVar("T")


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
    """Derive relationships from generated histories; print CPU time and peak memory of each part.

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


def _measured(name: str, work: Callable[[], T]) -> T:
    forget_peak("self")
    before, started = peak("self") or 0, time.process_time()
    found = work()
    seconds, most = time.process_time() - started, peak("self") or 0
    click.echo(f"{name}: {seconds:.1f} CPU s, {most - before} MiB above the {before} held before")
    return found


if __name__ == "__main__":
    command(prog_name="python -m benchmarks.alone")
