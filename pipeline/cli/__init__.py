"""The command line: one file per command, with its options, one library call and one summary."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import rich_click as click

from pipeline import __version__
from pipeline.errors import PipelineError

COMMANDS = (
    "up",
    "status",
    "down",
    "load-kg",
    "enrich",
    "paths",
    "train",
    "recommend",
    "explain",
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
            return None
        module = importlib.import_module(f"pipeline.cli.{cmd_name.replace('-', '_')}")
        return module.command


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done, 1 failed, 2 wrong options or configuration, 130 interrupted.",
)
@click.option(
    "--home", metavar="FOLDER", help="Folder for server, downloads and checkpoints [PIPELINE_HOME]."
)
@click.version_option(__version__, prog_name="pipeline")
@click.pass_context
def cli(context: Any, home: str | None) -> None:
    """Explainable movie recommendation inside a graph database.

    Example: pipeline load-kg --dataset ml-100k && pipeline train && pipeline recommend

    Uses the Neo4j at NEO4J_URI (with NEO4J_USERNAME, NEO4J_PASSWORD and NEO4J_DATABASE). Without
    NEO4J_URI, a local Neo4j is started when a command needs one.
    """
    context.obj = home


def main() -> None:
    """Run the command line. Expected errors print one line and set the exit code, no traceback."""
    try:
        sys.exit(cli.main(prog_name="pipeline", standalone_mode=False))
    except click.ClickException as error:
        message = " ".join(error.format_message().split())
        click.echo(f"Error: {message}", err=True)
        sys.exit(error.exit_code)
    except PipelineError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(error.exit_code)
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        click.echo(f"Error: {error.strerror or error}{where}", err=True)
        sys.exit(1)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted.", err=True)
        sys.exit(130)
