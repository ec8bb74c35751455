"""One run's configuration: a TOML file and flags over documented defaults; unknown keys refused."""

from __future__ import annotations

import dataclasses
import difflib
import tomllib
import typing
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from model.config import PretrainConfig, RKANConfig, TrainConfig
from pipeline.errors import ConfigError

_Range = tuple[Callable[[Any], bool], str]  # whether a value holds, and what does, in words


@dataclass(frozen=True)
class PathConfig:
    """Which paths are read from the graph.

    Attributes:
        max_hops: longest path, in relationships: 3, 5 or 7.
        max_paths_per_pair: paths kept of a pair, sampled uniformly.
        through_users: also paths through other users who rated the same movies.
        via_movies: movies of one sampled set that longer paths may pass through, per user and
            epoch; a graph with no more movies than this gives all its paths a chance at once.
        via_users: other users of one sampled set that paths may pass through, likewise.
    """

    max_hops: int = 3
    max_paths_per_pair: int = 5
    through_users: bool = False
    via_movies: int = 50
    via_users: int = 50


@dataclass(frozen=True)
class RecommendConfig:
    """What is written back.

    Attributes:
        top_k: movies per user.
        max_explanation_paths: paths kept with each recommendation, most attention first.
    """

    top_k: int = 10
    max_explanation_paths: int = 5


@dataclass(frozen=True)
class RunConfig:
    """Everything that decides a run's result besides the graph."""

    paths: PathConfig = field(default_factory=PathConfig)
    model: RKANConfig = field(default_factory=RKANConfig)
    pretrain: PretrainConfig = field(default_factory=PretrainConfig)
    train: TrainConfig = field(default_factory=TrainConfig)
    recommend: RecommendConfig = field(default_factory=RecommendConfig)


def load_config(file: Path | None = None, overrides: dict[str, Any] | None = None) -> RunConfig:
    """The defaults, changed by a TOML file, changed by ``overrides`` ({"train.epochs": 3, ...}).

    Raises:
        ConfigError: unreadable file, unknown key, or a value of the wrong kind or out of range.
    """
    content: dict[str, Any] = {}
    if file is not None:
        content = read_toml(file)
    for key, value in (overrides or {}).items():
        section, _, name = key.partition(".")
        table = content.setdefault(section, {})
        if isinstance(table, dict):  # if not, build refuses it
            table[name] = value
    return config_from_dict(content, str(file) if file else "options")


def read_toml(file: Path) -> dict[str, Any]:
    """What a TOML file says.

    Raises:
        ConfigError: it cannot be read or is not valid TOML.
    """
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file}: not valid TOML: {error}") from error


def config_from_dict(content: dict[str, Any], where: str) -> RunConfig:
    """Build a RunConfig from plain values, for example a checkpoint's.

    Raises:
        ConfigError: naming ``where``, the key, the value and what is allowed.
    """
    config: RunConfig = build(RunConfig, content, where)
    _check_ranges(config, where)
    return config


def build(cls: Any, content: Any, where: str, prefix: str = "") -> Any:
    """An instance of a configuration class from plain values; keys left out have their defaults.

    Raises:
        ConfigError: naming ``where``, the key with ``prefix`` and what is allowed, where a key is
            unknown or a value of the wrong kind.
    """
    if not isinstance(content, dict):
        raise ConfigError(f"{where}: {prefix.rstrip('.')} must be a table, not {content!r}")
    types = typing.get_type_hints(cls)
    values = {}
    for key, value in content.items():
        if key not in types:
            close = difflib.get_close_matches(key, types, n=1)
            hint = f"did you mean {prefix}{close[0]}?" if close else f"known: {', '.join(types)}"
            raise ConfigError(f"{where}: unknown key {prefix}{key}; {hint}")
        kind = types[key]
        if dataclasses.is_dataclass(kind):
            values[key] = build(kind, value, where, f"{prefix}{key}.")
        else:
            values[key] = _value(kind, value, where, f"{prefix}{key}")
    return cls(**values)


def _value(kind: Any, value: Any, where: str, key: str) -> Any:
    choices = typing.get_args(kind)
    if choices:
        if value not in choices:
            allowed = ", ".join(map(repr, choices))
            raise ConfigError(f"{where}: {key} = {value!r} must be one of {allowed}")
        return value
    if kind is float and type(value) is int:
        return float(value)
    if type(value) is not kind:
        raise ConfigError(f"{where}: {key} = {value!r} must be of type {kind.__name__}")
    return value


def _between(low: int, high: int) -> _Range:
    return (lambda value: low <= value <= high), f"from {low} to {high}"


_RANGES: dict[str, _Range] = {
    "paths.max_hops": ((lambda hops: hops in (3, 5, 7)), "3, 5 or 7"),
    "paths.max_paths_per_pair": _between(1, 10_000),
    "paths.via_movies": _between(1, 2**31),
    "paths.via_users": _between(1, 2**31),
    "model.embedding_dim": _between(1, 4096),  # the most that Neo4j's vector index takes
    "model.hidden_dim": _between(1, 4096),
    "pretrain.decay": ((lambda decay: 0 < decay <= 1), "in (0, 1]"),
    "pretrain.popularity_damping": ((lambda damping: 0 <= damping <= 1), "in [0, 1]"),
    "pretrain.scale": ((lambda scale: 0 < scale < float("inf")), "more than 0"),
    "train.epochs": _between(1, 100_000),
    "train.batch_size": _between(1, 2**20),
    "train.learning_rate": ((lambda rate: 0 < rate <= 1), "in (0, 1]"),
    "train.embedding_learning_rate": ((lambda rate: 0 <= rate <= 1), "in [0, 1]"),
    "train.num_negs_per_pos": _between(1, 1000),
    "train.patience": _between(1, 100_000),
    "train.validation_fraction": ((lambda fraction: 0 <= fraction < 1), "in [0, 1)"),
    "train.seed": _between(0, 2**31 - 1),
    "recommend.top_k": _between(1, 2**31),
    "recommend.max_explanation_paths": _between(1, 10_000),
}


def _check_ranges(config: RunConfig, where: str) -> None:
    for key, (holds, allowed) in _RANGES.items():
        section, _, name = key.partition(".")
        value = getattr(getattr(config, section), name)
        if not holds(value):
            raise ConfigError(f"{where}: {key} = {value!r} must be {allowed}")
