"""CPU time and memory of each stage over the number of ratings, on logarithmic axes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing

from benchmarks.scale_process import Stage
from benchmarks.scale_stages import Run


def draw(runs: Sequence[Run], file: Path) -> None:
    """Draw the stages that ended; the file's suffix says the format, such as .svg."""
    drawing = Drawing(figsize=(9, 3.8), layout="constrained")
    left, right = drawing.subplots(1, 2)
    _lines(left, runs, "CPU seconds of Python and Neo4j", lambda stage: stage.cpu)
    _lines(right, runs, "peak MiB of Python", lambda stage: stage.python)
    left.legend(fontsize=8, frameon=False)
    drawing.savefig(file)


def _lines(
    panel: Axes, runs: Sequence[Run], title: str, value: Callable[[Stage], float | None]
) -> None:
    points: dict[str, list[tuple[int, float]]] = {}
    for run in sorted(runs, key=lambda each: each.fraction):
        for stage in run.stages:
            height = value(stage)
            if run.sizes and height and not stage.problem:
                points.setdefault(stage.name, []).append((run.sizes.ratings, height))
    for name, own in points.items():
        panel.plot(*zip(*own, strict=True), marker="o", label=name)
        (first, height), last = own[0], own[-1][0]
        panel.plot([first, last], [height, height * last / first], ":", color="#bbbbbb", zorder=0)
    panel.set_xscale("log")
    panel.set_yscale("log")
    panel.set_xlabel("ratings; dotted: linear")
    panel.set_ylabel(title)
    panel.spines[["top", "right"]].set_visible(False)
