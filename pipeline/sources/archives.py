"""Read single files from a zip archive without unpacking it."""

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
    """Yield a folder inside a zip archive after checking the members to read.

    Nothing is written to disk, so a member's path cannot do harm. zipfile stops reading a member at
    its declared size, and that size is checked against ``limit``.

    Args:
        archive: the zip file.
        folder: the folder in it, such as "ml-100k".
        members: the plain names of the files to read in that folder.
        limit: largest declared size of a member, in bytes.

    Raises:
        SourceError: the archive is damaged or not a zip file, or a member is missing, encrypted or
            too large.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            for name in members:
                _check_member(opened, f"{folder}/{name}", limit)
            yield zipfile.Path(opened, f"{folder}/")
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise SourceError(f"{archive} is damaged or not a zip file ({error}); delete it") from None


def _check_member(opened: zipfile.ZipFile, member: str, limit: int) -> None:
    try:
        entry = opened.getinfo(member)
    except KeyError:
        raise SourceError(f"{opened.filename} contains no {member}") from None
    if entry.file_size > limit:
        raise SourceError(
            f"{opened.filename}: {member} declares {entry.file_size:,} bytes; "
            f"the limit is {limit:,}"
        )
    if entry.flag_bits & 1:
        raise SourceError(f"{opened.filename}: {member} is encrypted")
