"""The figures as one JSON document: the machine, the data, and every repetition."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

from benchmarks.bench import Bench
from benchmarks.pairing import Block, Figure


def machine(neo4j: str) -> dict[str, Any]:
    """Describe the machine, without its name.

    Args:
        neo4j: version of the server.
    """
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "cores": _cores(),
        "cpu": _cpu(),
        "memory_gib": round(psutil.virtual_memory().total / 1024**3, 1),
        "load": round(psutil.getloadavg()[0], 1),
        "system": platform.system(),
        "python": platform.python_version(),
        "torch": version("torch"),
        "neo4j_driver": version("neo4j"),
        "neo4j": neo4j,
    }


def headline(about: dict[str, Any]) -> str:
    """Return the machine in one line."""
    return (
        f"{about['date']}: {about['cores']} cores ({about['cpu']}), {about['memory_gib']} GiB, "
        f"load {about['load']}; Python {about['python']}, PyTorch {about['torch']}, "
        f"Neo4j {about['neo4j']}"
    )


def document(about: dict[str, Any], bench: Bench, figures: Sequence[Figure]) -> dict[str, Any]:
    """Return all that was measured, as plain values."""
    tables = bench.tables
    return {
        "machine": about,
        "quick": bench.quick,
        "data": {
            "name": tables.name,
            "users": int(tables.ratings["userId"].nunique()),
            "movies": len(tables.movies),
            "ratings": len(tables.ratings),
            "credits": len(tables.credits),
            "genres": len(tables.genres),
        },
        "figures": [_figure(each) for each in figures],
    }


def _figure(figure: Figure) -> dict[str, Any]:
    return {
        "stage": figure.stage,
        "name": figure.name,
        "unit": figure.unit,
        "value": figure.value,
        "reference": figure.reference,
        "reference_value": figure.reference_value,
        "ratio": figure.ratio,
        "ratio_is_lower_bound": figure.gave_up,
        "target": figure.target,
        "met": figure.met,
        "peak_mib": asdict(figure.peaks),
        "blocks": [_block(each) for each in figure.blocks],
        "reference_blocks": [_block(each) for each in figure.reference_blocks],
        "ratios": figure.ratios,
    }


def _block(block: Block) -> dict[str, float]:
    return {"units": block.units, "seconds": block.seconds}


def _cpu() -> str:
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _cores() -> int | None:
    """Return the number of cores that this process may use."""
    own = getattr(os, "sched_getaffinity", None)  # Linux alone has it
    return len(own(0)) if own else os.cpu_count()
