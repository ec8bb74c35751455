"""Which settings of each method are tuned, and in which ranges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from model.baselines import METHODS
from pipeline.comparison.methods import changed, compared_methods
from pipeline.config import MODELS, AnyRunConfig
from pipeline.errors import ConfigError

Number = float | int


@dataclass(frozen=True)
class Range:
    """What one setting may be.

    Attributes:
        low: the least.
        high: the greatest.
        log: whether its order of magnitude is searched, not its value.
        choices: the only values, in place of all others.
    """

    low: Number = 0
    high: Number = 0
    log: bool = False
    choices: tuple[Number, ...] = ()


NETWORKS: dict[str, dict[str, Range]] = {
    "rkan-history": {
        "history.dim": Range(choices=(64, 128, 256)),
        "history.dropout": Range(0.1, 0.7),
        "history.learning_rate": Range(1e-3, 5e-3, log=True),
        "history.epochs": Range(8, 30),
        "history.identity_dropout": Range(0.0, 0.3),
        "enrich.neighbours": Range(choices=(50, 100)),
        "enrich.ease_l2": Range(50.0, 1000.0, log=True),
        "paths.watched_next": Range(3, 10),
        "paths.watched_next_decay": Range(0.6, 0.98),
        "paths.similar": Range(1, 6),
        "paths.similar_decay": Range(0.8, 1.0),
        "paths.attributes": Range(1, 6),
        "paths.attributes_decay": Range(0.8, 1.0),
        "model.hidden_dim": Range(choices=(8, 16, 32)),
        "train.learning_rate": Range(5e-4, 1e-2, log=True),
        "train.linear_learning_rate": Range(2e-2, 0.3, log=True),
        "train.epochs": Range(2, 6),
        "train.closeness_loss": Range(0.0, 1.0),
    },
    "rkan": {
        "paths.max_paths_per_pair": Range(3, 10),
        "model.embedding_dim": Range(12, 48),
        "model.hidden_dim": Range(choices=(16, 32, 64)),
        "pretrain.decay": Range(0.8, 1.0),
        "pretrain.popularity_damping": Range(0.0, 1.0),
        "pretrain.scale": Range(0.05, 1.0, log=True),
        "train.learning_rate": Range(1e-3, 2e-2, log=True),
        "train.embedding_learning_rate": Range(1e-5, 1e-3, log=True),
        "train.num_negs_per_pos": Range(1, 4),
    },
}


@dataclass(frozen=True)
class Tunable:
    """A method with the settings that are tuned.

    Attributes:
        name: as in options and settings files.
        title: as in tables.
        config: its defaults.
        ranges: by setting, "l2" of a baseline or "train.epochs" of a network; there may be none.
    """

    name: str
    title: str
    config: Any
    ranges: Mapping[str, Range]

    @property
    def is_network(self) -> bool:
        """Whether it has a run configuration."""
        return self.name in NETWORKS

    @property
    def defaults(self) -> dict[str, Number]:
        """The tuned settings' values in ``config``."""
        return {key: _value(self.config, key) for key in self.ranges}

    def configured(self, settings: Mapping[str, Number]) -> Any:
        """``config`` with these settings."""
        if self.is_network:
            return changed(self.config, settings)
        return type(self.config)(**{**asdict(self.config), **settings})


def tunable(name: str) -> Tunable:
    """A baseline or a network over paths.

    Raises:
        ConfigError: the method is unknown or has no settings of its own, or a network lacks a
            setting that is to be tuned.
    """
    if name in METHODS:
        method = METHODS[name]
        ranges = {
            field.name: Range(
                field.metadata["low"] or 0,
                field.metadata["high"] or 0,
                field.metadata["log"],
                field.metadata["choices"] or (),
            )
            for field in fields(method.config)
            if field.metadata
        }
        return Tunable(name, method.title, method.config(), ranges)
    if name not in NETWORKS:
        known = ", ".join((*METHODS, *NETWORKS))
        raise ConfigError(f"there is no method {name!r} to tune; known: {known}")
    config: AnyRunConfig = MODELS[name]()
    for key in NETWORKS[name]:
        _value(config, key)
    [network] = compared_methods([name])
    return Tunable(name, network.title, config, NETWORKS[name])


def all_tunables() -> list[Tunable]:
    """All methods with settings to tune, baselines first."""
    return [each for each in map(tunable, (*METHODS, *NETWORKS)) if each.ranges]


def _value(config: Any, key: str) -> Number:
    value = config
    for name in key.split("."):
        if not hasattr(value, name):
            raise ConfigError(
                f"{type(config).__name__} has no {key} to tune; see pipeline.comparison"
                ".search_spaces"
            )
        value = getattr(value, name)
    number: Number = value
    return number
