"""An open database: sessions, transactions and results of the official driver."""

from __future__ import annotations

import logging
import tomllib
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from typing import Any

from pipeline.errors import DatabaseError, SchemaChangedError
from pipeline.graph.connection import Connection
from pipeline.graph.errors import translated
from pipeline.imports import without
from pipeline.naming import translate
from pipeline.queries import Query, load_query
from pipeline.schema import DESCRIBED, MOVIELENS, GraphSchema

with without("pandas", "pyarrow"):  # the driver loads them to accept their values in queries
    import neo4j
    from neo4j import exceptions

BATCH_SIZE = 20_000  # rows per UNWIND
_FETCH_SIZE = 2_000  # records fetched at a time while streaming
_ATTEMPTS = 5  # to create or drop what other processes create or drop, too
_OLDEST = (5, 23)  # first release with CALL (x) { }, which the path queries use

# The driver logs each retry in several lines; without a handler they go to stderr.
logging.getLogger("neo4j").addHandler(logging.NullHandler())


class Graph:
    """An open database. Use it as a context manager, and in one process only.

    Several threads may use it at the same time.

    Attributes:
        connection: its address.
        version: its version.
        read_only: True to refuse writes: all sessions are then in read access mode.
        schema: the names in it.
    """

    def __init__(self, driver: neo4j.Driver, connection: Connection, version: str) -> None:
        self._driver = driver
        self.connection = connection
        self.version = version
        self.read_only = False
        self.schema = MOVIELENS

    @classmethod
    def open(cls, connection: Connection, timeout: float = 15.0) -> Graph:
        """Connect, log in and check the version; ``timeout`` is in seconds.

        Raises:
            CredentialsError: wrong user or password.
            DatabaseError: unreachable, wrong version, or no such database.
        """
        with translated(connection):
            try:
                driver = neo4j.GraphDatabase.driver(
                    connection.uri,
                    auth=(connection.user, connection.password),
                    notifications_min_severity="OFF",
                    connection_timeout=timeout,
                    connection_acquisition_timeout=timeout * 2,
                    # The driver waits 1, 2, 4 s and so on; the last wait may end after the limit.
                    max_transaction_retry_time=timeout * 0.6,
                )
            except ValueError as error:
                raise DatabaseError(
                    f"NEO4J_URI={connection.uri!r} cannot be used: {error}"
                ) from error
        try:
            with (
                translated(connection),
                driver.session(
                    database=connection.database, default_access_mode=neo4j.READ_ACCESS
                ) as session,
            ):
                version = _read_version(session)
                _check_version(version, connection.uri)
                schema = _read_schema(session)
        except BaseException:
            driver.close()
            raise
        graph = cls(driver, connection, version)
        graph.schema = schema
        return graph

    def __enter__(self) -> Graph:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._driver.close()

    def read(self, query: Query, **parameters: Any) -> list[dict[str, Any]]:
        """Return all records of a small result as dictionaries, with retries."""
        return self._read(neo4j.Result.data, query, parameters)

    def rows(self, query: Query, **parameters: Any) -> list[Sequence[Any]]:
        """Return all records of a result, each in the order of the returned columns, with retries.

        This is for what fits in memory while others write: the server may end a transaction that
        reads what another one changes, and it is then begun again, which stream() cannot do.
        """
        return self._read(list, query, parameters)

    def _read(
        self, take: Callable[[neo4j.Result], list[Any]], query: Query, parameters: dict[str, Any]
    ) -> list[Any]:
        _check_parameters(query, parameters)

        @neo4j.unit_of_work(timeout=self.connection.transaction_timeout)
        def work(transaction: neo4j.ManagedTransaction) -> list[Any]:
            return take(transaction.run(_text(query, self.schema), parameters))

        with self._session(neo4j.READ_ACCESS) as session:
            return session.execute_read(work)

    def stream(
        self, query: Query, *, fetch_size: int = _FETCH_SIZE, **parameters: Any
    ) -> Generator[Sequence[Any], None, None]:
        """Yield records as they arrive, each a sequence in the order of the returned columns.

        One READ transaction stays open until the last record. ``fetch_size`` bounds the memory.
        """
        _check_parameters(query, parameters)
        with (
            self._session(neo4j.READ_ACCESS, fetch_size) as session,
            session.begin_transaction(timeout=self.connection.transaction_timeout) as transaction,
        ):
            yield from transaction.run(_text(query, self.schema), parameters)

    def write(self, query: Query, **parameters: Any) -> Counter[str]:
        """Run a write query in its own transaction, with retries, and count its changes."""
        _check_parameters(query, parameters)

        @neo4j.unit_of_work(timeout=self.connection.transaction_timeout)
        def work(transaction: neo4j.ManagedTransaction) -> Counter[str]:
            return _changes(transaction.run(_text(query, self.schema), parameters))

        with self._session(neo4j.WRITE_ACCESS) as session:
            return session.execute_write(work)

    def write_schema(self, query: Query, **parameters: Any) -> None:
        """Create an index or a constraint IF NOT EXISTS, or drop one IF EXISTS.

        The server looks whether it exists before it locks anything. If another process creates or
        drops it in between, the query fails, and is run again: then it finds nothing left to do.
        """
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                self.write(query, **parameters)
            except SchemaChangedError:
                if attempt == _ATTEMPTS:
                    raise
            else:
                return

    def write_implicit(self, query: Query, **parameters: Any) -> Counter[str]:
        """Run a query that manages its own transactions (CALL ... IN TRANSACTIONS).

        Returns the counts of its changes.
        """
        _check_parameters(query, parameters)
        with self._session(neo4j.WRITE_ACCESS) as session:
            limited = neo4j.Query(
                _text(query, self.schema), timeout=self.connection.transaction_timeout
            )
            return _changes(session.run(limited, parameters))

    def write_batches(
        self,
        query: Query,
        rows: Iterable[Mapping[str, Any]],
        *,
        batch_size: int = BATCH_SIZE,
        advance: Callable[[int], None] = lambda _: None,
        **parameters: Any,
    ) -> Counter[str]:
        """Run ``query`` once per batch of rows (its ``$rows``), each in its own transaction.

        ``advance`` receives the number of rows of each finished batch, for a progress bar.
        """
        total: Counter[str] = Counter()
        for batch in _batches(rows, batch_size):
            total += self.write(query, rows=batch, **parameters)
            advance(len(batch))
        return total

    @contextmanager
    def transaction(self) -> Iterator[WriteTransaction]:
        """Open an explicit write transaction that commits all its writes at the end, or none."""
        with self._committed(self.connection.transaction_timeout) as transaction:
            yield transaction

    @contextmanager
    def lasting_transaction(self) -> Iterator[WriteTransaction]:
        """Open a transaction as transaction() does, but without any limit of its time.

        It is for a lock that lasts as long as what it guards: writes in other transactions. Since
        what is written here is committed only while the lock is held, the last step belongs here.
        """
        with self._committed(0) as transaction:
            yield transaction

    @contextmanager
    def _committed(self, timeout: float | None) -> Iterator[WriteTransaction]:
        with (
            self._session(neo4j.WRITE_ACCESS) as session,
            session.begin_transaction(timeout=timeout) as transaction,
        ):
            yield WriteTransaction(transaction, self.schema)
            transaction.commit()

    @contextmanager
    def holding(self, query: Query, *, timeout: float, **parameters: Any) -> Iterator[None]:
        """Hold the locks that a write query takes, and undo what it wrote at the end.

        The server releases them also if this process or its connection ends. The connection's
        transaction_timeout does not count here: a lock may last as long as the work that it guards.

        Args:
            query: writes to what is to be locked.
            timeout: seconds after which the server ends the transaction; 0: never.
            parameters: the query's parameters.

        Raises:
            LockedError: another transaction held one of them until the timeout.
        """
        _check_parameters(query, parameters)
        with self._session(neo4j.WRITE_ACCESS) as session:
            transaction = session.begin_transaction(timeout=timeout)
            try:
                transaction.run(_text(query, self.schema), parameters).consume()
                yield
            finally:
                # If the connection is lost, the server has released the locks. What has happened
                # meanwhile counts, not this.
                with suppress(exceptions.DriverError, exceptions.Neo4jError):
                    transaction.close()

    @contextmanager
    def _session(self, access: str, fetch_size: int = _FETCH_SIZE) -> Iterator[neo4j.Session]:
        if self.read_only and access != neo4j.READ_ACCESS:
            raise DatabaseError(f"{self.connection.uri} was opened for reading only")
        with (
            translated(self.connection),
            self._driver.session(
                database=self.connection.database,
                default_access_mode=access,
                fetch_size=fetch_size,
            ) as session,
        ):
            yield session


def change_password(connection: Connection, new: str) -> None:
    """Set the password of the connection's user to ``new``.

    This also works while Neo4j still requires the initial password to be changed.

    Raises:
        CredentialsError: the connection's current password is wrong.
        DatabaseError: the server is unreachable or rejects the new password.
    """
    with (
        translated(connection),
        neo4j.GraphDatabase.driver(
            connection.uri, auth=(connection.user, connection.password)
        ) as driver,
        driver.session(database="system") as session,
    ):
        query = load_query("server/set_password")
        session.run(_text(query), old=connection.password, new=new).consume()


class WriteTransaction:
    """Several writes that become visible together."""

    def __init__(self, transaction: neo4j.Transaction, schema: GraphSchema = MOVIELENS) -> None:
        self._transaction, self._schema = transaction, schema

    def write(self, query: Query, **parameters: Any) -> Counter[str]:
        """Run one query inside the transaction and count its changes."""
        _check_parameters(query, parameters)
        return _changes(self._transaction.run(_text(query, self._schema), parameters))

    def write_batches(
        self,
        query: Query,
        rows: Iterable[Mapping[str, Any]],
        *,
        batch_size: int = 2_000,
        advance: Callable[[int], None] = lambda _: None,
        **parameters: Any,
    ) -> Counter[str]:
        """Run all batches inside this transaction; see Graph.write_batches."""
        total: Counter[str] = Counter()
        for batch in _batches(rows, batch_size):
            total += self.write(query, rows=batch, **parameters)
            advance(len(batch))
        return total


def _batches(rows: Iterable[Mapping[str, Any]], size: int) -> Iterator[list[Mapping[str, Any]]]:
    iterator = iter(rows)
    while batch := list(islice(iterator, size)):
        yield batch


def _text(query: Query, schema: GraphSchema = MOVIELENS) -> Any:
    """Return the text in the graph's names. Any: the driver's type asks for a literal string."""
    return translate(query, schema)


def _check_parameters(query: Query, given: Mapping[str, Any]) -> None:
    if given.keys() != query.parameters:
        difference = sorted(query.parameters ^ given.keys())
        raise TypeError(f"cypher/{query.name}.cypher: parameters missing or unknown: {difference}")


def _changes(result: neo4j.Result) -> Counter[str]:
    counters = result.consume().counters
    names = ("nodes_created", "nodes_deleted", "relationships_created", "relationships_deleted")
    others = ("properties_set", "labels_removed")
    changes = Counter({name: getattr(counters, name) for name in (*names, *others)})
    return +changes


def _read_version(session: neo4j.Session) -> str:
    records = session.run(_text(load_query("read/version"))).data()
    return next((str(r["version"]) for r in records if r["name"] == "Neo4j Kernel"), "unknown")


def _read_schema(session: neo4j.Session) -> GraphSchema:
    """Return the names in the graph: those of its description, if it is someone else's."""
    query = load_query("read/description")
    records = session.run(_text(query, DESCRIBED)).data()
    if not records:
        return MOVIELENS
    from pipeline.description import parse_description  # needed for such graphs only

    text = str(records[0]["description"])
    return parse_description(tomllib.loads(text), "the description in the graph").schema


def _check_version(version: str, uri: str) -> None:
    try:
        major, minor = (int(part) for part in version.split("-")[0].split(".")[:2])
    except ValueError:
        major, minor = 0, 0
    if (major, minor) < _OLDEST:
        raise DatabaseError(
            f"{uri} runs Neo4j {version}; at least {_OLDEST[0]}.{_OLDEST[1]} is needed "
            "(tested with 5.26 LTS). Upgrade it, or unset NEO4J_URI to use a local Neo4j."
        )
