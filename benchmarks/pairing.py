"""Pairs measurements with their references, so that the noise of the machine cancels.

A block does some work once: the project's own, or a reference's. Blocks alternate, and each round
gives a ratio. The median of these ratios is what counts: whatever slows the machine for a while
slows both blocks of a round.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import NamedTuple, TypeVar

from benchmarks.memory import Peaks

T = TypeVar("T")


class Block(NamedTuple):
    """The work of one block.

    Attributes:
        units: number of pairs, rows or users.
        seconds: wall time.
        gave_up: True if time ran out; the unfinished unit counts, so the rate is an upper bound.
    """

    units: float
    seconds: float
    gave_up: bool = False

    @property
    def rate(self) -> float:
        """Units per second."""
        return self.units / self.seconds


def timed(work: Callable[[], float]) -> Callable[[], Block]:
    """Return a block that runs ``work``, which returns the number of its units."""

    def block() -> Block:
        started = time.perf_counter()
        units = work()
        return Block(units, time.perf_counter() - started)

    return block


def alternate(blocks: Sequence[Callable[[], T]], rounds: int) -> list[tuple[T, ...]]:
    """Run all blocks in turn, ``rounds`` times, and return their results round by round.

    Every second round runs them in reverse order, so that none of them always comes first.
    """
    results: list[tuple[T, ...]] = []
    for number in range(rounds):
        order = range(len(blocks))
        found = {place: blocks[place]() for place in (order if number % 2 == 0 else order[::-1])}
        results.append(tuple(found[place] for place in order))
    return results


@dataclass(frozen=True)
class Figure:
    """One line of the table.

    Attributes:
        stage: name of the stage.
        name: what was measured.
        unit: unit of the rates, such as "pairs/s"; "s" if the time itself is shown.
        blocks: the project's own blocks.
        reference: name of the reference; None without one.
        reference_blocks: the reference's block of each round.
        target: least ratio that we want.
        peaks: peak memory while the project's own work ran.
    """

    stage: str
    name: str
    unit: str
    blocks: Sequence[Block]
    reference: str | None = None
    reference_blocks: Sequence[Block] = ()
    target: float | None = None
    peaks: Peaks = field(default_factory=Peaks)

    @property
    def value(self) -> float:
        """The median of the project, in ``unit``."""
        return self._median(self.blocks)

    @property
    def reference_value(self) -> float | None:
        """The median of the reference, in ``unit``."""
        return self._median(self.reference_blocks) if self.reference else None

    @property
    def ratios(self) -> list[float]:
        """How many times as fast as the reference the project was in each round."""
        if not self.reference:
            return []
        both = zip(self.blocks, self.reference_blocks, strict=True)
        return [own.rate / other.rate for own, other in both]

    @property
    def ratio(self) -> float | None:
        """The median of the ratios."""
        return median(self.ratios) if self.reference else None

    @property
    def gave_up(self) -> bool:
        """True if the reference ran out of time; the ratio is then a lower bound."""
        return any(block.gave_up for block in self.reference_blocks)

    @property
    def met(self) -> bool | None:
        """True if the ratio reaches the target, None without a target."""
        return None if self.target is None or self.ratio is None else self.ratio >= self.target

    def _median(self, blocks: Sequence[Block]) -> float:
        return median(block.seconds if self.unit == "s" else block.rate for block in blocks)
