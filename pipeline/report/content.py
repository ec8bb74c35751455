"""The content of a report, before it becomes text, tables and plots."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from pipeline.content.splits import PER_USER, SplitKind


@dataclass(frozen=True)
class MethodInfo:
    """The settings and runs of one method.

    Attributes:
        name: its value in the column ``method``.
        title: its name in tables.
        source: the origin of the method; may be empty.
        config: its settings; values may be nested dicts.
        fit_seconds: wall time of training, averaged over its runs.
        seeds: the seeds that it was run with.
    """

    name: str
    title: str
    source: str
    config: Mapping[str, Any]
    fit_seconds: float
    seeds: list[int]


@dataclass(frozen=True)
class Study:
    """The results with several values of one setting.

    Attributes:
        name: the name of the study, for example "path length".
        parameter: the setting's label on the axis of a plot.
        per_user: as in ``Report``, with two more columns: ``value`` and ``ranking``.
        note: a remark for the reader; may be empty.
    """

    name: str
    parameter: str
    per_user: pd.DataFrame
    note: str


@dataclass(frozen=True)
class Report:
    """The content of a report.

    Attributes:
        dataset: the name of the data set.
        data_hash: the fingerprint of the graph's content.
        users: the number of users in the graph.
        movies: the number of movies in the graph.
        training_ratings: the number of training ratings of all users, in full histories.
        held_out_ratings: the number of held-out ratings of all users.
        cut_to: the number of training ratings that the cut histories keep.
        split: the way the graph's ratings were split.
        tie_seed: the seed of the order among a user's ratings with equal timestamps; None for the
            order of the input.
        cold_movies: the number of movies with 1 to 4 training ratings.
        new_movies: the number of movies without training ratings.
        seeds: the seeds of the methods with random draws.
        reference: the name of the method that the others are tested against.
        methods: the methods in the order of the tables.
        per_user: one row per method, seed, kind of histories, candidates and user. The other
            columns are userId, heldOut (number of held-out movies), isCut (True if the cut
            histories shorten this user's) and the metrics by name. ``candidates`` is "usual",
            "cold" or "new".
        studies: the studies of single settings.
        environment: versions and the machine, by name.
        created_at: date and time of the report.
        command: the command that reproduces the report.
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
        """The title of each method by name, in the order of the tables."""
        return {method.name: method.title for method in self.methods}
