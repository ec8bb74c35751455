"""The history encoder's candidates for each user, with the weighted paths to them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch

from model.arrays import PADDING, Floats, Integers
from model.rkan_history.batches import padded
from model.rkan_history.candidate_lists import CandidateLists
from model.rkan_history.network import RKANHistory
from pipeline.content.histories import Histories
from pipeline.ids import EntityIds, UserRows
from pipeline.paths.config import WeightedPathConfig
from pipeline.paths.links import MovieLinks
from pipeline.paths.weighted import USERS_PER_CHUNK, AskedList, WeightedPaths
from pipeline.ranking.lists import TopLists, best_places


class Candidates:
    """Proposes movies from ``histories``, without training.

    Args of the constructor:
        network: the network whose history encoder proposes, on its current device.
        histories: the users' histories, which may be a part of those in the graph.
        links: the links between movies, computed from the same histories.
        config: number of candidates and settings of the paths.
    """

    def __init__(
        self,
        network: RKANHistory,
        histories: Histories,
        links: MovieLinks,
        config: WeightedPathConfig,
    ) -> None:
        self.network, self.histories, self.links, self.config = network, histories, links, config
        self._watched = links.rows(histories.movies)
        popularity = np.bincount(self._watched, minlength=len(links.movies))
        self._paths = WeightedPaths(links, config, popularity)

    def lists(
        self,
        rows: UserRows,
        movies: EntityIds | None = None,
        future: Histories | None = None,
        at_least: int = 0,
    ) -> Iterator[CandidateLists]:
        """Yield the candidates of some users with their paths, a chunk of users at a time.

        Args:
            rows: int64, the users' rows in the histories.
            movies: int64, entityIds of the movies that may be proposed, by default those that
                anyone watched. A user's own movies are never proposed.
            future: movies that the users watched later, which give the labels; None for no labels.
            at_least: minimum number of candidates per user, if the configuration has fewer.
        """
        allowed = np.unique(self._watched) if movies is None else np.sort(self.links.rows(movies))
        count = max(self.config.candidates, at_least)
        for start in range(0, len(rows), USERS_PER_CHUNK):
            part = UserRows(rows[start : start + USERS_PER_CHUNK])
            scores = self.proposals(part)[:, allowed]
            asked = [
                self._asked(row, scores[place], allowed, count, future)
                for place, row in enumerate(part)
            ]
            yield self._paths.lists(asked)

    def count_explained(self, rows: UserRows, top: TopLists) -> Integers:
        """Return the number of movies on each user's list with a path, int64 [len(rows)]."""
        counts = np.zeros(len(rows), dtype=np.int64)
        for place, (row, movies) in enumerate(zip(rows, top.movies, strict=True)):
            listed = self.links.rows(movies[movies != PADDING])
            if len(listed):
                labels = np.zeros(len(listed), dtype=np.float32)
                lists = self._paths.lists([self._list(row, listed, labels)])
                counts[place] = len(np.unique(lists.slots))
        return counts

    @torch.inference_mode()
    def proposals(self, rows: UserRows) -> Floats:
        """Return the history encoder's scores of all movies, float32 [len(rows), M]."""
        scores = self.network.history(self._newest_of(rows))
        return np.asarray(scores.cpu().numpy(), dtype=np.float32)

    def proposal_scores(self, users: EntityIds, movies: EntityIds) -> Floats:
        """Return the history encoder's scores by entityId, float32 [b, m]."""
        scores = self.proposals(self.histories.rows_of(users))
        return scores[:, self.links.rows(movies)]

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
        allowed: Integers,
        count: int,
        future: Histories | None,
    ) -> AskedList:
        history = self._newest(row)
        scores = np.where(np.isin(allowed, history), -np.inf, scores)
        candidates = allowed[best_places(scores, count)]
        labels = np.zeros(len(candidates), dtype=np.float32)
        if future is not None:
            labels[np.isin(candidates, self.links.rows(future.movies_of(row)))] = 1
        return self._list(row, candidates, labels)

    def _list(self, row: int, candidates: Integers, labels: Floats) -> AskedList:
        user = int(self.histories.user_entities[row])
        liking = self.histories.liking_of(row)[::-1]
        return AskedList(user, self._newest(row), liking, candidates, labels)

    def _newest(self, row: int) -> Integers:
        """Return a user's movies, newest first, int64."""
        return self._watched[self.histories.offsets[row] : self.histories.offsets[row + 1]][::-1]
