"""The data set that the graph holds."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.content.splits import PER_USER, SplitKind
from pipeline.errors import GraphContentError
from pipeline.graph import Graph
from pipeline.queries import load_query
from pipeline.schema import MOVIELENS

_LOAD = "pipeline load-kg --dataset ml-100k"


@dataclass(frozen=True)
class Dataset:
    """The data set in a graph.

    Attributes:
        name: for example "ml-100k".
        data_hash: SHA-256 of nodes, relationships and split; a run belongs to one such hash.
        test_fraction: share of the ratings that is held out, of each user's or of all.
        num_users: number of nodes labelled User.
        num_movies: number of nodes labelled Movie.
        num_entities: number of entities; entityIds run from 0 to one less.
        split: kind of the split, of each user's history or of all ratings at one point in time.
        tie_seed: seed of the order among a user's equal timestamps; None for the input's order.
        earlier: what ``data_hash`` was before ``pipeline split --update`` added something, the
            oldest first.
    """

    name: str
    data_hash: str
    test_fraction: float
    num_users: int
    num_movies: int
    num_entities: int
    split: SplitKind = PER_USER
    tie_seed: int | None = None
    earlier: tuple[str, ...] = ()

    def holds(self, data_hash: str, num_entities: int) -> bool:
        """Return True if this is the data set with this hash, or the same with additions.

        Additions leave the entityIds, the held-out part and the order of histories as they are.
        """
        if data_hash == self.data_hash:
            return num_entities == self.num_entities
        return data_hash in self.earlier and num_entities <= self.num_entities

    def __str__(self) -> str:
        chosen = "" if self.split == PER_USER else f", split {self.split}"
        chosen += "" if self.tie_seed is None else f", tie seed {self.tie_seed}"
        return (
            f"{self.name} ({self.num_users:,} users, {self.num_movies:,} movies, test fraction "
            f"{self.test_fraction:g}{chosen}, content {self.data_hash[:8] or 'removed'})"
        )


def find_datasets(graph: Graph) -> list[tuple[Dataset, bool]]:
    """Return the data sets in the graph, by name, and whether each is complete.

    There is more than one only if something else wrote to the graph; then none is complete.
    """
    found = graph.read(load_query("read/dataset"))
    return [
        (
            Dataset(
                name=row["name"],
                data_hash=row["dataHash"],
                test_fraction=row["testFraction"],
                num_users=row["numUsers"],
                num_movies=row["numMovies"],
                num_entities=row["numEntities"],
                split=row["split"],
                tie_seed=row["tieSeed"],
                earlier=tuple(row["earlierHashes"]),
            ),
            row["status"] == "complete" and len(found) == 1,
        )
        for row in found
    ]


def find_dataset(graph: Graph) -> tuple[Dataset, bool] | None:
    """Return the graph's data set and whether it is complete; None if no load was started."""
    return next(iter(find_datasets(graph)), None)


def read_dataset(graph: Graph) -> Dataset:
    """Return the graph's data set, if it is complete.

    Raises:
        GraphContentError: the graph is empty, or a load or removal was interrupted.
    """
    found = find_dataset(graph)
    if found is None:
        raise GraphContentError(f"the graph is empty; run: {_LOAD}")
    dataset, complete = found
    if not complete:
        if graph.schema is not MOVIELENS:
            raise GraphContentError(
                f"{dataset.name} is prepared only in part: pipeline split is going on or was "
                "interrupted; run it again"
            )
        raise GraphContentError(
            f"the graph holds only a part of {dataset.name}: a load is going on or was "
            "interrupted; run the same pipeline load-kg command again, or one with --replace"
        )
    return dataset
