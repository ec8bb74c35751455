"""Derived relationships that another process replaces while a run is loaded."""

import pytest

from pipeline.enrichment.config import EnrichConfig
from pipeline.enrichment.enrich import enrich_all
from pipeline.errors import GraphContentError
from pipeline.networks.configuration import load_config
from pipeline.networks.rkan_history import training
from pipeline.recommendation import recommend as module
from pipeline.recommendation.recommend import recommend
from pipeline.recommendation.write_back import write_back
from pipeline.runs.train import train
from tests.support.film_graph import load_films
from tests.support.small_settings import QUICK_HISTORY


def test_relationships_that_are_replaced_after_the_network_was_loaded_are_refused(
    graph, place, tmp_path, monkeypatch
):
    load_films(graph, tmp_path / "quarantine")
    run = train(graph, place, load_config(overrides=QUICK_HISTORY)).run_id

    def late(*arguments, **options):
        enrich_all(graph, EnrichConfig(similar="cosine"))
        return write_back(*arguments, **options)

    monkeypatch.setattr(module, "write_back", late)
    with pytest.raises(GraphContentError, match=f"run: pipeline enrich --run-id {run}"):
        recommend(graph, place, run_id=run)


def test_relationships_that_are_replaced_while_paths_are_read_end_the_training(
    graph, place, tmp_path, monkeypatch
):
    load_films(graph, tmp_path / "quarantine")
    fill = training._fill

    def late(*arguments):
        enrich_all(graph, EnrichConfig(similar="cosine"))
        fill(*arguments)

    monkeypatch.setattr(training, "_fill", late)
    with pytest.raises(GraphContentError, match="run this command again"):
        train(graph, place, load_config(overrides=QUICK_HISTORY))
