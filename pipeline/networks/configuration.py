"""The configuration of a run: defaults, overridden by a TOML file and by options."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from model.settings import all_fields
from pipeline.errors import ConfigError
from pipeline.networks.interface import NetworkKind
from pipeline.networks.registry import DEFAULT_NETWORK, NETWORKS
from pipeline.networks.run_config import RunConfig
from pipeline.settings import UnknownKeyError, read_toml, settings_from


def load_config(file: Path | None = None, overrides: Mapping[str, Any] | None = None) -> RunConfig:
    """Return the defaults, overridden by a TOML file, overridden by ``overrides``.

    Args:
        file: TOML file; its ``model.name`` selects the network, and ``model = "rkan"`` is short for
            that.
        overrides: values by dotted name, such as ``{"train.epochs": 3}``.

    Raises:
        ConfigError: the file cannot be read, a key is unknown or a value is not allowed.
    """
    content = read_toml(file) if file is not None else {}
    if isinstance(content.get("model"), str):
        content["model"] = {"name": content["model"]}
    for key, value in (overrides or {}).items():
        section, _, name = key.partition(".")
        table = content.setdefault(section, {})
        if isinstance(table, dict):  # otherwise config_from_dict refuses it
            table[name] = value
    return config_from_dict(content, str(file) if file else "options")


def config_from_dict(content: Mapping[str, Any], where: str) -> RunConfig:
    """Build a run's configuration from plain values, for example a checkpoint's.

    Raises:
        ConfigError: a key or value is wrong; the message names ``where``, key, value and fix.
    """
    kind = _kind(content, where)
    try:
        return settings_from(kind.config, dict(content), where)
    except UnknownKeyError as error:
        owners = networks_with(error.key)
        if owners:
            raise ConfigError(
                f"{where}: {kind.name} has no setting {error.key}; {' and '.join(owners)} has it: "
                f'leave it out, or choose model.name = "{owners[0]}"'
            ) from None
        raise


def networks_with(key: str) -> list[str]:
    """Return the names of the networks that have this setting or section."""
    return [
        kind.name
        for kind in NETWORKS.values()
        if any(each == key or each.startswith(f"{key}.") for each, _ in all_fields(kind.config))
    ]


def _kind(content: Mapping[str, Any], where: str) -> NetworkKind:
    table = content.get("model")
    name = table.get("name", DEFAULT_NETWORK) if isinstance(table, dict) else DEFAULT_NETWORK
    if name not in NETWORKS:
        allowed = ", ".join(map(repr, NETWORKS))
        raise ConfigError(f"{where}: model.name = {name!r} must be one of {allowed}")
    return NETWORKS[name]
