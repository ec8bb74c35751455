"""The command line in the test's own process, which spares importing everything once more."""

import io
from contextlib import redirect_stderr, redirect_stdout
from typing import NamedTuple
from unittest import mock

import pytest

from pipeline.cli import main


class Ended(NamedTuple):
    """How a command ended, and what it printed."""

    code: int | str  # a message, where the command ends with one
    out: str
    err: str


def typed(*arguments):
    """Run ``pipeline`` with these arguments."""
    out, err = io.StringIO(), io.StringIO()
    with (
        mock.patch("sys.argv", ["pipeline", *map(str, arguments)]),
        redirect_stdout(out),
        redirect_stderr(err),
        pytest.raises(SystemExit) as ended,
    ):
        main()
    return Ended(ended.value.code or 0, out.getvalue(), err.getvalue())
