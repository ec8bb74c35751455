"""The only module that talks to Neo4j: a thin layer over the official driver.

Queries are Query objects (pipeline.queries). Reads and writes are routed explicitly. Driver errors
become pipeline errors that say what to do.
"""

from __future__ import annotations

import logging
import re
import ssl
import tomllib
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from pipeline.errors import (
    ConflictError,
    CredentialsError,
    DatabaseError,
    LimitError,
    LockedError,
)
from pipeline.imports import without
from pipeline.naming import translate
from pipeline.queries import Query, load_query
from pipeline.schema import DESCRIBED, MOVIELENS, GraphSchema

with without("pandas", "pyarrow"):  # the driver loads them to accept their values in queries
    import neo4j
    from neo4j import exceptions

BATCH_SIZE = 20_000  # rows per UNWIND
FETCH_SIZE = 2_000  # records fetched at a time while streaming
TIMEOUT_VARIABLE = "NEO4J_TRANSACTION_TIMEOUT"
_CHECK_URI = "check NEO4J_URI and that the server is running"
_TIMED_OUT = ("TransactionTimedOut", "TransactionTimedOutClientConfiguration")
_OUT_OF_MEMORY = ("MemoryPoolOutOfMemoryError", "TransactionOutOfMemoryError")
_FORBIDDEN = ("WriteOnReadOnlyAccessDatabase", "Security.Forbidden")
_MEMORY_LIMIT = re.compile(r"more than the limit (?P<size>[\d.]+ \w+).* (?P<setting>\S+) threshold")
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
        transaction_timeout: seconds after which the server ends a transaction; 0: never; None: as
            its own settings say.
        lost: says, when the server does not answer, what became of it and what to do; None for a
            server that the environment names.
    """

    uri: str
    user: str
    password: str = field(repr=False)
    database: str | None = None
    lost: Callable[[], str] | None = field(default=None, repr=False, compare=False)
    transaction_timeout: float | None = None


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
        with _translated(connection):
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
                _translated(connection),
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
        """Return all records of a small result as dictionaries."""
        _check_parameters(query, parameters)

        @neo4j.unit_of_work(timeout=self.connection.transaction_timeout)
        def work(transaction: neo4j.ManagedTransaction) -> list[dict[str, Any]]:
            return transaction.run(_text(query, self.schema), parameters).data()

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
    def _session(self, access: str, fetch_size: int = FETCH_SIZE) -> Iterator[neo4j.Session]:
        if self.read_only and access != neo4j.READ_ACCESS:
            raise DatabaseError(f"{self.connection.uri} was opened for reading only")
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


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def _message(error: exceptions.Neo4jError) -> str:
    return " ".join((error.message or "no reason given").split())


def _tls_refusal(uri: str, error: BaseException | None) -> str | None:
    """Say what is wrong with the server's TLS and what to do, if that caused the error."""
    if error is None:
        return None
    if isinstance(error, ssl.SSLCertVerificationError):
        accepting = f"{uri.partition('://')[0].removesuffix('+s')}+ssc://"
        return (
            f"the certificate of {uri} cannot be verified ({error.verify_message.rstrip('.')}); "
            "let SSL_CERT_FILE name a file with the certificate that signed it, or use "
            f"{accepting} to accept any, which does not notice a forged server"
        )
    if isinstance(error, ssl.SSLError):
        return f"{uri} does not answer in TLS ({error.reason}); check the port, or leave out +s"
    causes = getattr(error, "exceptions", ())  # of an ExceptionGroup
    found = (_tls_refusal(uri, each) for each in (*causes, error.__cause__ or error.__context__))
    return next(filter(None, found), None)


def _time_limit(connection: Connection) -> str:
    limit = connection.transaction_timeout
    if limit is None:
        return (
            f"{connection.uri} ended a transaction that took longer than db.transaction.timeout "
            f"allows; raise that setting on the server, or set {TIMEOUT_VARIABLE} to more seconds "
            "(0: no limit)"
        )
    return (
        f"{connection.uri} ended a transaction that took longer than {TIMEOUT_VARIABLE}={limit:g} "
        "seconds; set it to more (0: no limit), or unset it"
    )


def _memory_limit(connection: Connection, message: str) -> str:
    found = _MEMORY_LIMIT.search(message)
    limit = f"{found['setting']} = {found['size']}" if found else f"its memory limit ({message})"
    how = " (pipeline down, then pipeline up --heap 4g)" if connection.lost else ""
    return (
        f"{connection.uri} ended a transaction that needed more memory than {limit} allows; raise "
        f"that setting on the server or, where it is not set, give it a larger heap{how}"
    )


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
        if refusal := _tls_refusal(uri, error):
            raise DatabaseError(refusal) from error
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
        if error.code and error.code.endswith(_TIMED_OUT):
            raise LimitError(_time_limit(connection)) from error
        if error.code and error.code.endswith(_OUT_OF_MEMORY):
            raise LimitError(_memory_limit(connection, _message(error))) from error
        if error.code and error.code.endswith(_FORBIDDEN):
            raise DatabaseError(
                f"{uri} does not let user {connection.user!r} do this: {_message(error)}; use a "
                "user and a database that may be written"
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
