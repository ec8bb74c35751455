"""What every network over paths offers; nothing outside a network's folder asks which one it is.

A network is a folder in ``model/`` (its settings, its layers, its batches), a folder in
``pipeline/networks/`` (how it reads paths, trains, ranks and explains) and a line in
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
    """What a network is trained on, or recommends from.

    Attributes:
        graph: the database, from which paths are read.
        dataset: the data set in it.
        histories: the training histories. Nothing that they leave out may be on a path.
        catalogue: the names and attributes of all entities.
        folder: belongs to this run alone; may not exist yet.
        device: where the network computes.
        owns_graph: whether the run may write relationships that the graph lacks, and trust those
            that it has. In a comparison or a tuning trial, which may learn from a part of the
            histories, it is False: whatever is derived from ratings is computed from ``histories``.
        save: called with the state after every epoch.
        report: called with a step and a score by which unpromising trials can be given up (it may
            raise to end training); None when nobody asks, so that nothing is computed for it.
    """

    graph: Graph
    dataset: Dataset
    histories: Histories
    catalogue: Catalogue
    folder: Path
    device: torch.device
    owns_graph: bool = True
    save: Callable[[TrainingState], None] = lambda _: None
    report: Callable[[int, float], None] | None = None


@dataclass(frozen=True)
class Recommendation:
    """One recommended movie with its evidence; user and movie are entityIds.

    Attributes:
        user: the user's entityId.
        movie: the movie's entityId.
        rank: 1 is the best.
        score: the number that decided the rank.
        closeness: sigmoid of what the paths say, in (0, 1).
        paths: entityIds from user to movie, those with the most weight first.
        weights: the weight of each path kept; those of all paths read of the pair sum to 1, so
            these sum to at most 1.
        path_score: the part of the score that comes from the paths, relative to the user's average
            candidate; None where paths explain the ranking but do not make it.
        linear_score: the rest of the score, likewise.
    """

    user: EntityId
    movie: EntityId
    rank: int
    score: float
    closeness: float
    paths: list[tuple[EntityId, ...]]
    weights: list[float]
    path_score: float | None = None
    linear_score: float | None = None


class Scorer(Protocol):
    """Scores movies for users; baselines do no more than this."""

    def score(self, users: EntityIds, movies: EntityIds) -> Floats:
        """Return float32 [b, m], higher is better, for entityIds of users [b] and movies [m]."""


class Recommender(Scorer, Protocol):
    """A trained network, ready to rank and to explain.

    Its rows are those of the histories in the context that it was loaded with.
    """

    def recommend(self, rows: UserRows, k: int, keep: int) -> Iterator[Recommendation]:
        """Yield each user's ``k`` best movies in turn, each with its ``keep`` strongest paths.

        Lists are shorter only where a user has fewer than ``k`` candidates left.

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

        None where the network has no paths to show.
        """

    def embeddings(self) -> Floats:
        """Return a vector for every entity, float32 [num_entities, D]; 0 where it has none."""


@dataclass(frozen=True)
class Variant:
    """One way to run a network in a comparison.

    Attributes:
        title: its name in tables.
        source: where it comes from.
        ranking: one of the network's rankings.
        changes: settings that differ from the network's configuration, by dotted name.
        usual: whether a comparison runs it when no methods are named.
        ablation: whether ``--ablations`` runs it.
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
        name: its name in the report.
        parameter: what is varied, as on the axis of a plot.
        key: the setting's dotted name.
        values: what it is set to.
        variants: names of the variants that are run with each value.
        note: what to know when reading the figures.
    """

    name: str
    parameter: str
    key: str
    values: tuple[int, ...]
    variants: tuple[str, ...]
    note: str


class NetworkKind(Protocol):
    """One network: how it is configured, trained and loaded.

    Attributes:
        name: as in ``model.name``, options and file names.
        title: as in tables and on Run nodes.
        summary: one sentence for ``pipeline train --help``.
        config: the class of its run configuration, with all defaults.
        rankings: what it can rank by, in words; the first is what ``pipeline recommend`` uses.
        variants: its methods in a comparison, by name; the one called like the network is the
            network as ``pipeline train`` makes it.
        studies: settings that a comparison can vary, by the option that asks for it.
        measure: the name of the validation score.
        rates: settings that may let training diverge.
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
    def measure(self) -> str: ...  # noqa: D102
    @property
    def rates(self) -> tuple[str, ...]: ...  # noqa: D102

    def title_of(self, config: RunConfig) -> str:
        """Return what made the recommendations of such a run, for its Run node."""

    def settle(self, graph: Graph, config: RunConfig) -> RunConfig:
        """Return ``config`` with what the graph decides where nobody set it."""

    def train(
        self, context: RunContext, config: RunConfig, saved: TrainingState | None
    ) -> TrainingState:
        """Train, or go on from ``saved``; return the finished state.

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
        """Return the trained network of ``state``, ready to rank the users of ``context``.

        Raises:
            GraphContentError: the graph no longer holds what the network was trained on.
            KeyError, RuntimeError: the state is not of this configuration (a damaged checkpoint).
        """
