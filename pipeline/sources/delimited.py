"""Read delimited text row by row, with line numbers: CSV, tab or ``::``, plain or gzip.

A row is one line; in CSV, a quoted field may span lines (see csv_records for quotes that do not
match). Blank lines are skipped. Rows that cannot be split are refused with the number of their
first line. A file that is not UTF-8 is read in the encoding of its format (see lines). A file that
cannot be used at all raises a SourceError.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.errors import SourceError
from pipeline.progress import say
from pipeline.sources.csv_records import Block, Record, whole_rows
from pipeline.sources.lines import GUESSED, TextFile, iter_lines
from pipeline.sources.tables import RefusedRow

if TYPE_CHECKING:
    from pandas import DataFrame


@dataclass(frozen=True)
class Layout:
    """The format of a file's rows.

    Attributes:
        separator: one or more characters between two fields.
        encoding: utf-8, latin-1 or cp1252, for a file that is not UTF-8 (see lines).
        header: True if the first line names the columns.
        quoted: True if fields may be in double quotes, as in CSV.
    """

    separator: str = ","
    encoding: str = "utf-8"
    header: bool = True
    quoted: bool = False


CSV = Layout(encoding=GUESSED, quoted=True)
TSV = Layout(separator="\t")


@dataclass(frozen=True)
class Rows:
    """Consecutive rows of a file, as strings.

    Attributes:
        file: the file's path, for messages.
        columns: name -> the rows' fields, stripped of blanks; only the requested columns.
        lines: number of each row's first line, from 1.
        texts: each row's original lines.
        refused: rows between these rows that could not be split.
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
    rename = rename or {}
    names = None if layout.header else list(columns)
    wanted = {*columns, *optional}
    notes = _Notes(str(file))
    found = False
    for block in _blocks(file, layout):
        notes.take(block)
        start = 0
        if names is None:
            rows = block.rows(layout.separator)
            header = next((row for row in rows if block.text(row).strip()), None)
            if header is None:
                continue
            if header.flaw:
                raise SourceError(f"{file}: the first line: {header.flaw}")
            names = [rename.get(name, name) for name in map(str.strip, header.fields)]
            _check_header(file, block.text(header), names, columns, layout.separator)
            start = header.place + header.lines
        found_here = _split(str(file), block, start, names, wanted, layout)
        if found_here.read:
            found = True
            yield found_here
    if names is None or not (layout.header or found):
        raise SourceError(f"{file} is empty")
    if not found:
        raise SourceError(f"{file} has a header but no rows; get the whole file")
    notes.finish()


def line_texts(file: TextFile, numbers: Collection[int], layout: Layout = CSV) -> dict[int, str]:
    """Return line number -> text of the rows that begin on these lines, for a report on them."""
    found: dict[int, str] = {}
    remaining = sorted(numbers, reverse=True)
    for block in _blocks(file, layout):
        first, texts = block.lines.first, block.lines.texts
        texts_of_rows = {r.place: block.text(r) for r in block.records or () if r.lines > 1}
        while remaining and remaining[-1] < first + len(texts):
            place = remaining.pop() - first
            found[place + first] = texts_of_rows.get(place, texts[place])
        if not remaining:
            break
    return found


def _blocks(file: TextFile, layout: Layout) -> Iterator[Block]:
    lines = iter_lines(file, layout.encoding)
    if layout.quoted:
        return whole_rows(lines, layout.separator)
    return map(Block, lines)


class _Notes:
    """Says once for a file how it was read, where that may surprise."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._recoded = False
        self._longest = (0, 0)  # number of lines, minus the number of the first line
        self._of_several_lines = 0

    def take(self, block: Block) -> None:
        """Look at a block; say if it is the first one that is not UTF-8."""
        first, texts, _, encoding, _ = block.lines
        if encoding == GUESSED and not self._recoded:
            for place, text in enumerate(texts):
                if not text.isascii():
                    self._recoded = True
                    say(
                        f"{self._file} is not UTF-8: read as Windows-1252 (first: {_short(text)} "
                        f"on line {first + place}); if letters are wrong, save it as UTF-8"
                    )
                    break
        for row in block.records or ():
            if row.lines > 1 and not row.flaw:
                self._of_several_lines += 1
                self._longest = max(self._longest, (row.lines, -(first + row.place)))

    def finish(self) -> None:
        """Say how many rows span lines: stray quotes may have joined them."""
        if self._of_several_lines:
            lines, line = self._longest
            say(
                f"{self._file}: rows of several lines: {self._of_several_lines} "
                f"(the longest: {lines} lines from line {-line})"
            )


def _split(
    file: str, block: Block, start: int, names: list[str], wanted: set[str], layout: Layout
) -> Rows:
    lines = block.lines
    width = len(names)
    texts = lines.texts[start:]
    numbers: Sequence[int] = range(lines.first + start, lines.first + start + len(texts))
    refused: list[RefusedRow] = []
    simple = block.records is None and not lines.undecodable
    fields = _plain_fields(texts, block, start, width, layout.separator) if simple else None
    if fields is None:
        fields, usable, texts = [], [], []
        for row in block.rows(layout.separator):
            text = block.text(row)
            if row.place < start or (not text.strip() and (width == 1 or len(row.fields) != width)):
                continue
            reason = _unusable(block, row, text, width)
            if reason:
                refused.append(RefusedRow(file, lines.first + row.place, reason, text))
            else:
                fields += row.fields
                usable.append(lines.first + row.place)
                texts.append(text)
        numbers = usable
    columns = {
        name: list(map(str.strip, fields[place::width]))
        for place, name in enumerate(names)
        if name in wanted
    }
    return Rows(file, columns, numbers, texts, refused)


def _plain_fields(
    texts: list[str], block: Block, start: int, width: int, separator: str
) -> list[str] | None:
    """Return all fields of rows of one line in one list, or None if a row cannot be used.

    This is the fast path for long files.
    """
    joined = "\n".join(texts)
    if "\0" in joined or width == 1:
        return None
    if block.cells is not None:
        fields, widths = block.cells
        return fields[sum(widths[:start]) :] if set(widths[start:]) == {width} else None
    if set(map(str.count, texts, [separator] * len(texts))) != {width - 1}:
        return None
    return joined.replace(separator, "\n").split("\n")


def _unusable(block: Block, row: Record, text: str, width: int) -> str | None:
    if block.lines.undecodable and not block.lines.undecodable.isdisjoint(row.places):
        return f"not valid {block.lines.encoding}"
    if "\0" in text:
        return "a NUL byte"
    if row.flaw:
        return row.flaw
    if len(row.fields) != width:
        return f"{len(row.fields)} field{'s' * (len(row.fields) > 1)} instead of {width}"
    return None


def _check_header(
    file: TextFile, line: str, names: list[str], required: Sequence[str], separator: str
) -> None:
    missing = [name for name in required if name not in names]
    if missing:
        found = separator.join(names) or line
        raise SourceError(
            f"{file}: no column {', '.join(missing)}; the first line is {_short(found)}, "
            f"the required columns are {separator.join(required)}"
        )
    twice = [name for name in required if names.count(name) > 1]
    if twice:
        raise SourceError(f"{file}: column {twice[0]} occurs twice in the first line")


def _short(text: str) -> str:
    return repr(text if len(text) <= 120 else text[:117] + "...")
