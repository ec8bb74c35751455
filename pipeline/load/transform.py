"""Turn source tables into graph tables: split, dense entityIds, content hash. Needs no database.

entityIds number users by userId, then movies by movieId, persons by personId and genres by name, so
the same tables give the same ids.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipeline.content.splits import PER_USER, SplitKind, split_ratings
from pipeline.schema import ACTED_IN, DIRECTED, IN_GENRE, MOVIELENS, WROTE
from pipeline.sources.tables import SourceTables

if TYPE_CHECKING:
    from pandas import DataFrame


@dataclass(frozen=True)
class GraphTables:
    """The intended contents of the graph: one frame per label and per relationship type.

    Attributes:
        nodes: label -> key, entityId and other properties, sorted by entityId.
        relationships: type -> the keys of both ends (userId, movieId, personId or name) and the
            properties, without duplicates.
        data_hash: SHA-256 of the frames and the split, in hexadecimal. Input order changes it
            only where that order has a meaning.
    """

    nodes: dict[str, DataFrame]
    relationships: dict[str, DataFrame]
    data_hash: str

    @property
    def num_entities(self) -> int:
        """Number of nodes with an entityId."""
        return sum(map(len, self.nodes.values()))

    @property
    def movies_without_attributes(self) -> int:
        """Number of movies with no genre and no person."""
        tied = {
            movie
            for relation in MOVIELENS.attribute_relations
            for movie in self.relationships[relation]["movieId"].tolist()
        }
        return len(self.nodes[MOVIELENS.movie]) - len(tied)


def graph_tables(
    tables: SourceTables,
    test_fraction: float,
    split: SplitKind = PER_USER,
    tie_seed: int | None = None,
) -> GraphTables:
    """Return the intended contents of the graph for these tables.

    Raises:
        ConfigError: see split_ratings.
    """
    import pandas as pd

    ratings = split_ratings(tables.ratings, test_fraction, split, tie_seed)
    movies = tables.movies.sort_values("movieId", ignore_index=True)
    known = movies["movieId"]
    credits = tables.credits[tables.credits["movieId"].isin(known)]
    credits = credits.drop_duplicates(["relation", "movieId", "personId"])
    genres = tables.genres[tables.genres["movieId"].isin(known)].drop_duplicates()
    genres = genres.rename(columns={"genre": "name"}).sort_values(
        ["movieId", "name"], ignore_index=True
    )
    persons = credits[["personId", "name"]].sort_values(["personId", "name"])
    nodes = {
        MOVIELENS.user: pd.DataFrame({"userId": np.unique(ratings["userId"].to_numpy())}),
        MOVIELENS.movie: movies[["movieId", "title", "year", "imdbId"]],
        MOVIELENS.person: persons.drop_duplicates("personId", ignore_index=True),
        MOVIELENS.genre: pd.DataFrame({"name": sorted(genres["name"].unique())}),
    }
    first = 0
    for label, frame in nodes.items():
        nodes[label] = frame.assign(entityId=np.arange(first, first + len(frame)))
        first += len(frame)
    relationships = {
        MOVIELENS.rated: ratings[~ratings["held_out"]].drop(columns="held_out"),
        MOVIELENS.held_out: ratings[ratings["held_out"]].drop(columns="held_out"),
        IN_GENRE: genres[["movieId", "name"]],
    }
    for relation in (DIRECTED, ACTED_IN, WROTE):
        part = credits.loc[credits["relation"] == relation, ["movieId", "personId", "order"]]
        part = part.sort_values(["movieId", "personId"], ignore_index=True)
        relationships[relation] = part if relation == ACTED_IN else part.drop(columns="order")
    protocol = f"test fraction {float(test_fraction)!r}"
    protocol += "" if split == PER_USER else f", split {split}"
    protocol += "" if tie_seed is None else f", tie seed {tie_seed}"
    digest = _content_hash({**nodes, **relationships}, protocol)
    return GraphTables(nodes, relationships, digest)


def _content_hash(frames: dict[str, DataFrame], protocol: str) -> str:
    """Hash the frames and the split. The wording of ``protocol`` must not change: it is hashed."""
    digest = hashlib.sha256(protocol.encode())
    for name, frame in frames.items():
        digest.update(f"\n{name} {len(frame)}".encode())
        for column in frame:
            values = frame[column]
            digest.update(f"\n{column} ".encode())
            if values.dtype == np.int64:
                digest.update(values.to_numpy().astype("<i8").tobytes())
            elif values.dtype == np.float64:
                numbers = values.to_numpy().astype("<f8")
                digest.update(np.where(np.isnan(numbers), np.nan, numbers).tobytes())
            else:
                listed = [
                    None if missing else value
                    for value, missing in zip(values.tolist(), values.isna().tolist(), strict=True)
                ]
                digest.update(json.dumps(listed).encode())
    return digest.hexdigest()
