"""Settings: frozen objects whose fields declare type, range, meaning and search space.

A field is declared once::

    class SVDConfig(Settings):
        decay: Annotated[Rate, Search(0.8, 1.0)] = 0.93
        \"\"\"Weight of an interaction per step back in the user's history.\"\"\"

Configuration files, command-line options, ``--help``, error messages and ``pipeline tune`` all use
this declaration.
"""

from __future__ import annotations

import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

from annotated_types import Ge, Gt, Le, Lt, MultipleOf
from pydantic import BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo

Number = float | int

MOST = 2**31
Count = Annotated[int, Field(ge=1, le=MOST)]
Seed = Annotated[int, Field(ge=0, lt=MOST)]
Rate = Annotated[float, Field(gt=0, le=1)]
Share = Annotated[float, Field(ge=0, lt=1)]
Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]


@dataclass(frozen=True)
class Search:
    """The values of a setting that tuning tries.

    Attributes:
        low: the smallest value.
        high: the greatest value.
        log: search on a logarithmic scale.
        choices: the only values to try, in place of a range.
    """

    low: Number = 0
    high: Number = 0
    log: bool = False
    choices: tuple[Number, ...] = ()


@dataclass(frozen=True)
class Option:
    """Marks a setting that is also an option of ``pipeline train``, under the same name."""


class Settings(BaseModel):
    """Base class of all settings: frozen, strict about types, without unknown names."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        allow_inf_nan=False,
        use_attribute_docstrings=True,
        validate_default=True,
    )

    def changed(self, changes: Mapping[str, Any]) -> Self:
        """Return a copy with some settings replaced, such as ``{"train.seed": 3}``.

        Raises:
            pydantic.ValidationError: an unknown name, or a value that is not allowed.
        """
        content = self.model_dump(exclude_unset=True)
        for key, value in changes.items():
            *sections, name = key.split(".")
            table = content
            for section in sections:
                table = table.setdefault(section, {})
            table[name] = value
        return type(self).model_validate(content)

    def value(self, key: str) -> Any:
        """Return the value of a setting by its dotted name, such as "train.seed"."""
        found: Any = self
        for name in key.split("."):
            found = getattr(found, name)
        return found


def all_fields(settings: type[Settings], prefix: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """Yield every setting with its dotted name, including those in sections."""
    for name, field in settings.model_fields.items():
        section = section_class(field)
        if section is None:
            yield prefix + name, field
        else:
            yield from all_fields(section, f"{prefix}{name}.")


def section_class(field: FieldInfo) -> type[Settings] | None:
    """Return the class of a field that holds a section of settings, else None."""
    kind = field.annotation
    return kind if isinstance(kind, type) and issubclass(kind, Settings) else None


def search_space(settings: type[Settings]) -> dict[str, Search]:
    """Return the search space of each setting that tuning changes, by dotted name."""
    return {
        key: mark
        for key, field in all_fields(settings)
        for mark in field.metadata
        if isinstance(mark, Search)
    }


def options(settings: type[Settings]) -> dict[str, FieldInfo]:
    """Return the settings that are options of ``pipeline train``, by dotted name."""
    return {
        key: field
        for key, field in all_fields(settings)
        if any(isinstance(mark, Option) for mark in field.metadata)
    }


def allowed(field: FieldInfo) -> str:
    """Describe the values that a setting may have: "a whole number from 1 to 10"."""
    kind = field.annotation
    if typing.get_origin(kind) is Literal:
        return "one of " + ", ".join(map(repr, typing.get_args(kind)))
    if kind is bool:
        return "true or false"
    if kind is int:
        return f"{_integer_kind(field)} {_integer_range(field)}".strip()
    if kind is float:
        return f"a number {_number_range(field)}".strip()
    return "text"


def _bound(field: FieldInfo, kind: type[Any], name: str) -> Any:
    return next((getattr(mark, name) for mark in field.metadata if isinstance(mark, kind)), None)


def _integer_kind(field: FieldInfo) -> str:
    step = _bound(field, MultipleOf, "multiple_of")
    return {None: "a whole number", 2: "an even number"}.get(step, f"a multiple of {step}")


def _integer_range(field: FieldInfo) -> str:
    low, high = _bound(field, Ge, "ge"), _bound(field, Le, "le")
    if high is None and (below := _bound(field, Lt, "lt")) is not None:
        high = below - 1
    return "" if low is None or high is None else f"from {low} to {high}"


def _number_range(field: FieldInfo) -> str:
    low, above = _bound(field, Ge, "ge"), _bound(field, Gt, "gt")
    high, below = _bound(field, Le, "le"), _bound(field, Lt, "lt")
    if high is None and below is None:
        return f"of {low} or more" if above is None else f"greater than {above}"
    opening = f"[{low}" if above is None else f"({above}"
    closing = f"{high}]" if below is None else f"{below})"
    return f"in {opening}, {closing}"
