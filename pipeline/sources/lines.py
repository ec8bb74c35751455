"""Read a text file's lines with their numbers: plain or gzip, of any size.

Only a newline ends a line, as in an editor or ``sed``. A carriage return before it is dropped.
"""

from __future__ import annotations

import gzip
import zipfile
import zlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import IO, Any, NamedTuple, Protocol, cast

from pipeline.errors import SourceError

_BLOCK = 1 << 22  # bytes read at a time
_BOM = b"\xef\xbb\xbf"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


class TextFile(Protocol):
    """A pathlib.Path, or a zipfile.Path for a member of an archive."""

    @property
    def name(self) -> str: ...  # noqa: D102

    def open(self, mode: Any) -> Any: ...  # noqa: D102


class Lines(NamedTuple):
    """Consecutive lines of a file."""

    first: int  # number of the first line, from 1
    texts: list[str]
    undecodable: Collection[int]  # places in ``texts`` of lines with bytes that are not valid


def iter_lines(file: TextFile, encoding: str) -> Iterator[Lines]:
    """Yield all lines, some megabytes at a time; a byte order mark is dropped.

    Raises:
        SourceError: no such file, UTF-16 text, or a damaged or truncated gzip stream.
    """
    number = 1
    rest = b""
    with _opened(file) as stream:
        while content := stream.read(_BLOCK):
            if number == 1 and not rest:
                if content.startswith(_UTF_16):
                    raise SourceError(f"{file} is UTF-16 text; save it as {encoding}")
                content = content.removeprefix(_BOM)
            block, newline, rest = (rest + content).rpartition(b"\n")
            if newline:
                lines = _decode(number, block, encoding)
                yield lines
                number += len(lines.texts)
        if rest:
            yield _decode(number, rest, encoding)


def _decode(number: int, block: bytes, encoding: str) -> Lines:
    block = block.replace(b"\r\n", b"\n").removesuffix(b"\r")
    try:
        return Lines(number, block.decode(encoding).split("\n"), ())
    except UnicodeDecodeError:
        pass
    texts, undecodable = [], set()
    for place, line in enumerate(block.split(b"\n")):
        try:
            texts.append(line.decode(encoding))
        except UnicodeDecodeError:
            texts.append(line.decode(encoding, errors="replace"))
            undecodable.add(place)
    return Lines(number, texts, undecodable)


@contextmanager
def _opened(file: TextFile) -> Iterator[IO[bytes]]:
    """Open the file as bytes, unpacked if it is gzip."""
    try:
        with file.open("rb") as raw:
            magic = raw.read(2)
            raw.seek(0)
            if magic == b"\x1f\x8b" or (magic and file.name.endswith(".gz")):
                with gzip.open(raw) as unpacked:
                    yield cast(IO[bytes], unpacked)
            else:
                yield raw
    except FileNotFoundError:
        raise SourceError(f"there is no file {file}") from None
    except EOFError:
        raise SourceError(
            f"{file} is truncated: the gzip stream has no end; download it again"
        ) from None
    except (gzip.BadGzipFile, zipfile.BadZipFile, zlib.error) as error:
        raise SourceError(f"{file} is damaged ({error}); download it again") from None
    except IsADirectoryError:
        raise SourceError(f"{file} is a folder, not a file") from None
