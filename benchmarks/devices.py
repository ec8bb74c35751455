"""Compares training on another device with training on the CPU: the same losses, and the times."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import click

_SETTINGS = {
    "rkan-history": ["history.epochs=3", "history.refit_epochs=1", "train.epochs=3"],
    "rkan": ["train.epochs=3"],
}
_CLOSE = 0.02  # relative: dropout draws differ between devices, and so does the order of sums


@click.command()
@click.option("--home", required=True, type=click.Path(path_type=Path), help="Home of the graph.")
@click.option("--device", default="cuda", show_default=True, help="Device beside the CPU.")
def main(home: Path, device: str) -> None:
    """Train each network on the CPU and on DEVICE and compare every epoch.

    Example: python -m benchmarks.devices --home /tmp/home --device cuda
    """
    apart = []
    click.echo(f"{'network':<14}{'phase':<12}{'cpu loss':>10}{device + ' loss':>12}{'apart':>8}")
    for network in _SETTINGS:
        here, there = _trained(home, network, "cpu"), _trained(home, network, device)
        for phase, one, other in _losses(here, there):
            apart.append(abs(one - other) / max(abs(one), 1e-9))
            click.echo(f"{network:<14}{phase:<12}{one:>10.4f}{other:>12.4f}{apart[-1]:>8.2%}")
        ratio = here["seconds"] / there["seconds"]
        click.echo(
            f"{network}: cpu {here['seconds']:.1f} s, {there['device']} {there['seconds']:.1f} s, "
            f"ratio {ratio:.1f}\n"
        )
    if max(apart) > _CLOSE:
        sys.exit(
            f"Error: a loss on {device} is {max(apart):.1%} from the CPU's (at most {_CLOSE:.0%})"
        )
    click.echo("All losses agree.")


def _trained(home: Path, network: str, device: str) -> dict[str, Any]:
    """Train anew and return what ``pipeline train --json`` prints."""
    settings = [part for each in _SETTINGS[network] for part in ("--set", each)]
    command = ["pipeline", "train", "--model", network, "--home", str(home), "--device", device]
    done = subprocess.run([*command, *settings, "--json"], stdout=subprocess.PIPE, check=False)
    if done.returncode:
        sys.exit(f"Error: {' '.join(command)} failed; its message is above")
    result: dict[str, Any] = json.loads(done.stdout)
    shutil.rmtree(Path(result["checkpoint"]).parent)  # the next device trains under the same name
    return result


def _losses(here: dict[str, Any], there: dict[str, Any]) -> list[tuple[str, float, float]]:
    """Return the loss of the last epoch of each phase on both devices."""
    pairs = []
    for phase, records in here["history"].items():
        one, other = records[-1]["loss"], there["history"][phase][-1]["loss"]
        if one is not None and other is not None:
            pairs.append((phase, one, other))
    return pairs


if __name__ == "__main__":
    main()
