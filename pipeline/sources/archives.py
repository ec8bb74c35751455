"""Opens the few files that are read out of a zip archive, without unpacking it."""

from __future__ import annotations

import zipfile
from collections.abc import Collection
from pathlib import Path

from pipeline.errors import SourceError


def open_archive(
    archive: Path, folder: str, members: Collection[str], *, limit: int
) -> zipfile.Path:
    """A folder inside a zip archive, once the members to be read were looked at.

    Nothing is written, so a member's path cannot lead anywhere; reading a member stops at the size
    it claims (zipfile sees to that), and that size is held against ``limit``.

    Args:
        archive: the zip file.
        folder: the folder in it, "ml-100k".
        members: the plain names of the files in it that will be read.
        limit: bytes that a member may claim.

    Raises:
        SourceError: not a zip file, or a member is missing, encrypted or too large.
    """
    try:
        opened = zipfile.ZipFile(archive)
    except (zipfile.BadZipFile, EOFError) as error:
        raise SourceError(f"{archive} is no zip file ({error}); remove it") from None
    for name in members:
        try:
            entry = opened.getinfo(f"{folder}/{name}")
        except KeyError:
            raise SourceError(f"{archive} holds no {folder}/{name}") from None
        if entry.file_size > limit:
            raise SourceError(
                f"{archive}: {entry.filename} claims {entry.file_size:,} bytes; "
                f"at most {limit:,} are expected"
            )
        if entry.flag_bits & 1:
            raise SourceError(f"{archive}: {entry.filename} is encrypted")
    return zipfile.Path(opened, f"{folder}/")
