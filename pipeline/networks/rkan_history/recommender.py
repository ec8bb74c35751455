"""Ranking and explaining with a trained RKAN-history: candidates, ranked by weighted paths."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch

from model.arrays import PADDING, Floats, Integers
from model.checkpoint import TrainingState
from model.rkan_history.growth import grown
from model.rkan_history.network import RKANHistory
from pipeline.ids import EntityId, EntityIds, UserRows
from pipeline.networks.interface import Deletions, Recommendation, RunContext
from pipeline.networks.rkan_history.candidates import Candidates
from pipeline.networks.rkan_history.config import HistoryRunConfig
from pipeline.networks.rkan_history.deletion import delete_paths
from pipeline.networks.rkan_history.derived import trained_paths
from pipeline.networks.rkan_history.ranked_lists import RankedLists
from pipeline.paths.movies import MovieTable, movie_table
from pipeline.ranking.lists import TopLists

_APART = 1e3  # more than the difference of any two scores of a user


class HistoryRecommender:
    """See pipeline.networks.interface.Recommender.

    The history encoder proposes a user's candidates from the context's current histories, so a new
    rating counts without training.

    Attributes:
        network: the network, in evaluation mode, on the context's device.
        candidates: the proposals and their paths.
    """

    def __init__(self, context: RunContext, config: HistoryRunConfig, state: TrainingState) -> None:
        self._catalogue, self._new = context.catalogue, config.recommend.new_items
        self._movies = movie_table(context.catalogue)
        popularity = self._movies.popularity(context.histories)
        network = load_network(config, state, self._movies, popularity)
        self.network = network.to(context.device).eval()
        source = trained_paths(context, config, state.derived)
        self.candidates = Candidates(
            self.network, context.histories, self._movies, config.paths, source
        )

    def score(self, users: EntityIds, movies: EntityIds) -> Floats:
        """Return float32 [b, m], the scores of candidates above those of all other movies.

        Candidates are proposed among ``movies`` and scored by the network. The other movies are
        ordered by the history encoder.
        """
        candidates = self.candidates
        rows = candidates.histories.rows_of(users)
        grid = candidates.proposals(rows)
        grid -= grid.max(axis=1, keepdims=True) + _APART
        start = 0
        for lists in candidates.lists(rows, movies):
            ranked = RankedLists(self.network, self._movies, lists)
            place, column = np.nonzero(lists.candidates != PADDING)
            grid[start + place, lists.candidates[place, column]] = ranked.scores[place, column]
            start += len(lists.users)
        return grid[:, self._movies.rows(movies)]

    def recommend(
        self, rows: UserRows, k: int, keep: int, movies: EntityIds | None = None
    ) -> Iterator[Recommendation]:
        """Yield the best candidates of each user with their strongest paths.

        Memory holds the paths of one chunk of users, whatever the number of users.
        """
        new = self._new_places(k) if movies is None else 0
        for lists in self.candidates.lists(rows, movies, at_least=k, new=new):
            yield from RankedLists(self.network, self._movies, lists).best(k, keep)

    def relation(self, movie: EntityId, other: EntityId) -> str | None:
        """Return the type of the relationship from a movie to an attribute or another user."""
        schema = self._catalogue.schema
        if self._catalogue.kinds[other] == schema.user:
            return schema.rated
        return self._catalogue.relation(movie, other)

    def count_explained(self, rows: UserRows, top: TopLists) -> Integers:
        """Return how many movies of each list have a path, int64 [len(rows)]."""
        return self.candidates.count_explained(rows, top)

    def deletions(self, rows: UserRows, k: int, seed: int) -> Iterator[Deletions]:
        """Yield what the recommendations of each chunk of users lose without one path."""
        rng = np.random.default_rng(seed)
        for lists in self.candidates.lists(rows, at_least=k, new=self._new_places(k)):
            yield delete_paths(self.network, lists, k, rng)

    def _new_places(self, k: int) -> int:
        """Return the number of candidates that nobody has watched, for lists of ``k`` movies."""
        return max(self._new, k) if self._new else 0

    @torch.inference_mode()
    def embeddings(self) -> Floats:
        """Return the vectors of users (from their histories) and movies; 0 for other entities."""
        encoder, histories = self.network.history, self.candidates.histories
        table = np.zeros((len(self._catalogue.kinds), encoder.config.dim), dtype=np.float32)
        table[self._movies.ids] = encoder.movie_vectors().cpu().numpy()
        table[histories.user_entities] = self.candidates.user_vectors()
        return table


def load_network(
    config: HistoryRunConfig, state: TrainingState, movies: MovieTable, popularity: Integers
) -> RKANHistory:
    """Return a trained network, with rows for what the graph has gained since.

    Args:
        config: configuration of the run.
        state: the finished state.
        movies: the movies and attributes there are now.
        popularity: int64 [M], interactions of each movie.
    """
    network = RKANHistory(config.model, config.history, **state.sizes)
    network.load_state_dict(state.weights)
    sizes = {"num_movies": len(movies.ids), "num_attributes": len(movies.attributes)}
    if network.sizes | sizes == network.sizes:
        return network
    larger = RKANHistory(config.model, config.history, **state.sizes | sizes)
    larger.load_state_dict(grown(state.weights, movies.edges, popularity, sizes["num_attributes"]))
    return larger


class ProposalRecommender:
    """The history encoder alone, which ranks all movies and has no paths."""

    def __init__(self, whole: HistoryRecommender) -> None:
        self._whole = whole

    def score(self, users: EntityIds, movies: EntityIds) -> Floats:
        """Return the history encoder's scores, float32 [b, m]."""
        return self._whole.candidates.proposal_scores(users, movies)

    def recommend(
        self, rows: UserRows, k: int, keep: int, movies: EntityIds | None = None
    ) -> Iterator[Recommendation]:
        """Yield the recommendations of the whole network."""
        return self._whole.recommend(rows, k, keep, movies)

    def relation(self, movie: EntityId, other: EntityId) -> str | None:
        """Return the relation in the whole network."""
        return self._whole.relation(movie, other)

    def count_explained(self, rows: UserRows, top: TopLists) -> None:
        """Return None: proposals have no paths."""
        return

    def deletions(self, rows: UserRows, k: int, seed: int) -> Iterator[Deletions]:
        """Yield nothing: proposals have no paths."""
        return iter(())

    def embeddings(self) -> Floats:
        """Return the vectors of the history encoder."""
        return self._whole.embeddings()
