"""Runs each stage on a generated data set as its own process, and measures it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

import psutil

from benchmarks.memory import forget_peak, peak
from benchmarks.scale_process import Stage, run_python
from benchmarks.scale_sizes import Sizes, read_sizes, stored_mebibytes
from benchmarks.server import kept_home, temporary_home
from pipeline.home import Home
from pipeline.server import managed
from pipeline.server.ports import free_port

# How long a phase takes grows with its epochs; one of each shows how it grows with the data.
EPOCHS = ("history.epochs", "history.refit_epochs", "train.epochs", "train.sequence_epochs")
GENERATE = "generate"
STAGES: dict[str, tuple[str, ...]] = {
    "load-kg": (),  # the folder follows
    "enrich": ("--similar", "cosine"),
    "train": tuple(word for name in EPOCHS for word in ("--set", f"{name}=1")),
    "recommend": (),
}


@dataclass
class Run:
    """The stages of one fraction, and the sizes of its data once it is loaded."""

    fraction: float
    sizes: Sizes | None = None
    stages: list[Stage] = field(default_factory=list)


def measure(
    fraction: float, seed: int, limit: float, heap: str, keep: Path | None, until: str
) -> Iterator[Run]:
    """Run the stages one after the other in a home of their own; yield the run after each.

    A stage that fails or takes longer than ``limit`` seconds ends the run.

    Args:
        fraction: part of MovieLens-32M.
        seed: seed of the generated data.
        limit: seconds for each stage.
        heap: largest Java heap.
        keep: folder for the data and the figures; the stages that it has are not run again. None
            for a temporary folder.
        until: the last stage to run.
    """
    with kept_home(_folder(keep, fraction, seed)) if keep else temporary_home() as home:
        home.root.mkdir(parents=True, exist_ok=True)
        file = home.root / "figures.json"
        for run in _stages(_read(file) or Run(fraction), home, seed, limit, heap, until):
            file.write_text(json.dumps(asdict(run), indent=2) + "\n", encoding="utf-8")
            yield run


def _stages(run: Run, home: Home, seed: int, limit: float, heap: str, until: str) -> Iterator[Run]:
    """Run the stages that the run has not; yield it after each."""
    folder = home.root / "generated"
    names = [GENERATE, *STAGES]
    left = names[len(run.stages) : names.index(until) + 1]
    if not left:
        yield run
    server = None
    for name in left:
        if run.stages and run.stages[-1].problem:
            run.stages.append(Stage(name, problem="did not run"))
            continue
        if name == GENERATE:
            words = [str(folder), "--fraction", str(run.fraction), "--seed", str(seed)]
            run.stages.append(run_python(name, ["-m", "benchmarks.generate", *words], limit))
        else:
            if server is None:
                bolt, http = free_port(), free_port()
                server = managed.start(home, bolt_port=bolt, http_port=http, heap=heap)
            run.stages.append(_command(home, name, STAGES[name], folder, server.pid, limit))
        if name == "load-kg" and not run.stages[-1].problem:
            run.sizes = read_sizes(home)
        yield run


def _folder(keep: Path, fraction: float, seed: int) -> Path:
    return (keep / f"{fraction:g}-seed-{seed}").resolve()


def _read(file: Path) -> Run | None:
    """Read the figures of an earlier run, up to the first stage that did not end."""
    if not file.exists():
        return None
    found = json.loads(file.read_text(encoding="utf-8"))
    run = Run(found["fraction"], Sizes(**found["sizes"]) if found["sizes"] else None)
    for each in found["stages"]:
        stage = Stage(**each)
        if stage.problem:
            break
        run.stages.append(stage)
    return run


def _command(
    home: Home, name: str, options: Sequence[str], folder: Path, server: int | None, limit: float
) -> Stage:
    words = [name, *options, *([str(folder)] if name == "load-kg" else [])]
    if server:
        forget_peak(server)
    before = _cpu(server)
    stage = run_python(name, ["-m", "pipeline", *words], limit)
    stage.cpu = (stage.cpu or 0) + _cpu(server) - before
    stage.server = peak(server) if server else None
    stage.store = stored_mebibytes(home)
    return stage


def _cpu(server: int | None) -> float:
    """Return the CPU seconds of the server so far; 0 where it has ended."""
    with suppress(psutil.Error):
        if server:
            times = psutil.Process(server).cpu_times()
            return float(times.user + times.system)
    return 0.0
