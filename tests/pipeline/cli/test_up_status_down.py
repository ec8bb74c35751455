import json

import pytest
from click.testing import CliRunner

from pipeline.cli import cli
from pipeline.server import ports
from pipeline.server.ports import Ports, free_port
from tests.support.command_line import typed


def run(*arguments):
    return CliRunner().invoke(cli, arguments)


def test_status_of_a_home_without_a_server(tmp_path):
    result = run("status", "--home", str(tmp_path))
    assert result.exit_code == 1
    assert "pipeline up" in result.stdout
    document = json.loads(run("status", "--home", str(tmp_path), "--json").stdout)
    assert document["running"] is False
    assert {"uri", "user", "password_file", "browser", "version", "log", "store"} <= set(document)


def test_down_without_a_server_says_so(tmp_path):
    result = run("down", "--home", str(tmp_path))
    assert result.exit_code == 0
    assert "No Neo4j was running" in result.stdout
    assert json.loads(run("down", "--json", "--home", str(tmp_path)).stdout) == {"stopped": False}


def test_status_of_a_running_server(server, home):
    result = run("--home", str(home.root), "status", "--json")
    assert result.exit_code == 0
    document = json.loads(result.stdout)
    assert document == {**server.to_json(), "dataset": document["dataset"]}
    assert document["password_file"] == str(server.password_file)


def test_the_password_is_never_printed(server, home):
    result = run("up", "--home", str(home.root))
    assert result.exit_code == 0, result.output
    assert server.uri in result.stdout
    assert server.browser in result.stdout
    assert str(server.password_file) in result.stdout
    assert server.password_file.read_text().strip() not in result.output


def test_status_of_an_external_server_that_does_not_answer(monkeypatch, tmp_path):
    monkeypatch.setenv("NEO4J_URI", f"bolt://127.0.0.1:{free_port()}")
    monkeypatch.setenv("NEO4J_PASSWORD", "secret")
    result = run("status", "--home", str(tmp_path))
    assert result.exit_code == 1
    assert "no Neo4j answers" in result.stdout
    assert "secret" not in result.output


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["up", "--heap", "lots"], 2, "'lots' is not a size"),
        (["up", "--bolt-port", "70000"], 2, "--bolt-port 70000"),
        (["up", "--docker", "--heap", "1g"], 2, "--heap"),
        (["up", "--bolt-port", "x"], 2, "Invalid value for '--bolt-port'"),
        (["recommend", "--top-k", "0"], 2, "Invalid value for '--top-k'"),
        (["upp"], 2, "there is no command 'upp'; did you mean up?"),
    ],
)
def test_wrong_options_are_one_line(monkeypatch, tmp_path, arguments, code, words):
    monkeypatch.setattr("pipeline.server.managed.provide_jars", lambda folder: [])
    done = typed("--home", str(tmp_path), *arguments)
    assert done.code == code
    assert done.out == ""
    assert done.err.count("\n") == 1
    assert words in done.err


def test_an_interrupted_command_says_so_with_its_own_exit_code(monkeypatch, tmp_path):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("pipeline.server.engines.stop_server", interrupt)
    done = typed("--home", str(tmp_path), "down")
    assert (done.code, done.out, done.err.split()) == (130, "", ["Interrupted."])


def test_a_taken_port_is_one_line(monkeypatch, tmp_path, server):
    monkeypatch.setattr(ports, "PREFERRED", Ports(free_port(), free_port()))
    taken = server.uri.rpartition(":")[2]
    done = typed("--home", str(tmp_path), "up", "--bolt-port", taken)
    assert done.code == 1
    assert done.err.startswith(f"Error: Bolt port {taken} is taken")
    assert done.err.count("\n") == 1


@pytest.mark.parametrize(
    ("variables", "code", "words"),
    [
        ({"NEO4J_URI": ""}, 2, "NEO4J_URI is empty"),
        ({"NEO4J_URI": "bolt://127.0.0.1"}, 2, "NEO4J_PASSWORD is not"),
        ({"NEO4J_URI": "bolt://127.0.0.1:9", "NEO4J_PASSWORD": "x"}, 1, "no Neo4j answers"),
    ],
)
def test_a_command_that_cannot_reach_its_database_says_why(
    monkeypatch, tmp_path, variables, code, words
):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    done = typed("--home", str(tmp_path), "explain", "1")
    assert done.code == code
    assert words in done.err
    assert done.err.count("\n") == 1


def test_a_command_with_a_wrong_password_says_so(monkeypatch, tmp_path, server):
    monkeypatch.setenv("NEO4J_URI", server.uri)
    monkeypatch.setenv("NEO4J_PASSWORD", "wrong")
    done = typed("--home", str(tmp_path), "explain", "1")
    assert done.code == 1
    assert "refuses user 'neo4j'" in done.err
    assert done.err.count("\n") == 1
