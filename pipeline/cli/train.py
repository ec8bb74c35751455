"""``pipeline train``: train RKAN on the graph's training ratings."""

from __future__ import annotations

import dataclasses
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from pipeline.cli.options import device_option, home_option, json_option, print_json
from pipeline.errors import ConfigError
from pipeline.home import Home

if TYPE_CHECKING:
    from pipeline.runs.train import TrainResult

# Option -> the key that it sets; None leaves the file's or the default value.
_KEYS = {
    "model": "model.name",
    "epochs": "train.epochs",
    "num_negs_per_pos": "train.num_negs_per_pos",
    "learning_rate": "train.learning_rate",
    "batch_size": "train.batch_size",
    "seed": "train.seed",
    "max_hops": "paths.max_hops",
    "max_paths_per_pair": "paths.max_paths_per_pair",
    "through_users": "paths.through_users",
    "embedding_dim": "model.embedding_dim",
    "hidden_dim": "model.hidden_dim",
}


@click.command(name="train")
@click.option("--config", metavar="FILE", type=Path, help="A TOML file, such as those of configs/.")
@click.option(
    "--model",
    type=click.Choice(["rkan-history", "rkan"]),
    help="The network: the accurate one, or the paper's [rkan-history].",
)
@click.option("--epochs", type=int, help="Most passes over the training pairs or lists.")
@click.option("--max-hops", type=int, help="Longest path in relationships: 3, 5 or 7.")
@click.option("--max-paths-per-pair", type=int, help="Paths sampled per user-movie pair.")
@click.option("--through-users/--no-through-users", default=None, help="Paths via other users too.")
@click.option("--num-negs-per-pos", type=int, help="Sampled negatives per positive.")
@click.option("--embedding-dim", type=int, help="Size of an entity embedding.")
@click.option("--hidden-dim", type=int, help="Size of the LSTM's hidden state.")
@click.option("--learning-rate", type=float, help="Of the LSTM and the output layer.")
@click.option("--batch-size", type=int, help="Pairs per step.")
@click.option("--seed", type=int, help="Of initial weights, negatives and paths.")
@click.option(
    "--set",
    "settings",
    metavar="SECTION.KEY=VALUE",
    multiple=True,
    help="Any other setting, such as pretrain.decay=0.95.",
)
@device_option
@click.option(
    "--threads",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="CPU threads of the network; more pay on idle cores only.",
)
@click.option("--resume", is_flag=True, help="Go on with this run after its last finished epoch.")
@json_option
@home_option
def command(
    home: Home,
    config: Path | None,
    settings: tuple[str, ...],
    device: str,
    threads: int,
    resume: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Train a network on the graph's training ratings and write a checkpoint.

    RKAN-history, the default, learns to propose movies from the early part of each history and to
    rank them by their paths from the rest; then it goes on with all of it. RKAN, the paper's, finds
    the best number of epochs with the last part of each history; then all of it trains. Options win
    over --set, --set over the file, the file over the defaults.

    Example: pipeline train

    Example: pipeline train --model rkan --config configs/rkan_ml-100k.toml --epochs 3 --json
    """
    from pipeline.config import load_config
    from pipeline.connect import open_graph
    from pipeline.runs.train import train

    overrides = dict(_setting(text) for text in settings)
    overrides |= {key: options[name] for name, key in _KEYS.items() if options[name] is not None}
    run_config = load_config(config, overrides)
    with open_graph(home) as graph:
        result = train(graph, home, run_config, device=device, threads=threads, resume=resume)
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
    state = "had finished already" if result.already_finished else f"{result.seconds:.1f} s"
    click.echo(f"run {result.run_id} on {result.dataset}, {result.device}, {state}")
    score = (
        ""
        if result.validation is None
        else f", validation {result.measure} {result.validation:.4f}"
    )
    click.echo(f"trained for {result.best_epoch} epochs{score}")
    click.echo(f"checkpoint: {result.checkpoint}")
