"""The methods that can be compared, with their settings: the baselines, RKGE and RKAN."""

from __future__ import annotations

import dataclasses
import difflib
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from model.baselines import METHODS
from pipeline.config import RunConfig, build, load_config, read_toml
from pipeline.errors import ConfigError

Ranking = Literal["inner product", "closeness"]
RUN_CONFIG = "rkan"  # key of a settings file that names RKAN's own configuration file


@dataclass(frozen=True)
class Compared:
    """One method with its settings.

    Attributes:
        name: as in options and file names.
        title: as in tables.
        source: where it comes from.
        config: a baseline's own configuration, or a RunConfig for the methods that read paths.
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
ALL_NAMES = (*METHODS, *_PATH_METHODS)
DEFAULT_NAMES = tuple(name for name in ALL_NAMES if not name.endswith("-closeness"))
REFERENCE = "rkan"  # what the others are tested against


def compared_methods(names: Sequence[str], settings: Path | None = None) -> list[Compared]:
    """These methods in the order of the tables, with the settings of a TOML file.

    The file has one table per baseline ([ease] l2 = 200.0) and names the configuration of RKAN and
    RKGE, a file beside it: rkan = "rkan_ml-100k.toml". What it leaves out has its default.

    Raises:
        ConfigError: no method or an unknown one, or a file or value that cannot be used.
    """
    if not names:
        raise ConfigError(f"name at least one method; known: {', '.join(ALL_NAMES)}")
    for name in names:
        _check_name(name)
    content, run_config = _read(settings)
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
        else:
            title, source, aggregation, ranking = _PATH_METHODS[name]
            model = replace(run_config.model, aggregation=aggregation)
            config = replace(run_config, model=model)
            chosen.append(Compared(name, title, source, config, ranking=ranking))
    return chosen


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


def _read(settings: Path | None) -> tuple[dict[str, Any], RunConfig]:
    if settings is None:
        return {}, RunConfig()
    content = read_toml(settings)
    named = content.pop(RUN_CONFIG, None)
    for name in content:
        _check_name(name, f"{settings}: ")
    if named is None:
        return content, RunConfig()
    if not isinstance(named, str):
        raise ConfigError(f"{settings}: {RUN_CONFIG} = {named!r} must be the name of a file")
    return content, load_config(settings.parent / named)


def _check_name(name: str, where: str = "") -> None:
    if name not in ALL_NAMES:
        close = difflib.get_close_matches(name, ALL_NAMES, n=1)
        hint = f"did you mean {close[0]}?" if close else f"known: {', '.join(ALL_NAMES)}"
        raise ConfigError(f"{where}there is no method {name!r}; {hint}")
