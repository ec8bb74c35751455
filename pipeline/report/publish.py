"""Publish a comparison as a report, and as the JSON document of the command."""

from __future__ import annotations

import os
import platform
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pipeline import __version__
from pipeline.comparison.compare import Comparison, MethodRuns
from pipeline.comparison.methods import REFERENCE
from pipeline.comparison.split import CUT_TO
from pipeline.comparison.statistics import compare_pairs, summarise, summarise_study
from pipeline.comparison.users import COLD_CANDIDATES, NEW_CANDIDATES, thin_candidates
from pipeline.ranking.metrics import METRICS
from pipeline.report.content import MethodInfo, Report, Study
from pipeline.report.write import write_report

_PACKAGES = ("torch", "numpy", "scipy", "scikit-learn", "implicit", "pandas", "neo4j")


def publish(
    comparison: Comparison, output: Path, *, command: str, reference: str | None = None
) -> tuple[Path, Path]:
    """Write report.md and report.html into ``output``, and return the two paths.

    Args:
        comparison: the comparison to publish.
        output: the folder for the files.
        command: the command line of the comparison, shown in the report.
        reference: the name of the method that the others are tested against. The default is that
            of ``default_reference``.
    """
    split = comparison.split
    thin = thin_candidates(split)
    return write_report(
        output,
        Report(
            dataset=split.dataset.name,
            data_hash=split.dataset.data_hash,
            users=len(split.training),
            movies=split.dataset.num_movies,
            training_ratings=len(split.training.movies),
            held_out_ratings=len(split.held_out.movies),
            cut_to=CUT_TO,
            seeds=sorted({seed for runs in comparison.methods for seed in runs.seeds}),
            reference=reference or default_reference(comparison),
            methods=[_info(runs) for runs in comparison.methods],
            per_user=comparison.per_user,
            studies=[
                Study(each.plan.name, each.plan.parameter, each.per_user, each.plan.note)
                for each in comparison.studies
            ],
            environment=environment(),
            created_at=datetime.now(UTC).isoformat(timespec="seconds"),
            command=command,
            split=split.dataset.split,
            tie_seed=split.dataset.tie_seed,
            cold_movies=len(thin[COLD_CANDIDATES]),
            new_movies=len(thin[NEW_CANDIDATES]),
        ),
    )


def default_reference(comparison: Comparison) -> str:
    """Return the default reference: RKAN-history if it was compared, else the last method."""
    names = [runs.method.name for runs in comparison.methods]
    return REFERENCE if REFERENCE in names else names[-1]


def environment() -> dict[str, str]:
    """Return the versions and the machine that the figures were made with."""
    versions = {package: version(package) for package in _PACKAGES}
    return {
        "rkan": __version__,
        "python": platform.python_version(),
        **versions,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
    }


def plain_values(
    comparison: Comparison, files: tuple[Path, Path], *, reference: str | None = None
) -> dict[str, Any]:
    """Return plain values: data set, methods, settings, times, means and paired differences."""
    dataset = comparison.split.dataset
    means = summarise(comparison.per_user)
    reference = reference or default_reference(comparison)
    pairs = compare_pairs(comparison.per_user, reference, tuple(METRICS))
    return {
        "dataset": dataset.name,
        "dataHash": dataset.data_hash,
        "split": dataset.split,
        "tieSeed": dataset.tie_seed,
        "reference": reference,
        "methods": [asdict(_info(runs)) for runs in comparison.methods],
        "metrics": _records(means),
        "differences": _records(pairs),
        "studies": {
            each.plan.name: _records(summarise_study(each.per_user)) for each in comparison.studies
        },
        "reports": [str(file) for file in files],
    }


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as plain values; NaN, such as one seed's deviation, and infinity become None."""
    finite = frame.replace([np.inf, -np.inf], np.nan).astype(object)
    return [
        {str(key): value for key, value in row.items()}
        for row in finite.where(finite.notna(), None).to_dict("records")
    ]


def _info(runs: MethodRuns) -> MethodInfo:
    method = runs.method
    return MethodInfo(
        name=method.name,
        title=method.title,
        source=method.source,
        config=method.config.model_dump(),
        fit_seconds=runs.fit_seconds,
        seeds=runs.seeds,
    )
