"""Checks of the data set and of the relationships that are derived from it."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import ValidationError

from pipeline.content.dataset import Dataset, find_datasets, read_dataset
from pipeline.content.histories import read_histories
from pipeline.doctor.findings import Finding, ok, problem, warning
from pipeline.enrichment.stored import count_derived, find_enrichment, fingerprint, is_whole
from pipeline.graph import Graph
from pipeline.load.writes import count_graph
from pipeline.queries import load_query

_LOAD = "pipeline load-kg --dataset ml-100k"
_AGAIN = "the same pipeline load-kg command with --replace; then train and recommend again"
_ENRICH = "pipeline enrich"


def dataset(graph: Graph) -> Iterator[Finding]:
    """Check that the graph holds one data set, completely."""
    found = find_datasets(graph)
    if not found:
        nodes, _ = count_graph(graph)
        foreign = ", ".join(f"{number:,} {label}" for label, number in nodes.items() if number)
        value = f"no data set, but {foreign}" if foreign else "the graph is empty"
        fix = f"{_LOAD} --replace, which DELETES them" if foreign else _LOAD
        yield warning("data set", value, fix)
    elif len(found) > 1:
        names = ", ".join(held.name for held, _ in found)
        value = f"parts of {len(found)} data sets ({names}), of which none can be used"
        yield problem("data set", value, "pipeline load-kg --dataset NAME --replace")
    else:
        yield ok("data set", str(read_dataset(graph)))


def counts(graph: Graph, held: Dataset) -> Iterator[Finding]:
    """Check the numbers of nodes and relationships against those of the load."""
    nodes, relationships = count_graph(graph)
    schema = graph.schema
    kinds = (schema.user, schema.movie, schema.person, schema.genre)
    wanted = {
        schema.user: held.num_users,
        schema.movie: held.num_movies,
        schema.entity: held.num_entities,
    }
    lost = [
        f"{nodes[label]:,} {label} instead of {number:,}"
        for label, number in wanted.items()
        if nodes[label] != number
    ]
    if not lost and sum(nodes[label] for label in kinds) != held.num_entities:
        lost = [f"{held.num_entities:,} entities, of which some have another label"]
    if lost:
        yield problem("nodes", ", ".join(lost), _AGAIN)
    else:
        listed = ", ".join(f"{nodes[label]:,} {label}" for label in kinds)
        yield ok("nodes", listed)
    yield _relationships(graph, relationships)


def _relationships(graph: Graph, found: dict[str, int]) -> Finding:
    loaded = {row["type"]: row["number"] for row in graph.read(load_query("doctor/loaded_counts"))}
    rated = graph.schema.rated
    known = {kind: number for kind, number in loaded.items() if number is not None}
    wrong = [
        f"{found[kind]:,} {kind} instead of {number:,}"
        for kind, number in known.items()
        if found[kind] < number or (found[kind] > number and kind != rated)
    ]
    if wrong:
        return problem("relationships", ", ".join(wrong), _AGAIN)
    listed = ", ".join(f"{number:,} {kind}" for kind, number in found.items())
    if not known:
        listed += " (an earlier version loaded them and kept no numbers to compare with)"
    added = found[rated] - known.get(rated, found[rated])
    return ok("relationships", listed + (f", {added:,} {rated} added since" if added else ""))


def names(graph: Graph) -> Iterator[Finding]:
    """Check that every entity has a name, which Neo4j Browser shows."""
    if graph.read(load_query("read/unnamed")):
        fix = "the same pipeline load-kg command adds them"
        yield warning("names", "some nodes have none", fix)
    else:
        yield ok("names", "every node has one")


def derived(graph: Graph, held: Dataset) -> Iterator[Finding]:
    """Check that the derived relationships are whole, and computed from the ratings there are."""
    subject, (next_, similar, alike) = "derived", count_derived(graph)
    listed = f"{next_:,} WATCHED_NEXT, {similar:,} SIMILAR, {alike:,} WATCHED_ALIKE"
    found = find_enrichment(graph)
    if found is None:
        if next_ or similar or alike:
            yield problem(subject, f"{listed}, written in part, or being written now", _ENRICH)
        else:
            yield ok(subject, "none; pipeline train makes those that it needs")
        return
    if not is_whole(graph, found):
        wanted = f"{found.watched_next:,}, {found.similar:,} and {found.watched_alike:,}"
        yield problem(subject, f"{listed} instead of {wanted}", _ENRICH)
        return
    try:
        config = found.config
    except ValidationError:
        yield problem(subject, f"{listed}, of settings that cannot be read", _ENRICH)
        return
    if fingerprint(held, read_histories(graph), config) == found.fingerprint:
        yield ok(subject, f"{listed}, computed from the present ratings")
    else:
        value = f"{listed}, computed from other ratings than the present ones"
        yield warning(subject, value, "pipeline train replaces them, when many ratings have come")
