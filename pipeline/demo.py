"""Run all stages on MovieLens-100K, in the order of the commands."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.connect import open_graph, server_status
from pipeline.evaluation.evaluate import Evaluation, evaluate
from pipeline.explanation.browsing import View, first_picture
from pipeline.explanation.explain import Explanation, explain
from pipeline.home import Home
from pipeline.load.kg import LoadSummary, load_kg
from pipeline.networks.run_config import RunConfig
from pipeline.progress import say
from pipeline.recommendation.recommend import RecommendSummary, recommend
from pipeline.runs.train import TrainResult, train
from pipeline.server.types import ServerStatus
from pipeline.sources import open_source

DATASET = "ml-100k"
USERS = (1, 72, 148)  # whose recommendations are shown: films by actors and directors they know


@dataclass(frozen=True)
class DemoResult:
    """The results of the demo.

    Attributes:
        server: the database and the address of Neo4j Browser.
        load: the content of the graph.
        training: the training run.
        recommended: the recommendations that were written to the graph.
        explanations: the recommendations of a few users, best first, by userId.
        evaluation: the run's metrics on the held-out ratings, beside most-popular's.
        drawing: what shows one explanation in Neo4j Browser.
    """

    server: ServerStatus
    load: LoadSummary
    training: TrainResult
    recommended: RecommendSummary
    explanations: dict[int, list[Explanation]]
    evaluation: Evaluation
    drawing: View | None


def run_demo(
    home: Home, config: RunConfig, *, replace: bool = False, device: str = "auto"
) -> DemoResult:
    """Load, train, recommend, evaluate and explain; a second call reuses the data and the training.

    Args:
        home: the folder of the server and the checkpoints.
        config: the configuration of the training run.
        replace: True to replace another data set in the graph with the demo's.
        device: "auto", "cpu" or "cuda".

    Raises:
        PipelineError: a stage failed.
    """
    with open_graph(home) as graph:
        with home.filling_cache():
            tables = open_source(DATASET, "none", home)
        say(f"1/4 Loading {tables.description}")
        load = load_kg(graph, tables, replace=replace, quarantine=home.quarantine)
        say("2/4 Training on paths from the graph")
        training = train(graph, home, config, device=device, resume="if possible")
        say("3/4 Writing recommendations and their paths into the graph")
        recommended = recommend(graph, home, run_id=training.run_id, device=device)
        say("4/4 Evaluating the recommendations on held-out ratings")
        evaluation = evaluate(graph, run_id=training.run_id)
        explanations = {user: explain(graph, user, run_id=training.run_id) for user in USERS}
        server = server_status(home, graph)
        return DemoResult(
            server=server,
            load=load,
            training=training,
            recommended=recommended,
            explanations=explanations,
            evaluation=evaluation,
            drawing=first_picture(graph, server, training.run_id),
        )
