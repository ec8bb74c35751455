"""docs/own_graph.md: every command that it names, on a shop that the pipeline did not load."""

import json
import re
import shlex
from pathlib import Path

import pytest

from pipeline.explanation.explain import explain
from pipeline.explanation.guide import guide_page
from pipeline.graph import Graph
from pipeline.schema import DESCRIBED as OURS
from pipeline.server.browser import read_style
from tests.support.command_line import typed
from tests.support.shop import everything, make_shop, raw
from tests.support.small_settings import QUICK_HISTORY

PAGE = Path(__file__).parents[3] / "docs" / "own_graph.md"
COMMANDS = [
    line
    for block in re.findall(r"```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    for line in block.splitlines()
]
[DESCRIBED] = re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
KEYS = "MATCH (c:Customer) SET c.number = 'C-' + c.number"
LABEL = "MATCH (p:`Pro``duct`) SET p:Product, p.title = p.label REMOVE p:`Pro``duct`"
TYPE = "MATCH (p)-[r:`MADE BY`]->(m) CREATE (p)-[:MADE_BY]->(m) SET m.name = m.title DELETE r"

LINKS = """
MATCH (a:Product {sku: 4}), (b:Product {sku: 5}), (ann:Customer {number: 'C-1'})
MATCH (bob:Customer {number: 'C-2'}) CREATE (a)-[:GOES_WITH]->(b), (ann)-[:FOLLOWS]->(bob)
"""


@pytest.fixture
def shop(bare_graph, tmp_path, monkeypatch):
    """The shop of the page, in the database that the environment names."""
    make_shop(bare_graph)
    for text in (KEYS, LABEL, TYPE, LINKS):
        bare_graph.write(raw(text))
    connection = bare_graph.connection
    monkeypatch.setenv("NEO4J_URI", connection.uri)
    monkeypatch.setenv("NEO4J_PASSWORD", connection.password)
    monkeypatch.setenv("PIPELINE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return bare_graph


def run(command):
    arguments = shlex.split(command)
    assert arguments[0] == "pipeline"
    if command == "pipeline train":
        for key, value in QUICK_HISTORY.items():
            arguments += ["--set", f"{key}={json.dumps(value)}"]
    ended = typed(*arguments[1:])
    assert ended.code == 0, f"{command}: {ended.err}"
    return ended


def test_every_command_of_the_page(shop):
    before = everything(shop)
    printed = {}
    for command in COMMANDS:
        if command == "pipeline split shop.toml":
            assert "shop" in Path("shop.toml").read_text(encoding="utf-8")
            Path("shop.toml").write_text(DESCRIBED, encoding="utf-8")
        printed[command] = run(command).out
    assert "(Customer)-[BOUGHT]->(Product)" in printed["pipeline inspect"]
    assert "4 users, 10 items" in printed["pipeline split shop.toml"]
    assert "nothing is new; nothing was written" in printed["pipeline split --update"]
    assert "bought" in printed["pipeline explain C-1"]
    assert "film" not in printed["pipeline explain C-1"]
    assert everything(shop) == before


def test_a_prepared_graph_is_not_loaded_over(shop, tmp_path):
    Path("shop.toml").write_text(DESCRIBED, encoding="utf-8")
    run("pipeline split shop.toml")
    before = everything(shop)
    ended = typed("load-kg", "--dataset", "ml-100k", "--replace")
    assert ended.code == 1
    assert "pipeline clean" in ended.err
    assert everything(shop) == before


def test_a_description_is_not_overwritten(shop):
    Path("shop.toml").write_text("mine", encoding="utf-8")
    ended = typed("init", "shop.toml")
    assert ended.code == 2
    assert "--force" in ended.err
    assert Path("shop.toml").read_text(encoding="utf-8") == "mine"


def test_the_json_of_each(shop):
    found = json.loads(run("pipeline inspect --json").out)
    assert found["proposed"]["user"]["label"] == "Customer"
    Path("shop.toml").write_text(DESCRIBED, encoding="utf-8")
    assert json.loads(run("pipeline split shop.toml --json").out)["users"] == 4
    assert json.loads(run("pipeline split --update --json").out)["unchanged"]
    for wrong in (
        ["split"],
        ["split", "--update", "--replace"],
        ["split", "--update", "--tie-seed=1"],
    ):
        assert typed(*wrong).code == 2
    with Graph.open(shop.connection) as graph:
        assert graph.schema.prefix == "Rkan"
    assert json.loads(run("pipeline clean --json").out)["nodes"]
    assert typed("clean").code == 1


def test_other_commands_use_the_owners_words(shop, capsys):
    Path("shop.toml").write_text(DESCRIBED, encoding="utf-8")
    for command in ("split shop.toml", "enrich", "train", "recommend"):
        run(f"pipeline {command}")
    assert "Products like" in run("pipeline similar Heat").out
    assert json.loads(run("pipeline search heat --json").out)[0]["kind"] == "Movie"
    problems = [line for line in run("pipeline doctor").out.splitlines() if line[:2] != "ok"]
    assert not [line for line in problems if "constraints" in line or "indexes" in line]
    assert typed("paths", "C-1", "Heat").code == 0
    with Graph.open(shop.connection) as graph:
        check_words(graph)
        check_captions(graph)


def check_words(graph):
    """What the commands say has the shop's words, and the commands that they name work."""
    guide, best = guide_page(graph), explain(graph, 1)[0].movie
    assert "The product that most people bought, with its attributes" in guide
    printed = {
        words: run(f"pipeline {words}").out
        for words in (
            f"why-not C-1 {shlex.quote(best)}",
            "why-not C-1 Heat",
            "why-not C-1 Casino",
            "search zzzzzz",
            "search heat",
            "search lasseter",
            "recommend --films Heat",
            "explain C-1 --html page.html",
        )
    }
    for words in ("browse", "browse C-1"):
        printed[words] = json.loads(run(f"pipeline {words} --json").out)["title"]
    printed["guide"] = re.sub("<pre.*?</pre>", "", guide, flags=re.DOTALL)
    page = Path("page.html").read_text(encoding="utf-8")
    printed["page"] = re.sub("<style>.*?</style>|<[^>]*>", "", page, flags=re.DOTALL)
    for what, text in printed.items():
        assert not re.search(
            "(?i)film|movie|watch|director", re.sub(r"http.*|rkanMovieId|RKAN_\w+", "", text)
        ), what
    for text in printed.values():
        for command in re.findall(
            r"pipeline (?:similar|explain|paths) (?!USER).+?(?=   |\n)", text
        ):
            run(command)


def check_captions(graph):
    """The nodes and relationships have what Browser's style shows of them."""
    for selector, rule in read_style().items():
        kind, _, name = selector.partition(".")
        caption = rule.get("caption", "").strip("{}")
        if name.startswith(OURS.prefix) or name.startswith(f"{OURS.prefix.upper()}_"):
            one = f"(n:{name})" if kind == "node" else f"()-[n:{name}]->()"
            text = f"MATCH {one} RETURN count(n) AS all, count(n[$caption]) AS named"
            [row] = graph.read(raw(text, "caption"), caption=caption)
            assert row["all"] > 0, name
            assert row["named"] == row["all"] or caption == "<type>", (name, caption)
