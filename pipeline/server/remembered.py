"""Small JSON files that remember something of a server, read with their types checked."""

from __future__ import annotations

import json
import reprlib
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from pydantic import ConfigDict, TypeAdapter, ValidationError

from model.atomic_file import write_atomically
from pipeline.errors import ServerError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")

STRICT = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)


def remember(file: Path, value: DataclassInstance) -> None:
    """Write ``value`` to ``file``, completely or not at all.

    Raises:
        OSError: the disk is full or the folder is not writable; ``file`` is unchanged.
    """
    write_atomically(file, (json.dumps(asdict(value), indent=2) + "\n").encode())


def recall(kind: type[T], file: Path, fix: str) -> T | None:
    """Return what ``file`` remembers; None if there is no such file.

    Args:
        kind: a dataclass whose ``__pydantic_config__`` is STRICT.
        file: the file that ``remember`` wrote.
        fix: what to do about a damaged file, for the message.

    Raises:
        ServerError: the file is damaged: not JSON, or a value is missing, too many, of another type
            or out of range.
    """
    try:
        return TypeAdapter(kind).validate_json(file.read_bytes())
    except FileNotFoundError:
        return None
    except ValidationError as error:
        raise ServerError(f"{file} is damaged ({_reason(error)}); {fix}") from None


def _reason(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    name = ".".join(map(str, first["loc"]))
    if first["type"] == "json_invalid":  # its input is the whole file
        return first["msg"]
    if first["type"] == "missing":
        return f"{name} is missing"
    value = reprlib.repr(first["input"])  # a damaged value may be as long as the file
    return f"{name} = {value}: {first['msg']}" if name else f"{value}: {first['msg']}"
