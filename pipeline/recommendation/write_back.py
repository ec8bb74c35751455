"""Writes a run's recommendations and embeddings to the graph, all or nothing."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any

from model.arrays import Floats
from pipeline.graph import Graph
from pipeline.networks.interface import Ledger, Recommendation
from pipeline.paths.prefetch import prefetched
from pipeline.queries import load_query
from pipeline.recommendation.facts import GraphFacts
from pipeline.recommendation.picture import because
from pipeline.recommendation.sentences import explanation

_EMBEDDED = ("User", "Movie")
_TOGETHER = 500  # recommendations whose facts are read in one query


def write_back(
    graph: Graph,
    run_id: str,
    properties: Mapping[str, Any],
    recommendations: Iterable[Recommendation],
    *,
    facts: GraphFacts,
    embeddings: Floats | None,
    users: Sequence[int] | None,
    started_at: str,
    advance: Callable[[int], None] = lambda _: None,
) -> tuple[int, int]:
    """Replace a run's recommendations; return the number written and the number deleted.

    One transaction deletes the old ones, streams in the new ones and sets the Run node. Until it is
    committed, every reader sees the old run and a second writer waits. A failure leaves the old run
    in place. Other runs' recommendations are kept. The embeddings are those of the run that was
    last written for all users.

    Args:
        graph: the database.
        run_id: name of the run.
        properties: properties of the Run node, as plain values.
        recommendations: the new ones; may be a generator that reads from the same database.
        facts: what the sentences state.
        embeddings: float32 [num_entities, D]; None to leave those of the graph as they are.
        users: entityIds of the users whose recommendations are replaced; None for all users.
        started_at: time when recommending started, ISO 8601.
        advance: called with the number of recommendations after each batch.
    """
    for index in ("recommended_run_index", "because_index"):
        graph.write(load_query(f"schema/{index}"))
    written = 0

    def counted(number: int) -> None:
        nonlocal written
        written += number
        advance(number)

    with graph.transaction() as transaction:
        transaction.write(load_query("write/lock"))
        suffix, chosen = ("", {}) if users is None else ("_of_users", {"users": list(users)})
        with prefetched(_batches(recommendations, facts)) as batches:  # while the server writes
            transaction.write(load_query(f"write/delete_because{suffix}"), runId=run_id, **chosen)
            deleted = transaction.write(
                load_query(f"write/delete_recommendations{suffix}"), runId=run_id, **chosen
            )
            transaction.write_batches(
                load_query("write/recommendations"),
                chain.from_iterable(batches),
                runId=run_id,
                advance=counted,
            )
        if embeddings is not None:
            transaction.write_batches(
                load_query("write/embeddings"), _embedding_rows(facts.kinds, embeddings)
            )
        transaction.write(
            load_query("write/run"),
            runId=run_id,
            properties=dict(properties),
            startedAt=started_at,
        )
    if embeddings is not None:
        _index_embeddings(graph, embeddings.shape[1])
    return written, deleted["relationships_deleted"]


def _batches(
    recommendations: Iterable[Recommendation], facts: GraphFacts
) -> Generator[list[dict[str, Any]], None, None]:
    remaining = iter(recommendations)
    while batch := list(islice(remaining, _TOGETHER)):
        facts.prepare(batch)
        yield [_row(each, facts) for each in batch]


def _row(recommendation: Recommendation, facts: GraphFacts) -> dict[str, Any]:
    sentences = explanation(recommendation, facts)
    return {
        "user": recommendation.user,
        "movie": recommendation.movie,
        "rank": recommendation.rank,
        "score": recommendation.score,
        "closeness": recommendation.closeness,
        "explanation": [each.text for each in sentences],
        "explanationShares": [each.share for each in sentences],
        "because": list(because(sentences)),
        "paths": [">".join(map(str, path)) for path in recommendation.paths],
        "pathWeights": recommendation.weights,
        "pathRelations": recommendation.relations,
        "ledger": {} if recommendation.ledger is None else _ledger_row(recommendation.ledger),
    }


def _ledger_row(ledger: Ledger) -> dict[str, Any]:
    """Return the properties of a relationship that hold the summands of its score."""
    return {
        "taste": ledger.taste,
        "popularity": ledger.popularity,
        "pathScore": ledger.paths,
        "kinds": list(ledger.kinds),
        "kindScores": list(ledger.kinds.values()),
        "tasteMovies": [film for film, _ in ledger.films],
        "tasteParts": [part for _, part in ledger.films],
    }


def _embedding_rows(kinds: Sequence[str], embeddings: Floats) -> Iterator[dict[str, Any]]:
    for entity, kind in enumerate(kinds):
        if kind in _EMBEDDED:
            yield {"entity": entity, "embedding": embeddings[entity].tolist()}


def _index_embeddings(graph: Graph, dimension: int) -> None:
    """Ensure that both vector indexes exist, have this dimension and are online."""
    found = {
        row["name"]: row["dimension"] for row in graph.read(load_query("read/embedding_indexes"))
    }
    for label in _EMBEDDED:
        kind = label.lower()
        if found.get(graph.schema.index_of(f"{kind}_embedding"), dimension) != dimension:
            graph.write(load_query(f"schema/drop_{kind}_embedding_index"))
        graph.write(load_query(f"schema/{kind}_embedding_index"), dimension=dimension)
    graph.write(load_query("schema/await_indexes"))
