"""Checks of constraints, indexes and embeddings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pipeline.doctor.findings import Finding, Repair, ok, problem, warning
from pipeline.graph import Graph
from pipeline.queries import load_query
from pipeline.schema import MOVIELENS

_RUN_INDEXES = {"recommended_run": "recommended_run_index", "because_run_user": "because_index"}
_REPAIR = "pipeline doctor --repair"


def constraints(graph: Graph) -> Iterator[Finding]:
    """Check that the keys of all labels are unique."""
    found = {
        (row["label"], row["property"]) for row in graph.read(load_query("doctor/constraints"))
    }
    schema = graph.schema
    others = [schema.load_lock, schema.source]  # a load makes these itself
    if schema is not MOVIELENS:
        others.append(schema.genre)  # an owner's categories may share a name
    needed = {label: key for label, key in schema.keys.items() if label not in others}
    missing = [pair for pair in needed.items() if pair not in found]
    for label, key in missing:
        value = f"nothing keeps {key} of {label} nodes unique"
        repair = _creating(graph, f"constraint_{schema.field_of(label)}", f"that of {label}")
        yield problem("constraints", value, _REPAIR, repair)
    if not missing:
        yield ok("constraints", f"all {len(needed)} are there")


def indexes(graph: Graph) -> Iterator[Finding]:
    """Check that the indexes of runs and embeddings are there, and that all are ONLINE."""
    states = {row["name"]: row for row in graph.read(load_query("doctor/indexes"))}
    found = [
        *_not_online(states),
        *(_run_indexes(graph, states) if graph.read(load_query("read/runs")) else ()),
        *_embeddings(graph, states),
    ]
    yield from found
    if not found:
        yield ok("indexes", f"all {len(states)} are ONLINE")


def _not_online(states: dict[str, Any]) -> Iterator[Finding]:
    for name, row in states.items():
        if row["state"] == "FAILED":
            fix = f"run in Neo4j Browser: DROP INDEX {name}; then {_REPAIR}"
            yield problem("indexes", f"{name} has FAILED", fix)
        elif row["state"] != "ONLINE":
            value = f"{name} is {row['state']} ({row['percent']:.0f} %)"
            yield warning("indexes", value, "wait until it is ONLINE, then pipeline doctor")


def _run_indexes(graph: Graph, states: dict[str, Any]) -> Iterator[Finding]:
    for name, file in _RUN_INDEXES.items():
        if graph.schema.index_of(name) not in states:
            value = f"{name} is missing, without which runs are found slowly"
            yield warning("indexes", value, _REPAIR, _creating(graph, file, name))


def _embeddings(graph: Graph, states: dict[str, Any]) -> Iterator[Finding]:
    """Check that embeddings have one dimension and a vector index."""
    sizes: dict[str, list[int]] = {}
    for row in graph.read(load_query("doctor/embeddings")):
        sizes.setdefault(row["label"], []).append(row["dimension"])
    for label, dimensions in sizes.items():
        name = f"{graph.schema.field_of(label)}_embedding"
        if len(dimensions) > 1:
            listed = " and ".join(map(str, dimensions))
            value = f"those of {label} nodes have {listed} dimensions"
            yield problem("embeddings", value, "pipeline recommend")
        elif graph.schema.index_of(name) not in states:
            value = f"the vector index {name} is missing"
            repair = _creating(graph, f"{name}_index", name, dimension=dimensions[0])
            yield warning("embeddings", value, _REPAIR, repair)


def _creating(graph: Graph, file: str, name: str, **parameters: Any) -> Repair:
    def create() -> str:
        graph.write_schema(load_query(f"schema/{file}"), **parameters)
        graph.write(load_query("schema/await_indexes"))
        return f"created {name}"

    return create
