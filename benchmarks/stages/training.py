"""Training: pairs and lists a second, beside a loop over them one by one and ready tensors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import torch

from benchmarks.bench import Bench
from benchmarks.pairing import Block, Figure, timed
from benchmarks.stages.training_lists import ListTraining
from benchmarks.stages.training_pairs import PairTraining
from pipeline.device import torch_threads

_OF_LOOP, _OF_READY = 300.0, 0.5


def measure(bench: Bench) -> Iterator[Figure]:
    """Train RKAN, then the default network, each on the paths of some users."""
    with torch_threads():
        yield from _figures(bench, "RKAN", "pairs", PairTraining(bench), _OF_LOOP)
        yield from _figures(bench, "RKAN-history", "lists", ListTraining(bench), None)


def _figures(
    bench: Bench, name: str, unit: str, work: PairTraining | ListTraining, of_loop: float | None
) -> Iterator[Figure]:
    found = bench.measure(timed(work.train), _steps(work, work.single), _steps(work, work.ready))
    for place, reference, target in ((1, "one by one", of_loop), (2, "ready tensors", _OF_READY)):
        yield Figure(
            "training",
            f"{name}, paths too",
            f"{unit}/s",
            [each[0] for each in found.rounds],
            reference,
            [each[place] for each in found.rounds],
            target,
            found.peaks,
        )


def _steps(
    work: PairTraining | ListTraining, batches: Callable[[], list[Any]]
) -> Callable[[], Block]:
    """Return a block that takes a step with Adam for each of these batches.

    Network, optimiser and tensors are made when it first runs, and not timed.
    """

    @cache
    def prepared() -> tuple[Any, torch.optim.Adam, list[Any]]:
        network: Any = work.network()
        network.train()
        return network, torch.optim.Adam(network.parameter_groups(work.settings)), batches()

    def steps() -> int:
        network, optimiser, ready = prepared()
        for batch in ready:
            loss = network.loss(batch, work.settings)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        return sum(batch.examples for batch in ready)

    def block() -> Block:
        prepared()
        return timed(steps)()

    return block
