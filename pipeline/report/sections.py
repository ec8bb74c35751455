"""What a comparison's report says, in order."""

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
    "In parentheses, and as diamonds, the paper's figures. They are for the outer split of "
    "MovieLens-1M joined with IMDb: on any other data or split a landmark, not a comparison."
)


def as_document(report: Report) -> Document:
    """The report in words, tables and plots."""
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
            f"training and {report.held_out_ratings:,} held-out ratings; content "
            f"`{report.data_hash[:8]}`. Seeds {', '.join(map(str, report.seeds))}."
        ),
        sections=tuple(sections),
    )


def _overview(report: Report, summary: pd.DataFrame, pairs: pd.DataFrame) -> Section:
    table = tables.overview_table(summary, pairs, report.titles, report.reference)
    name = report.titles.get(report.reference)
    counted = (
        f"The last three columns count the methods that {name} is better than, cannot be told "
        f"apart from, and is worse than: paired test, Holm-adjusted p below .05."
        if name
        else f"{report.reference}, which the others are tested against, was not run."
    )
    return Section("At a glance", (counted,), tables=(table,))


def _thin(report: Report, summary: pd.DataFrame, groups: list[str]) -> Iterator[Section]:
    """What all such groups have in common, then each."""
    if not any(group in groups for group in THIN):
        return
    kinds = ((COLD_MOVIES, report.cold_movies), (NEW_MOVIES, report.new_movies))
    numbers = ", ".join(f"{number:,} {kind}" for kind, number in kinds)
    yield Section(
        "Where evidence is thin",
        (
            "Histories cut to 1, 2 and 4 ratings, always of the same users, and these users with "
            "all their ratings: every method learned afresh from each, while held-out movies and "
            "candidates stay the same.",
            f"Cold movies have 1 to {COLD_MOVIE - 1} training ratings, new movies none; in the "
            f"graph there are {numbers}. For each user who has one held out, a method ranks the "
            "movies of that kind alone, without the user's own; recall counts the held-out ones "
            "among them. Equal scores are ordered by entityId, so methods that know nothing of new "
            "movies have the same figures there.",
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
    alt = f"Bars: {', '.join(plots.METRICS_SHOWN)} of every method, {group}; as in the table below."
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
            "Differences of the users' own figures, each user's the mean over seeds. The intervals "
            "are 95 % bootstrap intervals over users; p is that of the paired t-test, two-sided, "
            "Holm-adjusted for the methods of one table; d_z is Cohen's, the mean difference in "
            "standard deviations of the differences. Bold: p below .05. All of it speaks of other "
            "users of the same kind; how much a figure moves with the seed, the ± above say.",
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
    alt = (
        f"Lines: {', '.join(plots.METRICS_SHOWN)} against {study.parameter}; as in the table below."
    )
    name = f"study-{slug(study.name)}"
    return Section(
        title=f"Study: {study.name}",
        paragraphs=(study.note,) if study.note else (),
        plots=(Plot(name, plots.lines(summary, study.parameter), alt),),
        tables=(tables.study_table(summary, study.parameter),),
    )


def _settings(report: Report) -> Iterator[Section]:
    yield Section("Methods and settings", tables=(_methods(report.methods),))
    made = {"made": report.created_at, "content": report.data_hash, **report.environment}
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
    """Settings as key=value, those inside others with their path."""
    for key, value in config.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{above}{key}.")
        else:
            yield f"{above}{key}={value}"


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]
