"""The sizes of a loaded data set, and of what a trainer must hold of it."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.connect import open_graph
from pipeline.content.catalogue import Catalogue, read_catalogue
from pipeline.content.histories import Histories, read_histories
from pipeline.home import Home
from pipeline.networks.rkan_history.config import HistoryRunConfig
from pipeline.paths.movies import movie_table

_MIB = 1024**2


@dataclass(frozen=True)
class Sizes:
    """Numbers of things, and MiB of what the trainer holds for as long as it runs.

    Attributes:
        ratings: number of ratings, those held out included.
        users: number of users.
        films: number of films.
        attributes: number of people and genres.
        tables: the embeddings of films and attributes, each as part of a history and as something
            to predict; with their gradients and Adam's two moments, four times their own size.
        histories: the training ratings, their early part and their late part: twice their size.
        vocabulary: names and keys of all entities, and the attributes of films.
    """

    ratings: int
    users: int
    films: int
    attributes: int
    tables: float
    histories: float
    vocabulary: float

    @property
    def held(self) -> float:
        """All of these, MiB."""
        return self.tables + self.histories + self.vocabulary


def read_sizes(home: Home) -> Sizes:
    """Read the sizes from the home's graph."""
    with open_graph(home) as graph:
        histories, held_out = read_histories(graph), read_histories(graph, held_out=True)
        catalogue = read_catalogue(graph)
    movies = movie_table(catalogue)
    rows = len(movies.ids) + len(movies.attributes)
    dim = HistoryRunConfig().history.dim
    return Sizes(
        ratings=len(histories.movies) + len(held_out.movies),
        users=len(histories),
        films=len(movies.ids),
        attributes=len(movies.attributes),
        tables=table_bytes(rows, dim) / _MIB,
        histories=2 * history_bytes(histories) / _MIB,
        vocabulary=vocabulary_bytes(catalogue) / _MIB,
    )


def table_bytes(rows: int, dim: int) -> int:
    """Return the bytes of two tables of float32, with gradients and two moments."""
    return rows * dim * 4 * 2 * 4


def history_bytes(histories: Histories) -> int:
    """Return the bytes of the arrays."""
    arrays = (histories.movies, histories.positions, histories.ratings, histories.offsets)
    return sum(array.nbytes for array in arrays)


def vocabulary_bytes(catalogue: Catalogue) -> int:
    """Return the bytes of the names, the keys and the attributes of films."""
    lists: Iterable[list[str] | list[int | str]] = (catalogue.names, catalogue.keys)
    texts = sum(8 + sys.getsizeof(each) for held in lists for each in held)
    shared = 8 * (len(catalogue.kinds) + len(catalogue.relations))  # few texts, often pointed to
    return texts + shared + catalogue.edges.nbytes


def stored_mebibytes(home: Home) -> int:
    """Return what the home's databases have written of their stores, without transaction logs."""
    folder = home.server / "neo4j" / "data" / "databases"
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) // _MIB
