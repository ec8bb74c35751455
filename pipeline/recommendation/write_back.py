"""Writes a run's recommendations and embeddings to the graph; the recommendations all or none."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

from model.arrays import Floats
from pipeline.errors import PipelineError
from pipeline.graph import Graph
from pipeline.networks.interface import Ledger, Recommendation
from pipeline.paths.prefetch import prefetched
from pipeline.queries import load_query
from pipeline.recommendation.facts import GraphFacts
from pipeline.recommendation.picture import because
from pipeline.recommendation.sentences import explanation
from pipeline.recommendation.writings import (
    named_writing,
    new_writing,
    remove_other_writings,
    remove_writing,
    writers_turn,
)

_EMBEDDED = ("User", "Movie")
_TOGETHER = 500  # recommendations whose facts are read in one query
_ROWS = 1_000  # rows of a transaction
_PATHS = 20_000  # their paths


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

    The recommendations of all users are written as a new writing (see writings), in bounded
    transactions. Then one small transaction sets the Run node, which names the new writing instead
    of the old one, and the old one is removed. Until that transaction is committed, every reader
    sees the old run, a second writer waits, and a failure leaves the old run in place. What a
    killed process has left is removed by the next writer of the run.

    Those of some users are replaced in one transaction. Other runs' recommendations are kept.

    The embeddings are those of the run that was last written for all users. They are written in
    bounded transactions, too, before the Run node is set: until then some nodes have the old and
    some the new ones, and a failure leaves them like that until the next ``recommend``.

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
        graph.write_schema(load_query(f"schema/{index}"))
    lists = _Lists(run_id, recommendations, facts, advance)
    node = {"runId": run_id, "properties": dict(properties), "startedAt": started_at}
    with writers_turn(graph):
        if users is None:
            deleted = _replace_all(graph, lists, node, embeddings)
        else:
            deleted = _replace_some(graph, lists, node, users)
        if embeddings is not None:
            _index_embeddings(graph, embeddings.shape[1])
    return lists.written, deleted


@dataclass
class _Lists:
    """The recommendations on their way into the graph.

    Attributes:
        written: number of recommendations written so far.
    """

    run_id: str
    recommendations: Iterable[Recommendation]
    facts: GraphFacts
    advance: Callable[[int], None]
    written: int = 0

    def write(self, write: Callable[..., Any], writing: int) -> None:
        """Write all of them, a bounded number with each call of ``write``."""
        query = load_query("write/recommendations")
        # in a thread: while the server writes, the network reads on
        with prefetched(_batches(self.recommendations, self.facts)) as batches:
            for rows in _bounded(chain.from_iterable(batches)):
                write(query, runId=self.run_id, writing=writing, rows=rows)
                self.written += len(rows)
                self.advance(len(rows))


def _replace_all(
    graph: Graph, lists: _Lists, node: Mapping[str, Any], embeddings: Floats | None
) -> int:
    """Write a new writing, let the Run node name it, and remove the old one."""
    run_id, writing = lists.run_id, new_writing()
    # If this transaction, and so its lock, is lost, then the Run node keeps naming the old writing.
    with graph.lasting_transaction() as lock:
        lock.write(load_query("write/lock"))
        old = named_writing(graph, run_id)
        remove_other_writings(graph, run_id, old)
        try:
            lists.write(graph.write, writing)
            if embeddings is not None:
                rows = _embedding_rows(lists.facts.kinds, embeddings)
                graph.write_batches(load_query("write/embeddings"), rows, batch_size=_ROWS)
            lock.write(load_query("write/run"), writing=writing, **node)
        except BaseException:
            with suppress(PipelineError):  # the next recommend removes what is left
                remove_writing(graph, run_id, writing)
            raise
    return 0 if old is None else remove_writing(graph, run_id, old)


def _replace_some(
    graph: Graph, lists: _Lists, node: Mapping[str, Any], users: Sequence[int]
) -> int:
    """Replace some users' recommendations in one transaction, inside the writing that counts."""
    with graph.transaction() as transaction:
        transaction.write(load_query("write/lock"))
        named = named_writing(graph, lists.run_id)
        remove_other_writings(graph, lists.run_id, named)
        writing = new_writing() if named is None else named
        chosen = {"runId": lists.run_id, "writing": writing, "users": list(users)}
        transaction.write(load_query("write/delete_because_of_users"), **chosen)
        deleted = transaction.write(load_query("write/delete_recommendations_of_users"), **chosen)
        lists.write(transaction.write, writing)
        transaction.write(load_query("write/run"), writing=writing, **node)
    return deleted["relationships_deleted"]


def _bounded(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Yield the rows in lists of at most _ROWS, and of not many more paths than _PATHS."""
    together: list[dict[str, Any]] = []
    paths = 0
    for row in rows:
        together.append(row)
        paths += len(row["paths"])
        if len(together) == _ROWS or paths >= _PATHS:
            yield together
            together, paths = [], 0
    if together:
        yield together


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
            graph.write_schema(load_query(f"schema/drop_{kind}_embedding_index"))
        graph.write_schema(load_query(f"schema/{kind}_embedding_index"), dimension=dimension)
    graph.write(load_query("schema/await_indexes"))
