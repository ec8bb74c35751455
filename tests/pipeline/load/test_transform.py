"""Graph tables: dense ids, the split, and a hash that depends on content alone."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from pipeline.content.splits import SPLITS
from pipeline.errors import ConfigError
from pipeline.load.transform import graph_tables
from tests.support.small_source import NODES, RELATIONSHIPS, small_tables


@pytest.fixture
def tables(tmp_path):
    return small_tables(tmp_path)


def test_the_small_source_as_counted_by_hand(tables):
    content = graph_tables(tables, 0.2)
    assert {label: len(frame) for label, frame in content.nodes.items()} == NODES
    assert {kind: len(frame) for kind, frame in content.relationships.items()} == RELATIONSHIPS
    assert content.num_entities == 16
    assert content.movies_without_attributes == 1


def test_entity_ids_are_dense_and_in_order_of_the_keys(tables):
    nodes = graph_tables(tables, 0.2).nodes
    ids = [entity for frame in nodes.values() for entity in frame["entityId"].tolist()]
    assert ids == list(range(16))
    assert nodes["User"]["userId"].tolist() == [1, 2, 7]
    assert nodes["Movie"]["movieId"].tolist() == [10, 20, 30, 40, 50, 60]
    assert nodes["Person"]["personId"].tolist() == ["Jo", "Kim", "Lee", "Max"]
    assert nodes["Genre"]["name"].tolist() == ["Comedy", "Drama", "War"]


def test_rated_and_held_out_continue_one_count(tables):
    relationships = graph_tables(tables, 0.2).relationships
    rated, held_out = relationships["RATED"], relationships["HELD_OUT"]
    assert rated[["userId", "movieId", "position"]].to_numpy().tolist() == [
        *([1, 10, 0], [1, 30, 1], [1, 20, 2], [1, 40, 3]),
        *([2, 10, 0], [2, 20, 1], [2, 30, 2], [2, 40, 3]),
        *([7, 10, 0], [7, 20, 1]),
    ]
    assert held_out[["userId", "movieId", "position"]].to_numpy().tolist() == [
        [1, 50, 4],
        [2, 50, 4],
    ]


def shuffled(frame, seed=3):
    return frame.sample(frac=1, random_state=seed).reset_index(drop=True)


def test_order_without_meaning_changes_neither_ids_nor_hash(tables):
    mixed = replace(
        tables,
        movies=shuffled(tables.movies),
        genres=shuffled(tables.genres),
        credits=shuffled(tables.credits),
        ratings=tables.ratings.sort_values("userId", kind="stable", ignore_index=True),
    )
    first, second = graph_tables(tables, 0.2), graph_tables(mixed, 0.2)
    assert first.data_hash == second.data_hash
    for label, frame in first.nodes.items():
        pd.testing.assert_frame_equal(frame, second.nodes[label])


def test_the_order_of_equal_times_changes_the_hash(tables):
    mixed = replace(tables, ratings=tables.ratings.iloc[::-1].reset_index(drop=True))
    assert graph_tables(mixed, 0.2).data_hash != graph_tables(tables, 0.2).data_hash


def test_each_kind_of_change_changes_the_hash(tables):
    movies, credits = tables.movies.copy(), tables.credits.copy()
    movies.loc[5, "year"] = 2000
    credits.loc[credits["relation"] == "ACTED_IN", "order"] += 1
    stars = tables.ratings.assign(rating=tables.ratings["rating"] + 0.5)
    variants = [
        graph_tables(tables, 0.2),
        graph_tables(tables, 0.25),
        graph_tables(replace(tables, movies=movies), 0.2),
        graph_tables(replace(tables, credits=credits), 0.2),
        graph_tables(replace(tables, genres=tables.genres.iloc[1:]), 0.2),
        graph_tables(replace(tables, ratings=stars), 0.2),
        graph_tables(replace(tables, ratings=tables.ratings.iloc[1:]), 0.2),
        graph_tables(tables, 0.2, "global-time"),
        graph_tables(tables, 0.2, tie_seed=0),
        graph_tables(tables, 0.2, tie_seed=1),
    ]
    assert len({content.data_hash for content in variants}) == len(variants)


def test_another_split_is_other_content_even_where_it_holds_out_the_same(tables):
    hashes = {graph_tables(tables, 0.0, split).data_hash for split in SPLITS}
    assert len(hashes) == 2


def test_the_name_of_the_folder_is_no_content(tables):
    renamed = replace(tables, name="other", description="elsewhere")
    assert graph_tables(renamed, 0.2).data_hash == graph_tables(tables, 0.2).data_hash


def test_the_hash_is_the_same_in_another_process(tables, tmp_path):
    code = (
        "import sys; from pathlib import Path; from pipeline.load.transform import graph_tables;"
        "from pipeline.sources.csv_folder import read_csv_folder;"
        "print(graph_tables(read_csv_folder(Path(sys.argv[1])), 0.2).data_hash)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "small")],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[3],
    )
    assert run.stdout.strip() == graph_tables(tables, 0.2).data_hash


def test_attributes_of_unknown_movies_and_repetitions_are_dropped(tables):
    more = replace(
        tables,
        genres=pd.concat(
            [tables.genres, tables.genres, pd.DataFrame({"movieId": [999], "genre": ["Noir"]})]
        ),
        credits=pd.concat([tables.credits, tables.credits.assign(movieId=999, personId="Nobody")]),
    )
    assert graph_tables(more, 0.2).data_hash == graph_tables(tables, 0.2).data_hash


def test_a_person_with_two_names_is_one_person(tables):
    credits = tables.credits.copy()
    credits.loc[len(credits)] = [50, "WROTE", "Jo", "Joanna", pd.NA]
    persons = graph_tables(replace(tables, credits=credits), 0.2).nodes["Person"]
    assert persons["name"].tolist() == ["Jo", "Kim", "Lee", "Max"]


def test_a_wrong_test_fraction_is_refused(tables):
    with pytest.raises(ConfigError, match="test fraction 1"):
        graph_tables(tables, 1)
