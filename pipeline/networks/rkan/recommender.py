"""Ranking and explaining with a trained RKAN.

RKAN ranks by the inner product of the learned embeddings (Algorithm 1, step 8 of the paper).
Closeness (eq. 4) and attention over the paths (eq. 2 and 3) explain the recommendations. Ranking by
closeness is a variant for comparisons.
"""

from __future__ import annotations

from collections.abc import Iterator

from model.arrays import Floats, Integers
from model.checkpoint import TrainingState
from model.rkan.network import RKAN
from pipeline.ids import EntityId, EntityIds, UserRows
from pipeline.networks.interface import Deletions, Recommendation, RunContext
from pipeline.networks.rkan.config import RKANRunConfig
from pipeline.networks.rkan.evidence import gather_evidence
from pipeline.networks.rkan.explained import count_explained
from pipeline.networks.rkan.scoring import closeness_scores, inner_products
from pipeline.ranking.lists import TopLists, rank_movies

PATHS_READ = 20  # paths read of a recommended pair; training samples fewer
# Random streams that differ from those of training and from each other.
_EXPLAIN_STREAM, _CLOSENESS_STREAM, _COUNT_STREAM = 7, 11, 13


class RKANRecommender:
    """See pipeline.networks.interface.Recommender.

    Attributes:
        network: the network, in evaluation mode, on the context's device.
    """

    def __init__(
        self,
        context: RunContext,
        config: RKANRunConfig,
        state: TrainingState,
        by_closeness: bool = False,
    ) -> None:
        self._context, self._config = context, config
        self.network = RKAN(config.model, **state.sizes)
        self.network.load_state_dict(state.weights)
        self.network.to(context.device).eval()
        self._score = (
            closeness_scores(
                context.graph,
                self.network,
                context.histories,
                config.paths,
                (config.train.seed, _CLOSENESS_STREAM),
            )
            if by_closeness
            else inner_products(self.network)
        )

    def score(self, users: EntityIds, movies: EntityIds) -> Floats:
        """Return float32 [b, m] for entityIds of users [b] and movies [m]."""
        return self._score(users, movies)

    def recommend(
        self, rows: UserRows, k: int, keep: int, movies: EntityIds | None = None
    ) -> Iterator[Recommendation]:
        """Yield the best movies of each user, each with the paths that get the most attention."""
        histories, config = self._context.histories, self._config
        read = max(PATHS_READ, config.paths.max_paths_per_pair, keep)
        yield from gather_evidence(
            self._context.graph,
            self.network,
            histories.entities_of(rows),
            rank_movies(histories, rows, self._score, k, movies),
            config.paths.changed({"max_paths_per_pair": read}),
            keep=keep,
            seed=(config.train.seed, _EXPLAIN_STREAM),
        )

    def relation(self, movie: EntityId, other: EntityId) -> str | None:
        """Return the type of the relationship between a movie and an attribute, if any."""
        return self._context.catalogue.relation(movie, other)

    def count_explained(self, rows: UserRows, top: TopLists) -> Integers:
        """Return how many movies of each list have a path, int64 [len(rows)]."""
        seed = (self._config.train.seed, _COUNT_STREAM)
        context = self._context
        return count_explained(
            context.graph, context.histories, rows, top, self._config.paths, seed
        )

    def deletions(self, rows: UserRows, k: int, seed: int) -> Iterator[Deletions]:
        """Yield nothing: the score is an inner product, to which the paths add nothing."""
        return iter(())

    def embeddings(self) -> Floats:
        """Return the embeddings of all entities, float32 [num_entities, D]."""
        vectors: Floats = self.network.embedding.weight.detach().cpu().numpy()
        return vectors
