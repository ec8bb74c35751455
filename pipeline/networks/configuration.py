"""The configuration of a run: defaults, overridden by a TOML file and by options."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from model.settings import all_fields, options
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


def chosen_config(
    file: Path | None = None,
    network: str | None = None,
    settings: Mapping[str, Any] | None = None,
    given: Mapping[str, Any] | None = None,
) -> RunConfig:
    """Return the configuration that a file and options of ``pipeline train`` choose.

    Options override ``settings``, which override the file, which overrides the defaults.

    Args:
        file: TOML file; see load_config.
        network: name of the network, by default that of the file.
        settings: values by dotted name, such as ``{"train.epochs": 3}``.
        given: values of options by name, such as ``epochs``; None where an option is not given.

    Raises:
        ConfigError: the file cannot be read, a key is unknown, a value is not allowed, or an option
            is one of another network; the message names that one.
    """
    overrides = dict(settings or {})
    if network is not None:
        overrides["model.name"] = network
    chosen = load_config(file, overrides).network
    return load_config(file, overrides | _settings_of(chosen, given or {}))


def _settings_of(network: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that options give, by dotted name."""
    keys = {kind.name: option_keys(kind) for kind in NETWORKS.values()}
    known = keys[network]
    for name, value in given.items():
        if value is None or name in known:
            continue
        flag = "--" + name.replace("_", "-")
        owners = [owner for owner, names in keys.items() if name in names]
        if owners:
            raise ConfigError(
                f"{flag} is an option of {' and '.join(owners)}, not of {network}; leave it "
                f"out, or add --model {owners[0]}"
            )
        close = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean {close[0]}?" if close else f"known: {', '.join(known)}"
        raise ConfigError(f"{name} is no option of training; {hint}")
    return {known[name]: value for name, value in given.items() if value is not None}


def option_keys(kind: NetworkKind) -> dict[str, str]:
    """Return the dotted name of each option's setting, by the option's name."""
    return {key.rpartition(".")[2]: key for key in options(kind.config)}


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
