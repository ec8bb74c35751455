"""Read single files from a zip archive without unpacking it."""

from __future__ import annotations

import errno
import lzma
import struct
import zipfile
import zlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import SourceError

# What zipfile and gzip raise for damaged bytes, beside OSError; see is_damage.
DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    NotImplementedError,  # an unknown compression
    RuntimeError,  # an encrypted member
    ValueError,  # a name that is no text, a negative place
    OverflowError,
)


def is_damage(error: Exception) -> bool:
    """Return True if damaged bytes cause such an error, and not the disk or missing rights."""
    if isinstance(error, OSError):
        return error.errno in (None, errno.EINVAL)  # None: of gzip and bz2
    return isinstance(error, DAMAGE)


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
    with _named(archive):
        opened = zipfile.ZipFile(archive)
    with opened:
        for name in members:
            _check_member(opened, f"{folder}/{name}", limit)
        yield zipfile.Path(opened, f"{folder}/")


def read_member(member: zipfile.Path) -> bytes:
    """Return the content of a file in an archive that open_archive has checked.

    Raises:
        SourceError: it is damaged.
    """
    with _named(member):
        return member.read_bytes()


@contextmanager
def _named(file: Path | zipfile.Path) -> Iterator[None]:
    try:
        yield
    except (OSError, *DAMAGE) as error:
        if not is_damage(error):
            raise
        raise SourceError(
            f"{file} is damaged or not a zip file ({error}); delete it, and download it again"
        ) from None


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
