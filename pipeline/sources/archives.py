"""Opens the few files that are read out of a zip archive, without unpacking it."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import SourceError


@contextmanager
def open_archive(
    archive: Path, folder: str, members: Collection[str], *, limit: int
) -> Iterator[zipfile.Path]:
    """A folder inside a zip archive, once the members to be read were looked at.

    Nothing is written, so a member's path cannot lead anywhere; reading a member stops at the size
    it claims (zipfile sees to that), and that size is held against ``limit``.

    Args:
        archive: the zip file.
        folder: the folder in it, "ml-100k".
        members: the plain names of the files in it that will be read.
        limit: bytes that a member may claim.

    Raises:
        SourceError: not a zip file, damaged, or a member is missing, encrypted or too large.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            for name in members:
                _look_at(opened, f"{folder}/{name}", limit)
            yield zipfile.Path(opened, f"{folder}/")
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise SourceError(f"{archive} is damaged or no zip file ({error}); remove it") from None


def _look_at(opened: zipfile.ZipFile, member: str, limit: int) -> None:
    try:
        entry = opened.getinfo(member)
    except KeyError:
        raise SourceError(f"{opened.filename} holds no {member}") from None
    if entry.file_size > limit:
        raise SourceError(
            f"{opened.filename}: {member} claims {entry.file_size:,} bytes; "
            f"at most {limit:,} are expected"
        )
    if entry.flag_bits & 1:
        raise SourceError(f"{opened.filename}: {member} is encrypted")
