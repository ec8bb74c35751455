"""A copy of the graph that can be read but not written, as SECURITY.md describes it."""

import pytest

from pipeline.connect import open_graph
from pipeline.errors import DatabaseError
from pipeline.home import Home
from pipeline.recommendation.recommend import recommend
from pipeline.server import managed
from pipeline.server.ports import free_port
from pipeline.server.settings import EXTRA_SETTINGS
from pipeline.server.state import Places
from tests.support.command_line import typed
from tests.support.film_graph import BUG, CASINO, HEAT, load_films, query, save_network

RUN_ID = "rkan-films-1"
READS = (
    ("explain", 1),
    ("paths", 1, 2),
    ("search", "toy"),
    ("why-not", 1, "Heat (1995)"),
    ("status",),
    ("doctor",),
)


@pytest.mark.slow
@pytest.mark.neo4j
def test_a_restored_copy_is_read_and_not_written(tmp_path, monkeypatch):
    monkeypatch.setenv("PIPELINE_HEAP", "512m")
    home, reading = Home(tmp_path / "home"), Home(tmp_path / "reading")
    backup = tmp_path / "films.tar"
    try:
        managed.start(home, bolt_port=free_port(), http_port=free_port())
        with open_graph(home) as graph:
            load_films(graph, tmp_path)
            save_network(graph, home, likes={1: {BUG: 3, CASINO: 1}, 2: {HEAT: 2}})
            recommend(graph, home, run_id=RUN_ID, top_k=2)
        assert typed("--home", home.root, "search", "toy").code == 0  # makes the indexes
        managed.stop(home)
        assert typed("--home", home.root, "backup", backup, "--checkpoints").code == 0
        assert typed("--home", reading.root, "restore", backup).code == 0
        managed.stop(reading)
        conf = Places(reading).neo4j / "conf"
        conf.mkdir(parents=True, exist_ok=True)
        (conf / EXTRA_SETTINGS).write_text("server.databases.read_only=neo4j\n")
        managed.start(reading, bolt_port=free_port(), http_port=free_port())

        for command in READS:
            ended = typed("--home", reading.root, *command)
            assert ended.code == 0, (command, ended.err)
        with (
            open_graph(reading) as graph,
            pytest.raises(DatabaseError, match=r"not let user 'neo4j' do this: No write.*written"),
        ):
            graph.write(query("CREATE (:Written)"))
        ended = typed("--home", reading.root, "recommend", "--run-id", RUN_ID)
        assert ended.code == 1
        assert ended.err.splitlines()[-1].startswith(f"Error: {graph.connection.uri} does not let")
        assert "Traceback" not in ended.err
    finally:
        for each in (home, reading):
            managed.stop(each, timeout=10)
