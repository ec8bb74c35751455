"""The table of ``pipeline evaluate --explanations``, which fits 80 columns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from pipeline.cli.text import echo

if TYPE_CHECKING:
    from pipeline.evaluation.bootstrap import Measure
    from pipeline.evaluation.explanations import ExplanationQuality

_NAME, _VALUE, _INTERVAL = 46, 10, 18  # widths of the columns


class _Line(NamedTuple):
    """A line of the table; without a value it is the heading of a group."""

    name: str
    value: str = ""
    interval: str = ""


def print_quality(quality: ExplanationQuality) -> None:
    """Print the measures of a run's explanations to standard output."""
    echo(f"{quality.dataset}, run {quality.run_id} ({quality.model}):")
    echo(f"{quality.recommendations:,} recommendations to {quality.users:,} users")
    lines = [_Line("", "value", "95 % interval")]
    for group in (_reasons, _support, _summands, _deletion, _curves, _path_quality, _stability):
        lines += group(quality)
    for name, value, interval in lines:
        text = f"{name:<{_NAME}}  {value:>{_VALUE}}  {interval:>{_INTERVAL}}"
        echo(text.rstrip())


def _reasons(quality: ExplanationQuality) -> Iterator[_Line]:
    yield _Line("Reasons")
    yield _Line("  recommendations with a path", f"{quality.coverage:.1%}")
    yield _Line("  with a person on a stored path", f"{quality.with_person:.1%}")
    yield _Line("  first through a disliked movie, avoidable", f"{quality.disliked:.2%}")
    for name, share in quality.leading.items():
        yield _Line(f"  first reason by {name}", f"{share:.1%}")
    yield _Line("  kinds of first reasons", f"{quality.kinds}")
    yield _Line("  kinds of first reasons per list, mean", f"{quality.kinds_per_list:.2f}")


def _support(quality: ExplanationQuality) -> Iterator[_Line]:
    support = quality.support
    if support is None:
        return
    yield _Line(f"People behind each of {support.claims:,} claims")
    yield _Line("  median", f"{support.median:g}")
    yield _Line("  5 % quantile", f"{support.low:g}")
    yield _Line("  least", f"{support.worst}")
    if support.missing:
        yield _Line("  claims whose relationship is gone", f"{support.missing:,}")


def _summands(quality: ExplanationQuality) -> Iterator[_Line]:
    summands = quality.summands
    if summands is None:
        yield _Line("The score is no sum of paths: no shares, deletions or curves")
        return
    yield _Line("Shares of the absolute score, mean")
    yield _Line("  all paths", f"{summands.path_share:.1%}")
    yield _Line("  stored paths", f"{summands.shown_share:.1%}")
    for name, share in summands.shares.items():
        yield _Line(f"  {name}", f"{share:.1%}")
    yield _Line("  paths count against the movie", f"{summands.negative:.2%}")
    yield _Line("  score minus its summands, at most", f"{summands.largest_gap:.1e}")


def _deletion(quality: ExplanationQuality) -> Iterator[_Line]:
    test = quality.deletion
    if test is None:
        return
    yield _Line("Fall of the score without a path, scored again")
    yield _Line("  without the strongest path", f"{test.strongest:.3f}")
    yield _Line("  without a random one", f"{test.random:.3f}")
    difference = test.strongest - test.random
    yield _Line("  difference", f"{difference:.3f}", _interval(test.low, test.high))


def _curves(quality: ExplanationQuality) -> Iterator[_Line]:
    if not quality.curves:
        return
    for title, left in (
        ("Path score left without stored paths", True),
        ("Path score of stored paths alone", False),
    ):
        yield _Line(title)
        for point in quality.curves:
            share, drawn = point.only_strongest, point.only_random
            ends = point.difference.low, point.difference.high
            if left:
                share, drawn = point.without_strongest, point.without_random
                ends = -ends[1], -ends[0]
            name = f"  the {point.paths} strongest" if point.paths > 1 else "  the strongest"
            yield _Line(f"{name} (random: {drawn:.1%})", f"{share:.1%}")
            yield _Line("    difference", f"{share - drawn:+.1%}", _interval(*ends, "+.1%"))


def _path_quality(quality: ExplanationQuality) -> Iterator[_Line]:
    if quality.path_quality is None:
        return
    yield _Line("Path metrics of the first reasons, as in hopwise")
    for name, measure in quality.path_quality.items():
        yield _measure(f"  {name}, {_SAYS[name]}", measure)


def _stability(quality: ExplanationQuality) -> Iterator[_Line]:
    stability = quality.stability
    if stability is None:
        return
    yield _Line(f"Agreement with run {stability.against}")
    yield _measure("  top-10 lists (Jaccard)", stability.lists)
    if stability.first_kind is not None and stability.paths is not None:
        yield _measure("  kind of the first reason of a movie in both", stability.first_kind)
        yield _measure("  its stored paths (Jaccard)", stability.paths)


_SAYS = {
    "LIR": "recency of the user's movie",
    "SEP": "popularity of the shared entity",
    "LID": "different movies of the user",
    "SED": "different shared entities",
    "PTD": "different path types",
    "PTC": "chance that two types differ",
    "PPT": "different path patterns",
}


def _measure(name: str, measure: Measure) -> _Line:
    return _Line(name, f"{measure.mean:.3f}", _interval(measure.low, measure.high))


def _interval(low: float, high: float, style: str = ".3f") -> str:
    return f"{low:{style}} to {high:{style}}"
