"""Checks of stored runs: their recommendations, and the paths that explain these."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.doctor.findings import Finding, ok, problem, warning
from pipeline.graph import Graph
from pipeline.queries import load_query
from pipeline.recommendation.writings import writers_turn

_AT_ONCE = 50_000  # relationships that a transaction deletes
_SAMPLE = 500  # recommendations whose paths are checked


def runs(graph: Graph) -> Iterator[Finding]:
    """Check that every finished run has the recommendations that were written."""
    found = graph.read(load_query("doctor/runs"))
    lacking = [row for row in found if row["users"] != (row["written"] or 0) or not row["users"]]
    for row in lacking:
        run, written = row["runId"], row["written"] or 0
        value = f"{run} has recommendations of {row['users']:,} users instead of {written:,}"
        yield problem("runs", value, f"pipeline recommend --run-id {run}")
    if not lacking:
        total = sum(row["recommendations"] for row in found)
        yield ok("runs", f"{len(found)} with {total:,} recommendations")


def orphans(graph: Graph) -> Iterator[Finding]:
    """Check for recommendations and drawings that no Run node names.

    Their run has no node, or the node names another writing: then a recommend is going on, or was
    killed.
    """
    found = graph.read(load_query("doctor/orphans"))
    if not found:
        yield ok("orphans", "no recommendation without its run")
        return
    listed = ", ".join(f"{row['number']:,} {row['type']} of {row['runId']}" for row in found[:5])
    more = f" and {len(found) - 5} more" if len(found) > 5 else ""
    value = f"{listed}{more}, which no Run node names"

    def delete() -> str:
        return f"deleted {_delete(graph):,} relationships"

    fix = "when no recommend is going on: pipeline doctor --repair deletes them"
    yield problem("orphans", value, fix, delete)


def _delete(graph: Graph) -> int:
    """Delete what no Run node names, while nobody writes a run, and return the number."""
    total = 0
    with writers_turn(graph):
        while True:
            with graph.transaction() as transaction:
                transaction.write(load_query("write/lock"))
                gone = transaction.write(load_query("doctor/delete_orphans"), limit=_AT_ONCE)
            if not gone:
                return total
            total += gone["relationships_deleted"]


def stored_paths(graph: Graph) -> Iterator[Finding]:
    """Check that stored paths, or a sample of them, still lead through the graph."""
    rows = graph.read(load_query("doctor/stored_paths"), limit=_SAMPLE)
    checked = f"{sum(row['paths'] for row in rows):,} paths"
    sample = f"of at most {_SAMPLE} recommendations drawn at random"
    found = 0
    for row in rows:
        run, again = row["runId"], f"pipeline recommend --run-id {row['runId']}"
        part = f"{row['paths']:,} checked paths of {run}"
        if row["lostEntities"]:
            found += 1
            value = f"{row['lostEntities']:,} of {part} lead through nodes that are gone"
            yield problem("paths", value, again)
        if row["lostRelationships"]:
            found += 1
            value = f"{row['lostRelationships']:,} of {part} take relationships that are gone"
            yield warning("paths", value, f"pipeline enrich --run-id {run}, then {again}")
    if not found:
        yield ok("paths", f"{checked} {sample}: all there" if rows else "none is stored")
