"""Settings of networks that a comparison can vary, such as the path length."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from pipeline.comparison.methods import Compared, compared_methods, varied
from pipeline.networks.registry import NETWORKS


@dataclass(frozen=True)
class StudyPlan:
    """One setting and its values.

    Attributes:
        name: name of the study.
        parameter: what is varied, as on the axis of a plot.
        variants: each value with a method so set.
        note: what to know when reading it.
    """

    name: str
    parameter: str
    variants: list[tuple[int, Compared]]
    note: str


def study_plans(asked: Collection[str], settings: Path | None = None) -> list[StudyPlan]:
    """Return the studies of these options ("path-length", ...), with the settings of a TOML file.

    Raises:
        ConfigError: a file or value that cannot be used.
    """
    return [
        StudyPlan(
            study.name,
            study.parameter,
            [
                (value, varied(method, study.key, value))
                for value in study.values
                for method in compared_methods(study.variants, settings)
            ],
            study.note,
        )
        for kind in NETWORKS.values()
        for option, study in kind.studies.items()
        if option in asked
    ]
