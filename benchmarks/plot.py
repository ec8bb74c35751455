"""The ratios as horizontal bars on a logarithmic axis."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure as Drawing

from benchmarks.pairing import Figure
from benchmarks.table import number

_BAR, _MISSED, _MARK = "#4f8fc0", "#dd6b33", "#20262e"


def draw(figures: Sequence[Figure], file: Path) -> None:
    """Draw the figures that have a reference; the file's suffix says the format, such as .svg."""
    shown = [(each, each.ratio) for each in figures if each.ratio is not None]
    drawing = Drawing(figsize=(9, 1.2 + 0.3 * len(shown)), layout="constrained")
    panel = drawing.subplots()
    places = range(len(shown))
    colours = [_MISSED if each.met is False else _BAR for each, _ in shown]
    panel.barh(places, [ratio - 1 for _, ratio in shown], left=1, color=colours, height=0.7)
    for place, (figure, ratio) in enumerate(shown):
        if figure.target is not None:
            panel.plot([figure.target] * 2, [place - 0.4, place + 0.4], color=_MARK, linewidth=1.5)
        panel.annotate(
            f"{'>' if figure.gave_up else ''}{number(ratio, '').strip()}x",
            (max(ratio, 1), place),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize=8,
        )
    panel.set_xscale("log")
    panel.axvline(1, color=_MARK, linewidth=0.8)
    names = [f"{each.stage}: {each.name}, beside {each.reference}" for each, _ in shown]
    panel.set_yticks(places, names, fontsize=8)
    panel.invert_yaxis()
    panel.margins(x=0.12)
    panel.set_xlabel("times as fast as the reference; a line marks the target")
    panel.spines[["top", "right"]].set_visible(False)
    drawing.savefig(file)
