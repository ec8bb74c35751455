"""The commands one after the other, as a person or a program types them."""

import json
import subprocess
import sys

import pytest

from pipeline.demo import USERS, run_demo
from pipeline.errors import DownloadError
from pipeline.explanation.explain import explain
from pipeline.networks.configuration import load_config
from pipeline.queries import Query
from pipeline.sources import open_source
from tests.support.claims import check_claims
from tests.support.command_line import typed
from tests.support.narrowing import present

QUICK = {
    "history.dim": 48,
    "history.epochs": 5,
    "history.refit_epochs": 1,
    "paths.candidates": 50,
    "train.epochs": 1,
    "train.sequence_epochs": 1,
}
_COUNTS = """
MATCH (n) WITH labels(n)[0] AS what, count(*) AS number RETURN what, number
UNION ALL
MATCH ()-[r]->() WITH type(r) AS what, count(*) AS number RETURN what, number
"""


def film_club(parent):
    """Six users who rated five of eight films each, the last of them held out."""
    folder = parent / "film-club"
    folder.mkdir()
    films = [
        f"{film},Film {film},{1990 + film},{'Drama' if film % 2 else 'War'},Jo,Kim"
        for film in range(8)
    ]
    ratings = [f"{user},{(user + step) % 8},4,{step}" for user in range(6) for step in range(5)]
    ratings.append("0,99,5,9")
    header = "movieId,title,year,genres,directors,actors"
    (folder / "movies.csv").write_text("\n".join([header, *films, ""]))
    (folder / "ratings.csv").write_text(
        "\n".join(["userId,movieId,rating,timestamp", *ratings, ""])
    )
    return folder


def counted(graph):
    return {r["what"]: r["number"] for r in graph.read(Query("counts", _COUNTS, "", frozenset()))}


@pytest.mark.usefixtures("bare_graph")
def test_from_a_folder_of_csv_files_to_an_explanation(graph, home, tmp_path):
    def answer(*arguments):
        """The document of a command that runs in a process of its own."""
        command = [sys.executable, "-m", "pipeline", *map(str, arguments), "--json"]
        done = subprocess.run([*command, "--home", home.root], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def again(*arguments):
        """The same in this process."""
        done = typed(*arguments, "--json", "--home", home.root)
        assert done.code == 0, done.err
        return json.loads(done.out)

    assert answer("status")["running"]
    loaded = answer("load-kg", film_club(tmp_path))
    assert (loaded["train_ratings"], loaded["test_ratings"], loaded["rows_refused"]) == (24, 6, 1)
    quick = ("--epochs", 1, "--hidden-dim", 4, "--set", "history.epochs=2")
    trained = answer("train", *quick, "--set", "history.dim=6", "--set", "paths.candidates=4")
    recommended = answer("recommend")
    assert recommended["run_id"] == trained["run_id"]
    evaluated = answer("evaluate")
    assert {row["method"] for row in evaluated["rows"]} == {"RKAN-history", "most popular"}
    [first, *_] = answer("explain", 1)
    assert first["rank"] == 1
    [same] = again("explain", 1, first["movie"])
    assert same == first
    assert first["sentences"]
    paths = answer("paths", 1, first["movie_id"])
    assert paths
    before = counted(graph)
    assert again("load-kg", tmp_path / "film-club")["unchanged"]
    assert again("recommend")["recommendations"] == recommended["recommendations"]
    assert counted(graph) == before


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        (["train"], 1, "the graph is empty; run: pipeline load-kg"),
        (["recommend"], 1, "the graph is empty"),
        (["evaluate"], 1, "run: pipeline recommend"),
        (["explain", "1"], 1, "run: pipeline recommend"),
        (["paths", "1", "Alpha"], 1, "the graph is empty"),
        (["compare"], 1, "the graph is empty; run: pipeline load-kg"),
        (["compare", "--methods", "sasrek"], 2, "did you mean sasrec?"),
        (["compare", "--methods", ","], 2, "name at least one method"),
        (["compare", "--config", "absent.toml"], 2, "absent.toml"),
        (["tune"], 1, "the graph is empty; run: pipeline load-kg"),
        (["tune", "--methods", "sasrek"], 2, "sasrek"),
        (["explain", "one"], 1, "there is no user 'one'"),
        (["train", "--config", "absent.toml"], 2, "absent.toml"),
        (["train", "--set", "train.epoch=1"], 2, "did you mean train.epochs?"),
        (["train", "--model", "rkan", "--max-hops", "4"], 2, "4"),
        (["train", "--max-hops", "4"], 2, "must be one of 2, 3, 5"),
        (["train", "--embedding-dim", "5"], 2, "or add --model rkan"),
        (["load-kg", "absent-folder"], 1, "absent-folder"),
        (["load-kg"], 2, "give one data set"),
        (["fly"], 2, "there is no command 'fly'"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, list) else None,
)
@pytest.mark.usefixtures("graph")
def test_a_mistake_ends_in_one_line_and_an_exit_code(home, arguments, code, complaint):
    done = typed(*arguments, "--home", home.root)
    assert done.code == code, done.err
    assert complaint in " ".join(done.err.split())
    assert done.out == ""


@pytest.mark.slow
@pytest.mark.usefixtures("bare_graph")
def test_the_demo_a_second_time_finds_its_work_done_and_adds_nothing(graph, home):
    quick = load_config(overrides=QUICK)
    try:
        first = run_demo(home, quick)
    except DownloadError as error:
        pytest.skip(f"the demo's data set cannot be fetched here: {error}")
    before = counted(graph)
    second = run_demo(home, quick)
    assert counted(graph) == before
    assert second.load.unchanged
    assert second.training.already_finished
    assert second.evaluation == first.evaluation
    assert second.explanations == first.explanations
    assert first.evaluation.explained_share > 0.99
    rows = {(row.method, row.group): row.metrics for row in first.evaluation.rows}
    assert rows["RKAN-history", "all users"]["P@1"] > rows["most popular", "all users"]["P@1"]
    assert len(first.explanations) == len(USERS)
    _check_people(graph, first.training.run_id, home)
    run_id = first.training.run_id
    claims = sum(
        check_claims(graph, each)
        for user in range(1, 944, 94)
        for each in explain(graph, user, run_id=run_id)
    )
    assert claims >= 100
    drawn = graph.read(Query("drawing", present(first.drawing).query, "", frozenset()))
    assert drawn[0]["nodes"]
    assert drawn[0]["relationships"]


def _check_people(graph, run_id, home):
    """Twenty explained people, each tied to both films by the source's own table."""
    tables = open_source("ml-100k", "none", home)
    facts = set(zip(tables.credits["movieId"], tables.credits["personId"], strict=True))
    checked = 0
    for user in range(1, 944):
        for each in explain(graph, user, run_id=run_id):
            for path in each.paths:
                _, seen, *between, recommended = path.steps
                if [step.kind for step in between] == ["Person"]:
                    assert (seen.key, between[0].key) in facts
                    assert (recommended.key, between[0].key) in facts
                    if path.weight < 0.01 * each.size:  # said together with others
                        continue
                    assert any(between[0].name in sentence for sentence in each.sentences)
                    checked += 1
        if checked >= 20:
            return
    raise AssertionError(f"only {checked} people explain a recommendation")
