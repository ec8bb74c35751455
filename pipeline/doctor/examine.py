"""Runs all checks: of the machine, the server, its graph, and the files of the home."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import partial

from pipeline.connect import URI_VARIABLE, database_status, open_graph
from pipeline.content.dataset import Dataset, find_dataset
from pipeline.doctor import content, files, machine, runs, schema
from pipeline.doctor.checkpoints import checkpoints
from pipeline.doctor.findings import Finding, from_error, mended, ok, problem, warning
from pipeline.errors import PipelineError
from pipeline.graph import Graph
from pipeline.home import Home
from pipeline.server.chosen import read_engine
from pipeline.server.jars import neo4j_version
from pipeline.server.types import ServerStatus

MACHINE = {  # what the managed server needs
    "Java": machine.java,
    "jars": machine.jars,
    "disk": machine.disk,
    "memory": machine.memory,
    "ports": machine.ports,
}
GRAPH = {  # of a graph with a complete data set
    "constraints": schema.constraints,
    "indexes": schema.indexes,
    "names": content.names,
    "runs": runs.runs,
    "orphans": runs.orphans,
    "paths": runs.stored_paths,
}
DATASET = {"nodes": content.counts, "derived": content.derived}


def examine(home: Home, *, repair: bool = False) -> Iterator[Finding]:
    """Yield what each check finds, one after the other. No server is started.

    Args:
        home: the home whose files, server and graph are checked.
        repair: repair at once what can be repaired without losing anything.
    """
    for finding in _findings(home):
        yield mended(finding) if repair else finding


def _findings(home: Home) -> Iterator[Finding]:
    own = os.environ.get(URI_VARIABLE) is None
    if own and read_engine(home) == "managed":
        for subject, check in MACHINE.items():
            yield from _safely(subject, partial(check, home))
    if own:
        yield from _safely("password", partial(files.rights, home))
    held: list[Dataset] = []
    try:
        status = database_status(home)
    except PipelineError as error:
        yield from_error("server", error)
    else:
        yield from _server(status)
        if status is not None and status.running:
            yield from _safely("server", partial(_graph, home, held))
    yield from _safely("checkpoints", partial(checkpoints, home, held[0] if held else None))
    yield from _safely("leftovers", partial(files.leftovers, home))


def _safely(subject: str, check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """Yield what a check finds; an error that ends it is a problem, too."""
    try:
        yield from check()
    except (PipelineError, OSError) as error:
        yield from_error(subject, error)


def _server(status: ServerStatus | None) -> Iterator[Finding]:
    unchecked = "so the graph was not checked"
    if status is None:
        yield warning("server", f"none was started in this home yet, {unchecked}", "pipeline up")
        return
    if not status.running:
        if status.problem is not None:
            value, _, fix = status.problem.partition("; ")
            yield problem("server", f"{value}, {unchecked}", fix or None)
        elif status.pid is not None:
            value = f"process {status.pid} does not answer at {status.uri}, {unchecked}"
            yield problem("server", value, f"pipeline down, then pipeline up; log: {status.log}")
        else:
            value = f"the one of {status.uri} is not running, {unchecked}"
            yield warning("server", value, "pipeline up")
        return
    yield ok("server", f"answers at {status.uri} ({status.kind})")
    if status.kind == "managed" and status.version != neo4j_version():
        value = f"{status.version} is running, {neo4j_version()} is installed"
        yield warning("Neo4j", value, "pipeline down, then pipeline up")
    else:
        tested = "" if str(status.version).startswith("5.26.") else ", tested with 5.26"
        yield ok("Neo4j", f"version {status.version}{tested}")


def _graph(home: Home, held: list[Dataset]) -> Iterator[Finding]:
    """Check the graph, and put its data set into ``held`` if it is complete."""
    with open_graph(home) as graph:
        yield from _safely("data set", partial(content.dataset, graph))
        found = find_dataset(graph)
        if found is not None and found[1]:
            held.append(found[0])
            yield from _whole_graph(graph, found[0])


def _whole_graph(graph: Graph, dataset: Dataset) -> Iterator[Finding]:
    for subject, compare in DATASET.items():
        yield from _safely(subject, partial(compare, graph, dataset))
    for subject, check in GRAPH.items():
        yield from _safely(subject, partial(check, graph))
