"""What the graph says it holds."""

import pytest

from pipeline.content.dataset import read_dataset
from pipeline.errors import GraphContentError
from pipeline.load.kg import load_kg
from pipeline.queries import load_query
from tests.support.small_source import small_tables


def test_an_empty_graph_says_what_to_run(graph):
    with pytest.raises(GraphContentError, match="the graph is empty; run: pipeline load-kg"):
        read_dataset(graph)


def test_a_loaded_data_set_is_described(graph, tmp_path):
    summary = load_kg(graph, small_tables(tmp_path), test_fraction=0.25, quarantine=tmp_path)
    dataset = read_dataset(graph)
    assert dataset.name == "small"
    assert dataset.data_hash == summary.data_hash
    assert dataset.test_fraction == 0.25
    assert (dataset.num_users, dataset.num_movies, dataset.num_entities) == (3, 6, 16)
    assert "small (3 users, 6 movies, test fraction 0.25" in str(dataset)


def test_a_removal_that_has_begun_leaves_no_data_set(graph, tmp_path):
    load_kg(graph, small_tables(tmp_path), quarantine=tmp_path)
    graph.write(load_query("load/remove_begin"))
    with pytest.raises(GraphContentError, match="only a part of small"):
        read_dataset(graph)
