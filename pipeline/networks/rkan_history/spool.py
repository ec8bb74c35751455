"""Candidate lists that are stored on disk between epochs, so that memory holds one chunk."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import IO, Self

import numpy as np

from model.atomic_file import naming
from model.rkan_history.candidate_lists import CandidateLists

_ARRAYS = [item.name for item in fields(CandidateLists)]


class Spool:
    """Chunks of lists in a file without a name in a folder, which is created if needed.

    The system removes such a file when it is closed, also if the process is killed.

    Attributes:
        users: number of users whose lists were added.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._starts: list[int] = []
        self.users = 0
        folder.mkdir(parents=True, exist_ok=True)
        self._file: IO[bytes] = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115  see __exit__

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with naming(self._folder):  # closing tries again what a full disk refused
            self._file.close()

    def add(self, lists: CandidateLists) -> None:
        """Store a chunk.

        Raises:
            OSError: the disk is full; the error names the folder.
        """
        with naming(self._folder):
            start = self._file.seek(0, os.SEEK_END)
            for name in _ARRAYS:
                np.save(self._file, getattr(lists, name), allow_pickle=False)
            self._file.flush()
        self._starts.append(start)
        self.users += len(lists.users)

    @contextmanager
    def stream(self, _: int) -> Iterator[Iterator[CandidateLists]]:
        """Open all chunks in the order in which they were added, the same in every epoch."""
        yield map(self._load, self._starts)

    def _load(self, start: int) -> CandidateLists:
        self._file.seek(start)
        return CandidateLists(**{name: np.load(self._file) for name in _ARRAYS})
