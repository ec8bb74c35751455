"""Read delimited text line by line, with line numbers: CSV, tab or ``::``, plain or gzip.

A record is one line: a stray quote spoils only its own line, and a quoted field cannot contain a
line break. Blank lines are skipped. Lines that cannot be split are refused with their number. A
file that cannot be used at all raises a SourceError.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.errors import SourceError
from pipeline.sources.lines import Lines, TextFile, iter_lines
from pipeline.sources.tables import RefusedRow

if TYPE_CHECKING:
    from pandas import DataFrame


@dataclass(frozen=True)
class Layout:
    """The format of a file's lines.

    Attributes:
        separator: one or more characters between two fields.
        encoding: utf-8, latin-1 or another superset of ASCII.
        header: True if the first line names the columns.
        quoted: True if fields may be in double quotes, as in CSV.
    """

    separator: str = ","
    encoding: str = "utf-8"
    header: bool = True
    quoted: bool = False


CSV = Layout(quoted=True)
TSV = Layout(separator="\t")


@dataclass(frozen=True)
class Rows:
    """Consecutive rows of a file, as strings.

    Attributes:
        file: the file's path, for messages.
        columns: name -> the rows' fields, stripped of blanks; only the requested columns.
        lines: line number of each row, from 1.
        texts: each row's original line.
        refused: lines between these rows that could not be split.
    """

    file: str
    columns: dict[str, list[str]]
    lines: Sequence[int]
    texts: Sequence[str]
    refused: list[RefusedRow]

    @property
    def read(self) -> int:
        """Number of rows read, including the refused ones."""
        return len(self.lines) + len(self.refused)

    def frame(self) -> DataFrame:
        """Return a data frame of the columns, plus ``line`` (int64) and ``text``."""
        import pandas as pd

        return pd.DataFrame({**self.columns, "line": self.lines, "text": self.texts})

    def refuse(self, reasons: Mapping[int, str]) -> list[RefusedRow]:
        """Return the rows at these positions as refused rows, each with its reason."""
        return [
            RefusedRow(self.file, self.lines[row], reason, self.texts[row])
            for row, reason in reasons.items()
        ]


def read_rows(
    file: TextFile,
    columns: Sequence[str],
    layout: Layout = CSV,
    *,
    optional: Sequence[str] = (),
    rename: Mapping[str, str] | None = None,
) -> Rows:
    """Read all rows of a file that fits in memory; see iter_rows."""
    blocks = list(iter_rows(file, columns, layout, optional=optional, rename=rename))
    return Rows(
        blocks[0].file,
        {name: [x for b in blocks for x in b.columns[name]] for name in blocks[0].columns},
        [line for block in blocks for line in block.lines],
        [text for block in blocks for text in block.texts],
        [row for block in blocks for row in block.refused],
    )


def iter_rows(
    file: TextFile,
    columns: Sequence[str],
    layout: Layout = CSV,
    *,
    optional: Sequence[str] = (),
    rename: Mapping[str, str] | None = None,
) -> Iterator[Rows]:
    """Yield the rows of a file, some megabytes at a time.

    Args:
        file: plain or gzip.
        columns: with a header, the required column names, in any order; without one, the names of
            all fields in order.
        layout: separator, encoding, header and quoting.
        optional: further columns to read if the header has them; other columns are ignored.
        rename: name in the header -> the name used in ``columns`` and ``optional``.

    Raises:
        SourceError: the file is missing, empty or damaged, or lacks rows or a required column.
    """
    names = None if layout.header else list(columns)
    wanted = {*columns, *optional}
    found = False
    for block in iter_lines(file, layout.encoding):
        start = 0
        if names is None:
            start = next((i for i, text in enumerate(block.texts) if text.strip()), -1)
            if start < 0:
                continue
            names = _header_names(file, block.texts[start], layout, columns, rename or {})
            start += 1
        rows = _split(str(file), block, start, names, wanted, layout)
        if rows.read:
            found = True
            yield rows
    if names is None or not (layout.header or found):
        raise SourceError(f"{file} is empty")
    if not found:
        raise SourceError(f"{file} has a header but no rows")


def line_texts(file: TextFile, numbers: Collection[int], layout: Layout = CSV) -> dict[int, str]:
    """Return line number -> text of the lines with these numbers, for a report on them."""
    found: dict[int, str] = {}
    remaining = sorted(numbers, reverse=True)
    for block in iter_lines(file, layout.encoding):
        while remaining and remaining[-1] < block.first + len(block.texts):
            number = remaining.pop()
            found[number] = block.texts[number - block.first]
        if not remaining:
            break
    return found


def _split(
    file: str, block: Lines, start: int, names: list[str], wanted: set[str], layout: Layout
) -> Rows:
    texts = block.texts[start:]
    width = len(names)
    numbers: Sequence[int] = range(block.first + start, block.first + start + len(texts))
    refused: list[RefusedRow] = []
    fields = None if block.undecodable else _plain_fields(texts, width, layout)
    if fields is None:
        fields, usable = [], []
        for place, text in enumerate(texts, start):
            record = _record(text, layout)
            if not text.strip() and (width == 1 or len(record) != width):
                continue
            if place in block.undecodable:
                reason: str | None = f"not valid {layout.encoding}"
            else:
                reason = _unusable(text, record, width)
            if reason:
                refused.append(RefusedRow(file, block.first + place, reason, text))
            else:
                fields += record
                usable.append(place)
        numbers = [block.first + place for place in usable]
        texts = [block.texts[place] for place in usable]
    columns = {
        name: list(map(str.strip, fields[place::width]))
        for place, name in enumerate(names)
        if name in wanted
    }
    return Rows(file, columns, numbers, texts, refused)


def _plain_fields(texts: list[str], width: int, layout: Layout) -> list[str] | None:
    """Return all fields in one list, or None if a line needs a closer look.

    This is the fast path for long files.
    """
    separator = layout.separator
    if width == 1 or set(map(str.count, texts, [separator] * len(texts))) != {width - 1}:
        return None
    joined = "\n".join(texts)
    if "\0" in joined or (layout.quoted and '"' in joined):
        return None
    return joined.replace(separator, "\n").split("\n")


def _unusable(text: str, record: list[str], width: int) -> str | None:
    if "\0" in text:
        return "a NUL byte"
    if not record:
        return "a quoted field is not closed, or has text outside its quotes"
    if len(record) != width:
        return f"{len(record)} field{'s' * (len(record) > 1)} instead of {width}"
    return None


def _record(text: str, layout: Layout) -> list[str]:
    if layout.quoted and '"' in text:
        return _quoted_fields(text, layout.separator)
    return text.split(layout.separator)


def _quoted_fields(text: str, separator: str) -> list[str]:
    """Return the fields of one CSV line, or an empty list if its quotes do not match."""
    try:
        return next(csv.reader([text], delimiter=separator, strict=True))
    except (csv.Error, StopIteration):
        return []


def _header_names(
    file: TextFile, line: str, layout: Layout, required: Sequence[str], rename: Mapping[str, str]
) -> list[str]:
    text = line.removesuffix("\r")
    fields = (
        _quoted_fields(text, layout.separator) if layout.quoted else text.split(layout.separator)
    )
    names = [rename.get(name.strip(), name.strip()) for name in fields]
    missing = [name for name in required if name not in names]
    if missing:
        found = layout.separator.join(fields) or line
        raise SourceError(
            f"{file}: no column {', '.join(missing)}; the first line is {_short(found)}, "
            f"the required columns are {layout.separator.join(required)}"
        )
    twice = [name for name in required if names.count(name) > 1]
    if twice:
        raise SourceError(f"{file}: column {twice[0]} occurs twice in the first line")
    return names


def _short(text: str) -> str:
    return repr(text if len(text) <= 120 else text[:117] + "...")
