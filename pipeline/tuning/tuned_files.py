"""Write tuned settings to files in the formats of pipeline compare and pipeline train."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from model.atomic_file import write_atomically
from model.settings import Number
from pipeline.errors import ConfigError
from pipeline.networks.registry import NETWORKS
from pipeline.tuning.trials import VALIDATION_FRACTION

_FIRST = "# Settings tuned on"


@dataclass(frozen=True)
class Tuned:
    """The best settings found for one method.

    Attributes:
        method: the method's name.
        settings: the values of its tuned settings.
        validation: mrr_sum@10 on the inner split.
        default_validation: mrr_sum@10 of the default settings; None if they were not tried.
        trials: the number of settings tried in all calls.
    """

    method: str
    settings: dict[str, Number]
    validation: float
    default_validation: float | None
    trials: int


class SettingsFile:
    """A settings file of pipeline compare, and the run configurations that it names."""

    def __init__(self, file: Path, dataset: str) -> None:
        """Read the file if it exists; ``dataset`` is the name of the data set tuned on.

        Raises:
            ConfigError: the file exists and is not valid TOML.
        """
        self.file, self._dataset = file, dataset
        self._named = _named(file)

    def run_config(self, network: str) -> Path:
        """Return the path for a network's tuned run configuration.

        Raises:
            ConfigError: the path is taken by a file that pipeline tune did not write.
        """
        name = re.sub(r"[^A-Za-z0-9._-]+", "-", self._dataset)
        file = self.file.parent / f"{network}_{name}.toml"
        if file.exists() and not file.read_bytes().startswith(_FIRST.encode()):
            raise ConfigError(
                f"{file}: not written by pipeline tune, so it is not replaced; move it, or choose "
                "another folder with --output"
            )
        return file

    def write(self, found: Mapping[str, Tuned]) -> None:
        """Replace the files with the settings found; names of other configurations are kept."""
        named = dict(self._named)
        lines = []
        for name, tuned in found.items():
            if name in NETWORKS:
                file = self.run_config(name)
                write_atomically(file, self._run_config(tuned).encode())
                named[name] = file.name
            else:
                lines += ["", _figure(tuned), *_table(name, tuned.settings)]
        head = self._head("")
        if named:
            head += ["", *(f"{key} = {json.dumps(named[key])}" for key in sorted(named))]
        write_atomically(self.file, ("\n".join([*head, *lines]) + "\n").encode())

    def _run_config(self, tuned: Tuned) -> str:
        sections: dict[str, dict[str, Number | str]] = {"model": {"name": tuned.method}}
        for key, value in tuned.settings.items():
            section, _, name = key.partition(".")
            sections.setdefault(section, {})[name] = value
        lines = [*self._head(f"{tuned.method}, "), _figure(tuned)]
        for section, settings in sections.items():
            lines += ["", *_table(section, settings)]
        return "\n".join(lines) + "\n"

    def _head(self, method: str) -> list[str]:
        return [
            f"{_FIRST} {self._dataset} by pipeline tune: {method}scored by mrr_sum@10 on the last "
            f"{VALIDATION_FRACTION:.0%} of",
            "# each user's training history. Held-out ratings were not read.",
        ]


def _figure(tuned: Tuned) -> str:
    figure = f"{tuned.validation:.4f}".removeprefix("0")
    trials = f"{tuned.trials} trials" if tuned.trials > 1 else "one trial"
    return f"# {figure} on the inner split, the best of {trials}"


def _table(name: str, settings: Mapping[str, Number | str]) -> list[str]:
    values = (
        json.dumps(value) if isinstance(value, str) else repr(value) for value in settings.values()
    )
    rows = [f"{key} = {value}" for key, value in zip(settings, values, strict=True)]
    return [f"[{name}]", *rows]


def _named(file: Path) -> dict[str, str]:
    """Return the configuration files that the settings file names, by network."""
    if not file.exists():
        return {}
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{file}: cannot be read as a settings file: {error}") from error
    return {key: content[key] for key in NETWORKS if isinstance(content.get(key), str)}
