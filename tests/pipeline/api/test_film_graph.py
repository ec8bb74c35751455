"""From Python as from the command line: the same answers, the same errors."""

import ast
import dataclasses
import json
import threading
from pathlib import Path

import pytest

import pipeline
from pipeline import (
    CheckpointError,
    ConfigError,
    DatabaseError,
    FilmGraph,
    FilmReader,
    GraphContentError,
    NotFoundError,
)
from pipeline.recommendation.recommend import recommend
from tests.pipeline.test_imports import loaded_by
from tests.support.command_line import typed
from tests.support.film_graph import BUG, CASINO, HEAT, TOY, load_films
from tests.support.film_history import RUN, save_history_network
from tests.support.shop import described, make_shop, raw

NEW = """
MATCH (p:Sold) WITH p LIMIT 1
CREATE (:Customer {number: 9, fullName: 'nine'})-[:BOUGHT {at: datetime(), stars: 4.0}]->(p)
"""
MISTAKES = [
    (lambda films: films.train(epoch=1), ConfigError, "did you mean epochs"),
    (lambda films: films.train(zz=1), ConfigError, "known: "),
    (lambda films: films.train(embedding_dim=4), ConfigError, "an option of rkan"),
    (lambda films: films.train("sasrek"), ConfigError, "must be one of 'rkan-history'"),
    (lambda films: films.train(settings={"epochs": 1}), ConfigError, "unknown key epochs"),
    (lambda films: films.train(config="none.toml"), ConfigError, "none.toml"),
    (lambda films: films.enrich(similar="best"), ConfigError, "similar = 'best'"),
    (lambda films: films.enrich(similar="ease", run_id=RUN), ConfigError, "--run-id sets"),
    (lambda films: films.preview(), ConfigError, "either the films"),
    (lambda films: films.preview(1, films="Heat"), ConfigError, "either the films"),
    (lambda films: films.preview(1, top_k=0), ConfigError, "top_k = 0"),
    (lambda films: films.preview(films=[]), NotFoundError, "at least one film"),
    (lambda films: films.preview(films=["Hea"]), NotFoundError, "nearest titles: Heat"),
    (lambda films: films.preview(1, run_id="none"), NotFoundError, "there is no run 'none'"),
    (lambda films: films.preview(1, run_id="none"), CheckpointError, "there is no run 'none'"),
    (lambda films: films.explain(2**70), NotFoundError, "there is no user"),
    (lambda films: films.explain(1, "Toy"), NotFoundError, "nearest titles"),
    (lambda films: films.similar("none"), NotFoundError, "no movie 'none'"),
    (lambda films: films.search("toy", limit=0), ConfigError, "limit = 0"),
    (lambda films: films.load("none"), pipeline.SourceError, "neither a folder"),
    (lambda films: films.split("none.toml"), ConfigError, "none.toml"),
    (lambda films: films.update(), GraphContentError, "has not prepared this graph"),
]


@pytest.fixture
def films(graph, workplace, tmp_path):
    """The graph of films with the recommendations of a run."""
    load_films(graph, tmp_path / "quarantine")
    save_history_network(graph, workplace)
    recommend(graph, workplace)
    with FilmGraph.open() as films:
        yield films


def printed(*arguments):
    done = typed(*arguments, "--json")
    assert done.code == 0, done.err
    return json.loads(done.out)


def plain(document):
    return json.loads(json.dumps(document, default=str))


def test_answers_are_those_of_the_commands(films):
    assert [plain(each.document()) for each in films.explain(1)] == printed("explain", 1)
    assert len(films.explain(1, BUG)) == len(films.explain(1, "A Bug's Life")) == 1
    similar, found = films.similar(CASINO, limit=3), films.search("toy storry")
    assert plain(dataclasses.asdict(similar)) == printed("similar", CASINO, "--limit", 3)
    assert plain([dataclasses.asdict(each) for each in found]) == printed("search", "toy storry")
    why = films.why_not(1, "Big")
    assert plain({**dataclasses.asdict(why), "gaps": why.gaps}) == printed("why-not", 1, "Big")
    guest = films.preview(films=["Heat", "Big (1988)"], from_year=1990, top_k=2)
    options = ("--films", "Heat, Big (1988)", "--from-year", 1990, "--top-k", 2)
    assert plain([dataclasses.asdict(each) for each in guest]) == printed("recommend", *options)
    assert [run.run_id for run in films.runs()] == films.trained_runs() == [RUN]


def test_a_graph_of_someone_else_is_prepared_and_updated(graph, workplace, tmp_path):
    make_shop(graph)
    file = tmp_path / "shop.toml"
    file.write_text(described().to_toml(), encoding="utf-8")
    with FilmGraph.open() as shop:
        assert shop.split(file, test_fraction=0).held_out == 0
        with pytest.raises(GraphContentError, match="use --replace"):
            shop.split(file)
        assert shop.split(file, replace=True).held_out > 0
        shop.graph.write(raw(NEW))
        assert shop.update(file).users == 1
        assert plain(dataclasses.asdict(shop.update())) | {"seconds": 0} == printed(
            "split", "--update"
        ) | {"seconds": 0}


def test_recommending_writes_and_previewing_does_not(films):
    assert films.recommend([1], top_k=1).recommendations == 1
    films.preview(1, top_k=4)
    assert len(films.explain(1)) == 1


def test_a_run_is_trained_from_a_file_settings_and_options(films, tmp_path):
    file = tmp_path / "run.toml"
    file.write_text('model = "rkan"\n[train]\nepochs = 9\nseed = 4\n')
    done = films.train(config=file, epochs=1, settings={"model.embedding_dim": 4}, hidden_dim=2)
    checkpoint = json.loads((done.checkpoint.parent / "history.json").read_text())
    assert checkpoint["run_id"] == done.run_id
    assert done.best_epoch == 1
    assert films.trained_runs()[0] == done.run_id


def test_mistakes_are_errors_of_the_project(films):
    for ask, kind, words in MISTAKES:
        with pytest.raises(kind, match=words):
            ask(films)


def test_threads_ask_at_the_same_time(films):
    wanted = films.explain(1), films.similar(HEAT), films.preview(2)
    found = []

    def ask():
        found.append((films.explain(1), films.similar(HEAT), films.preview(2)))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert found == [wanted] * 4


def test_a_reader_writes_nothing_and_says_what_is_missing(bare_graph, workplace, tmp_path):
    load_films(bare_graph, tmp_path / "quarantine")
    save_history_network(bare_graph, workplace)
    recommend(bare_graph, workplace)
    with FilmReader.open() as reader:
        assert reader.explain(1) and reader.preview(1)
        with pytest.raises(GraphContentError, match="pipeline search"):
            reader.search("toy")
        with pytest.raises(DatabaseError, match="for reading only"):
            recommend(reader.graph, reader.home)
    with FilmGraph.open() as films:
        assert films.search("toy")[0].key == TOY


def test_importing_loads_nothing_until_a_name_is_used():
    slow = {"torch", "pandas", "scipy", "numpy", "neo4j", "pydantic", "click", "rich"}
    assert loaded_by("pipeline").isdisjoint(slow)
    assert loaded_by("pipeline.api.film_graph").isdisjoint({"torch", "pandas", "scipy"})


def test_every_name_of_the_interface_is_there_for_programs_and_type_checkers():
    tree = ast.parse(Path(pipeline.__file__).read_text())
    [checked] = [node for node in tree.body if isinstance(node, ast.If)]
    shown = {name.name for node in checked.body for name in getattr(node, "names", ())}
    lazy = {name for names in pipeline._PLACES.values() for name in names}
    assert shown == lazy
    assert lazy < set(pipeline.__all__)
    for name in pipeline.__all__:
        assert getattr(pipeline, name).__name__ == name
    with pytest.raises(AttributeError, match="no attribute 'FilmGraf'"):
        _ = pipeline.FilmGraf
    with pytest.raises(ImportError):
        exec("from pipeline import nothing")
