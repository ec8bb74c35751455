"""The tables of a comparison, built from its statistics.

``titles`` maps each method's name to its title, in the order of the rows.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping
from typing import Any

import pandas as pd

from pipeline.comparison.statistics import (
    COLD_MOVIES,
    COMPARED_METRICS,
    CUT,
    CUT_1,
    CUT_2,
    GROUPS,
    LEVEL,
    NEW_MOVIES,
    UNCUT,
)
from pipeline.evaluation.beyond import BEYOND
from pipeline.ranking.metrics import METRICS
from pipeline.report.document import Cell, Table
from pipeline.report.paper import paper_value

THIN_COLUMNS = {
    CUT_1: "1 rating",
    CUT_2: "2 ratings",
    CUT: "4 ratings",
    UNCUT: "all ratings",
    COLD_MOVIES: COLD_MOVIES,
    NEW_MOVIES: NEW_MOVIES,
}


def figure(value: float, digits: int = 4, *, signed: bool = False) -> str:
    """Format a figure: .2874, 1.0234, -.0123, or signed as +.0123; a dash for NaN."""
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    text = f"{abs(value):.{digits}f}"
    sign = "" if float(text) == 0 else "-" if value < 0 else "+" if signed else ""
    return sign + text.removeprefix("0")


def probability(p: float) -> str:
    """Format a p-value with three decimals, or as <.001."""
    return "<.001" if p < 0.001 else figure(p, 3)


def seconds(value: float) -> str:
    """Format seconds without needless digits: 0.4, 12, 1,234."""
    return f"{value:.1f}" if value < 10 else f"{value:,.0f}"


def figures_table(
    summary: pd.DataFrame, group: str, titles: Mapping[str, str], reference: str, title: str = ""
) -> Table:
    """Return a group's means: a row per method, a column per metric, the paper's figures beside.

    The best value of a metric is bold. Metrics beyond accuracy come last, if any method has them.
    They show a dash for methods without them, and have no bold value because none is best.
    """
    rows = summary[summary.group == group]
    mean, sd = (_grid(rows, "method", column) for column in ("mean", "sd"))
    methods = [method for method in titles if method in mean]
    best = {metric: max(line[metric] for line in mean.values()) for metric in METRICS}
    beyond = (metric for metric in BEYOND if any(metric in line for line in mean.values()))
    metrics = (*METRICS, *beyond)

    def cell(method: str, metric: str) -> Cell:
        value = mean[method].get(metric, math.nan)
        paper = paper_value(method, group, metric)
        return Cell(
            figure(value),
            bold=value == best.get(metric),
            spread=_spread(sd[method].get(metric, math.nan)),
            landmark="" if paper is None else f"({figure(paper)})",
        )

    return Table(
        header=("method", *metrics),
        rows=tuple(
            (Cell(titles[method]), *(cell(method, metric) for metric in metrics))
            for method in methods
        ),
        title=title,
        marked=_place(reference, methods),
    )


def differences_table(
    pairs: pd.DataFrame, group: str, metric: str, titles: Mapping[str, str], title: str
) -> Table:
    """Return the reference minus each other method; significant differences are bold."""
    chosen = pairs[(pairs.group == group) & (pairs.metric == metric)]
    rows: dict[str, dict[Hashable, Any]] = {row["method"]: row for row in chosen.to_dict("records")}
    return Table(
        header=("minus", "difference", "95 % interval", "p (Holm)", "d_z"),
        rows=tuple(
            (
                Cell(titles[method]),
                Cell(figure(row["difference"], signed=True), bold=row["p_holm"] < LEVEL),
                Cell(f"{figure(row['low'], signed=True)} to {figure(row['high'], signed=True)}"),
                Cell(probability(row["p_holm"])),
                Cell(figure(row["effect_size"], 2, signed=True)),
            )
            for method, row in ((name, rows[name]) for name in titles if name in rows)
        ),
        title=title,
    )


def overview_table(
    summary: pd.DataFrame, pairs: pd.DataFrame, titles: Mapping[str, str], reference: str
) -> Table:
    """Return the best method and the reference's place, per group and metric."""
    rows = []
    for group in GROUPS:
        means = _grid(summary[summary.group == group], "metric", "mean", "method")
        if group == UNCUT or not means:
            continue
        for metric in COMPARED_METRICS:
            of = means[metric]
            best = max(of, key=lambda method: of[method])
            line = [group, metric, f"{titles[best]} {figure(of[best])}"]
            if reference in of:
                place = 1 + sum(value > of[reference] for value in of.values())
                found = pairs[(pairs.group == group) & (pairs.metric == metric)]
                significant = found.difference[found.p_holm < LEVEL]
                above, below = int((significant > 0).sum()), int((significant < 0).sum())
                line += [figure(of[reference]), f"{place} of {len(of)}"]
                line += [str(count) for count in (above, len(found) - above - below, below)]
            else:
                line += ["–"] * 5
            rows.append(tuple(Cell(text) for text in line))
    name = titles.get(reference, reference)
    header = ("group", "metric", "best", name, "place", "better than", "undecided", "worse than")
    return Table(header, tuple(rows), words=3)


def kept_table(
    summary: pd.DataFrame, groups: tuple[str, str], titles: Mapping[str, str], reference: str
) -> Table:
    """Return each method's figures in the first group as a share of those in the second."""
    cut, full = (_grid(summary[summary.group == group], "method", "mean") for group in groups)
    methods = [method for method in titles if method in cut and method in full]

    def share(method: str, metric: str) -> str:
        whole = full[method][metric]
        return f"{100 * cut[method][metric] / whole:.0f} %" if whole else "–"

    return Table(
        header=("method", *METRICS),
        rows=tuple(
            (Cell(titles[method]), *(Cell(share(method, metric)) for metric in METRICS))
            for method in methods
        ),
        title="Remaining share: cut / full histories",
        marked=_place(reference, methods),
    )


def thin_table(
    summary: pd.DataFrame, metric: str, titles: Mapping[str, str], reference: str
) -> Table:
    """Return one metric on thin evidence, with a column per group present; the best is bold."""
    means = {
        group: _grid(
            summary[(summary.metric == metric) & (summary.group == group)], "method", "mean"
        )
        for group in THIN_COLUMNS
    }
    groups = [group for group in THIN_COLUMNS if means[group]]
    best = {group: max(line[metric] for line in means[group].values()) for group in groups}
    methods = [method for method in titles if any(method in means[group] for group in groups)]

    def cell(method: str, group: str) -> Cell:
        value = means[group].get(method, {}).get(metric, math.nan)
        return Cell(figure(value), bold=value == best[group])

    return Table(
        header=("method", *(THIN_COLUMNS[group] for group in groups)),
        rows=tuple(
            (Cell(titles[method]), *(cell(method, group) for group in groups)) for method in methods
        ),
        title=metric,
        marked=_place(reference, methods),
    )


def study_table(summary: pd.DataFrame, parameter: str) -> Table:
    """Return one row per ranking and value of ``summarise_study``; each ranking's best is bold."""
    rows = []
    for ranking, part in summary.groupby("ranking", sort=False):
        mean, sd = (_grid(part, "value", column) for column in ("mean", "sd"))
        best = {metric: max(line[metric] for line in mean.values()) for metric in METRICS}
        for value in sorted(mean):
            cells = (
                Cell(
                    figure(mean[value][metric]),
                    bold=mean[value][metric] == best[metric],
                    spread=_spread(sd[value][metric]),
                )
                for metric in METRICS
            )
            rows.append((Cell(str(ranking)), Cell(str(value)), *cells))
    return Table(("ranking", parameter, *METRICS), tuple(rows), words=2)


def _grid(
    rows: pd.DataFrame, index: str, values: str, columns: str = "metric"
) -> dict[Any, dict[str, float]]:
    """Return ``values`` by ``index``, then by ``columns``."""
    grid: dict[Any, dict[str, float]] = {}
    for line, column, value in zip(rows[index], rows[columns], rows[values], strict=True):
        grid.setdefault(line, {})[column] = float(value)
    return grid


def _spread(deviation: float) -> str:
    return "" if math.isnan(deviation) else f"±{figure(deviation)}"


def _place(name: str, names: Iterable[str]) -> int | None:
    return next((place for place, one in enumerate(names) if one == name), None)
