"""The official driver alone, as a reference: what the project's layers cost on top of it."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources import files
from typing import Any

import neo4j

from pipeline.graph import Connection
from pipeline.queries import Query, parse_query


def own_query(name: str) -> Query:
    """Return the query in ``benchmarks/queries/<name>.cypher``."""
    file = files("benchmarks").joinpath("queries", f"{name}.cypher")
    return parse_query(name, file.read_text(encoding="utf-8"))


class RawDriver:
    """An open driver."""

    def __init__(self, connection: Connection) -> None:
        self._database = connection.database
        self._driver = neo4j.GraphDatabase.driver(
            connection.uri,
            auth=(connection.user, connection.password),
            notifications_min_severity="OFF",
        )

    def close(self) -> None:
        """Close all connections."""
        self._driver.close()

    def write(self, query: Query, batches: Iterable[Any]) -> None:
        """Run a query once per batch of rows, each in a transaction of its own."""
        text: Any = query.text
        with self._driver.session(database=self._database) as session:
            for rows in batches:
                session.execute_write(_run, text, rows)

    def write_together(self, query: Query, batches: Iterable[Any], **parameters: Any) -> None:
        """Run a query once per batch of rows, all in one transaction."""
        text: Any = query.text
        with (
            self._driver.session(database=self._database) as session,
            session.begin_transaction() as transaction,
        ):
            for rows in batches:
                transaction.run(text, rows=rows, **parameters).consume()
            transaction.commit()


def _run(transaction: neo4j.ManagedTransaction, text: Any, rows: Any) -> None:
    transaction.run(text, rows=rows).consume()
