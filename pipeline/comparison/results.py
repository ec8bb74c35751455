"""Result files: per-user metrics and settings, one file per finished job of a comparison."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from model.atomic_file import write_atomically
from model.settings import Settings
from pipeline.comparison.methods import Compared
from pipeline.errors import SourceError
from pipeline.networks.run_config import RunConfig

FOLDER = "results"
FORMAT = 2  # increased when the same settings give other metrics

HistoriesKind = Literal["full", "cut", "cut2", "cut1"]


@dataclass(frozen=True)
class Job:
    """One training of one method.

    Attributes:
        method: the method to train.
        seed: the seed of its random draws; 0 for a method without any.
        histories: "full", or a kind of cut histories, where some users keep only their newest
            ratings.
        data_hash: the fingerprint of the graph's content.
    """

    method: Compared
    seed: int
    histories: HistoriesKind
    data_hash: str

    @property
    def config(self) -> Settings:
        """The method's settings, those of a network with the job's seed."""
        return self.method.seeded(self.seed).config

    @property
    def run_config(self) -> RunConfig | None:
        """The configuration of a network's run, with the job's seed; None for a baseline."""
        return self.method.seeded(self.seed).run_config

    @property
    def fingerprint(self) -> str:
        """Eight hex digits of everything that decides the result."""
        settings = self.method.config.model_dump()
        content = [FORMAT, settings, self.seed, self.histories, self.data_hash]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:8]

    @property
    def name(self) -> str:
        """The name of the result file, and of the Run node unless pipeline train makes this run."""
        return f"{self.method.name}-{self.histories}-seed{self.seed}-{self.fingerprint}"


def result_file(output: Path, job: Job) -> Path:
    """Return the path of a job's result file, which may not exist yet."""
    return output / FOLDER / f"{job.name}.parquet"


def save_result(output: Path, job: Job, users: pd.DataFrame, timing: Mapping[str, Any]) -> None:
    """Write one row per user, with the job's settings and times in the file's metadata.

    Raises:
        OSError: the disk is full or the folder is not writable. No partial file is left.
    """
    frame = users.assign(method=job.method.name, seed=job.seed, histories=job.histories)
    metadata: dict[Hashable | None, Any] = {
        "method": job.method.name,
        "title": job.method.title,
        "config": job.method.config.model_dump(),
        "seed": job.seed,
        "histories": job.histories,
        "dataHash": job.data_hash,
    }
    metadata.update(timing)
    frame.attrs = metadata
    buffer = io.BytesIO()
    frame.to_parquet(buffer, index=False)
    file = result_file(output, job)
    file.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(file, buffer.getbuffer())


def load_result(output: Path, job: Job) -> tuple[pd.DataFrame, dict[str, Any]] | None:
    """Return the rows and the metadata of a finished job; None for one without a result file.

    Raises:
        SourceError: the file is damaged.
    """
    file = result_file(output, job)
    if not file.exists():
        return None
    try:
        frame = pd.read_parquet(file)
    except (OSError, ValueError) as error:  # pyarrow's errors are ValueErrors
        reason = str(error).splitlines()[0]
        raise SourceError(
            f"{file} is damaged ({reason}); delete it and run pipeline compare again"
        ) from error
    return frame, {str(key): value for key, value in frame.attrs.items()}
