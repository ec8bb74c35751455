"""The command line: one file per command, with its options, one library call and one summary."""

from __future__ import annotations

import difflib
import importlib
import io
import os
import sys
from typing import Any

import rich_click as click

from pipeline import __version__
from pipeline.cli.text import echo
from pipeline.errors import PipelineError
from pipeline.home import system_message

CLOSED_PIPE = 141  # exit code of a program whose output nobody reads: 128 + SIGPIPE
COMMANDS = (
    "up",
    "status",
    "doctor",
    "down",
    "backup",
    "restore",
    "load-kg",
    "inspect",
    "init",
    "split",
    "clean",
    "enrich",
    "paths",
    "train",
    "recommend",
    "explain",
    "browse",
    "why-not",
    "similar",
    "search",
    "serve",
    "evaluate",
    "compare",
    "tune",
    "demo",
)


class _Commands(click.RichGroup):
    """A group that imports a command's module only when the command is needed."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            close = difflib.get_close_matches(cmd_name, COMMANDS, n=1)
            hint = f"did you mean {close[0]}?" if close else "pipeline --help lists the commands"
            raise click.UsageError(f"there is no command {cmd_name!r}; {hint}", ctx)
        module = importlib.import_module(f"pipeline.cli.{cmd_name.replace('-', '_')}")
        return module.command


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done, 1 failed, 2 wrong options or configuration, 130 interrupted, "
    "141 output closed.",
)
@click.option(
    "--home", metavar="FOLDER", help="Folder for server, downloads and checkpoints [PIPELINE_HOME]."
)
@click.version_option(__version__, prog_name="pipeline")
@click.pass_context
def cli(context: Any, home: str | None) -> None:
    """Explainable movie recommendation inside a graph database.

    Example: pipeline load-kg --dataset ml-100k && pipeline train && pipeline recommend

    Uses the Neo4j at NEO4J_URI (with NEO4J_USERNAME, NEO4J_PASSWORD or NEO4J_PASSWORD_FILE, and
    NEO4J_DATABASE). Without NEO4J_URI, a local Neo4j is started when a command needs one.
    """
    context.obj = home


def main() -> None:
    """Run the command line. Expected errors print one line and set the exit code, no traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a title may have letters the terminal lacks
    try:
        code = _run()
    except BrokenPipeError:  # also while a message is printed
        code = CLOSED_PIPE
    finally:
        _drop_unwritable_output()
    sys.exit(code)


def _run() -> Any:
    """Run one command, print what went wrong, and return the exit code."""
    try:
        try:
            code = cli.main(prog_name="pipeline", standalone_mode=False)
        except SystemExit as ended:
            if isinstance(ended.__context__, BrokenPipeError):  # click and rich exit with 1
                return CLOSED_PIPE
            code = ended.code
        if sys.stdout is not None:
            sys.stdout.flush()
        return code
    except click.ClickException as error:
        return _fail(" ".join(error.format_message().split()), error.exit_code)
    except PipelineError as error:
        return _fail(str(error), error.exit_code)
    except BrokenPipeError:
        raise
    except OSError as error:
        return _fail(system_message(error))
    except (click.Abort, KeyboardInterrupt):
        echo("Interrupted.", err=True)
        return 130


def _fail(message: str, code: int = 1) -> int:
    echo(f"Error: {message}", err=True)
    return code


def _drop_unwritable_output() -> None:
    """Point output that cannot be written to the null device, so that Python's exit is silent."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except (OSError, ValueError):
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, stream.fileno())
            os.close(null)
