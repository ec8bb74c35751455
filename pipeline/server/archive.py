"""The file of a backup: a tar archive whose first member lists the others with their SHA-256.

It is not compressed: the dump in it is, so a small file cannot unpack to a large one here.
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import IO

from pydantic import TypeAdapter, ValidationError

from model.atomic_file import naming
from pipeline.errors import ServerError
from pipeline.server.admin import DUMP
from pipeline.server.manifest import FORMAT, Manifest, Member, allowed

_MANIFEST = "manifest.json"
_LARGEST_MANIFEST = 16 * 1024**2  # bytes
_BLOCK = 1024**2  # bytes read at a time


def write_archive(file: Path, neo4j: str, created: str, content: Mapping[str, Path]) -> Manifest:
    """Write an archive of these files, by their names in it.

    Raises:
        OSError: the disk is full or the folder is not writable. The error names ``file``.
    """
    members = [Member(name, *_size_and_digest(source)) for name, source in content.items()]
    manifest = Manifest(FORMAT, neo4j, created, members)
    text = json.dumps(asdict(manifest), indent=2).encode()
    with naming(file), tarfile.open(file, "w", format=tarfile.GNU_FORMAT) as archive:
        archive.addfile(_header(_MANIFEST, len(text)), io.BytesIO(text))
        for member in members:
            with content[member.name].open("rb") as stream:
                archive.addfile(_header(member.name, member.size), stream)
    return manifest


def _header(name: str, size: int) -> tarfile.TarInfo:
    header = tarfile.TarInfo(name)
    header.size, header.mode = size, 0o600
    return header


def _size_and_digest(file: Path) -> tuple[int, str]:
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
        return stream.tell(), digest


def unpack(file: Path, folder: Path) -> Manifest:
    """Unpack the archive into an empty folder, each file checked, and return its manifest.

    Raises:
        ServerError: the archive is damaged, of another format, or holds what a backup does not.
        OSError: the file cannot be read, or the disk is full.
    """
    with _reported(file), tarfile.open(file, "r:") as archive:
        manifest = _read_manifest(archive)
        expected = {member.name: member for member in manifest.members}
        if DUMP not in expected or len(expected) != len(manifest.members):
            raise _DamageError("its list of files has no dump, or names a file twice")
        if sum(member.size for member in manifest.members) > file.stat().st_size:
            raise _DamageError("it is smaller than the files that it lists")
        while (header := archive.next()) is not None:
            member = expected.pop(header.name, None)
            if member is None or not allowed(header.name) or not header.isreg():
                raise _DamageError(f"it holds {header.name!r}, which is no file of a backup")
            if header.size != member.size:
                raise _DamageError(f"{header.name} has {header.size:,} bytes, not {member.size:,}")
            _copy(archive.extractfile(header), folder / member.name, member)
        if expected:
            raise _DamageError(f"{min(expected)} is missing")
    return manifest


class _DamageError(Exception):
    """Why the archive cannot be used."""


@contextmanager
def _reported(file: Path) -> Iterator[None]:
    try:
        yield
    except (_DamageError, tarfile.TarError, ValueError, OverflowError) as error:
        raise ServerError(
            f"{file} is damaged or not a backup: {error}; nothing was changed; use another backup"
        ) from error


def _read_manifest(archive: tarfile.TarFile) -> Manifest:
    header = archive.next()
    if header is None or header.name != _MANIFEST or not header.isreg():
        raise _DamageError(f"it does not begin with {_MANIFEST}")
    if header.size > _LARGEST_MANIFEST:
        raise _DamageError(f"{_MANIFEST} has {header.size:,} bytes")
    stream = archive.extractfile(header)
    text = b"" if stream is None else stream.read()
    try:
        manifest = TypeAdapter(Manifest).validate_json(text)
    except ValidationError as error:
        raise _DamageError(f"{_MANIFEST} is damaged ({error.error_count()} errors)") from None
    if manifest.format != FORMAT:
        raise _DamageError(f"it has format {manifest.format}, and this program reads {FORMAT}")
    return manifest


def _copy(stream: IO[bytes] | None, target: Path, member: Member) -> None:
    digest, left = hashlib.sha256(), member.size
    target.parent.mkdir(parents=True, exist_ok=True)
    with naming(target), target.open("xb") as copy:
        while stream is not None and (block := stream.read(min(_BLOCK, left))):
            digest.update(block)
            copy.write(block)
            left -= len(block)
    if left or digest.hexdigest() != member.sha256:
        raise _DamageError(f"the content of {member.name} does not match its SHA-256")
