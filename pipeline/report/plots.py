"""Bar plots of the methods' means and line plots of a setting's values, as SVG files.

They are drawn without pyplot, so no state is kept between plots, and the same figures give the
same bytes. The transparent background and mid-grey ink suit light and dark pages.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any, Literal

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

METRICS_SHOWN = ("P@1", "P@5", "P@10", "mrr_sum@10")
_INK, _GRID = "#777f89", "#8a929c40"
_BAR, _ACCENT, _WHISKER = "#86b4da", "#ee9566", "#5b636d"
_MARK, _MARK_EDGE = "#ffffff", "#20262e"  # visible on bars and on light and dark pages
_LINES = (("#4f8fc0", "o"), ("#dd6b33", "s"), ("#3fa579", "^"), ("#9a6fd0", "D"))
_STYLE: dict[Any, Any] = {
    "svg.hashsalt": "rkan",  # otherwise ids inside the file are random
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": _GRID,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    **dict.fromkeys(("text.color", "axes.titlecolor", "axes.labelcolor", "axes.edgecolor"), _INK),
    **dict.fromkeys(("xtick.color", "ytick.color"), _INK),
}


def bars(
    rows: pd.DataFrame,
    titles: Mapping[str, str],
    reference: str,
    marks: Mapping[tuple[str, str], float],
    mark_title: str,
) -> bytes:
    """Draw one panel per metric, with one bar per method and its 95 % interval.

    Args:
        rows: the rows of one group from ``statistics.summarise``.
        titles: the methods' titles by name, in the order of the bars.
        reference: the method whose bars are highlighted.
        marks: figures from elsewhere by method and metric, drawn as diamonds.
        mark_title: the legend of the diamonds.
    """
    methods = [method for method in titles if method in set(rows.method)]
    places = np.arange(len(methods))
    colours = [_ACCENT if method == reference else _BAR for method in methods]
    with matplotlib.rc_context():
        drawing = _figure(height=1.1 + 0.26 * len(methods))
        panels = drawing.subplots(1, len(METRICS_SHOWN), sharey=True)
        for panel, metric in zip(panels, METRICS_SHOWN, strict=True):
            means = rows[rows.metric == metric].set_index("method").loc[methods]
            reach = [means["mean"] - means["low"], means["high"] - means["mean"]]
            panel.barh(places, means["mean"], height=0.68, color=colours)
            panel.errorbar(
                means["mean"], places, xerr=np.clip(reach, 0, None), fmt="none", ecolor=_WHISKER,
                elinewidth=1.3,
            )  # fmt: skip
            marked = [place for place in places if (methods[place], metric) in marks]
            panel.plot(
                [marks[methods[place], metric] for place in marked], marked,
                linestyle="none", marker="D", markersize=5, color=_MARK, markeredgecolor=_MARK_EDGE,
                markeredgewidth=0.9, label=mark_title,
            )  # fmt: skip
            _panel(panel, metric, "y")
            panel.set_xlim(left=0)
            panel.set_ylim(len(methods) - 0.5, -0.5)
        panels[0].set_yticks(places, [titles[method] for method in methods])
        if marks:
            drawing.legend(*panels[0].get_legend_handles_labels(), **_LEGEND)
        return _svg(drawing)


def lines(summary: pd.DataFrame, parameter: str) -> bytes:
    """Draw one panel per metric, with one line per ranking over the values of a setting.

    Args:
        summary: the result of ``statistics.summarise_study``. Error bars are the standard
            deviation over seeds, where there are several.
        parameter: the label of the values.
    """
    values = sorted(summary.value.unique())
    with matplotlib.rc_context():
        drawing = _figure(height=2.9)
        panels = drawing.subplots(1, len(METRICS_SHOWN))
        for panel, metric in zip(panels, METRICS_SHOWN, strict=True):
            shown = summary[summary.metric == metric]
            rankings = shown.groupby("ranking", sort=False)
            for place, (ranking, part) in enumerate(rankings):
                colour, marker = _LINES[place % len(_LINES)]
                part = part.set_index("value").sort_index()
                panel.errorbar(
                    [values.index(value) for value in part.index], part["mean"],
                    yerr=part["sd"].fillna(0), color=colour, marker=marker, markersize=5,
                    elinewidth=1.1, label=str(ranking),
                )  # fmt: skip
            panel.set_xticks(range(len(values)), [str(value) for value in values])
            panel.margins(x=0.15, y=0.15)
            _panel(panel, metric, "x")
        drawing.supxlabel(parameter, fontsize=9, color=_INK)
        drawing.legend(*panels[0].get_legend_handles_labels(), **_LEGEND)
        return _svg(drawing)


_LEGEND = {"loc": "outside upper right", "frameon": False, "ncols": 4}


def _figure(height: float) -> Figure:
    """Create a figure ten inches wide. Call within rc_context: it replaces the user's style."""
    matplotlib.rcdefaults()
    matplotlib.rcParams.update(_STYLE)
    return Figure(figsize=(10, height), layout="constrained")


def _panel(panel: Axes, title: str, bare: Literal["x", "y"]) -> None:
    panel.set_title(title, loc="left")
    panel.grid(visible=False, axis=bare)
    panel.spines["left" if bare == "y" else "bottom"].set_visible(True)
    along = panel.xaxis if bare == "y" else panel.yaxis
    along.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 5, 10]))
    along.set_major_formatter("{x:g}")
    panel.tick_params(length=0)


def _svg(drawing: Figure) -> bytes:
    file = io.BytesIO()
    drawing.savefig(file, format="svg", transparent=True, metadata={"Date": None})
    return file.getvalue()
