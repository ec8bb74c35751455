"""Checks of the checkpoints: whole, readable, of this graph, and finished."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from pathlib import Path

from model.checkpoint import Checkpoint, DamagedCheckpointError, OtherFormatError, load_checkpoint
from pipeline.content.dataset import Dataset
from pipeline.doctor.findings import Finding, ok, problem, warning
from pipeline.errors import ConfigError
from pipeline.home import Home
from pipeline.networks.configuration import config_from_dict
from pipeline.networks.registry import DEFAULT_NETWORK
from pipeline.runs.checkpoints import FINISHED, UNFINISHED

_SUBJECT = "checkpoints"


def checkpoints(home: Home, held: Dataset | None) -> Iterator[Finding]:
    """Check every checkpoint; without a data set, not whether it is of this graph."""
    whole = 0
    for file in sorted((*home.checkpoints.glob(f"*/{FINISHED}"), *unfinished(home))):
        try:
            found = load_checkpoint(file)
        except OtherFormatError as error:
            yield warning(_SUBJECT, str(error), "pipeline train; the file is then of no use")
            continue
        except DamagedCheckpointError as error:
            yield problem(_SUBJECT, str(error), f"delete {file} and run: pipeline train")
            continue
        whole += 1
        if file.name == UNFINISHED:
            other = held is not None and found.data_hash != held.data_hash
            yield _interrupted(found, of_another=other)
        elif held is not None and not held.holds(found.data_hash, found.num_entities):
            value = f"{found.run_id} was trained on another graph ({_graph(found)})"
            yield warning(_SUBJECT, value, "load that data set to use it, or delete its folder")
    note = "" if held else ", compared with no graph"
    yield ok(_SUBJECT, f"{whole} whole in {home.checkpoints}{note}")


def unfinished(home: Home) -> list[Path]:
    """Return the checkpoints of runs that were interrupted, or are going on."""
    return list(home.checkpoints.glob(f"*/{UNFINISHED}"))


def _interrupted(found: Checkpoint, *, of_another: bool) -> Finding:
    where = f" on another graph ({_graph(found)})" if of_another else ""
    value = (
        f"{found.run_id} has not finished{where}: saved after epoch {found.epoch} of phase "
        f"{found.phase}"
    )
    fix = resume_command(found)
    return warning(_SUBJECT, value, f"load that data set, then {fix}" if of_another else fix)


def _graph(found: Checkpoint) -> str:
    return f"{found.dataset}, {found.data_hash[:12]}"


def resume_command(found: Checkpoint) -> str:
    """Return the command that resumes a run, with all settings that are not the defaults."""
    try:
        config = config_from_dict(found.config, f"checkpoint {found.run_id}")
    except ConfigError:  # settings of another version
        return "pipeline train --resume with the options that it was started with"
    usual = config_from_dict({"model": {"name": config.network}}, "defaults")
    words = ["pipeline", "train", "--resume"]
    if config.network != DEFAULT_NETWORK:
        words += ["--model", config.network]
    for section, values in config.training().items():
        for name, value in values.items():
            key = f"{section}.{name}"
            if value is not None and value != usual.value(key):
                words += ["--set", f"{key}={json.dumps(value)}"]
    return shlex.join(words)
