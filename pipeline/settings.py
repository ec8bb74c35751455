"""Settings from files and options; errors name the place, the value and the fix."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from model.settings import Settings, allowed, section_class
from pipeline.errors import ConfigError

S = TypeVar("S", bound=Settings)


class UnknownKeyError(ConfigError):
    """A key that these settings do not have.

    Attributes:
        key: dotted name of the key, without a prefix.
    """

    def __init__(self, message: str, key: str) -> None:
        super().__init__(message)
        self.key = key


def read_toml(file: Path) -> dict[str, Any]:
    """Return the content of a TOML file.

    Raises:
        ConfigError: the file cannot be read or is not valid TOML.
    """
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file}: not valid TOML: {error}") from error


def settings_from(cls: type[S], content: Any, where: str, prefix: str = "") -> S:
    """Build settings from plain values; missing keys have their defaults.

    Args:
        cls: class of the settings.
        content: a table of values; sections are tables inside it.
        where: file or option that the values come from, for messages.
        prefix: prefix of the keys in messages.

    Raises:
        UnknownKeyError: a key that the class does not have.
        ConfigError: a value of the wrong type or out of range.
    """
    try:
        return cls.model_validate(content)
    except ValidationError as error:
        raise _first_error(cls, error, where, prefix) from None


def _first_error(
    cls: type[Settings], error: ValidationError, where: str, prefix: str
) -> ConfigError:
    first = error.errors(include_url=False)[0]
    names = [str(name) for name in first["loc"]]
    key, value = ".".join(names), first["input"]
    if first["type"] == "extra_forbidden":
        known = list(_section(cls, names[:-1]).model_fields)
        close = difflib.get_close_matches(names[-1], known, n=1)
        section = prefix + ".".join(names[:-1]) + ("." if names[:-1] else "")
        hint = f"did you mean {section}{close[0]}?" if close else f"known: {', '.join(known)}"
        return UnknownKeyError(f"{where}: unknown key {prefix}{key}; {hint}", key)
    if first["type"] == "model_type":
        return ConfigError(f"{where}: {(prefix + key).rstrip('.')} must be a table, not {value!r}")
    field = _field(cls, names)
    return ConfigError(f"{where}: {prefix}{key} = {value!r} must be {allowed(field)}")


def _section(cls: type[Settings], names: Sequence[str]) -> type[Settings]:
    for name in names:
        section = section_class(cls.model_fields[name])
        if section is None:
            raise KeyError(name)
        cls = section
    return cls


def _field(cls: type[Settings], names: Sequence[str]) -> FieldInfo:
    return _section(cls, names[:-1]).model_fields[names[-1]]
