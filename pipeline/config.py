"""One run's configuration: a TOML file and flags over documented defaults; unknown keys refused."""

from __future__ import annotations

import dataclasses
import difflib
import tomllib
import typing
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypeGuard

from model.rkan.config import PretrainConfig, RKANConfig, TrainConfig
from model.rkan_history.config import HistoryConfig, ListTrainConfig, RKANHistoryConfig
from pipeline.enrichment.config import EnrichConfig
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
class WeightedPathConfig:
    """Which movies are ranked by their paths, and which paths those are.

    Attributes:
        candidates: movies of each user that the history encoder proposes (C).
        history: newest movies of the user that paths may go through.
        watched_next: paths over WATCHED_NEXT kept of a candidate, those with most weight; 0 leaves
            this kind out.
        watched_next_decay: weight of a path per step back in the user's history, in (0, 1].
        similar: the same for SIMILAR.
        similar_decay: the same for SIMILAR.
        attributes: the same for shared genres, directors, writers and actors.
        attributes_decay: the same for these.
    """

    candidates: int = 100
    history: int = 100
    watched_next: int = 6
    watched_next_decay: float = 0.7
    similar: int = 3
    similar_decay: float = 0.95
    attributes: int = 3
    attributes_decay: float = 0.95


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
    """Everything that decides the result of an RKAN run besides the graph."""

    paths: PathConfig = field(default_factory=PathConfig)
    model: RKANConfig = field(default_factory=RKANConfig)
    pretrain: PretrainConfig = field(default_factory=PretrainConfig)
    train: TrainConfig = field(default_factory=TrainConfig)
    recommend: RecommendConfig = field(default_factory=RecommendConfig)


@dataclass(frozen=True)
class HistoryRunConfig:
    """Everything that decides the result of an RKAN-history run besides the graph."""

    enrich: EnrichConfig = field(default_factory=EnrichConfig)
    history: HistoryConfig = field(default_factory=HistoryConfig)
    paths: WeightedPathConfig = field(default_factory=WeightedPathConfig)
    model: RKANHistoryConfig = field(default_factory=RKANHistoryConfig)
    train: ListTrainConfig = field(default_factory=ListTrainConfig)
    recommend: RecommendConfig = field(default_factory=RecommendConfig)


AnyRunConfig = RunConfig | HistoryRunConfig
MODELS: dict[str, type[AnyRunConfig]] = {
    RKANHistoryConfig.name: HistoryRunConfig,
    RKANConfig.name: RunConfig,
}
DEFAULT_MODEL = RKANHistoryConfig.name

# Settings that came later: runs from before, which had what is now the default, keep their names.
_LATER = (("model", "name"), ("train", "rate_decay"))


def is_run(config: Any) -> TypeGuard[AnyRunConfig]:
    """Whether it is the configuration of a run, not that of a baseline."""
    return isinstance(config, AnyRunConfig)


def as_plain(config: AnyRunConfig) -> dict[str, Any]:
    """Plain values that name a run: all settings but later ones that have their default."""
    content = asdict(config)
    if isinstance(config, RunConfig):
        defaults = asdict(RunConfig())
        for section, name in _LATER:
            if content[section][name] == defaults[section][name]:
                del content[section][name]
    return content


def load_config(file: Path | None = None, overrides: dict[str, Any] | None = None) -> AnyRunConfig:
    """The defaults, changed by a TOML file, changed by ``overrides`` ({"train.epochs": 3, ...}).

    ``model.name`` decides which network it is of; ``model = "rkan"`` says the same in short.

    Raises:
        ConfigError: unreadable file, unknown key, or a value of the wrong kind or out of range.
    """
    content: dict[str, Any] = {}
    if file is not None:
        content = read_toml(file)
    if isinstance(content.get("model"), str):
        content["model"] = {"name": content["model"]}
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


def config_from_dict(content: dict[str, Any], where: str) -> AnyRunConfig:
    """Build a run's configuration from plain values, for example a checkpoint's.

    Raises:
        ConfigError: naming ``where``, the key, the value and what is allowed.
    """
    table = content.get("model")
    name = table.get("name", DEFAULT_MODEL) if isinstance(table, dict) else DEFAULT_MODEL
    if name not in MODELS:
        allowed = ", ".join(map(repr, MODELS))
        raise ConfigError(f"{where}: model.name = {name!r} must be one of {allowed}")
    try:
        config: AnyRunConfig = build(MODELS[name], content, where)
    except ConfigError as error:
        other = next(each for each in MODELS if each != name)
        if "unknown key" in str(error) and _would_build(MODELS[other], content):
            raise ConfigError(f'{error}, or model.name = "{other}"') from error
        raise
    _check_ranges(config, where)
    return config


def _would_build(cls: type[AnyRunConfig], content: dict[str, Any]) -> bool:
    model = {key: value for key, value in content.get("model", {}).items() if key != "name"}
    try:
        build(cls, {**content, "model": model}, "")
    except ConfigError:
        return False
    return True


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


_RATE: _Range = ((lambda rate: 0 < rate <= 1), "in (0, 1]")
_SHARE: _Range = ((lambda share: 0 <= share < 1), "in [0, 1)")
_POSITIVE: _Range = ((lambda value: 0 < value < float("inf")), "more than 0")
_NOT_NEGATIVE: _Range = ((lambda value: 0 <= value < float("inf")), "0 or more")
_COUNT = _between(1, 2**31)

_RANGES: dict[str, _Range] = {
    "paths.max_hops": ((lambda hops: hops in (3, 5, 7)), "3, 5 or 7"),
    "paths.max_paths_per_pair": _between(1, 10_000),
    "paths.via_movies": _COUNT,
    "paths.via_users": _COUNT,
    "model.embedding_dim": _between(1, 4096),  # the most that Neo4j's vector index takes
    "model.hidden_dim": _between(1, 4096),
    "pretrain.decay": _RATE,
    "pretrain.popularity_damping": ((lambda damping: 0 <= damping <= 1), "in [0, 1]"),
    "pretrain.scale": _POSITIVE,
    "train.epochs": _between(1, 100_000),
    "train.batch_size": _between(1, 2**20),
    "train.learning_rate": _RATE,
    "train.rate_decay": _RATE,
    "train.average_decay": _SHARE,
    "train.embedding_learning_rate": ((lambda rate: 0 <= rate <= 1), "in [0, 1]"),
    "train.num_negs_per_pos": _between(1, 1000),
    "train.patience": _between(1, 100_000),
    "train.validation_fraction": _SHARE,
    "train.seed": _between(0, 2**31 - 1),
    "recommend.top_k": _COUNT,
    "recommend.max_explanation_paths": _between(1, 10_000),
    "enrich.neighbours": _between(1, 100_000),
    "enrich.steps": _between(1, 10_000),
    "enrich.step_decay": _RATE,
    "enrich.watched_next_shrinkage": _POSITIVE,
    "enrich.ease_l2": _POSITIVE,
    "enrich.cosine_shrinkage": _POSITIVE,
    "history.dim": ((lambda dim: 2 <= dim <= 4096 and dim % 2 == 0), "even, from 2 to 4096"),
    "history.length": _between(1, 10_000),
    "history.gain": _POSITIVE,
    "history.identity_dropout": _SHARE,
    "history.dropout": _SHARE,
    "history.stretch": _between(1, 100_000),
    "history.cuts": _between(1, 1000),
    "history.window": _between(1, 10_000),
    "history.batch_size": _between(1, 2**20),
    "history.learning_rate": _RATE,
    "history.epochs": _between(1, 100_000),
    "history.refit_epochs": _between(0, 100_000),
    "paths.candidates": _between(1, 100_000),
    "paths.history": _between(1, 100_000),
    "paths.watched_next": _between(0, 10_000),
    "paths.watched_next_decay": _RATE,
    "paths.similar": _between(0, 10_000),
    "paths.similar_decay": _RATE,
    "paths.attributes": _between(0, 10_000),
    "paths.attributes_decay": _RATE,
    "model.dropout": _SHARE,
    "train.linear_learning_rate": _RATE,
    "train.closeness_loss": _NOT_NEGATIVE,
    "train.label_fraction": ((lambda share: 0 < share < 1), "in (0, 1)"),
    "train.validation_users": _SHARE,
}


def _check_ranges(config: AnyRunConfig, where: str) -> None:
    for key, (holds, allowed) in _RANGES.items():
        section, _, name = key.partition(".")
        if not hasattr(getattr(config, section, None), name):
            continue  # a setting of another network
        value = getattr(getattr(config, section), name)
        if not holds(value):
            raise ConfigError(f"{where}: {key} = {value!r} must be {allowed}")
