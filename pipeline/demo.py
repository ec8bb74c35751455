"""The whole job on MovieLens-100K, in the order in which the commands would do it."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.connect import open_graph, server_status
from pipeline.evaluation.evaluate import Evaluation, evaluate
from pipeline.explanation.explain import Explanation, drawing_query, explain
from pipeline.home import Home
from pipeline.load.kg import LoadSummary, load_kg
from pipeline.networks.run_config import RunConfig
from pipeline.progress import say
from pipeline.recommendation.recommend import RecommendSummary, recommend
from pipeline.runs.train import TrainResult, train
from pipeline.server.types import ServerStatus
from pipeline.sources import open_source

DATASET = "ml-100k-freebase"
USERS = (1, 42, 303)  # whose recommendations are shown; any other userIds would do


@dataclass(frozen=True)
class DemoResult:
    """What the demo did.

    Attributes:
        server: the database and the address of Neo4j Browser.
        load: what the graph holds.
        training: the run.
        recommended: what was written back.
        explanations: the recommendations of a few users, best first, by userId.
        evaluation: the run beside most-popular, on the held-out ratings.
        drawing: a Cypher query to paste into Neo4j Browser, which draws one explanation.
    """

    server: ServerStatus
    load: LoadSummary
    training: TrainResult
    recommended: RecommendSummary
    explanations: dict[int, list[Explanation]]
    evaluation: Evaluation
    drawing: str


def run_demo(
    home: Home, config: RunConfig, *, replace: bool = False, device: str = "auto"
) -> DemoResult:
    """Load, train, recommend, evaluate, explain. A second time finds most of it done.

    Args:
        home: where the server and the checkpoints are.
        config: of the training run.
        replace: put the demo's data set in the place of another one that the graph holds.
        device: "auto", "cpu" or "cuda".

    Raises:
        PipelineError: as the stages do.
    """
    with open_graph(home) as graph:
        tables = open_source(DATASET, "none", home)
        say(f"1/4 Loading {tables.description}")
        load = load_kg(graph, tables, replace=replace, quarantine=home.quarantine)
        say("2/4 Training on paths from the graph")
        training = train(graph, home, config, device=device, resume="if possible")
        say("3/4 Writing recommendations and their paths into the graph")
        recommended = recommend(graph, home, run_id=training.run_id, device=device)
        say("4/4 Holding them against the ratings that were held out")
        evaluation = evaluate(graph, run_id=training.run_id)
        explanations = {user: explain(graph, user, run_id=training.run_id) for user in USERS}
        return DemoResult(
            server=server_status(home, graph),
            load=load,
            training=training,
            recommended=recommended,
            explanations=explanations,
            evaluation=evaluation,
            drawing=drawing_query(USERS[0], 1, training.run_id),
        )
