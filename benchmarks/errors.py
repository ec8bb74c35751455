"""Errors of a benchmark."""

from pipeline.errors import PipelineError


class DifferentResultsError(PipelineError):
    """The project and its reference found different things, so their speed cannot be compared."""


class FailedCommandError(PipelineError):
    """A command of the project failed."""
