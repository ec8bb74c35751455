"""Candidates of some users, ranked by the sum of taste, popularity and the evidence of paths."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np
import torch

from model.arrays import PADDING, Floats, Integers
from model.rkan_history.batches import collate_lists
from model.rkan_history.candidate_lists import CandidateLists
from model.rkan_history.network import RKANHistory
from model.rkan_history.path_kinds import Feature, PathKind
from pipeline.ids import EntityId
from pipeline.networks.interface import Ledger, Recommendation
from pipeline.networks.rkan_history.shown import ReasonPath, in_order_of_showing
from pipeline.paths.kinds import TELLING_RARITY, kinds_of_relations
from pipeline.paths.movies import MovieTable

_FILMS = 10  # movies of the history whose part of the taste is stored


class RankedLists:
    """Some users' lists with the network's scores. B users, C candidates, N paths.

    Attributes:
        scores: float32 [B, C].
    """

    @torch.inference_mode()
    def __init__(self, network: RKANHistory, movies: MovieTable, lists: CandidateLists) -> None:
        batch = collate_lists(lists, network.level.device)
        output = network(batch)
        self._lengths = batch.lengths
        self._network, self._lists, self._movies = network, lists, movies
        self._relations = tuple(kinds_of_relations(movies.schema))
        self._taste = output.taste.cpu().numpy()  # [B, C]
        self._popularity = output.popularity.cpu().numpy()  # [B, C]
        self._evidence = output.evidence.cpu().numpy()  # [N]
        summed = output.path_scores.cpu().numpy() + self._taste + self._popularity
        self.scores: Floats = summed.astype(np.float32)
        if not np.isfinite(self.scores).all():
            raise FloatingPointError("a score is NaN or infinite")

    def best(self, k: int, keep: int) -> Iterator[Recommendation]:
        """Yield the ``k`` best candidates of each user in turn, each with ``keep`` paths."""
        lists = self._lists
        width = lists.candidates.shape[1]
        bounds = np.searchsorted(lists.slots, np.arange(lists.candidates.size + 1))
        counts = (lists.candidates != PADDING).sum(axis=1).tolist()
        ranked = best_columns(lists, self.scores, k)
        all_parts = self._taste_of_films(ranked)
        for place, user in enumerate(map(EntityId, lists.users.tolist())):
            order, parts = ranked[place, : counts[place]], all_parts[place]
            leading: Counter[PathKind] = Counter()  # kinds of the first reasons on this list
            for rank, column in enumerate(order.tolist(), start=1):
                slot = place * width + column
                movie = EntityId(int(self._movies.ids[lists.candidates[place, column]]))
                own = range(bounds[slot], bounds[slot + 1])
                reasons = in_order_of_showing(self._paths(user, movie, own), leading)
                if reasons:
                    leading[reasons[0].kind] += 1
                yield Recommendation(
                    user=user,
                    movie=movie,
                    rank=rank,
                    score=float(self.scores[place, column]),
                    closeness=None,
                    paths=[each.entities for each in reasons[:keep]],
                    weights=[each.evidence for each in reasons[:keep]],
                    relations=[each.relation for each in reasons[:keep]],
                    ledger=Ledger(
                        taste=float(self._taste[place, column]),
                        popularity=float(self._popularity[place, column]),
                        films=self._films(place, parts[rank - 1]),
                        kinds=self._kinds(own),
                    ),
                )

    def _paths(self, user: EntityId, movie: EntityId, own: range) -> list[ReasonPath]:
        lists, part = self._lists, slice(own.start, own.stop)
        genre = lists.kinds[part] == PathKind.GENRE
        between = np.column_stack([lists.through[part], lists.beyond[part]])
        sources = lists.sources[part]
        columns = (
            np.where(sources == PADDING, PADDING, self._movies.ids[sources]),
            between,
            lists.kinds[part],
            lists.relations[part],
            self._evidence[part],
            lists.ages[part],
            lists.features[part, Feature.RATING],
            ~genre | (lists.weights[part] >= TELLING_RARITY),
        )
        return [
            ReasonPath(
                entities=(user, *(each for each in (source, *others) if each != PADDING), movie),
                kind=PathKind(kind),
                relation=self._relations[relation],
                evidence=evidence,
                age=age,
                liking=liking,
                telling=telling,
            )
            for source, others, kind, relation, evidence, age, liking, telling in zip(
                *(column.tolist() for column in columns), strict=True
            )
        ]

    def _kinds(self, own: range) -> dict[str, float]:
        """Return the summed evidence of each kind of the paths, by the kind's name."""
        part = slice(own.start, own.stop)
        kinds = self._lists.kinds[part].astype(np.int64)
        number = self._network.sizes["num_kinds"]
        sums = np.bincount(kinds, self._evidence[part].astype(np.float64), number)
        return {PathKind(kind).name: total for kind, total in enumerate(sums.tolist())}

    def _films(self, place: int, parts: Floats) -> list[tuple[EntityId, float]]:
        """Return the movies of the history with the greatest parts of the taste."""
        strongest = np.argsort(-np.abs(parts), kind="stable")[:_FILMS]
        rows = self._lists.histories[place]
        return [
            (EntityId(int(self._movies.ids[rows[age]])), float(parts[age]))
            for age in strongest.tolist()
            if parts[age]
        ]

    @torch.inference_mode()
    def _taste_of_films(self, ranked: Integers) -> Floats:
        """Return each movie's part of the taste of these candidates, float32 [B, k, T].

        The parts of a candidate sum to its taste.
        """
        network, encoder = self._network, self._network.history
        vectors = encoder.movie_vectors()
        asked = torch.from_numpy(self._lists.candidates).to(vectors.device)
        present = (asked >= 0).unsqueeze(2)
        count = present.sum(dim=1, keepdim=True).clamp(min=1)
        proposed = vectors[asked.clamp(min=0)]  # [B, C, D]
        mean = (proposed * present).sum(dim=1, keepdim=True) / count
        places = torch.from_numpy(ranked).to(vectors.device)
        chosen = proposed.gather(1, places.unsqueeze(2).expand(-1, -1, proposed.shape[2])) - mean
        history = self._lists.histories[:, : encoder.config.length]
        parts = encoder.contributions(torch.from_numpy(history).to(vectors.device), chosen)
        scale = network.taste_scale(self._lengths)[:, :, None] if network.config.taste else 0.0
        return np.asarray((parts * scale).cpu().numpy(), dtype=np.float32)


def best_columns(lists: CandidateLists, scores: Floats, k: int) -> Integers:
    """Return the columns of each user's ``k`` best candidates, best first, int64 [B, k].

    Places without a candidate come last; equal scores are ordered by movie.
    """
    possible = np.where(lists.candidates == PADDING, -np.inf, scores)
    return np.lexsort((lists.candidates, -possible), axis=1)[:, :k]
