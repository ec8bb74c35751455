"""The methods that can be compared, with their settings: baselines and variants of networks."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from model.baselines import METHODS
from model.settings import Settings
from pipeline.errors import ConfigError
from pipeline.graph import Graph
from pipeline.networks.configuration import load_config
from pipeline.networks.interface import Variant
from pipeline.networks.registry import DEFAULT_NETWORK, NETWORKS
from pipeline.networks.run_config import RunConfig
from pipeline.settings import read_toml, settings_from

REFERENCE = DEFAULT_NETWORK  # the method that the others are tested against


@dataclass(frozen=True)
class Compared:
    """One method with its settings.

    Attributes:
        name: its name in options and file names.
        title: its name in tables.
        source: the origin of the method.
        config: the settings of a baseline, or the configuration of a network's run.
        uses_seed: True if the seed changes the result.
        network: the network's name; None for a baseline.
        ranking: the score that a network ranks by; None for a baseline.
    """

    name: str
    title: str
    source: str
    config: Settings
    uses_seed: bool = True
    network: str | None = None
    ranking: str | None = None

    @property
    def run_config(self) -> RunConfig | None:
        """The configuration of a network's run; None for a baseline."""
        return None if self.network is None else cast(RunConfig, self.config)

    def seeded(self, seed: int) -> Compared:
        """Return the method, with this seed in the settings of a network."""
        run = self.run_config
        return self if run is None else replace(self, config=run.changed({"train.seed": seed}))


def all_names() -> tuple[str, ...]:
    """Return the names of all methods, in the order of the tables."""
    return (*METHODS, *(name for _, name, _ in _variants()))


def default_names() -> tuple[str, ...]:
    """Return the names of the methods that are compared by default."""
    return (*METHODS, *(name for _, name, variant in _variants() if variant.usual))


def ablations() -> tuple[str, ...]:
    """Return the names of the ablations and of the full networks that they are compared with."""
    return tuple(name for _, name, variant in _variants() if variant.ablation)


def _variants() -> list[tuple[str, str, Variant]]:
    """Return (network, name, variant) triples; those of the default network come last."""
    kinds = sorted(NETWORKS.values(), key=lambda kind: kind.name == DEFAULT_NETWORK)
    return [(kind.name, name, each) for kind in kinds for name, each in kind.variants.items()]


def compared_methods(names: Sequence[str], settings: Path | None = None) -> list[Compared]:
    """Return the named methods in the order of the tables, with the settings of a TOML file.

    The file has one table per baseline ([ease] l2 = 200.0). It names the configuration files of
    networks, relative to its own folder: rkan = "rkan_ml-100k.toml". Settings that it leaves out
    keep their defaults.

    Raises:
        ConfigError: ``names`` is empty or has an unknown method, or a file or value is invalid.
    """
    if not names:
        raise ConfigError(f"name at least one method; known: {', '.join(all_names())}")
    for name in names:
        _check_name(name)
    content, networks = _read(settings)
    where = str(settings) if settings else "defaults"
    chosen = [
        Compared(
            name,
            method.title,
            method.source,
            settings_from(method.config, content.get(name, {}), where, f"{name}."),
            method.baseline.uses_seed,
        )
        for name, method in METHODS.items()
        if name in names
    ]
    return chosen + [
        Compared(
            name,
            variant.title,
            variant.source,
            networks[network].changed(variant.changes),
            network=network,
            ranking=variant.ranking,
        )
        for network, name, variant in _variants()
        if name in names
    ]


def settled(graph: Graph, method: Compared) -> Compared:
    """Return the method, with the settings that a network leaves to the graph read from it."""
    run = method.run_config
    if run is None:
        return method
    return replace(method, config=NETWORKS[run.network].settle(graph, run))


def varied(method: Compared, key: str, value: Any) -> Compared:
    """Return a network's method with another value of one setting, named after it."""
    title = f"{method.title}, {key.rpartition('.')[2]} {value}"
    return replace(method, title=title, config=method.config.changed({key: value}))


def _read(settings: Path | None) -> tuple[dict[str, Any], dict[str, RunConfig]]:
    """Return the baselines' tables, and the configuration of every network."""
    content = {} if settings is None else read_toml(settings)
    files = {name: content.pop(name) for name in NETWORKS if isinstance(content.get(name), str)}
    for name in content:
        _check_name(name, f"{settings}: ")
        if name not in METHODS:
            raise ConfigError(f"{settings}: {name} = {content[name]!r} must be the name of a file")
    found = {name: kind.config() for name, kind in NETWORKS.items()}
    for name, file in files.items():
        found[name] = load_config(Path(settings or "").parent / file)
        if found[name].network != name:
            raise ConfigError(
                f"{settings}: {name} = {file!r} is a configuration of {found[name].network}"
            )
    return content, found


def _check_name(name: str, where: str = "") -> None:
    known = all_names()
    if name not in known:
        close = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean {close[0]}?" if close else f"known: {', '.join(known)}"
        raise ConfigError(f"{where}there is no method {name!r}; {hint}")
