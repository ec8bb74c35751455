"""Turns the driver's errors into pipeline errors that say what to do."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from pipeline.errors import (
    ConflictError,
    CredentialsError,
    DatabaseError,
    LimitError,
    LockedError,
    SchemaChangedError,
)
from pipeline.graph.connection import Connection
from pipeline.imports import without

with without("pandas", "pyarrow"):  # the driver loads them to accept their values in queries
    from neo4j import exceptions

TIMEOUT_VARIABLE = "NEO4J_TRANSACTION_TIMEOUT"
_CHECK_URI = "check NEO4J_URI and that the server is running"
_TIMED_OUT = ("TransactionTimedOut", "TransactionTimedOutClientConfiguration")
_OUT_OF_MEMORY = ("MemoryPoolOutOfMemoryError", "TransactionOutOfMemoryError")
_FORBIDDEN = ("WriteOnReadOnlyAccessDatabase", "Security.Forbidden")
_MEMORY_LIMIT = re.compile(r"more than the limit (?P<size>[\d.]+ \w+).* (?P<setting>\S+) threshold")
_LOCKED = ("LockClientStopped", "DeadlockDetected")
_OUTDATED = "Transaction.Outdated"
_CONFLICTS = ("ConstraintValidationFailed", "ConstraintCreationFailed")
_SCHEMA_CHANGED = ("AlreadyExists", "DropFailed", "IndexNotFound", "ConstraintNotFound")


@contextmanager
def translated(connection: Connection) -> Iterator[None]:
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
        if error.code and error.code.endswith(_OUTDATED):
            raise LockedError(
                f"{uri} ended a transaction that was reading what another one changed; run the "
                "command again when no other one writes to this database"
            ) from error
        if error.code and error.code.endswith(_CONFLICTS):
            raise ConflictError(
                f"{uri} refuses a write that collides with what is there: {_message(error)}"
            ) from error
        if error.code and error.code.endswith(_SCHEMA_CHANGED):
            raise SchemaChangedError(
                f"{uri} cannot create or drop an index or constraint: {_message(error)}"
            ) from error
        raise DatabaseError(f"{uri} failed a query: {error.code}: {_message(error)}") from error
    except exceptions.DriverError as error:
        raise DatabaseError(f"the connection to {uri} failed: {_one_line(error)}") from error


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
