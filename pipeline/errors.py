"""Errors that a user can cause or meet. Each class sets the exit code of the command.

A message names the offending file, line or value and the fix. Failures are raised, never returned.
Exit codes: 0 success, 1 failure (data, database, server, checkpoint), 2 wrong use (options,
configuration), 130 interrupted, 141 output closed.
"""

from __future__ import annotations


class PipelineError(Exception):
    """Base class of all errors that a user meets; shown as one line, without a traceback."""

    exit_code = 1


class ConfigError(PipelineError):
    """A configuration file, an option or an environment variable is wrong."""

    exit_code = 2


class SourceError(PipelineError):
    """A data set cannot be read: missing, empty, truncated or with wrong columns."""


class DownloadError(PipelineError):
    """A download failed, or its checksum is wrong."""


class ServerError(PipelineError):
    """The managed Neo4j or the Docker engine could not be started or stopped."""


class DatabaseError(PipelineError):
    """Neo4j is unreachable, rejects the credentials, has the wrong version, or a query failed."""


class CredentialsError(DatabaseError):
    """Neo4j answers, but rejects the user or the password."""


class LimitError(DatabaseError):
    """Neo4j ended a transaction at its limit of time or of memory; nothing of it was written."""


class LockedError(DatabaseError):
    """Another program is writing what this one wants to write."""


class ConflictError(DatabaseError):
    """A write collides with what the graph holds, under a constraint."""


class SchemaChangedError(DatabaseError):
    """An index or constraint exists already, or exists no longer."""


class GraphContentError(PipelineError):
    """The graph is empty, partly loaded, or holds another data set than the command needs."""


class NotFoundError(PipelineError):
    """The requested user, movie or run does not exist."""


class ProcessError(PipelineError):
    """One of the processes that train together ended."""


class CheckpointError(PipelineError):
    """The checkpoint is missing or damaged, or it belongs to another graph."""
