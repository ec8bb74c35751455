"""The history encoder's candidates for each user, with the weighted paths to them."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from itertools import chain, islice

import numpy as np
import torch

from model.arrays import PADDING, Floats, Integers
from model.rkan_history.batches import padded
from model.rkan_history.candidate_lists import CandidateLists
from model.rkan_history.network import RKANHistory
from pipeline.content.histories import Histories
from pipeline.ids import EntityId, EntityIds, UserRows
from pipeline.paths.config import WeightedPathConfig
from pipeline.paths.expansion import Expansion, PathSource
from pipeline.paths.movies import MovieTable
from pipeline.paths.new_movies import NewMovies
from pipeline.paths.prefetch import prefetched
from pipeline.paths.weighted import USERS_PER_CHUNK, AskedList, WeightedPaths
from pipeline.ranking.lists import TopLists, best_places

_CHUNKS_PER_READ = 4  # chunks of users whose paths are read in one query


class Candidates:
    """Proposes movies from ``histories``, without training.

    Args of the constructor:
        network: the network whose history encoder proposes, on its current device.
        histories: the users' histories, which may be a part of those in the graph.
        movies: the movies in dense rows.
        config: number of candidates and settings of the paths.
        source: finds the paths, by derived relationships of the same histories; None for proposals
            without paths.
        known: the movies that are never proposed, by user; those of ``histories`` if None.
    """

    def __init__(
        self,
        network: RKANHistory,
        histories: Histories,
        movies: MovieTable,
        config: WeightedPathConfig,
        source: PathSource | None = None,
        known: Histories | None = None,
    ) -> None:
        self.network, self.histories, self.movies, self.config = network, histories, movies, config
        self._watched = movies.rows(histories.movies)
        self._known = histories if known is None else known
        self._new = NewMovies(movies, histories)
        self._source = source
        scales = source.scales() if source else {}
        self._paths = WeightedPaths(scales, movies, config, movies.popularity(histories))

    def lists(
        self,
        rows: UserRows,
        movies: EntityIds | None = None,
        future: Histories | None = None,
        at_least: int = 0,
        new: int = 0,
    ) -> Iterator[CandidateLists]:
        """Yield the candidates of some users with their paths, a chunk of users at a time.

        Args:
            rows: int64, the users' rows in the histories.
            movies: int64, entityIds of the movies that may be proposed, by default those that
                anyone watched. A user's own movies are never proposed.
            future: movies that the users watched later, which give the labels; None for no labels.
            at_least: minimum number of candidates per user, if the configuration has fewer.
            new: number of candidates besides these that nobody has watched (NewMovies). They share
                an attribute with one of the user's movies.
        """
        allowed = self.movies.rows(self.histories.watched if movies is None else np.sort(movies))
        bias = np.asarray(self.network.history.bias.detach().cpu().numpy(), dtype=np.float32)  # [M]

        def asked() -> Iterator[list[AskedList]]:
            for start in range(0, len(rows), USERS_PER_CHUNK):
                part = UserRows(rows[start : start + USERS_PER_CHUNK])
                scores = self.proposals(part)
                yield [
                    self._asked(row, scores[place], bias, allowed, at_least, future, new)
                    for place, row in enumerate(part)
                ]

        yield from self._lists(asked())

    def count_explained(self, rows: UserRows, top: TopLists) -> Integers:
        """Return the number of movies on each user's list with a path, int64 [len(rows)]."""
        counts: list[Integers] = []
        for lists in self._lists(self._listed(rows, top)):
            owners = np.unique(lists.slots) // max(lists.candidates.shape[1], 1)
            counts.append(np.bincount(owners, minlength=len(lists.users)))
        return np.concatenate(counts) if counts else np.zeros(0, dtype=np.int64)

    def _listed(self, rows: UserRows, top: TopLists) -> Iterator[list[AskedList]]:
        for start in range(0, len(rows), USERS_PER_CHUNK):
            part = slice(start, start + USERS_PER_CHUNK)
            asked = []
            for row, movies in zip(rows[part], top.movies[part], strict=True):
                listed = self.movies.rows(movies[movies != PADDING])
                nothing = np.zeros(len(listed), dtype=np.float32)
                asked.append(self._list(row, listed, nothing, nothing))
            yield asked

    def _lists(self, chunks: Iterator[list[AskedList]]) -> Iterator[CandidateLists]:
        """Yield the lists of each chunk, while the database finds the paths of the next ones.

        Several chunks are read at once, for they share what movies lead to.
        """
        source = self._source
        if source is None:
            raise ValueError("these candidates have no source of paths")

        def found() -> Generator[tuple[list[list[AskedList]], Iterator[Expansion]], None, None]:
            while together := list(islice(chunks, _CHUNKS_PER_READ)):
                wanted = [self._paths.asked(each) for each in chain.from_iterable(together)]
                yield together, source.expand(wanted)

        with prefetched(found(), depth=1) as ready:
            for together, expansions in ready:
                for asked in together:
                    yield self._paths.lists(asked, islice(expansions, len(asked)))

    @torch.inference_mode()
    def proposals(self, rows: UserRows) -> Floats:
        """Return the history encoder's scores of all movies, float32 [len(rows), M]."""
        scores = self.network.history(self._newest_of(rows))
        return np.asarray(scores.cpu().numpy(), dtype=np.float32)

    def proposal_scores(self, users: EntityIds, movies: EntityIds) -> Floats:
        """Return the history encoder's scores by entityId, float32 [b, m]."""
        scores = self.proposals(self.histories.rows_of(users))
        return scores[:, self.movies.rows(movies)]

    @torch.inference_mode()
    def user_vectors(self) -> Floats:
        """Return the history encoder's vectors of all users, float32 [U, D]."""
        rows = np.arange(len(self.histories), dtype=np.int64)
        starts = range(0, len(rows), USERS_PER_CHUNK)
        parts = [UserRows(rows[start : start + USERS_PER_CHUNK]) for start in starts]
        encoder = self.network.history
        vectors = [encoder.user_vectors(self._newest_of(part)).cpu().numpy() for part in parts]
        return np.concatenate(vectors).astype(np.float32)

    def _newest_of(self, rows: UserRows) -> torch.Tensor:
        """Return the encoder's input for these users, int64 [len(rows), T]."""
        encoder = self.network.history
        newest = padded([self._newest(row) for row in rows], encoder.config.length)
        return torch.from_numpy(newest).to(encoder.bias.device)

    def _asked(
        self,
        row: int,
        scores: Floats,
        bias: Floats,
        allowed: Integers,
        at_least: int,
        future: Histories | None,
        new: int,
    ) -> AskedList:
        known = self.movies.rows(self._known.movies_of(row))
        possible = np.where(np.isin(allowed, known), -np.inf, scores[allowed])
        count = self.config.proposed(int(self.histories.sizes[row]))
        candidates = allowed[best_places(possible, max(count, at_least))]
        if new and len(self._new.rows):
            beside = self._new.beside(self._newest(row)[: self.config.history])
            best = best_places(scores[beside] - bias[beside], new)
            candidates = np.append(candidates, beside[best])
        labels = np.zeros(len(candidates), dtype=np.float32)
        if future is not None:
            labels[np.isin(candidates, self.movies.rows(future.movies_of(row)))] = 1
        return self._list(row, candidates, scores[candidates] - bias[candidates], labels)

    def _list(self, row: int, candidates: Integers, taste: Floats, labels: Floats) -> AskedList:
        histories = self.histories
        return AskedList(
            user=EntityId(int(histories.user_entities[row])),
            bounds=histories.bounds_of(row, self.config.history),
            history=self._newest(row),
            mean=histories.mean_rating(row),
            candidates=candidates,
            taste=taste,
            labels=labels,
        )

    def _newest(self, row: int) -> Integers:
        """Return a user's movies, newest first, int64."""
        return self._watched[self.histories.offsets[row] : self.histories.offsets[row + 1]][::-1]
