"""The interface of every network over paths; code outside a network's folder uses nothing else.

A network is a folder in ``model/`` (its settings, its layers, its batches), a folder in
``pipeline/networks/`` (its paths, training, ranking and explanations) and a line in
``pipeline/networks/registry.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from pipeline.networks.run_config import RunConfig

if TYPE_CHECKING:  # so that help and configuration load neither PyTorch nor the driver
    from pathlib import Path

    import torch

    from model.arrays import Floats, Integers
    from model.checkpoint import TrainingState
    from pipeline.content.catalogue import Catalogue
    from pipeline.content.dataset import Dataset
    from pipeline.content.histories import Histories
    from pipeline.graph import Graph
    from pipeline.ids import EntityId, EntityIds, UserRows
    from pipeline.ranking.lists import TopLists


@dataclass(frozen=True)
class RunContext:
    """The input of training and of recommending.

    Attributes:
        graph: the database, from which paths are read.
        dataset: the data set in the graph.
        histories: the training histories. Ratings that they leave out must not be on a path.
        catalogue: the names and attributes of all entities.
        folder: folder of this run alone; it may not exist yet.
        device: device that the network computes on.
        trial: True in a comparison or a tuning trial, which may train on a part of the histories.
            Derived relationships of the graph are then replaced by those of ``histories``; the
            caller restores them at the end (pipeline.enrichment.enrich.restored).
        save: function to call with the state after every epoch.
        report: function to call with a step and a score, by which unpromising trials are stopped
            (it may raise to end training); None if no score is needed.
    """

    graph: Graph
    dataset: Dataset
    histories: Histories
    catalogue: Catalogue
    folder: Path
    device: torch.device
    trial: bool = False
    save: Callable[[TrainingState], None] = lambda _: None
    report: Callable[[int, float], None] | None = None


@dataclass(frozen=True)
class Ledger:
    """The summands of a score: taste + popularity + the evidence of all paths.

    Attributes:
        taste: what the movies of the history say together, relative to the user's average
            candidate; the sum of ``films`` over all of them.
        popularity: what the movie's popularity says, relative to the user's average candidate.
        films: the movies of the history (entityIds) that say most by taste, with their parts of
            ``taste``, the greatest absolute value first.
        kinds: the evidence of all paths of each kind, by the kind's name; never negative.
    """

    taste: float
    popularity: float
    films: list[tuple[EntityId, float]]
    kinds: dict[str, float]

    @property
    def paths(self) -> float:
        """The part of the score that comes from paths."""
        return sum(self.kinds.values())

    @property
    def size(self) -> float:
        """The sum of the absolute values of taste, popularity and paths."""
        return abs(self.taste) + abs(self.popularity) + self.paths


@dataclass(frozen=True)
class Recommendation:
    """A recommended movie with its evidence.

    Attributes:
        user: the user's entityId.
        movie: the movie's entityId.
        rank: rank on the user's list, from 1.
        score: the number that determined the rank.
        closeness: closeness of user and movie by their paths, in (0, 1); None if the score is the
            sum of its paths.
        paths: the paths kept, as entityIds from user to movie, in the order of an explanation.
        weights: what each of these paths counts for. With a ledger it is the path's summand of the
            score, else its attention: the attention of all paths that were read for the pair sums
            to 1.
        relations: the type of the relationship that leads to the movie on each of these paths; None
            where Recommender.relation tells it.
        ledger: the summands of the score; None if paths explain the ranking but do not determine
            it.
    """

    user: EntityId
    movie: EntityId
    rank: int
    score: float
    closeness: float | None
    paths: list[tuple[EntityId, ...]]
    weights: list[float]
    relations: list[str] | None = None
    ledger: Ledger | None = None


@dataclass(frozen=True)
class Deletions:
    """How much scores fall when one path of a recommendation is deleted. n recommendations.

    Attributes:
        strongest: float32 [n], without the path that counts for most.
        random: float32 [n], without a path drawn at random.
    """

    strongest: Floats
    random: Floats


class Scorer(Protocol):
    """Scores movies for users; this is all that a baseline does."""

    def score(self, users: EntityIds, movies: EntityIds) -> Floats:
        """Return float32 [b, m], higher is better, for entityIds of users [b] and movies [m]."""


class Recommender(Scorer, Protocol):
    """A trained network that ranks and explains.

    Rows are those of the histories in the context that it was loaded with.
    """

    def recommend(
        self, rows: UserRows, k: int, keep: int, movies: EntityIds | None = None
    ) -> Iterator[Recommendation]:
        """Yield each user's ``k`` best movies in turn, each with its ``keep`` strongest paths.

        Lists are shorter only if a user has fewer than ``k`` candidates.

        Args:
            rows: rows of the users.
            k: number of movies per user.
            keep: number of paths per movie.
            movies: entityIds of the movies that may be recommended; None for all that anyone
                watched and, if the network can, some that nobody has watched yet.

        Raises:
            FloatingPointError: a score is NaN or infinite.
        """

    def relation(self, movie: EntityId, other: EntityId) -> str | None:
        """Return the type of the relationship that a path takes between two entities, if any.

        Args:
            movie: entityId of a movie.
            other: entityId of an attribute, or of the movie that comes next on the path.
        """

    def count_explained(self, rows: UserRows, top: TopLists) -> Integers | None:
        """Return how many movies of each user's list have a path, int64 [len(rows)].

        Return None if the network has no paths.
        """

    def deletions(self, rows: UserRows, k: int, seed: int) -> Iterator[Deletions]:
        """Yield what the recommendations of some users at a time lose without one of their paths.

        Recommendations with fewer than two paths are left out. Yield nothing if the score does not
        depend on the paths.

        Args:
            rows: rows of the users.
            k: number of recommendations per user.
            seed: seed of the paths that are drawn.
        """

    def embeddings(self) -> Floats:
        """Return a vector for every entity, float32 [num_entities, D]; 0 for those without one."""


@dataclass(frozen=True)
class Variant:
    """One way to run a network in a comparison.

    Attributes:
        title: title in tables.
        source: publication or project that it comes from.
        ranking: one of the network's rankings.
        changes: settings that differ from the network's configuration, by dotted name.
        usual: True if a comparison runs it by default.
        ablation: True if ``--ablations`` runs it.
    """

    title: str
    source: str
    ranking: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    usual: bool = False
    ablation: bool = False


@dataclass(frozen=True)
class SettingStudy:
    """One setting that a comparison can vary.

    Attributes:
        name: name in the report.
        parameter: label of the setting on the axis of a plot.
        key: dotted name of the setting.
        values: values of the setting.
        variants: names of the variants that are run with each value.
        note: remark for readers of the results.
    """

    name: str
    parameter: str
    key: str
    values: tuple[int, ...]
    variants: tuple[str, ...]
    note: str


class NetworkKind(Protocol):
    """The configuration, training and loading of one network.

    Attributes:
        name: name in ``model.name``, options and file names.
        title: title in tables and on Run nodes.
        summary: short description for ``pipeline train --help``.
        config: class of its run configuration, with all defaults.
        rankings: names of its ways to rank; ``pipeline recommend`` uses the first.
        variants: its methods in a comparison, by name; the one with the network's own name is the
            network that ``pipeline train`` trains.
        studies: settings that a comparison can vary, by the name of the option.
        new_users: True if it recommends to users, and among items, that it was not trained on.
        measure: name of the validation score.
        rates: settings to lower when training diverges.
    """

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def title(self) -> str: ...  # noqa: D102
    @property
    def summary(self) -> str: ...  # noqa: D102
    @property
    def config(self) -> type[RunConfig]: ...  # noqa: D102
    @property
    def rankings(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def variants(self) -> Mapping[str, Variant]: ...  # noqa: D102
    @property
    def studies(self) -> Mapping[str, SettingStudy]: ...  # noqa: D102
    @property
    def new_users(self) -> bool: ...  # noqa: D102
    @property
    def measure(self) -> str: ...  # noqa: D102
    @property
    def rates(self) -> tuple[str, ...]: ...  # noqa: D102

    def title_of(self, config: RunConfig) -> str:
        """Return the title of the network with this configuration, for its Run node."""

    def settle(self, graph: Graph, config: RunConfig) -> RunConfig:
        """Return ``config``, with settings that depend on the graph filled in where unset."""

    def train(
        self, context: RunContext, config: RunConfig, saved: TrainingState | None
    ) -> TrainingState:
        """Train, or resume from ``saved``, and return the finished state.

        Raises:
            DivergedError: the loss or a weight is NaN or infinite.
            GraphContentError: the histories are too few or too short to learn from.
        """

    def load(
        self,
        context: RunContext,
        config: RunConfig,
        state: TrainingState,
        ranking: str | None = None,
    ) -> Recommender:
        """Return the trained network of ``state``, to rank the users of ``context``.

        Raises:
            GraphContentError: the graph no longer holds what the network was trained on.
            KeyError, RuntimeError: the state does not fit the configuration (a damaged checkpoint).
        """
