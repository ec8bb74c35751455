"""How the stages grow with the data, as tables of 80 columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich import box
from rich.table import Table

from benchmarks.scale_process import Stage
from benchmarks.scale_stages import Run

WIDTH = 80


@dataclass(frozen=True)
class Growth:
    """One stage at one fraction, beside the fraction before it.

    Attributes:
        microseconds: wall time per rating.
        growth: the ratio of the wall times divided by the ratio of the ratings: 1 is linear. None
            for the smallest fraction, and where one of the two did not end.
        cpu_growth: the same of CPU time, which a busy machine changes less.
    """

    stage: Stage
    microseconds: float | None = None
    growth: float | None = None
    cpu_growth: float | None = None


def growths(runs: Sequence[Run]) -> Iterator[tuple[Run, list[Growth]]]:
    """Yield each run with the growth of its stages, the smallest fraction first."""
    before: Run | None = None
    for run in sorted(runs, key=lambda each: each.fraction):
        yield run, [_growth(run, stage, before) for stage in run.stages]
        before = run


def _growth(run: Run, stage: Stage, before: Run | None) -> Growth:
    if stage.problem or stage.seconds is None or run.sizes is None:
        return Growth(stage)
    rate = 1e6 * stage.seconds / run.sizes.ratings
    stages = before.stages if before else []
    smaller = next((each for each in stages if each.name == stage.name), None)
    if smaller is None or smaller.problem or before is None or before.sizes is None:
        return Growth(stage, rate)
    times = run.sizes.ratings / before.sizes.ratings
    wall = _ratio(stage.seconds, smaller.seconds, times)
    return Growth(stage, rate, wall, _ratio(stage.cpu, smaller.cpu, times))


def _ratio(large: float | None, small: float | None, times: float) -> float | None:
    return large / small / times if large and small else None


def beside(run: Run) -> float | None:
    """Return the trainer's peak memory less tables, histories and vocabulary, MiB."""
    trained = [each for each in run.stages if each.name == "train" and not each.problem]
    if not trained or run.sizes is None or trained[0].python is None:
        return None
    return trained[0].python - run.sizes.held


def stage_tables(runs: Sequence[Run]) -> Iterator[Table]:
    """Yield a table with time and memory of all stages for each fraction."""
    titles = ("s", "CPU s", "µs per\nrating", "growth", "by\nCPU", "MiB of\nPython", "of\nNeo4j")
    for run, rows in growths(runs):
        made = Table(box=box.SIMPLE_HEAD, width=WIDTH, pad_edge=False, title_justify="left")
        made.title = _title(run)
        made.add_column("stage", no_wrap=True)
        for title in (*titles, "of the\nstore"):
            made.add_column(title, justify="right", no_wrap=True)
        for row in rows:
            stage = row.stage
            seconds = _count(stage.seconds)
            made.add_row(
                stage.name,
                f"> {seconds}" if stage.problem and stage.seconds else seconds,
                _count(stage.cpu),
                _count(row.microseconds),
                *("-" if x is None else f"{x:.2f}" for x in (row.growth, row.cpu_growth)),
                *(_count(each) for each in (stage.python, stage.server, stage.store)),
            )
        yield made


def problems(runs: Sequence[Run]) -> list[str]:
    """Return a line for each stage that did not end."""
    return [
        f"{share(run.fraction)}: {stage.name} {stage.problem}"
        for run, _ in growths(runs)
        for stage in run.stages
        if stage.problem
    ]


def trainer_table(runs: Sequence[Run]) -> Table:
    """Return what the trainer's memory consists of."""
    made = Table(box=box.SIMPLE_HEAD, width=WIDTH, pad_edge=False)
    made.add_column("MiB of the trainer")
    for title in ("tables", "histories", "vocabulary", "all else"):
        made.add_column(title, justify="right", no_wrap=True)
    for run, _ in growths(runs):
        if run.sizes:
            sizes = (run.sizes.tables, run.sizes.histories, run.sizes.vocabulary, beside(run))
            made.add_row(share(run.fraction), *(_count(each) for each in sizes))
    return made


def share(fraction: float) -> str:
    """Return the fraction in per cent: "1 %"."""
    return f"{100 * fraction:g} %"


def _title(run: Run) -> str:
    if run.sizes is None:
        return share(run.fraction)
    return (
        f"{share(run.fraction)}: {run.sizes.ratings:,} ratings, {run.sizes.users:,} users, "
        f"{run.sizes.films:,} films"
    )


def _count(number: float | None) -> str:
    if number is None:
        return "-"
    return f"{number:.1f}" if 0 < number < 10 and number % 1 else f"{number:,.0f}"
