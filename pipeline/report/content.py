"""The content of a report, before it is put into words, tables and plots."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from pipeline.content.splits import PER_USER, SplitKind


@dataclass(frozen=True)
class MethodInfo:
    """How one method was run.

    Attributes:
        name: as in the column ``method``.
        title: as in tables.
        source: where the method comes from; may be empty.
        config: its settings; values may be dicts again.
        fit_seconds: wall time of a fit, the mean over its runs.
        seeds: those it was run with.
    """

    name: str
    title: str
    source: str
    config: Mapping[str, Any]
    fit_seconds: float
    seeds: list[int]


@dataclass(frozen=True)
class Study:
    """One setting varied.

    Attributes:
        name: for example "path length".
        parameter: what was varied, as under an axis.
        per_user: as in ``Report``, with the columns ``value`` and ``ranking`` besides.
        note: what to know when reading it, in words.
    """

    name: str
    parameter: str
    per_user: pd.DataFrame
    note: str


@dataclass(frozen=True)
class Report:
    """What a report is made of.

    Attributes:
        dataset: name of the data set.
        data_hash: fingerprint of the graph's content.
        users: in the graph.
        movies: in the graph.
        training_ratings: of all users, not cut.
        held_out_ratings: of all users.
        cut_to: training ratings that the cut histories keep.
        split: how the graph's ratings were split.
        tie_seed: of the order among a user's equal timestamps; None for that of the input.
        cold_movies: with 1 to 4 training ratings.
        new_movies: without training ratings.
        seeds: of the methods that have any draws.
        reference: name of the method that the others are tested against.
        methods: in the order of the tables.
        per_user: one row per method, seed, kind of histories, candidates and user: userId,
            heldOut (held-out movies), isCut (whether the cut histories cut this user's),
            candidates ("usual", "cold", "new"), and the metrics by name.
        studies: of single settings.
        environment: versions and the machine, by name.
        created_at: date and time.
        command: that makes the figures again.
    """

    dataset: str
    data_hash: str
    users: int
    movies: int
    training_ratings: int
    held_out_ratings: int
    cut_to: int
    seeds: list[int]
    reference: str
    methods: list[MethodInfo]
    per_user: pd.DataFrame
    studies: list[Study] = field(default_factory=list)
    environment: Mapping[str, object] = field(default_factory=dict)
    created_at: str = ""
    command: str = ""
    split: SplitKind = PER_USER
    tie_seed: int | None = None
    cold_movies: int = 0
    new_movies: int = 0

    @property
    def titles(self) -> dict[str, str]:
        """Each method's title by its name, in the order of the tables."""
        return {method.name: method.title for method in self.methods}
