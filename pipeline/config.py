"""One run's configuration: a TOML file and flags over documented defaults; unknown keys refused."""

from __future__ import annotations

import dataclasses
import difflib
import tomllib
import typing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from model.config import PretrainConfig, RKANConfig, TrainConfig
from pipeline.errors import ConfigError


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
        try:
            content = tomllib.loads(file.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{file}: cannot be read: {error}") from error
        except tomllib.TOMLDecodeError as error:
            raise ConfigError(f"{file}: not valid TOML: {error}") from error
    for key, value in (overrides or {}).items():
        section, _, name = key.partition(".")
        table = content.setdefault(section, {})
        if isinstance(table, dict):  # if not, _build refuses it
            table[name] = value
    return config_from_dict(content, str(file) if file else "options")


def config_from_dict(content: dict[str, Any], where: str) -> RunConfig:
    """Build a RunConfig from plain values, for example a checkpoint's.

    Raises:
        ConfigError: naming ``where``, the key, the value and what is allowed.
    """
    config: RunConfig = _build(RunConfig, content, where, "")
    _check_ranges(config, where)
    return config


def _build(cls: Any, content: Any, where: str, prefix: str) -> Any:
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
            values[key] = _build(kind, value, where, f"{prefix}{key}.")
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


def _check_ranges(config: RunConfig, where: str) -> None:
    paths, model, pretrain, train = config.paths, config.model, config.pretrain, config.train
    rules = [
        ("paths.max_hops", paths.max_hops, paths.max_hops in (3, 5, 7), "3, 5 or 7"),
        ("pretrain.decay", pretrain.decay, 0 < pretrain.decay <= 1, "in (0, 1]"),
        (
            "pretrain.popularity_damping",
            pretrain.popularity_damping,
            0 <= pretrain.popularity_damping <= 1,
            "in [0, 1]",
        ),
        ("pretrain.scale", pretrain.scale, 0 < pretrain.scale < float("inf"), "more than 0"),
        (
            "train.validation_fraction",
            train.validation_fraction,
            0 <= train.validation_fraction < 1,
            "in [0, 1)",
        ),
        ("train.seed", train.seed, 0 <= train.seed < 2**31, "from 0 to 2147483647"),
    ]
    positive = {
        "paths": ("max_paths_per_pair", "via_movies", "via_users"),
        "model": ("embedding_dim", "hidden_dim"),
        "train": ("epochs", "batch_size", "num_negs_per_pos", "patience"),
        "recommend": ("top_k", "max_explanation_paths"),
    }
    parts = {"paths": paths, "model": model, "train": train, "recommend": config.recommend}
    for section, names in positive.items():
        for name in names:
            value = getattr(parts[section], name)
            rules.append((f"{section}.{name}", value, value > 0, "more than 0"))
    slow = train.embedding_learning_rate
    rules.append(("train.embedding_learning_rate", slow, 0 <= slow <= 1, "in [0, 1]"))
    fast = train.learning_rate
    rules.append(("train.learning_rate", fast, 0 < fast <= 1, "in (0, 1]"))
    for key, value, holds, allowed in rules:
        if not holds:
            raise ConfigError(f"{where}: {key} = {value!r} must be {allowed}")
