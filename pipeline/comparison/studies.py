"""Studies of a comparison: one setting of a network varied, such as the path length."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from pipeline.comparison.methods import Compared, compared_methods, varied
from pipeline.networks.registry import NETWORKS


@dataclass(frozen=True)
class StudyPlan:
    """One setting and the values to compare.

    Attributes:
        name: the name of the study.
        parameter: the setting's label on the axis of a plot.
        variants: pairs of a value and a method with this value.
        note: a remark for readers of the report.
    """

    name: str
    parameter: str
    variants: list[tuple[int, Compared]]
    note: str


def study_plans(asked: Collection[str], settings: Path | None = None) -> list[StudyPlan]:
    """Return the plans of the named studies ("path-length", ...), with settings of a TOML file.

    Raises:
        ConfigError: a file or value is invalid.
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
