"""Read a text file's lines with their numbers: plain or gzip, of any size.

Only a newline ends a line, as in an editor or ``sed``. A carriage return before it is dropped.

A file that is UTF-8 throughout is read as UTF-8, whatever its format. Another file is read in the
encoding of its format:

- latin-1: the whole file, as GroupLens wrote its files before 2009.
- cp1252 (Windows-1252, in which Excel saves CSV): the whole file, unless at least half of its
  lines with other than ASCII characters are UTF-8. Then it is UTF-8 with damaged lines.
- utf-8: it is UTF-8 with damaged lines.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Set
from contextlib import contextmanager
from typing import IO, Any, NamedTuple, Protocol, cast

from pipeline.errors import SourceError
from pipeline.sources.archives import DAMAGE, is_damage

GUESSED = "cp1252"  # the encoding of formats that say nothing of theirs
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
    undecodable: Set[int]  # places in ``texts`` of lines with bytes that are not valid
    encoding: str  # in which they were read
    quotes: bool  # True if there may be double quotes


def iter_lines(file: TextFile, encoding: str) -> Iterator[Lines]:
    """Yield all lines, some megabytes at a time; a byte order mark is dropped.

    Args:
        file: plain or gzip.
        encoding: utf-8, latin-1 or cp1252, for a file that is not UTF-8 throughout.

    Raises:
        SourceError: no such file, UTF-16 text, or a damaged or truncated gzip stream.
    """
    number, found = 1, ""
    for block in _blocks(file):
        if not found and not block.isascii():
            found = _find_encoding(file, encoding)
        lines = _decode(number, block, found or "utf-8")
        yield lines
        number += len(lines.texts)


def _blocks(file: TextFile) -> Iterator[bytes]:
    """Yield the file's bytes in blocks of whole lines, without the newline after each block."""
    begun = False
    rest = b""
    with _opened(file) as stream:
        while content := stream.read(_BLOCK):
            rest += content
            if not begun:
                if len(rest) < len(_BOM):
                    continue
                rest, begun = _without_mark(file, rest), True
            block, newline, rest = rest.rpartition(b"\n")
            if newline:
                yield block
        if rest:
            yield rest if begun else _without_mark(file, rest)


def _without_mark(file: TextFile, start: bytes) -> bytes:
    if start.startswith(_UTF_16):
        raise SourceError(f"{file} is UTF-16 text; save it as UTF-8")
    return start.removeprefix(_BOM)


def _find_encoding(file: TextFile, encoding: str) -> str:
    """Return utf-8 if the file is to be read as such, else ``encoding``."""
    if encoding == "utf-8":
        return encoding
    valid = invalid = 0
    for block in _blocks(file):
        for line in () if block.isascii() else block.split(b"\n"):
            if not line.isascii():
                try:
                    line.decode()
                    valid += 1
                except UnicodeDecodeError:
                    invalid += 1
    damaged = encoding == GUESSED and valid >= invalid
    return "utf-8" if damaged or not invalid else encoding


def _decode(number: int, block: bytes, encoding: str) -> Lines:
    block = block.replace(b"\r\n", b"\n").removesuffix(b"\r")
    quotes = b'"' in block
    try:
        return Lines(number, block.decode(encoding).split("\n"), set(), encoding, quotes)
    except UnicodeDecodeError:
        pass
    texts: list[str] = []
    undecodable: set[int] = set()
    for place, line in enumerate(block.split(b"\n")):
        try:
            texts.append(line.decode(encoding))
        except UnicodeDecodeError:
            texts.append(line.decode(encoding, errors="replace"))
            undecodable.add(place)
    return Lines(number, texts, undecodable, encoding, quotes)


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
    except IsADirectoryError:
        raise SourceError(f"{file} is a folder, not a file") from None
    except (OSError, *DAMAGE) as error:
        if not is_damage(error):
            raise
        raise SourceError(f"{file} is damaged ({error}); download it again") from None
