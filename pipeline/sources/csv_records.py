"""Find the rows of a CSV file, in which a quoted field may span lines.

A field in double quotes may hold separators, line breaks and quotes, each written twice. Blanks
around the quotes are skipped. A quote within an unquoted field is a letter. A row's line number is
that of its first line.

Quotes that do not match spoil as few lines as possible:

- A field is not closed if the file ends first, if its row has more than MAX_LINES lines or
  MAX_CHARACTERS characters, or if its next quote begins a field of a later line: '1,"x' before
  '2,"y"'. The row's first line is refused alone, and reading goes on with the next line.
- A field has text after its closing quote: '"x"y', or '"a "b" c"'. The row is refused. It ends
  with the first line after which the number of its quotes is even.

Two stray quotes, one at the start of a field and one at the end of a later field, cannot be told
from a field of several lines.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple, cast

from pipeline.sources.lines import Lines

MAX_LINES = 1_000
MAX_CHARACTERS = 1_000_000
_UNCLOSED = "a quoted field is not closed; close it, or delete its quote"
_TEXT_AFTER = "a quoted field has text after its closing quote; write a quote within a field twice"
_BLANK_AND_QUOTE = re.compile(r'"(?:(?=[^\S\n])|(?<=[^\S\n]"))')
_WITHIN = re.compile(r'((?:[^"]++|"")*+)("?)')


class Record(NamedTuple):
    """A row of a CSV file, or a blank line."""

    place: int  # of its first line in the block
    lines: int  # number of its lines
    fields: list[str]
    flaw: str = ""  # reason why it cannot be split; it then has no fields

    @property
    def places(self) -> range:
        """Places of its lines in the block."""
        return range(self.place, self.place + self.lines)


class Cells(NamedTuple):
    """The fields of lines of which each is a row."""

    fields: list[str]  # line after line
    widths: list[int]  # number of fields of each line


class Block(NamedTuple):
    """Consecutive lines of a file that hold whole rows."""

    lines: Lines
    records: list[Record] | None = None  # None if each line is a row
    cells: Cells | None = None  # None if there are records, or no quotes

    def rows(self, separator: str) -> Iterator[Record]:
        """Yield the rows and blank lines."""
        if self.records is not None:
            yield from self.records
        elif self.cells is not None:
            at = 0
            for place, width in enumerate(self.cells.widths):
                yield Record(place, 1, self.cells.fields[at : at + width])
                at += width
        else:
            for place, text in enumerate(self.lines.texts):
                yield Record(place, 1, text.split(separator))

    def text(self, record: Record) -> str:
        """Return all lines of a record."""
        return "\n".join(self.lines.texts[record.place : record.place + record.lines])


def whole_rows(blocks: Iterable[Lines], separator: str) -> Iterator[Block]:
    """Yield the lines again, so divided that no row is in two blocks."""
    scanner = _Scanner(separator)
    begun: Lines | None = None  # the last lines, if they are the beginning of a row
    for lines in blocks:
        joined = _joined(begun, lines) if begun else lines
        if not joined.quotes:
            yield Block(joined)
            continue
        cells = _cells(joined.texts, separator)
        if cells is not None:
            yield Block(joined, cells=cells)
            begun = None
            continue
        records, end = scanner.records(joined.texts, final=False)
        begun = _part(joined, end, len(joined.texts)) if end < len(joined.texts) else None
        yield Block(_part(joined, 0, end) if begun else joined, records)
    if begun:
        yield Block(begun, scanner.records(begun.texts, final=True)[0])


def _cells(texts: list[str], separator: str) -> Cells | None:
    """Return the fields of lines, or None if a line needs a closer look.

    This is the fast path for long files with quotes. It keeps no list per line: the garbage
    collector would spend more time on them than the reader.
    """
    if _BLANK_AND_QUOTE.search("\n".join(texts)):
        return None
    cells = Cells([], [])
    try:
        for row in csv.reader(texts, delimiter=separator, strict=True):
            cells.fields.extend(row)
            cells.widths.append(len(row))
    except csv.Error:
        return None
    return cells if len(cells.widths) == len(texts) else None


def _joined(first: Lines, then: Lines) -> Lines:
    """Return the lines of both; ``then`` follows ``first`` in the file."""
    bad = {*first.undecodable, *(len(first.texts) + place for place in then.undecodable)}
    return then._replace(
        first=first.first, texts=first.texts + then.texts, undecodable=bad, quotes=True
    )


def _part(lines: Lines, start: int, end: int) -> Lines:
    bad = {place - start for place in lines.undecodable if start <= place < end}
    return lines._replace(
        first=lines.first + start, texts=lines.texts[start:end], undecodable=bad, quotes=True
    )


class _Unclosed(Exception):  # noqa: N818
    """The row that begins at the present line has no end."""


class _Incomplete(Exception):  # noqa: N818
    """The row may go on after the present lines."""


class _Scanner:
    """Splits lines into records, for one separator."""

    def __init__(self, separator: str) -> None:
        self._separator = separator
        ends = re.escape(separator)
        blanks = rf"(?:(?!{ends})\s)*+"
        self._opening = re.compile(f'{blanks}"')
        self._closed = re.compile(f"{blanks}(?={ends}|$)")
        self._field_start = re.compile(f"(?:^|{ends}){blanks}$")
        self._field = re.compile(f'(?:^|{ends}){blanks}"(?!"|{blanks}(?:{ends}|$))')

    def records(self, texts: list[str], *, final: bool) -> tuple[list[Record], int]:
        """Return the records, and the place after them.

        Args:
            texts: lines of the file.
            final: True if the file ends here; else a last row that may go on is left out.
        """
        found = []
        place = 0
        while place < len(texts):
            if '"' not in texts[place]:
                record = Record(place, 1, texts[place].split(self._separator))
            else:
                try:
                    record = self._quoted(texts, place, final=final)
                except _Unclosed:
                    record = Record(place, 1, [], _UNCLOSED)
                except _Incomplete:
                    break
            found.append(record)
            place += record.lines
        return found, place

    def _quoted(self, texts: list[str], place: int, *, final: bool) -> Record:
        following = _following(texts, place, final=final)
        fields: list[str] = []
        last, text, at = place, texts[place], 0
        while True:
            if opening := self._opening.match(text, at):
                opened, at = last, opening.end()
                parts = []
                while not (within := _within(text, at))[1]:
                    parts.append(within[0])
                    last, text = next(following)
                    at = 0
                parts.append(within[0])
                at += len(within[0]) + 1
                closed = self._closed.match(text, at)
                if not closed:
                    if opened < last and self._field_start.search(text[: at - 1]):
                        raise _Unclosed
                    last = self._end_of_spoilt(last, text[at:], following)
                    return Record(place, last - place + 1, [], _TEXT_AFTER)
                fields.append("\n".join(parts).replace('""', '"'))
                at = closed.end()
            else:
                end = text.find(self._separator, at)
                fields.append(text[at:] if end < 0 else text[at:end])
                at = len(text) if end < 0 else end
            if at == len(text):
                return Record(place, last - place + 1, fields)
            at += len(self._separator)

    def _end_of_spoilt(self, last: int, rest: str, following: Iterator[tuple[int, str]]) -> int:
        """Return the place of the last line of a row, of which ``rest`` is outside quotes."""
        within = rest.count('"') % 2
        while within:
            last, text = next(following)
            if self._field.search(text):
                raise _Unclosed
            within = (within + text.count('"')) % 2
        return last


def _within(text: str, at: int) -> tuple[str, str]:
    """Return the part of a quoted field from ``at`` on, and the quote that ends it, if any."""
    match = cast("re.Match[str]", _WITHIN.match(text, at))  # it always matches
    return match[1], match[2]


def _following(texts: list[str], place: int, *, final: bool) -> Iterator[tuple[int, str]]:
    """Yield the place and text of the lines that the row at ``place`` may go on with."""
    size = len(texts[place])
    for after in range(place + 1, min(place + MAX_LINES, len(texts))):
        size += len(texts[after])
        if size > MAX_CHARACTERS:
            raise _Unclosed
        yield after, texts[after]
    if final or place + MAX_LINES <= len(texts):
        raise _Unclosed
    raise _Incomplete
