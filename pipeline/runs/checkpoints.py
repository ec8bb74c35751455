"""The checkpoint files of runs, the names of runs, and checks that a checkpoint fits a graph."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

from model.atomic_file import write_atomically
from model.checkpoint import (
    FORMAT,
    Checkpoint,
    DamagedCheckpointError,
    load_checkpoint,
    save_checkpoint,
)
from pipeline.content.dataset import Dataset
from pipeline.errors import CheckpointError, NotFoundError
from pipeline.home import Home
from pipeline.networks.run_config import RunConfig, decisive
from pipeline.progress import say

FINISHED = "model.pt"  # checkpoint of a run that can recommend
UNFINISHED = "unfinished.pt"  # checkpoint of a run to resume; deleted when the run finishes
HISTORY = "history.json"


class UnknownRunError(CheckpointError, NotFoundError):
    """The home has finished runs, but not this one."""


class OtherGraphError(CheckpointError):
    """The checkpoint was trained on another graph than the one that is open."""


def name_run(config: RunConfig, dataset: Dataset) -> str:
    """Return the name of a run, which depends on its configuration, graph and FORMAT alone."""
    content = json.dumps([FORMAT, config.training(), dataset.data_hash], sort_keys=True)
    digest = hashlib.sha256(content.encode()).hexdigest()[:8]
    return f"{config.network}-{re.sub(r'[^A-Za-z0-9._-]+', '-', dataset.name)}-{digest}"


def finish(folder: Path, done: Checkpoint) -> None:
    """Write the checkpoint and the history of a finished run; delete its unfinished checkpoint."""
    save_checkpoint(folder / FINISHED, done)
    report = json.dumps({"run_id": done.run_id, **done.history}, indent=2)
    write_atomically(folder / HISTORY, report.encode())
    (folder / UNFINISHED).unlink(missing_ok=True)


def find_checkpoint(home: Home, run_id: str | None = None) -> Path:
    """Return the checkpoint of a finished run, by default of the one that finished last.

    Raises:
        CheckpointError: no run has finished, or the run is unknown or was interrupted.
    """
    finished = _finished(home)
    unfinished = {file.parent.name for file in home.checkpoints.glob(f"*/{UNFINISHED}")}
    if run_id is not None:
        finished, known = [f for f in finished if f.parent.name == run_id], finished
        unfinished &= {run_id}
    if finished:
        return finished[0]
    if unfinished:
        raise CheckpointError(
            f"run {min(unfinished)} was interrupted; resume it with pipeline train --resume and "
            "the options that it was started with"
        )
    if run_id is not None and known:
        names = ", ".join(file.parent.name for file in known[:5])
        raise UnknownRunError(f"there is no run {run_id!r}; finished runs are {names}")
    raise CheckpointError(f"there is no trained model in {home.checkpoints}; run: pipeline train")


def finished_runs(home: Home) -> list[str]:
    """Return the names of all finished runs of a home, of any graph, the newest first."""
    return [file.parent.name for file in _finished(home)]


def find_trained(home: Home, dataset: Dataset, run_id: str | None = None) -> Checkpoint:
    """Return the checkpoint of a finished run of this graph, by default the newest one.

    Newer runs of other graphs are skipped, and the run that is used is named.

    Raises:
        CheckpointError: no such run, or none of this graph; or the checkpoint is damaged.
    """
    newest = find_checkpoint(home, run_id)
    others = [file.parent.name for file in _finished(home) if file != newest]
    another = f", or use another run: --run-id {others[0]}" if others else ""
    try:
        return read_checkpoint(newest, dataset, f"run: pipeline train{another}")
    except OtherGraphError:
        if run_id is not None:
            raise
        for file in _finished(home):
            try:
                found = read_checkpoint(file, dataset)
            except CheckpointError:
                continue
            say(f"the newest run is of another graph; using {found.run_id}, the newest of this one")
            return found
        raise


def _finished(home: Home) -> list[Path]:
    """Return the checkpoints of all finished runs, the newest first."""
    files = home.checkpoints.glob(f"*/{FINISHED}")
    return sorted(files, key=lambda file: file.stat().st_mtime, reverse=True)


def read_checkpoint(
    file: Path, dataset: Dataset, way_on: str = "run the same command again"
) -> Checkpoint:
    """Read a checkpoint that was trained on this graph, or on it before something was added.

    Args:
        file: the checkpoint.
        dataset: the data set of this graph.
        way_on: what to do once a damaged file is deleted, for the message.

    Raises:
        CheckpointError: the checkpoint is missing, damaged, or of another graph.
    """
    try:
        checkpoint = load_checkpoint(file)
    except DamagedCheckpointError as error:
        raise CheckpointError(f"{error}; delete it and {way_on}") from error
    except FileNotFoundError as error:
        raise CheckpointError(f"there is no checkpoint {file}; run: pipeline train") from error
    if not dataset.holds(checkpoint.data_hash, checkpoint.num_entities):
        raise OtherGraphError(
            f"run {checkpoint.run_id} was trained on another graph: {checkpoint.dataset} "
            f"({checkpoint.data_hash[:12]}, {checkpoint.num_entities} entities), while this one "
            f"holds {dataset.name} ({dataset.data_hash[:12]}, {dataset.num_entities} entities); "
            "run: pipeline train, or name a run of this graph"
        )
    return checkpoint


def other_interrupted(home: Home, config: RunConfig, dataset: Dataset) -> CheckpointError | None:
    """Return the error for --resume where only a run with other options or graph can be meant."""
    settings = config.training()
    for file in sorted(home.checkpoints.glob(f"*/{UNFINISHED}")):
        try:
            checkpoint = load_checkpoint(file)
        except DamagedCheckpointError:
            continue
        other = decisive(checkpoint.config)
        if checkpoint.data_hash == dataset.data_hash:
            changed = ", ".join(_differences(other, settings))
            return CheckpointError(
                f"the interrupted run {checkpoint.run_id} has other settings ({changed}); give the "
                "same options, or train without --resume"
            )
        if other == settings:
            return CheckpointError(
                f"the interrupted run {checkpoint.run_id} was trained on another graph "
                f"({checkpoint.dataset}, {checkpoint.data_hash[:12]}); train without --resume"
            )
    return None


def _differences(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    return [
        f"{section}.{name} = {old[section].get(name)!r}, not {value!r}"
        for section, values in new.items()
        for name, value in values.items()
        if section in old and old[section].get(name) != value
    ]
