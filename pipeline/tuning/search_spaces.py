"""The tuned settings of each method; their ranges are declared beside the settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from model.baselines import METHODS
from model.settings import Number, Search, Settings, search_space
from pipeline.errors import ConfigError
from pipeline.networks.registry import NETWORKS


@dataclass(frozen=True)
class Tunable:
    """A method with the settings that are tuned.

    Attributes:
        name: its name in options and settings files.
        title: its name in tables.
        config: its default settings.
        is_network: True if it has a run configuration.
    """

    name: str
    title: str
    config: Settings
    is_network: bool

    @property
    def ranges(self) -> Mapping[str, Search]:
        """The values to try, by setting: "l2" of a baseline, "train.epochs" of a network."""
        return search_space(type(self.config))

    @property
    def defaults(self) -> dict[str, Number]:
        """The default values of the tuned settings."""
        return {key: self.config.value(key) for key in self.ranges}


def tunable(name: str) -> Tunable:
    """Return the baseline or network over paths with this name.

    Raises:
        ConfigError: the method is unknown or has no settings of its own.
    """
    if name in METHODS:
        method = METHODS[name]
        return Tunable(name, method.title, method.config(), is_network=False)
    if name in NETWORKS:
        kind = NETWORKS[name]
        return Tunable(name, kind.title, kind.config(), is_network=True)
    known = ", ".join((*METHODS, *NETWORKS))
    raise ConfigError(f"there is no method {name!r} to tune; known: {known}")


def all_tunables() -> Iterator[Tunable]:
    """Yield all methods with settings to tune, baselines first."""
    for name in (*METHODS, *NETWORKS):
        method = tunable(name)
        if method.ranges:
            yield method
