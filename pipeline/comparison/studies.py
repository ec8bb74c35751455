"""Settings of RKAN that a comparison can vary: path length, and the sets of negatives."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from pipeline.comparison.methods import Compared, changed

HOPS = (3, 5, 7)
NEGATIVE_SETS = (1, 2, 4)


@dataclass(frozen=True)
class StudyPlan:
    """One setting and its values.

    Attributes:
        name: of the study.
        parameter: what is varied, as on the axis of a plot.
        variants: each value with RKAN so set, ranking by inner product and by closeness.
        note: what to know when reading it.
    """

    name: str
    parameter: str
    variants: list[tuple[int, Compared]]
    note: str


def path_length_study(methods: Iterable[Compared]) -> StudyPlan:
    """Figure 2 of the paper: L = 3, 5 and 7. ``methods``: RKAN, by each ranking."""
    return StudyPlan(
        "path length",
        "L, most relationships of a path",
        _variants(methods, HOPS, "paths", "max_hops"),
        "The paper's Figure 2, which prints no numbers: accuracy falls as L grows.",
    )


def negatives_study(methods: Iterable[Compared]) -> StudyPlan:
    """The paper's "multiple sets of negative samples": as many negatives as positives, and more."""
    return StudyPlan(
        "negative sets",
        "negatives per positive",
        _variants(methods, NEGATIVE_SETS, "train", "num_negs_per_pos"),
        "Each set has one negative for each positive, drawn anew in each epoch.",
    )


def _variants(
    methods: Iterable[Compared], values: tuple[int, ...], section: str, key: str
) -> list[tuple[int, Compared]]:
    return [
        (
            value,
            replace(
                method,
                title=f"{method.title}, {key} {value}",
                config=changed(method.config, {f"{section}.{key}": value}),
            ),
        )
        for value in values
        for method in methods
    ]
