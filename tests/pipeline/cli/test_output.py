"""Output of the command line on terminals and pipes as people have them."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.command_line import typed

TITLE = "もののけ姫 – “Ō”"
FULL = Path("/dev/full")
_PROGRAM = f"""
import sys
from unittest import mock
import rich_click as click
from rich.console import Console
from pipeline import cli
from pipeline.cli.options import print_json

@click.command()
@click.option("--json", "as_json", is_flag=True)
def command(as_json):
    if as_json:
        print_json({{"title": {TITLE!a}, "file": "\\udce4"}})
    else:
        click.echo({TITLE!a})
        Console().print({TITLE!a})
        click.echo({TITLE!a}, err=True)

with mock.patch.object(cli._Commands, "get_command", lambda *_: command):
    cli.main()
"""


def run(*arguments, program=("-m", "pipeline"), **environment):
    """Run Python with these variables, apart from the test's own standard streams."""
    return subprocess.run(
        [sys.executable, *program, *arguments],
        capture_output=True,
        env=os.environ | environment,
        timeout=60,
        check=False,
    )


ENCODINGS = [
    {"PYTHONIOENCODING": "cp1252"},
    {"PYTHONIOENCODING": "latin-1"},
    {"PYTHONIOENCODING": "ascii"},
    {"PYTHONIOENCODING": "utf-8"},
    {"LC_ALL": "C"},
    {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
]


@pytest.mark.parametrize("environment", ENCODINGS, ids=str)
def test_letters_that_an_encoding_lacks_are_replaced(environment):
    done = run("explain", program=("-c", _PROGRAM), **environment)
    assert (done.returncode, b"Traceback" in done.stderr) == (0, False), done.stderr
    assert done.stdout.count(b"\n") == 2
    if environment == {"PYTHONIOENCODING": "cp1252"}:
        assert done.stdout.splitlines() == ["????? – “?”".encode("cp1252")] * 2
        assert done.stderr.splitlines() == ["????? – “?”".encode("cp1252")]


@pytest.mark.parametrize("environment", ENCODINGS, ids=str)
def test_json_is_right_in_every_encoding(environment):
    done = run("explain", "--json", program=("-c", _PROGRAM), **environment)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"title": TITLE, "file": "\udce4"}


def test_json_keeps_its_letters_where_the_output_is_utf_8():
    program = _PROGRAM.replace('"\\udce4"', '"ä"')
    done = run("explain", "--json", program=("-c", program), PYTHONIOENCODING="utf-8")
    assert TITLE in done.stdout.decode()


@pytest.mark.parametrize(
    ("arguments", "unread"),
    [
        ([], ["stdout"]),
        (["--help"], ["stdout"]),
        (["status"], ["stdout"]),
        (["status", "--json"], ["stdout"]),
        (["down"], ["stdout"]),
        (["no-such-command"], ["stderr"]),
        (["--help"], ["stdout", "stderr"]),
    ],
)
def test_output_that_nobody_reads_ends_the_command_silently(arguments, unread, tmp_path):
    reader, writer = os.pipe()
    os.close(reader)
    process = subprocess.Popen(
        [sys.executable, "-m", "pipeline", *arguments],
        stdout=writer if "stdout" in unread else subprocess.PIPE,
        stderr=writer if "stderr" in unread else subprocess.PIPE,
        env=os.environ | {"PIPELINE_HOME": str(tmp_path)},
    )
    out, err = process.communicate(timeout=60)
    os.close(writer)
    assert (process.returncode, out or b"", err or b"") == (141, b"", b"")


@pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")
def test_output_into_a_full_disk_is_one_line(tmp_path):
    command = [sys.executable, "-m", "pipeline", "--home", str(tmp_path), "status"]
    with FULL.open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith(b"Error: no space left on the disk")
    assert done.stderr.count(b"\n") == 1


def test_a_full_disk_anywhere_is_one_line_with_the_file(monkeypatch, tmp_path):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device", "ratings.csv")

    monkeypatch.setattr("pipeline.server.engines.stop_server", full)
    done = typed("--home", tmp_path, "down")
    assert done.code == 1
    assert done.err.startswith("Error: no space left on the disk: ratings.csv; free some space")
    assert done.err.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["--home", "~nosuchuser", "status"],
        ["load-kg", "~nosuchuser/films"],
        ["load-kg", "--dataset", "~nosuchuser/films"],
        ["load-kg", "--dataset", "ml-100k", "--imdb=~nosuchuser"],
    ],
)
def test_a_folder_of_an_unknown_user_is_one_line(arguments):
    done = typed(*arguments)
    assert done.code == 2
    assert done.out == ""
    assert done.err.startswith("Error: the folder ~nosuchuser")
    assert "full path" in done.err
    assert done.err.count("\n") == 1
