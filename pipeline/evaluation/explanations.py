"""Measures the explanations of a run: what its stored paths and summands say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from pipeline.content.catalogue import Catalogue, read_catalogue
from pipeline.content.dataset import read_dataset
from pipeline.content.histories import Histories, read_histories
from pipeline.device import choose_device, torch_threads
from pipeline.errors import GraphContentError
from pipeline.evaluation.bootstrap import Measure, bootstrap_interval
from pipeline.evaluation.curves import CurvePoint, Curves
from pipeline.evaluation.path_quality import FirstPaths
from pipeline.evaluation.stability import Reasons, Stability
from pipeline.evaluation.stored_paths import Relations, Stored, StoredPath, read_stored
from pipeline.evaluation.summands import Summands, SummandShares
from pipeline.evaluation.support import Claims, Support
from pipeline.graph import Graph
from pipeline.home import Home
from pipeline.ids import UserRows
from pipeline.networks.interface import Deletions, RunContext
from pipeline.runs.checkpoints import find_trained
from pipeline.runs.loading import load_recommender, stored_config
from pipeline.runs.stored import Run, find_run, read_whole

_SEED = 0


@dataclass(frozen=True)
class DeletionTest:
    """What a score loses without its strongest path, minus what it loses without a random one.

    The network scores again without the path.

    Attributes:
        recommendations: number of recommendations with at least two paths.
        strongest: mean fall of the score without the strongest path.
        random: mean fall without a path drawn at random.
        low: lower end of the 95 % interval of the mean difference, by drawing recommendations.
        high: upper end.
    """

    recommendations: int
    strongest: float
    random: float
    low: float
    high: float


@dataclass(frozen=True)
class ExplanationQuality:
    """The explanations of all stored recommendations of a run; shares are between 0 and 1.

    The first reason of a recommendation is its first stored path. Its kind is the type of its last
    relationship.

    Attributes:
        run_id: name of the run.
        model: title of its network.
        dataset: name of its data set.
        users: number of users with recommendations.
        recommendations: number of recommendations.
        coverage: share of recommendations with at least one path.
        leading: share of recommendations by the kind of their first reason.
        kinds: number of different kinds of first reasons.
        kinds_per_list: mean number of different kinds of first reasons on a user's list.
        with_person: share of recommendations with a person on a stored path.
        disliked: share of recommendations whose first reason goes through a movie that the user
            rated below the own mean, although another stored path does not.
        support: people behind what the paths say; None if no path says a number.
        summands: shares of the score; None if scores are not sums of paths, as are the next two.
        curves: what the strongest paths carry; None also if no recommendation has two paths.
        deletion: result of deleting single paths; None also if no recommendation has two.
        path_quality: LIR, SEP, LID, SED, PTD, PTC and PPT by name; None without paths.
        stability: agreement with another run; None if none was given.
    """

    run_id: str
    model: str
    dataset: str
    users: int
    recommendations: int
    coverage: float
    leading: dict[str, float]
    kinds: int
    kinds_per_list: float
    with_person: float
    disliked: float
    support: Support | None
    summands: Summands | None
    curves: list[CurvePoint] | None
    deletion: DeletionTest | None
    path_quality: dict[str, Measure] | None
    stability: Stability | None


@dataclass
class _Collected:
    """What is added up over the recommendations of a run."""

    catalogue: Catalogue
    below: _Below
    recommendations: int = 0
    with_path: int = 0
    with_person: int = 0
    disliked: int = 0
    most: int = 0  # greatest rank
    leading: Counter[str] = field(default_factory=Counter)
    kinds: dict[int, set[str]] = field(default_factory=dict)  # of first reasons, by user
    claims: Claims = field(default_factory=Claims)
    shares: SummandShares = field(default_factory=SummandShares)
    curves: Curves = field(default_factory=Curves)
    first: FirstPaths = field(default_factory=FirstPaths)
    reasons: Reasons | None = None  # only for a comparison

    def add(self, stored: Stored) -> None:
        """Add one recommendation."""
        self.recommendations += 1
        self.most = max(self.most, stored.rank)
        kinds = self.kinds.setdefault(stored.user, set())
        if stored.paths:
            first = stored.paths[0].relation
            kinds.add(first)
            self.leading[first] += 1
            self.with_path += 1
            people = self.catalogue.schema.people_relations
            self.with_person += any(path.relation in people for path in stored.paths)
            self.disliked += self.below(stored.paths[0]) and not all(map(self.below, stored.paths))
        self.claims.add(stored, self.catalogue)
        self.shares.add(stored)
        self.curves.add(stored)
        self.first.add(stored)
        if self.reasons is not None:
            self.reasons.add(stored)


@torch_threads()
def evaluate_explanations(
    graph: Graph,
    home: Home,
    *,
    run_id: str | None = None,
    against: str | None = None,
    device: str = "auto",
) -> ExplanationQuality:
    """Measure the explanations of a run, by default the newest.

    Paths and summands are those in the graph. For the deletions, the network of the run scores
    again; a run whose scores are not sums of paths needs no checkpoint.

    Args:
        graph: the graph with the recommendations.
        home: folder with the checkpoints.
        run_id: name of the run.
        against: name of another run to compare it with.
        device: "auto", "cpu" or "cuda".

    Raises:
        NotFoundError: a run does not exist, or there are no runs.
        GraphContentError: the run has no recommendations left, or the other run none for its users.
        CheckpointError: the checkpoint of the run is missing or damaged.
    """
    if against is not None:
        find_run(graph, against)
    histories, catalogue = read_histories(graph), read_catalogue(graph)
    relations = Relations(catalogue)

    def collected(run: Run) -> tuple[Run, _Collected]:
        reasons = None if against is None else Reasons()
        found = _Collected(catalogue, _Below(histories), reasons=reasons)
        for stored in read_stored(graph, run, relations):
            found.add(stored)
        return run, found

    run, found = read_whole(graph, run_id, collected)
    count = found.recommendations
    if not count:
        raise GraphContentError(
            f"run {run.run_id} has no recommendations left; run: pipeline recommend"
        )
    stability = None
    if against is not None and found.reasons is not None:
        theirs = read_whole(graph, against, lambda run: _reasons(graph, run, relations))
        stability = found.reasons.compared(theirs, against)
    summands = found.shares.mean()
    return ExplanationQuality(
        run_id=run.run_id,
        model=run.model,
        dataset=run.dataset,
        users=len(found.kinds),
        recommendations=count,
        coverage=found.with_path / count,
        leading={name: number / count for name, number in found.leading.most_common()},
        kinds=len(found.leading),
        kinds_per_list=float(np.mean([len(kinds) for kinds in found.kinds.values()])),
        with_person=found.with_person / count,
        disliked=found.disliked / count,
        support=found.claims.read(graph),
        summands=summands,
        curves=found.curves.points() or None,
        deletion=None
        if summands is None
        else _deletion_test(_deletions(graph, home, run.run_id, histories, found, device)),
        path_quality=found.first.read(graph, catalogue, histories, relations),
        stability=stability,
    )


def _reasons(graph: Graph, run: Run, relations: Relations) -> Reasons:
    """Read the reasons of another run."""
    reasons = Reasons()
    for stored in read_stored(graph, run, relations):
        reasons.add(stored)
    return reasons


class _Below:
    """The movies that each user rated below the own mean."""

    def __init__(self, histories: Histories) -> None:
        rows = range(len(histories))
        means = np.array([histories.mean_rating(row) for row in rows], dtype=np.float64)
        below = histories.ratings < np.repeat(means, histories.sizes)
        users = np.repeat(histories.user_entities, histories.sizes)
        pairs = zip(users[below].tolist(), histories.movies[below].tolist(), strict=True)
        self._pairs = set(pairs)

    def __call__(self, path: StoredPath) -> bool:
        """Return True if a stored path goes through such a movie."""
        return path.entities[:2] in self._pairs


def _deletions(
    graph: Graph, home: Home, run_id: str, histories: Histories, found: _Collected, device: str
) -> Iterable[Deletions]:
    """Return what the run's recommendations lose without a path, as its network says."""
    dataset = read_dataset(graph)
    checkpoint = find_trained(home, dataset, run_id)
    context = RunContext(
        graph=graph,
        dataset=dataset,
        histories=histories,
        catalogue=found.catalogue,
        folder=home.checkpoints / checkpoint.run_id,
        device=choose_device(device),
    )
    recommender = load_recommender(context, stored_config(checkpoint), checkpoint)
    rows = np.flatnonzero(np.isin(histories.user_entities, sorted(found.kinds)))
    return recommender.deletions(UserRows(rows), found.most, _SEED)


def _deletion_test(chunks: Iterable[Deletions]) -> DeletionTest | None:
    parts = list(chunks)
    strongest = np.concatenate([part.strongest for part in parts] or [np.zeros(0, np.float32)])
    drawn = np.concatenate([part.random for part in parts] or [np.zeros(0, np.float32)])
    if not len(strongest):
        return None
    low, high = bootstrap_interval((strongest - drawn).astype(np.float64)[:, None])
    return DeletionTest(
        len(strongest), float(strongest.mean()), float(drawn.mean()), float(low[0]), float(high[0])
    )
