"""The only module that talks to Neo4j: a thin layer over the official driver.

Queries are Query objects (pipeline.queries). Reads and writes are routed explicitly. Driver errors
become pipeline errors that say what to do.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from pipeline.errors import ConflictError, CredentialsError, DatabaseError, LockedError
from pipeline.imports import without
from pipeline.queries import Query, load_query

with without("pandas", "pyarrow"):  # the driver loads them to accept their values in queries
    import neo4j
    from neo4j import exceptions

BATCH_SIZE = 20_000  # rows per UNWIND
FETCH_SIZE = 2_000  # records fetched at a time while streaming
_CHECK_URI = "check NEO4J_URI and that the server is running"
_LOCKED = ("LockClientStopped", "DeadlockDetected")
_CONFLICTS = ("ConstraintValidationFailed", "ConstraintCreationFailed")
_OLDEST = (5, 23)  # first release with CALL (x) { }, which the path queries use

# The driver logs each retry in several lines; without a handler they go to stderr.
logging.getLogger("neo4j").addHandler(logging.NullHandler())


@dataclass(frozen=True)
class Connection:
    """The address and credentials of one database.

    Attributes:
        uri: bolt:// or neo4j://, with +s or +ssc for TLS.
        user: user name.
        password: left out of repr.
        database: name of the database; None means the server's default.
        lost: says, when the server does not answer, what became of it and what to do; None for a
            server that the environment names.
    """

    uri: str
    user: str
    password: str = field(repr=False)
    database: str | None = None
    lost: Callable[[], str] | None = field(default=None, repr=False, compare=False)


class Graph:
    """An open database. Use it as a context manager, and in one process only."""

    def __init__(self, driver: neo4j.Driver, connection: Connection, version: str) -> None:
        self._driver = driver
        self.connection = connection
        self.version = version

    @classmethod
    def open(cls, connection: Connection, timeout: float = 15.0) -> Graph:
        """Connect, log in and check the version; ``timeout`` is in seconds.

        Raises:
            CredentialsError: wrong user or password.
            DatabaseError: unreachable, wrong version, or no such database.
        """
        with _translated(connection):
            try:
                driver = neo4j.GraphDatabase.driver(
                    connection.uri,
                    auth=(connection.user, connection.password),
                    notifications_min_severity="OFF",
                    connection_timeout=timeout,
                    connection_acquisition_timeout=timeout * 2,
                    max_transaction_retry_time=timeout,
                )
            except ValueError as error:
                raise DatabaseError(
                    f"NEO4J_URI={connection.uri!r} cannot be used: {error}"
                ) from error
        try:
            with _translated(connection), driver.session(database=connection.database) as session:
                version = _read_version(session)
            _check_version(version, connection.uri)
        except BaseException:
            driver.close()
            raise
        return cls(driver, connection, version)

    def __enter__(self) -> Graph:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._driver.close()

    def read(self, query: Query, **parameters: Any) -> list[dict[str, Any]]:
        """Return all records of a small result as dictionaries."""
        _check_parameters(query, parameters)

        def work(transaction: neo4j.ManagedTransaction) -> list[dict[str, Any]]:
            return transaction.run(_text(query), parameters).data()

        with self._session(neo4j.READ_ACCESS) as session:
            return session.execute_read(work)

    def stream(
        self, query: Query, *, fetch_size: int = FETCH_SIZE, **parameters: Any
    ) -> Generator[Sequence[Any], None, None]:
        """Yield records as they arrive, each a sequence in the order of the returned columns.

        One READ transaction stays open until the last record. ``fetch_size`` bounds the memory.
        """
        _check_parameters(query, parameters)
        with (
            self._session(neo4j.READ_ACCESS, fetch_size) as session,
            session.begin_transaction() as transaction,
        ):
            yield from transaction.run(_text(query), parameters)

    def write(self, query: Query, **parameters: Any) -> Counter[str]:
        """Run a write query in its own transaction, with retries, and count its changes."""
        _check_parameters(query, parameters)

        def work(transaction: neo4j.ManagedTransaction) -> Counter[str]:
            return _changes(transaction.run(_text(query), parameters))

        with self._session(neo4j.WRITE_ACCESS) as session:
            return session.execute_write(work)

    def write_implicit(self, query: Query, **parameters: Any) -> Counter[str]:
        """Run a query that manages its own transactions (CALL ... IN TRANSACTIONS).

        Returns the counts of its changes.
        """
        _check_parameters(query, parameters)
        with self._session(neo4j.WRITE_ACCESS) as session:
            return _changes(session.run(_text(query), parameters))

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
        with (
            self._session(neo4j.WRITE_ACCESS) as session,
            session.begin_transaction() as transaction,
        ):
            yield WriteTransaction(transaction)
            transaction.commit()

    @contextmanager
    def holding(self, query: Query, *, timeout: float, **parameters: Any) -> Iterator[None]:
        """Hold the locks that a write query takes, and undo what it wrote at the end.

        The server releases them also if this process or its connection ends.

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
                transaction.run(_text(query), parameters).consume()
                yield
            finally:
                # If the connection is lost, the server has released the locks. What has happened
                # meanwhile counts, not this.
                with suppress(exceptions.DriverError, exceptions.Neo4jError):
                    transaction.close()

    @contextmanager
    def _session(self, access: str, fetch_size: int = FETCH_SIZE) -> Iterator[neo4j.Session]:
        with (
            _translated(self.connection),
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
        _translated(connection),
        neo4j.GraphDatabase.driver(
            connection.uri, auth=(connection.user, connection.password)
        ) as driver,
        driver.session(database="system") as session,
    ):
        query = load_query("server/set_password")
        session.run(_text(query), old=connection.password, new=new).consume()


class WriteTransaction:
    """Several writes that become visible together."""

    def __init__(self, transaction: neo4j.Transaction) -> None:
        self._transaction = transaction

    def write(self, query: Query, **parameters: Any) -> Counter[str]:
        """Run one query inside the transaction and count its changes."""
        _check_parameters(query, parameters)
        return _changes(self._transaction.run(_text(query), parameters))

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


def _text(query: Query) -> Any:  # Any: the driver's type asks for a literal string
    return query.text


def _check_parameters(query: Query, given: Mapping[str, Any]) -> None:
    if given.keys() != query.parameters:
        difference = sorted(query.parameters ^ given.keys())
        raise TypeError(f"cypher/{query.name}.cypher: parameters missing or unknown: {difference}")


def _changes(result: neo4j.Result) -> Counter[str]:
    counters = result.consume().counters
    names = ("nodes_created", "nodes_deleted", "relationships_created", "relationships_deleted")
    changes = Counter({name: getattr(counters, name) for name in (*names, "properties_set")})
    return +changes


def _read_version(session: neo4j.Session) -> str:
    records = session.run(_text(load_query("read/version"))).data()
    return next((str(r["version"]) for r in records if r["name"] == "Neo4j Kernel"), "unknown")


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


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def _message(error: exceptions.Neo4jError) -> str:
    return " ".join((error.message or "no reason given").split())


@contextmanager
def _translated(connection: Connection) -> Iterator[None]:
    """Turn driver errors into pipeline errors that say what to do."""
    uri = connection.uri
    try:
        yield
    except exceptions.AuthError as error:
        raise CredentialsError(
            f"{uri} refuses user {connection.user!r} with this password; "
            f"check NEO4J_USERNAME and NEO4J_PASSWORD ({error.message})"
        ) from error
    except (exceptions.ServiceUnavailable, exceptions.SessionExpired) as error:
        advice = connection.lost() if connection.lost else _CHECK_URI
        raise DatabaseError(f"no Neo4j answers at {uri}; {advice} ({_one_line(error)})") from error
    except exceptions.ConfigurationError as error:
        raise DatabaseError(f"NEO4J_URI={uri!r} cannot be used: {error}") from error
    except exceptions.Neo4jError as error:
        if error.code and "AuthenticationRateLimit" in error.code:
            raise CredentialsError(
                f"{uri} accepts no login of user {connection.user!r} for some seconds, after "
                "several wrong passwords; check NEO4J_USERNAME and NEO4J_PASSWORD, then wait 10 s"
            ) from error
        if error.code and "DatabaseNotFound" in error.code:
            raise DatabaseError(
                f"{uri} has no database {connection.database!r}; check NEO4J_DATABASE"
            ) from error
        if error.code and "MemoryPoolOutOfMemory" in error.code:
            raise DatabaseError(
                f"{uri} ran out of transaction memory; give the server a larger heap ({error.code})"
            ) from error
        if error.code and error.code.endswith(_LOCKED):
            raise LockedError(
                f"{uri} ended a transaction that waited for another one; run the command again "
                "when no other one writes to this database"
            ) from error
        if error.code and error.code.endswith(_CONFLICTS):
            raise ConflictError(
                f"{uri} refuses a write that collides with what is there: {_message(error)}"
            ) from error
        raise DatabaseError(f"{uri} failed a query: {error.code}: {_message(error)}") from error
    except exceptions.DriverError as error:
        raise DatabaseError(f"the connection to {uri} failed: {_one_line(error)}") from error
