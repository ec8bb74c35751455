"""Candidate lists that are stored on disk between epochs, so that memory holds one chunk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path

import numpy as np

from model.rkan_history.candidate_lists import CandidateLists


class Spool:
    """Chunks of lists as files in a folder, which is created if needed.

    Attributes:
        users: number of users whose lists were added.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._chunks = 0
        self.users = 0
        folder.mkdir(parents=True, exist_ok=True)

    def add(self, lists: CandidateLists) -> None:
        """Store a chunk.

        Raises:
            OSError: the disk is full.
        """
        arrays = {item.name: getattr(lists, item.name) for item in fields(lists)}
        np.savez(self._file(self._chunks), **arrays)
        self._chunks += 1
        self.users += len(lists.users)

    @contextmanager
    def stream(self, _: int) -> Iterator[Iterator[CandidateLists]]:
        """Open all chunks in the order in which they were added, the same in every epoch."""
        yield (self._load(number) for number in range(self._chunks))

    def _file(self, number: int) -> Path:
        return self._folder / f"{number}.npz"

    def _load(self, number: int) -> CandidateLists:
        with np.load(self._file(number)) as arrays:
            return CandidateLists(**arrays)
