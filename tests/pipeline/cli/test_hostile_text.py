"""Text that would steer a terminal, in every field and argument, through every command."""

import io
import json
import os
import re
import sys
from pathlib import Path

import pytest
from rich.console import Console
from rich.table import Table

from pipeline.cli import COMMANDS
from pipeline.cli.text import _Printable, echo, echo_lines
from pipeline.printable import one_line, printable, printable_json
from pipeline.progress import say
from pipeline.recommendation.recommend import recommend
from pipeline.server.credentials import read_password
from tests.support.command_line import typed
from tests.support.film_graph import BUG, NEVER, TOY, load_films, query
from tests.support.film_history import RUN, save_history_network

# Sets a window's title, clears the screen, colours, deletes, starts lines, turns letters around.
HOSTILE = (
    "\x1b]0;x\x07\x1b[2J\x9b31m\x08\x08\x7f\x85\x90\x9d\v\f\u202e\u2066\u2028\rPlanted\nPlanted"
)
OBEYED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
NAMES = (
    "MATCH (m:Movie) SET m.title = m.title + $hostile, m.name = m.title + $hostile",
    "MATCH (p:Person) SET p.name = p.name + $hostile",
    "MATCH (g:Genre) SET g.name = g.name + $hostile",
    "MATCH (d:Dataset) SET d.name = d.name + $hostile",
    "MATCH (r:Run) SET r.model = r.model + $hostile, r.dataset = r.dataset + $hostile",
)
RUN_NAME = (
    "MATCH (r:Run) SET r.runId = r.runId + $hostile WITH r "
    "MATCH ()-[each:RECOMMENDED]->() SET each.runId = r.runId"
)
BY_NAME = [
    ("explain", 1),
    ("explain", 1, BUG),
    ("explain", 1, BUG, "--cypher"),
    ("paths", 1, BUG),
    ("paths", 1, BUG, "--through-users"),
    ("paths", 4, NEVER),
    ("search", "story"),
    ("search", "hanks"),
    ("similar", TOY),
    ("similar", NEVER),
    ("why-not", 1, TOY),
    ("why-not", 1, NEVER),
    ("why-not", 4, TOY),
    ("browse", 1),
    ("browse", 1, BUG, "--print"),
    ("recommend", "--films", f"{TOY}, {BUG}"),
    ("recommend", "--films", f"{TOY}", "--from-year", "1990", "--top-k", "2"),
    ("recommend",),
    ("recommend", "--users", "1,2"),
    ("evaluate",),
    ("evaluate", "--explanations"),
    ("evaluate", "--explanations", "--against", RUN),
    ("enrich",),
    ("status",),
    ("inspect",),
]
MISTAKES = [
    (HOSTILE,),
    ("status", f"--{HOSTILE}"),
    ("explain", HOSTILE),
    ("explain", 1, HOSTILE),
    ("explain", 1, "toy storry"),
    ("explain", 1, NEVER),
    ("explain", 1, "--run-id", HOSTILE),
    ("explain", 1, "--html", f"{__file__}/{HOSTILE}"),
    ("paths", 1, HOSTILE),
    ("search", HOSTILE),
    ("similar", HOSTILE),
    ("why-not", 1, HOSTILE),
    ("why-not", 1, BUG, "--run-id", HOSTILE),
    ("browse", 1, HOSTILE),
    ("recommend", "--run-id", HOSTILE),
    ("recommend", "--users", HOSTILE),
    ("recommend", "--films", HOSTILE),
    ("recommend", "--films", f"{TOY}", "--genre", HOSTILE),
    ("evaluate", "--run-id", HOSTILE),
    ("enrich", "--run-id", HOSTILE),
    ("train", "--config", HOSTILE),
    ("train", "--set", f"{HOSTILE}=1"),
    ("train", "--set", f"paths.actors={HOSTILE}"),
    ("compare", "--methods", HOSTILE),
    ("tune", "--methods", HOSTILE),
    ("serve", "--host", HOSTILE),
    ("init", f"{__file__}/{HOSTILE}"),
    ("split", HOSTILE),
    ("split", f"{__file__}/{HOSTILE}"),
    ("clean",),
    ("load-kg", HOSTILE),
    ("load-kg", "--dataset", HOSTILE),
    ("load-kg", "--dataset", "ml-100k", "--imdb", HOSTILE),
    ("--home", f"{__file__}/{HOSTILE}", "down"),
    ("--home", f"~{HOSTILE}", "down"),
]


def check(done):
    """What was printed has nothing that a terminal obeys, and no line that the text began."""
    for text in (done.out, done.err):
        assert not OBEYED.findall(text)
        assert "\nPlanted" not in text
        assert "Traceback" not in text


@pytest.fixture
def run(server, monkeypatch, place):
    """Runs any command against the tests' server."""
    monkeypatch.setenv("NEO4J_URI", server.uri)
    monkeypatch.setenv("NEO4J_PASSWORD", read_password(server.password_file))
    return lambda *arguments: typed("--home", place.root, *arguments)


@pytest.fixture
def hostile(graph, tmp_path, place):
    """A graph, a run and a recommendation whose every name is hostile."""
    load_films(graph, tmp_path / "quarantine")
    for text in NAMES:
        graph.write(query(text, "hostile"), hostile=HOSTILE)
    save_history_network(graph, place)
    recommend(graph, place)
    return graph


def test_names_in_the_graph_reach_no_terminal_as_they_are(run, hostile):
    seen = ""
    for arguments in BY_NAME:
        done = run(*arguments)
        check(done)
        assert done.code == 0, (arguments, done)
        seen += done.out
    assert seen.count(r"Planted\nPlanted") > 50


def test_names_in_json_are_whole_and_escaped(run, hostile):
    titles = 0
    for arguments in BY_NAME:
        if "--cypher" not in arguments:
            done = run(*arguments, "--json")
            check(done)
            titles += HOSTILE in str(plain(json.loads(done.out)))
    assert titles > 15


def plain(document):
    """All strings of a document, joined."""
    if isinstance(document, dict):
        return "".join(map(plain, [*document, *document.values()]))
    if isinstance(document, list):
        return "".join(map(plain, document))
    return document if isinstance(document, str) else ""


def test_a_page_has_the_names_without_what_a_terminal_obeys(run, hostile, tmp_path):
    page = tmp_path / "page.html"
    check(run("explain", 1, "--html", page))
    assert not OBEYED.findall(page.read_text().replace("\t", ""))


def test_a_run_with_a_hostile_name_is_printed_safely(run, hostile):
    hostile.write(query(RUN_NAME, "hostile"), hostile=HOSTILE)
    for arguments in (("explain", 1), ("evaluate",), ("explain", 1, "--run-id", "other")):
        check(run(*arguments))
    check(run("explain", 1, "--cypher"))


def test_arguments_in_messages_are_printed_safely(run, hostile):
    for arguments in MISTAKES:
        done = run(*arguments)
        check(done)
        assert done.code or arguments[0] == "search", arguments


def test_the_environment_in_messages_is_printed_safely(monkeypatch, tmp_path):
    for uri in (HOSTILE, f"bolt://{HOSTILE}", f"bolt://127.0.0.1:1/{HOSTILE}"):
        monkeypatch.setenv("NEO4J_URI", uri)
        monkeypatch.setenv("NEO4J_PASSWORD", "any")
        check(typed("--home", tmp_path, "status"))


@pytest.mark.skipif(sys.platform == "win32", reason="such file names are not possible")
def test_files_with_hostile_names_and_rows_are_reported_safely(run, graph, tmp_path):
    folder = tmp_path / HOSTILE.replace("/", "")
    folder.mkdir()
    title = HOSTILE.replace("\n", " ").replace("\r", " ")
    (folder / "movies.csv").write_text(
        f"movieId,title,genres\n1,{title},{title}|Drama\n2,Heat,{title}\n{title},x,y\n", newline=""
    )
    (folder / "ratings.csv").write_text(
        f"userId,movieId,rating,timestamp\n1,1,4,1\n1,2,5,2\n{title},1,4,2\n1,{title},4,2\n"
    )
    for arguments in (("load-kg", folder), ("status",), ("search", "heat"), ("paths", 1, 2)):
        done = run(*arguments)
        check(done)
        assert done.code == 0, done
    (folder / "movies.csv").write_text(f"{title}\n")
    check(run("load-kg", folder, "--replace"))


def test_every_command_was_tried():
    """Those that are not tried here print no more than others do; see the rules of ruff."""
    tried = {str(arguments[0]) for arguments in (*BY_NAME, *MISTAKES)} | {"down", "load-kg"}
    assert set(COMMANDS) - tried <= {"up", "demo", "doctor", "backup", "restore"}


def test_progress_is_printed_on_one_line(capsys):
    say(f"reading {HOSTILE}")
    out, err = capsys.readouterr()
    assert out == "" and err == f"reading {one_line(HOSTILE)}\n"


def test_lines_and_texts_of_several_lines(capsys):
    echo(f"a\n{HOSTILE}")
    echo_lines("a\n\tb\x1b")
    assert capsys.readouterr().out == f"a\\n{one_line(HOSTILE)}\na\n\tb\\x1b\n"


def test_tables_keep_their_colours_and_lose_those_of_their_cells():
    terminal = io.StringIO()
    table = Table("[bold red]name", HOSTILE)
    table.add_row("[green]x", f"y{HOSTILE}")
    Console(file=terminal, force_terminal=True, color_system="standard").print(_Printable(table))
    shown = terminal.getvalue()
    codes = re.findall("\x1b.{0,4}", shown)
    assert codes and all(re.match("\x1b\\[[0-9;]+m?", code) for code in codes)
    assert "31m" not in shown.replace("\x1b[1;31m", "").replace(r"\x9b31m", "")
    assert not OBEYED.findall(re.sub("\x1b\\[[0-9;]*m", "", shown))


def test_what_is_harmless_stays_as_it_is():
    text = "もののけ姫 – “Ō” e\u0301 שלום \u200f👩‍🎤 \\x1b %s"
    assert one_line(text) == printable(text) == printable_json(text) == text
    assert printable("a\n\tb") == "a\n\tb"
    assert json.loads(printable_json(json.dumps(HOSTILE, ensure_ascii=False))) == HOSTILE


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
def test_help_keeps_its_colours_on_a_terminal():
    import pty
    import subprocess

    leader, follower = pty.openpty()
    subprocess.run(
        [sys.executable, "-m", "pipeline", "--help"],
        stdout=follower,
        env=os.environ | {"TERM": "xterm-256color", "NO_COLOR": ""},
        check=True,
        timeout=60,
        cwd=Path(__file__).parents[3],
    )
    assert b"\x1b[1m" in os.read(leader, 4096)
    os.close(follower)
    os.close(leader)
