"""Candidates of some users, ranked and explained by their weighted paths."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch

from model.arrays import PADDING, Floats
from model.rkan_history.batches import collate_lists
from model.rkan_history.candidate_lists import CandidateLists
from model.rkan_history.network import RKANHistory
from pipeline.ids import EntityId
from pipeline.networks.interface import Recommendation
from pipeline.paths.links import MovieLinks


class RankedLists:
    """Some users' lists with the network's scores. B users, C candidates, N paths.

    Attributes:
        scores: float32 [B, C], relative to the user's average candidate.
    """

    @torch.inference_mode()
    def __init__(self, network: RKANHistory, links: MovieLinks, lists: CandidateLists) -> None:
        output = network(collate_lists(lists, network.bias.device))
        self._lists, self._links = lists, links
        self._closeness = torch.sigmoid(output.closeness_logits).cpu().numpy()  # [B, C]
        self._paths = _above_mean(output.closeness_logits.cpu().numpy(), lists)  # [B, C]
        self._linear = _above_mean(output.linear.cpu().numpy(), lists)  # [B, C]
        self._weights = output.path_weights.cpu().numpy()  # [N]
        self.scores: Floats = self._paths + self._linear
        if not np.isfinite(self.scores).all():
            raise FloatingPointError("a score is NaN or infinite")

    def best(self, k: int, keep: int) -> Iterator[Recommendation]:
        """Yield the ``k`` best candidates of each user in turn, each with ``keep`` paths."""
        lists, links = self._lists, self._links
        width = lists.candidates.shape[1]
        bounds = np.searchsorted(lists.slots, np.arange(lists.candidates.size + 1))
        shown = np.where(lists.candidates == PADDING, -np.inf, self.scores)
        for place, user in enumerate(map(EntityId, lists.users.tolist())):
            count = int((lists.candidates[place] != PADDING).sum())
            order = np.lexsort((lists.candidates[place], -shown[place]))[: min(k, count)]
            for rank, column in enumerate(order.tolist(), start=1):
                slot = place * width + column
                movie = EntityId(int(links.movies[lists.candidates[place, column]]))
                own = range(bounds[slot], bounds[slot + 1])
                paths, weights = self._strongest_paths(user, movie, own, keep)
                yield Recommendation(
                    user=user,
                    movie=movie,
                    rank=rank,
                    score=float(self.scores[place, column]),
                    closeness=float(self._closeness[place, column]),
                    paths=paths,
                    weights=weights,
                    path_score=float(self._paths[place, column]),
                    linear_score=float(self._linear[place, column]),
                )

    def _strongest_paths(
        self, user: EntityId, movie: EntityId, own: range, keep: int
    ) -> tuple[list[tuple[EntityId, ...]], list[float]]:
        """Return a candidate's strongest paths as entityIds with their weights.

        Paths that differ only in a parallel relationship are merged.
        """
        lists, links = self._lists, self._links
        found: dict[tuple[EntityId, ...], float] = {}
        for path in own:
            source = EntityId(int(links.movies[lists.sources[path]]))
            attribute = int(lists.attributes[path])
            through: tuple[EntityId, ...] = ()
            if attribute != PADDING:
                through = (EntityId(int(links.attribute_entities[attribute])),)
            entities = (user, source, *through, movie)
            found[entities] = found.get(entities, 0.0) + float(self._weights[path])
        best = sorted(found.items(), key=lambda item: (-item[1], item[0]))[:keep]
        return [entities for entities, _ in best], [weight for _, weight in best]


def _above_mean(values: Floats, lists: CandidateLists) -> Floats:
    """Return the values [B, C] minus each user's mean; 0 where there is no candidate."""
    present = lists.candidates != PADDING
    count = np.maximum(present.sum(axis=1, keepdims=True), 1)
    mean = np.where(present, values, 0).sum(axis=1, keepdims=True) / count
    return np.asarray(np.where(present, values - mean, 0), dtype=np.float32)
