"""The methods that can be compared, with their settings: baselines, RKGE, RKAN, RKAN-history."""

from __future__ import annotations

import dataclasses
import difflib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from model.baselines import METHODS
from pipeline.config import (
    AnyRunConfig,
    HistoryRunConfig,
    RunConfig,
    build,
    load_config,
    read_toml,
)
from pipeline.errors import ConfigError

Ranking = Literal["inner product", "closeness", "paths", "proposals"]
RUN_CONFIGS = ("rkan", "rkan-history")  # keys of a settings file that name configuration files


@dataclass(frozen=True)
class Compared:
    """One method with its settings.

    Attributes:
        name: as in options and file names.
        title: as in tables.
        source: where it comes from.
        config: a baseline's own configuration, or that of a run for the methods that read paths.
        uses_seed: whether the seed changes anything.
        ranking: what a path method ranks by; None for the baselines.
    """

    name: str
    title: str
    source: str
    config: Any
    uses_seed: bool = True
    ranking: Ranking | None = None


_RKGE = "Sun et al., RecSys 2018"
_RKAN = "Cheng, Liu, Lu, Tang"
_PATH_METHODS: dict[str, tuple[str, str, Literal["attention", "max", "mean"], Ranking]] = {
    "rkge-max": ("RKGE, max pooling", _RKGE, "max", "inner product"),
    "rkge-mean": ("RKGE, average pooling", _RKGE, "mean", "inner product"),
    "rkan": ("RKAN", _RKAN, "attention", "inner product"),
    "rkge-max-closeness": ("RKGE, max, by closeness", _RKGE, "max", "closeness"),
    "rkge-mean-closeness": ("RKGE, average, by closeness", _RKGE, "mean", "closeness"),
    "rkan-closeness": ("RKAN, by closeness", _RKAN, "attention", "closeness"),
}
_OURS = "this project"
_HISTORY_METHODS: dict[str, tuple[str, dict[str, Any], Ranking]] = {
    "history-encoder": ("RKAN-history's proposals alone", {}, "proposals"),
    "rkan-history": ("RKAN-history", {}, "paths"),
    "no-attention": ("without attention", {"model.aggregation": "mean"}, "paths"),
    "no-linear": ("without the linear part", {"model.linear": False}, "paths"),
    "no-watched-next": ("without WATCHED_NEXT", {"paths.watched_next": 0}, "paths"),
    "no-similar": ("without SIMILAR", {"paths.similar": 0}, "paths"),
    "no-attribute-paths": ("without attribute paths", {"paths.attributes": 0}, "paths"),
    "no-attributes": (
        "without any attributes",
        {"paths.attributes": 0, "history.attributes": False},
        "paths",
    ),
    "no-paths": (
        "without any paths",
        {"paths.watched_next": 0, "paths.similar": 0, "paths.attributes": 0},
        "paths",
    ),
}
ALL_NAMES = (*METHODS, *_PATH_METHODS, *_HISTORY_METHODS)
REFERENCE = "rkan-history"  # what the others are tested against
ABLATIONS = ("history-encoder", REFERENCE, *(n for n in _HISTORY_METHODS if n.startswith("no-")))
DEFAULT_NAMES = tuple(
    name
    for name in ALL_NAMES
    if not name.endswith("-closeness") and (name not in ABLATIONS or name == REFERENCE)
)


def compared_methods(names: Sequence[str], settings: Path | None = None) -> list[Compared]:
    """These methods in the order of the tables, with the settings of a TOML file.

    The file has one table per baseline ([ease] l2 = 200.0) and names the configurations of the
    networks, files beside it: rkan (also of RKGE) = "rkan_ml-100k.toml", and rkan-history. What it
    leaves out has its default.

    Raises:
        ConfigError: no method or an unknown one, or a file or value that cannot be used.
    """
    if not names:
        raise ConfigError(f"name at least one method; known: {', '.join(ALL_NAMES)}")
    for name in names:
        _check_name(name)
    content, rkan, history = _read(settings)
    where = str(settings) if settings else "defaults"
    chosen = []
    for name in ALL_NAMES:
        if name not in names:
            continue
        if name in METHODS:
            method = METHODS[name]
            config = build(method.config, content.get(name, {}), where, f"{name}.")
            check_values(config, where, name)
            seeded = method.baseline.uses_seed
            chosen.append(Compared(name, method.title, method.source, config, seeded))
        elif name in _PATH_METHODS:
            title, source, aggregation, ranking = _PATH_METHODS[name]
            config = changed(rkan, {"model.aggregation": aggregation})
            chosen.append(Compared(name, title, source, config, ranking=ranking))
        else:
            title, changes, ranking = _HISTORY_METHODS[name]
            config = changed(history, changes)
            chosen.append(Compared(name, title, _OURS, config, ranking=ranking))
    return chosen


def changed(config: Any, changes: Mapping[str, Any]) -> Any:
    """A run's configuration with other values of these settings ({"train.seed": 3, ...})."""
    for key, value in changes.items():
        section, _, name = key.partition(".")
        part = replace(getattr(config, section), **{name: value})
        config = replace(config, **{section: part})
    return config


def check_values(config: Any, where: str, name: str) -> None:
    """Refuse numbers that no method can use.

    Raises:
        ConfigError: a count below 1, or a number that is negative or not finite.
    """
    for field in dataclasses.fields(config):
        value = getattr(config, field.name)
        key = f"{where}: {name}.{field.name} = {value!r}"
        least = 0 if field.default == 0 else 1
        if type(value) is int and value < least:
            raise ConfigError(f"{key} must be {least} or more")
        if type(value) is float and not (math.isfinite(value) and value >= 0):
            raise ConfigError(f"{key} must be a number that is not negative")


def _read(settings: Path | None) -> tuple[dict[str, Any], RunConfig, HistoryRunConfig]:
    """The baselines' tables, and the configurations of RKAN and RKAN-history."""
    content = {} if settings is None else read_toml(settings)
    files = {key: content.pop(key) for key in RUN_CONFIGS if isinstance(content.get(key), str)}
    for name in content:
        _check_name(name, f"{settings}: ")
        if name not in METHODS:
            raise ConfigError(f"{settings}: {name} = {content[name]!r} must be the name of a file")
    found: dict[str, AnyRunConfig] = {"rkan": RunConfig(), "rkan-history": HistoryRunConfig()}
    for key, named in files.items():
        assert settings is not None  # noqa: S101  the names come from it
        found[key] = load_config(settings.parent / named)
        if found[key].model.name != key:
            raise ConfigError(
                f"{settings}: {key} = {named!r} is a configuration of {found[key].model.name}"
            )
    rkan, history = found["rkan"], found["rkan-history"]
    assert isinstance(rkan, RunConfig) and isinstance(history, HistoryRunConfig)  # noqa: S101
    return content, rkan, history


def _check_name(name: str, where: str = "") -> None:
    if name not in ALL_NAMES:
        close = difflib.get_close_matches(name, ALL_NAMES, n=1)
        hint = f"did you mean {close[0]}?" if close else f"known: {', '.join(ALL_NAMES)}"
        raise ConfigError(f"{where}there is no method {name!r}; {hint}")
