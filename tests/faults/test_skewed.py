"""Skewed data: a film that everyone rated, a user with very many ratings, attributes on every film.

Every stage runs on such data and on even data of the same size (as many users, films, ratings and
facts), each on a server of its own. It must not need more than twice the memory, nor more than four
times the processor time and 20 s. It takes minutes, so it runs with all faults only:

    PIPELINE_FAULTS=full .venv/bin/python -m pytest -m faults -rP tests/faults/test_skewed.py
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
import psutil
import pytest

from benchmarks.memory import watched
from pipeline.home import Home
from pipeline.server import managed
from pipeline.server.credentials import read_password
from pipeline.server.ports import free_port
from tests.support.command_line import typed
from tests.support.narrowing import present

FULL = os.environ.get("PIPELINE_FAULTS") == "full"
FILMS, USERS, MOST = 21_000, 400, 20_000
OTHERS = 40  # ratings of each other user in skewed data
MEMORY, TIME, SPARE = 2.0, 4.0, 20.0  # bounds: times the even data's; and seconds
SECONDS = 900  # for all stages on one data set

pytestmark = [
    pytest.mark.faults,
    pytest.mark.neo4j,
    pytest.mark.skipif(not FULL, reason="takes minutes; set PIPELINE_FAULTS=full"),
]

RKAN = ("--model", "rkan", "--set", "train.epochs=1")
HISTORY = tuple(
    word
    for name in ("history.epochs", "history.refit_epochs", "train.epochs", "train.sequence_epochs")
    for word in ("--set", f"{name}=1")
)
CHILD = "from tests.faults.test_skewed import in_child; in_child()"


class Stage(NamedTuple):
    """What a command took: CPU seconds of both together, and peak MiB of Python and of Neo4j."""

    seconds: float
    python: int
    server: int


def ratings_of(rng, skewed):
    """Yield each user's films, in the order rated."""
    each = OTHERS + MOST // USERS
    for user in range(USERS):
        count = (MOST if user == 0 else OTHERS) if skewed else each
        films = rng.permutation(FILMS)[:count]
        if skewed and 0 not in films:
            films[rng.integers(count // 2)] = 0  # in the part that is not held out
        yield films


def write(folder, skewed):
    """Write a data set for load-kg."""
    rng = np.random.default_rng(0)
    folder.mkdir()
    with (folder / "movies.csv").open("w") as file:
        file.write("movieId,title,year,genres,actors\n")
        for film in range(FILMS):
            genres, actors = rng.permutation(20)[:2], rng.integers(FILMS // 2, size=3)
            names = [f"Genre {genre}" for genre in genres]
            people = [f"Person {person}" for person in dict.fromkeys(actors.tolist())]
            if skewed:
                names[0], people[0] = "Everything", "Everyone"
            file.write(f"{film + 1},Film {film},2000,{'|'.join(names)},{'|'.join(people)}\n")
    with (folder / "ratings.csv").open("w") as file:
        file.write("userId,movieId,rating,timestamp\n")
        for user, films in enumerate(ratings_of(rng, skewed)):
            stars = rng.integers(1, 6, len(films)).tolist()
            for place, (film, star) in enumerate(zip(films.tolist(), stars, strict=True)):
                file.write(f"{user + 1},{film + 1},{star},{place}\n")


def commands(folder):
    """Name -> arguments of the commands, in order. User 1 is the one with very many ratings.

    The short form leaves out what later commands do as well.
    """
    return {
        "load-kg": ("load-kg", folder),
        "enrich": ("enrich", "--similar", "cosine", "--neighbours", 10),
        "train": ("train", *HISTORY),
        "recommend": ("recommend",),
        "train, 5 hops": ("train", *HISTORY, "--max-hops", 5),
        "recommend, 5 hops": ("recommend",),
        "explain": ("explain", 1),
        "train, RKAN": ("train", *RKAN),
        "train, RKAN, 7 hops": ("train", *RKAN, "--max-hops", 7),
        "recommend, RKAN": ("recommend",),
        "explain, RKAN": ("explain", 1),
        "paths": ("paths", 1, 1, "--through-users"),
        "paths, 5 hops": ("paths", 2, 1, "--max-hops", 5, "--limit", 1000),
        "paths, 7 hops": ("paths", 2, 1, "--max-hops", 7, "--limit", 1000, "--through-users"),
    }


def in_child():
    """Run all commands in this process and print what each took."""
    folder, home, server = sys.argv[1:]
    for name, arguments in commands(folder).items():
        started = cpu_seconds(int(server))
        with watched(int(server)) as peaks:
            ended = typed("--home", home, *arguments)
        assert ended.code == 0, f"{name}: {ended.err}"
        seconds = round(cpu_seconds(int(server)) - started, 1)
        print(json.dumps([name, seconds, peaks.python, peaks.server]), flush=True)


def cpu_seconds(server):
    """The CPU seconds of this process and of the server so far."""
    used = psutil.Process(server).cpu_times()
    return time.process_time() + used.user + used.system


def measured(place, skewed):
    """Run all commands on one data set; return name -> Stage."""
    place.mkdir()
    write(place / "data", skewed)
    home = Home(place / "home")
    status = managed.start(home, bolt_port=free_port(), http_port=free_port(), heap="1g")
    try:
        password = read_password(present(status.password_file))
        environment = os.environ | {"NEO4J_URI": status.uri, "NEO4J_PASSWORD": password}
        done = subprocess.run(
            [sys.executable, "-c", CHILD, place / "data", home.root, str(status.pid)],
            env=environment,
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
    finally:
        managed.stop(home, timeout=20)
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    return {name: Stage(*figures) for name, *figures in rows}


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="needs Linux's /proc")
@pytest.mark.timeout(2 * SECONDS + 200)
def test_skewed_data_take_as_much_memory_and_time_as_even_data_of_the_same_size(tmp_path):
    even, skewed = (measured(tmp_path / name, name == "skewed") for name in ("even", "skewed"))
    lines = []
    for name, was in even.items():
        now = skewed[name]
        figures = f"{was.seconds} -> {now.seconds} CPU s, Python {was.python} -> {now.python} MiB"
        lines.append(f"{name}: {figures}, Neo4j {was.server} -> {now.server} MiB")
    print("\n".join(lines))
    for name, was in even.items():
        now = skewed[name]
        assert now.python <= MEMORY * was.python, lines
        assert now.server <= MEMORY * was.server, lines
        assert now.seconds <= TIME * was.seconds + SPARE, lines
