"""A real server is backed up and restored; the tests run in the order of this file."""

import hashlib
import json

import pytest

from pipeline.errors import ConfigError, NotFoundError, ServerError
from pipeline.graph import Connection, Graph
from pipeline.home import Home
from pipeline.private import is_open
from pipeline.queries import Query
from pipeline.server import managed
from pipeline.server.archive import unpack
from pipeline.server.backup import back_up
from pipeline.server.credentials import read_password
from pipeline.server.offline import read_heap
from pipeline.server.ports import free_port
from pipeline.server.restore import restore
from pipeline.server.state import Places
from tests.support.command_line import typed
from tests.support.narrowing import present

NODES = (
    "MATCH (n) RETURN labels(n) AS labels, properties(n) AS held, split(elementId(n), ':')[2] AS id"
)
RELATIONSHIPS = """MATCH (a)-[r]->(b) RETURN type(r) AS type, properties(r) AS held,
split(elementId(a), ':')[2] AS source, split(elementId(b), ':')[2] AS target"""
SCHEMA = "SHOW CONSTRAINTS YIELD name, type, labelsOrTypes, properties"
FILL = """
UNWIND range(1, 300) AS id
CREATE (u:User:Entity {userId: id, entityId: id, name: 'Ünï ' + id, embedding: [id * 0.1, 2.5]})
CREATE (m:Movie {movieId: id, title: 'Film ' + id, loadedAt: datetime('2024-05-06T07:08:09Z')})
CREATE (u)-[:RATED {rating: 3.5, timestamp: 880000000 + id, words: ['a', 'b']}]->(m)
"""


def query(text):
    return Query("tests", text, "", frozenset())


def pid_of(home):
    return present(managed.status(home)).pid


def connected(home):
    status = present(managed.status(home))
    password = read_password(Places(home).password)
    return Graph.open(Connection(status.uri, status.user, password, "neo4j"))


def content_hash(home):
    """SHA-256 of all nodes, relationships, their properties, and the constraints."""
    with connected(home) as graph:
        rows = [
            sorted(json.dumps(row, sort_keys=True, default=str) for row in graph.read(query(text)))
            for text in (NODES, RELATIONSHIPS, SCHEMA)
        ]
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()


def write(home, text):
    with connected(home) as graph:
        graph.write(query(text))


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A home with a server of its own, 300 users and a run's checkpoint."""
    home = Home(tmp_path_factory.mktemp("small"))
    try:
        managed.start(home, bolt_port=free_port(), http_port=free_port(), heap="512m")
        write(home, "CREATE CONSTRAINT movie_movieId FOR (m:Movie) REQUIRE m.movieId IS UNIQUE")
        write(home, FILL)
        run = home.checkpoints / "rkan-1"
        run.mkdir(parents=True)
        (run / "model.pt").write_bytes(b"weights")
        (run / ".model.pt.1.part").write_bytes(b"half")
        yield home
    finally:
        managed.stop(home, timeout=5)


@pytest.fixture(scope="module")
def backup(small, tmp_path_factory):
    """Its backup, and the hash of its content."""
    file = tmp_path_factory.mktemp("backups") / "films.tar"
    before, pid = content_hash(small), pid_of(small)
    done = back_up(small, file, checkpoints=True)
    assert (done.restarted, done.runs) == (True, ["rkan-1"])
    assert pid_of(small) != pid
    assert read_heap(Places(small)) == 512
    assert content_hash(small) == before
    return file, before


def test_a_backup_is_one_private_file_of_a_dump_and_checkpoints(small, backup, tmp_path):
    file, _ = backup
    assert [each.name for each in file.parent.iterdir()] == [file.name]
    assert not is_open(file)
    manifest = unpack(file, tmp_path)
    assert [member.name for member in manifest.members] == [
        "neo4j.dump",
        "checkpoints/rkan-1/model.pt",
    ]
    assert not (small.server / "backup.work").exists()


def test_an_existing_file_is_not_overwritten(small, backup):
    file, _ = backup
    with pytest.raises(ConfigError, match="exists; choose another name"):
        back_up(small, file)


def test_a_graph_with_nodes_is_replaced_only_if_asked(small, backup):
    file, before = backup
    write(small, "MATCH (u:User) WHERE u.userId > 10 DETACH DELETE u")
    changed, pid = content_hash(small), pid_of(small)
    with pytest.raises(ServerError, match="is not empty; nothing was changed; use --replace"):
        restore(small, file)
    assert (content_hash(small), pid_of(small)) == (changed, pid) != (before, pid)


def test_a_load_that_fails_changes_nothing(small, backup, monkeypatch):
    file, _ = backup
    changed, pid = content_hash(small), pid_of(small)

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("pipeline.server.admin.load", interrupt)
    with pytest.raises(KeyboardInterrupt):
        restore(small, file, replace=True)
    assert (content_hash(small), pid_of(small)) == (changed, pid)
    assert not (small.server / "backup.work").exists()


def test_a_restore_that_dies_between_its_last_steps_is_finished_by_the_next_start(
    small, backup, monkeypatch
):
    file, before = backup
    usual = type(file).rename

    def dying(path, target):
        usual(path, target)
        if path.name == "data":
            raise KeyboardInterrupt

    def no_start(*_, **__):
        raise SystemExit("the process has ended")

    with monkeypatch.context() as patch:
        patch.setattr(type(file), "rename", dying)
        patch.setattr(managed, "start", no_start)
        with pytest.raises(SystemExit):
            restore(small, file, replace=True)
    managed.start(small, heap="512m")
    assert content_hash(small) == before
    left = {each.name for each in Places(small).neo4j.iterdir()}
    assert not {"data.restored", "data.replaced"} & left


def test_the_command_restores_what_was_and_the_checkpoints_that_are_gone(small, backup):
    file, before = backup
    write(small, "MATCH (n) DETACH DELETE n")
    (small.checkpoints / "rkan-1").rename(small.root / "aside")
    done = typed("restore", file, "--replace", "--json", "--home", small.root)
    assert done.code == 0, done.err
    assert json.loads(done.out)["runs"] == ["rkan-1"]
    assert "Stopping Neo4j" in done.err
    assert content_hash(small) == before
    assert (small.checkpoints / "rkan-1" / "model.pt").read_bytes() == b"weights"


def test_a_home_without_a_database_has_nothing_to_back_up_and_takes_a_backup(tmp_path, backup):
    file, before = backup
    new = Home(tmp_path / "new")
    with pytest.raises(NotFoundError, match="there is no database"):
        back_up(new, tmp_path / "none.tar")
    done = restore(new, file)
    assert (done.restarted, done.runs) == (False, ["rkan-1"])
    try:
        managed.start(new, bolt_port=free_port(), http_port=free_port(), heap="512m")
        assert content_hash(new) == before
    finally:
        managed.stop(new, timeout=5)


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_a_server_elsewhere_is_refused_with_the_tool_to_use(monkeypatch, tmp_path, command):
    monkeypatch.setenv("NEO4J_URI", "bolt://127.0.0.1:9")
    done = typed(command, "films.tar", "--home", tmp_path)
    assert done.code == 2
    assert "neo4j-admin database" in done.err
    monkeypatch.delenv("NEO4J_URI")
    (tmp_path / "server").mkdir()
    (tmp_path / "server" / "engine").write_text("docker\n")
    done = typed(command, "films.tar", "--home", tmp_path)
    assert done.code == 2
    assert "volume of the container" in done.err
