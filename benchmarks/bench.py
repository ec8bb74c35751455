"""What all stages share: the server, the data, the effort, and how a block is measured."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import redirect_stderr
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, TypeVar

from benchmarks.memory import Peaks, watched
from benchmarks.pairing import alternate
from benchmarks.server import Server
from pipeline.content.catalogue import Catalogue, read_catalogue
from pipeline.content.dataset import Dataset, read_dataset
from pipeline.content.histories import Histories, read_histories
from pipeline.enrichment.config import EnrichConfig
from pipeline.enrichment.enrich import enrich_all
from pipeline.graph import Graph
from pipeline.home import Home
from pipeline.load.kg import load_kg
from pipeline.sources import open_source
from pipeline.sources.tables import SourceTables

T = TypeVar("T")


@dataclass(frozen=True)
class Content:
    """What the graph holds; see the types."""

    dataset: Dataset
    histories: Histories
    catalogue: Catalogue


@dataclass(frozen=True)
class Measured(Generic[T]):
    """The results of blocks that took turns.

    Attributes:
        first: those of the first round, when nothing was warm.
        rounds: those of the rounds after it.
        peaks: peak memory during the first block of the first round, the project's own.
    """

    first: tuple[T, ...]
    rounds: list[tuple[T, ...]]
    peaks: Peaks


class Bench:
    """A server with one data set; the graph is filled when a stage first needs it.

    Args of the constructor:
        server: a server with an empty database.
        home: the server's home.
        source: name of a data set, or a folder.
        quick: True to do less of everything.
    """

    def __init__(self, server: Server, home: Home, source: str, *, quick: bool) -> None:
        self.server, self.home, self.source, self.quick = server, home, source, quick

    @property
    def graph(self) -> Graph:
        """The open database."""
        return self.server.graph

    @cached_property
    def tables(self) -> SourceTables:
        """The data set, as load-kg reads it."""
        return open_source(self.source, "none", self.home)

    def size(self, quick: int, full: int) -> int:
        """Return the first number if this run is quick, else the second."""
        return quick if self.quick else full

    def measure(self, *blocks: Callable[[], T]) -> Measured[T]:
        """Run the blocks once, watching the memory of the first, and then in alternation."""
        with redirect_stderr(io.StringIO()):  # what every repetition says
            with watched(self.server.pid) as peaks:
                own = blocks[0]()
            first = (own, *(block() for block in blocks[1:]))
            return Measured(first, alternate(blocks, self.size(3, 7)), peaks)

    def loaded(self) -> Content:
        """Load the data set, unless the graph holds it, and return what is in the graph."""
        load_kg(self.graph, self.tables, replace=True, quarantine=self.home.quarantine)
        return self._content

    def enriched(self) -> Content:
        """Load the data set and derive relationships, unless the graph holds them."""
        content = self.loaded()
        enrich_all(self.graph, EnrichConfig())
        return content

    @cached_property
    def _content(self) -> Content:
        graph = self.graph
        return Content(read_dataset(graph), read_histories(graph), read_catalogue(graph))
