"""Options of ``pipeline train`` for settings of networks, generated from the settings."""

from __future__ import annotations

import typing
from collections.abc import Mapping
from typing import Any, Literal

import rich_click as click
from pydantic.fields import FieldInfo

from model.settings import options
from pipeline.networks.registry import DEFAULT_NETWORK, NETWORKS


class NetworkCommand(click.RichCommand):
    """A command with --model, and an option for every setting that some network marks as one."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Return the options of the networks, then the command's own."""
        return [_model_option(), *_network_options(), *super().get_params(ctx)]


def _model_option() -> click.Parameter:
    text = " ".join(f"{kind.name}: {kind.summary}" for kind in NETWORKS.values())
    return click.RichOption(
        ["--model"],
        type=click.Choice(list(NETWORKS)),
        help=f"The network [{DEFAULT_NETWORK}]. {text}",
    )


def _network_options() -> list[click.Parameter]:
    found: dict[str, dict[str, FieldInfo]] = {}  # by option, then by network
    for kind in NETWORKS.values():
        for key, field in options(kind.config).items():
            found.setdefault(key.rpartition(".")[2], {})[kind.name] = field
    return [_option(name, fields) for name, fields in found.items()]


def _option(name: str, fields: Mapping[str, FieldInfo]) -> click.Parameter:
    kind = _kind(next(iter(fields.values())))
    words = {network: f"{_one_line(field)} [{field.default}]" for network, field in fields.items()}
    if len(words) == len(NETWORKS) and len(set(words.values())) == 1:
        text = words.popitem()[1]
    else:
        text = " ".join(f"{network}: {each}." for network, each in words.items())
    flag = f"{_flag(name)}/--no-{_flag(name)[2:]}" if kind is bool else _flag(name)
    return click.RichOption([flag, name], type=kind, default=None, help=text)


def _kind(field: FieldInfo) -> Any:
    kind = field.annotation
    if typing.get_origin(kind) is Literal:
        return type(typing.get_args(kind)[0])
    return kind


def _one_line(field: FieldInfo) -> str:
    return " ".join((field.description or "").split()).rstrip(".")


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")
