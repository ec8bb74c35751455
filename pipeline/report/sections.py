"""The sections of a comparison's report, in order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from pipeline.comparison.statistics import (
    COLD_MOVIES,
    COMPARED_METRICS,
    CUT,
    GROUPS,
    NEW_MOVIES,
    THIN,
    UNCUT,
    compare_pairs,
    summarise,
    summarise_study,
)
from pipeline.comparison.users import COLD_MOVIE
from pipeline.evaluation.evaluate import ALL
from pipeline.report import plots, tables
from pipeline.report.content import MethodInfo, Report, Study
from pipeline.report.document import Cell, Document, Plot, Section, Table, slug
from pipeline.report.paper import PAPER_METRICS, paper_value
from pipeline.report.protocol import protocol

_PAPERS = (
    "The paper's figures are in parentheses and drawn as diamonds. They are for the outer "
    "split of MovieLens-1M joined with IMDb. For other data or another split they are only a rough "
    "guide."
)


def as_document(report: Report) -> Document:
    """Return the report as text, tables and plots."""
    summary = summarise(report.per_user)
    if report.reference in report.titles:
        pairs = compare_pairs(report.per_user, report.reference)
    else:
        pairs = pd.DataFrame(columns=["group", "metric", "method", "p_holm", "difference"])
    groups = [group for group in GROUPS if (summary.group == group).any()]
    sections = [
        _overview(report, summary, pairs),
        protocol(report, summary),
        *(_group(report, summary, group) for group in groups if group not in (UNCUT, *THIN)),
        *_thin(report, summary, groups),
        *_differences(report, pairs),
        *(_study(study) for study in report.studies),
        *_settings(report),
    ]
    count = len(report.methods)
    return Document(
        title=f"{count} {'method' if count == 1 else 'methods'} compared on {report.dataset}",
        lead=(
            f"{report.users:,} users, {report.movies:,} movies, {report.training_ratings:,} "
            f"training and {report.held_out_ratings:,} held-out ratings; data hash "
            f"`{report.data_hash[:8]}`. Seeds {', '.join(map(str, report.seeds))}."
        ),
        sections=tuple(sections),
    )


def _overview(report: Report, summary: pd.DataFrame, pairs: pd.DataFrame) -> Section:
    table = tables.overview_table(summary, pairs, report.titles, report.reference)
    name = report.titles.get(report.reference)
    counted = (
        f"The last three columns count the other methods: those that {name} is significantly "
        f"better than, those without a significant difference, and those that it is significantly "
        f"worse than (paired t-test, Holm-adjusted p below .05)."
        if name
        else f"The reference {report.reference} was not run, so there are no tests against it."
    )
    return Section("At a glance", (counted,), tables=(table,))


def _thin(report: Report, summary: pd.DataFrame, groups: list[str]) -> Iterator[Section]:
    """Yield the section on thin evidence, then a subsection for each of its groups."""
    if not any(group in groups for group in THIN):
        return
    kinds = ((COLD_MOVIES, report.cold_movies), (NEW_MOVIES, report.new_movies))
    numbers = " and ".join(f"{number:,} {kind}" for kind, number in kinds)
    yield Section(
        "Where evidence is thin",
        (
            "The columns for 1, 2, 4 and all ratings show the same users, with histories cut to "
            "their newest ratings and with full histories. Every method was trained again for each "
            "cut. Held-out movies and candidates stay the same.",
            f"Cold movies have 1 to {COLD_MOVIE - 1} training ratings, new movies none. The graph "
            f"has {numbers}. For each user with a held-out movie of one kind, a method ranks only "
            "the movies of that kind, except those that the user rated in training. Recall counts "
            "the held-out movies of that kind. Equal scores are ordered by entityId, so all "
            "methods that know nothing about new movies have the same figures there.",
        ),
        tables=tuple(
            tables.thin_table(summary, metric, report.titles, report.reference)
            for metric in COMPARED_METRICS
        ),
    )
    for group in groups:
        if group in THIN:
            yield replace(_group(report, summary, group), level=3)


def _group(report: Report, summary: pd.DataFrame, group: str) -> Section:
    titles, reference = report.titles, report.reference
    rows, uncut = summary[summary.group == group], summary[summary.group == UNCUT]
    shown = [tables.figures_table(summary, group, titles, reference)]
    if group == CUT:
        mark_title, note = UNCUT, ""
        keys = zip(uncut.method, uncut.metric, strict=True)
        marks = dict(zip(keys, uncut["mean"].astype(float), strict=True))
        if marks:
            title = _sentence(UNCUT)
            shown += [
                tables.figures_table(summary, UNCUT, titles, reference, title),
                tables.kept_table(summary, (CUT, UNCUT), titles, reference),
            ]
    else:
        mark_title, note = "the paper's figure", _PAPERS
        found = {
            (method, metric): paper_value(method, group, metric)
            for method in titles
            for metric in PAPER_METRICS
        }
        marks = {key: value for key, value in found.items() if value is not None}
    metrics = ", ".join(plots.METRICS_SHOWN)
    alt = f"Bar plots of {metrics} for every method, {group}. The table below has the figures."
    drawing = plots.bars(rows, titles, reference, marks, mark_title)
    return Section(
        title=_sentence(group if group == ALL else f"{group}: {int(rows.users.iloc[0]):,} users"),
        paragraphs=(note,) if note and marks else (),
        plots=(Plot(slug(group), drawing, alt),),
        tables=tuple(shown),
    )


def _differences(report: Report, pairs: pd.DataFrame) -> Iterator[Section]:
    if pairs.empty:
        return
    name = report.titles[report.reference]
    yield Section(
        f"{name} minus the others",
        (
            "Mean differences over users; a user's value is the mean over seeds. The intervals are "
            "95 % bootstrap intervals over users. p is from the two-sided paired t-test, "
            "Holm-adjusted for the methods of one table. d_z is Cohen's: the mean difference "
            "divided by the standard deviation of the differences. Bold: p below .05. Intervals "
            "and tests generalise to other users of the same kind. The ± in the tables above show "
            "how much a figure varies with the seed.",
        ),
    )
    for group in GROUPS:
        if group != UNCUT and (pairs.group == group).any():
            yield Section(
                f"{_sentence(group)}: {name} minus ...",
                level=3,
                tables=tuple(
                    tables.differences_table(pairs, group, metric, report.titles, metric)
                    for metric in COMPARED_METRICS
                ),
            )


def _study(study: Study) -> Section:
    summary = summarise_study(study.per_user)
    metrics = ", ".join(plots.METRICS_SHOWN)
    alt = f"Line plots of {metrics} against {study.parameter}. The table below has the figures."
    name = f"study-{slug(study.name)}"
    return Section(
        title=f"Study: {study.name}",
        paragraphs=(study.note,) if study.note else (),
        plots=(Plot(name, plots.lines(summary, study.parameter), alt),),
        tables=(tables.study_table(summary, study.parameter),),
    )


def _settings(report: Report) -> Iterator[Section]:
    yield Section("Methods and settings", tables=(_methods(report.methods),))
    made = {"created": report.created_at, "data hash": report.data_hash, **report.environment}
    rows = tuple((Cell(key), Cell(str(value))) for key, value in made.items())
    yield Section(
        "How it was made", shell=report.command, tables=(Table(("what", "which"), rows, words=2),)
    )


def _methods(methods: list[MethodInfo]) -> Table:
    return Table(
        ("method", "from", "seeds", "fit, seconds", "settings"),
        tuple(
            (
                Cell(method.title),
                Cell(method.source),
                Cell(", ".join(map(str, method.seeds))),
                Cell(tables.seconds(method.fit_seconds)),
                Cell(", ".join(_flat(method.config)), code=True),
            )
            for method in methods
        ),
        words=5,
    )


def _flat(config: Mapping[str, Any], above: str = "") -> Iterator[str]:
    """Yield settings as key=value, nested ones with their path."""
    for key, value in config.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{above}{key}.")
        else:
            yield f"{above}{key}={value}"


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]
