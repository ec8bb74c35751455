"""``pipeline train``: train a network on the graph's training ratings."""

from __future__ import annotations

import dataclasses
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from pipeline.cli.network_options import NetworkCommand
from pipeline.cli.options import device_option, home_option, json_option, print_json
from pipeline.cli.text import echo, print_next
from pipeline.errors import ConfigError
from pipeline.home import Home
from pipeline.progress import is_first_process

if TYPE_CHECKING:
    from pipeline.runs.train import TrainResult


@click.command(name="train", cls=NetworkCommand)
@click.option("--config", metavar="FILE", type=Path, help="TOML file, such as those in configs/.")
@click.option(
    "--set",
    "settings",
    metavar="SECTION.KEY=VALUE",
    multiple=True,
    help="Any other setting, such as history.dim=64.",
)
@device_option
@click.option(
    "--threads",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="CPU threads of the network. More threads help only on idle cores.",
)
@click.option("--resume", is_flag=True, help="Resume this run after its last finished epoch.")
@json_option
@home_option
def command(
    home: Home,
    config: Path | None,
    model: str | None,
    settings: tuple[str, ...],
    device: str,
    threads: int,
    resume: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Train a network on the graph's training ratings and write a checkpoint.

    Each option names the networks that it is for. Options override --set, --set overrides the
    file, and the file overrides the defaults.

    Example: pipeline train

    Example: pipeline train --epochs 3 --set history.dim=64 --json

    Example: pipeline train --model rkan --config configs/rkan_ml-100k.toml --max-hops 5

    Several processes can train one run together, each on its own users, here or on several
    machines with the same home, which NEO4J_URI connects to one database.

    Example: torchrun --nproc-per-node 2 -m pipeline train
    """
    from pipeline.connect import open_graph
    from pipeline.networks.configuration import chosen_config
    from pipeline.runs.train import train

    run_config = chosen_config(config, model, dict(map(_setting, settings)), options)
    with open_graph(home) as graph:
        result = train(
            graph,
            home,
            run_config,
            device=device,
            threads=threads,
            resume="always" if resume else "never",
        )
    if not is_first_process():
        return
    if as_json:
        print_json(dataclasses.asdict(result))
    else:
        _show(result)


def _setting(text: str) -> tuple[str, Any]:
    key, equals, value = text.partition("=")
    if not equals or key.count(".") != 1:
        raise ConfigError(f"--set {text!r} must look like section.key=value")
    try:
        return key, tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:  # a bare word is a string
        return key, value


def _show(result: TrainResult) -> None:
    state = "already finished" if result.already_finished else f"{result.seconds:.1f} s"
    echo(f"run {result.run_id} on {result.dataset}, {result.device}, {state}")
    score = (
        ""
        if result.validation is None
        else f", validation {result.measure} {result.validation:.4f}"
    )
    echo(f"trained for {result.best_epoch} epochs{score}")
    echo(f"checkpoint: {result.checkpoint}")
    print_next(f"pipeline recommend --run-id {result.run_id}", "write recommendations")
