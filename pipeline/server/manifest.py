"""The list of the files in a backup."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field

from pipeline.server.admin import DUMP
from pipeline.server.remembered import STRICT

FORMAT = 1
_PART = r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}"
_NAME = re.compile(rf"{re.escape(DUMP)}|checkpoints/{_PART}/{_PART}")


@dataclass(frozen=True)
class Member:
    """A file in the archive."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    name: str
    size: Annotated[int, Field(ge=0)]
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


@dataclass(frozen=True)
class Manifest:
    """What the archive holds.

    Attributes:
        format: FORMAT.
        neo4j: version of Neo4j that wrote the dump.
        created: time of the backup, ISO 8601.
        members: all other files, in their order.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    format: int
    neo4j: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")]
    created: str
    members: list[Member]


def allowed(name: str) -> bool:
    """Return True if a member may have this name: the dump, or a file of a checkpoint's folder."""
    return _NAME.fullmatch(name) is not None


def runs_in(manifest: Manifest) -> list[str]:
    """Return the names of the runs whose checkpoints the backup holds."""
    names = (member.name.split("/") for member in manifest.members)
    return sorted({parts[1] for parts in names if len(parts) > 1})
