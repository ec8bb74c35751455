"""What can go wrong for a user, each with the exit code of the command that meets it.

A message names the offending file, line or value and the fix. Failures are raised, never returned.
Exit codes: 0 done, 1 failed (data, database, server, checkpoint), 2 wrong use (options,
configuration), 130 interrupted.
"""

from __future__ import annotations


class PipelineError(Exception):
    """Root of every error that a user can cause or meet; shown as one line, without a traceback."""

    exit_code = 1


class ConfigError(PipelineError):
    """A configuration file, an option or an environment variable is wrong."""

    exit_code = 2


class SourceError(PipelineError):
    """A data set cannot be read: missing, empty, truncated or with other columns."""


class DownloadError(PipelineError):
    """A download failed or did not have the expected checksum."""


class ServerError(PipelineError):
    """The managed Neo4j or the Docker engine could not be started or stopped."""


class DatabaseError(PipelineError):
    """Neo4j is unreachable, refuses the credentials, has the wrong version, or failed a query."""


class CredentialsError(DatabaseError):
    """Neo4j answers, but refuses the user or the password."""


class GraphContentError(PipelineError):
    """The graph lacks what a command needs: empty, half loaded, or another data set."""


class NotFoundError(PipelineError):
    """A user, movie or run that was asked for does not exist."""


class CheckpointError(PipelineError):
    """There is no checkpoint, it is damaged, or it belongs to another graph."""
