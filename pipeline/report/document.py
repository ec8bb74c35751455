"""A document with tables and plots, built once and written as Markdown and as HTML."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined

PLOTS = "plots"  # folder of the plots, beside the Markdown file
_MARKUP = re.compile(  # what GitHub would interpret; a_b and <.001 stay as they are
    r"([\\*\[\]>|~$`]|<(?=[A-Za-z/!?])|&(?=#?\w+;)|(?<![^\W_])_|_(?![^\W_]))"
)
_CODE = re.compile(r"`([^`]+)`")


@dataclass(frozen=True)
class Cell:
    """One cell of a table.

    Attributes:
        text: plain words or a figure.
        bold: True to highlight the text.
        spread: the figure's deviation or interval.
        landmark: a figure from elsewhere, for orientation.
        code: True if the text is code.
    """

    text: str
    bold: bool = False
    spread: str = ""
    landmark: str = ""
    code: bool = False


@dataclass(frozen=True)
class Table:
    """Rows under a header.

    Attributes:
        header: the titles of the columns.
        rows: the rows, each with one cell per column.
        title: the title of the table; empty where the section's title is enough.
        words: the number of leading columns that hold words, aligned left; the others hold figures.
        marked: the index of a row that is highlighted in HTML.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    title: str = ""
    words: int = 1
    marked: int | None = None


@dataclass(frozen=True)
class Plot:
    """A plot.

    Attributes:
        name: its file name without the extension.
        svg: the content of its file.
        alt: a description in words.
    """

    name: str
    svg: bytes
    alt: str

    @property
    def file(self) -> str:
        """The path of its file, relative to the Markdown file."""
        return f"{PLOTS}/{self.name}.svg"

    @property
    def embedded(self) -> str:
        """The plot as a data URL."""
        return f"data:image/svg+xml;base64,{b64encode(self.svg).decode()}"


@dataclass(frozen=True)
class Section:
    """A title and the content under it, in the order of the attributes.

    Paragraphs and points may mark `` `code` ``.

    Attributes:
        title: the title, in plain words.
        paragraphs: the paragraphs below it.
        points: the items of a list.
        shell: a shell command.
        plots: the plots, below the words.
        tables: the tables, below the plots.
        level: 2 for a section, 3 for a subsection of the section before.
    """

    title: str
    paragraphs: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    shell: str = ""
    plots: tuple[Plot, ...] = ()
    tables: tuple[Table, ...] = ()
    level: int = 2

    @property
    def anchor(self) -> str:
        """The section's name in links."""
        return slug(self.title)


@dataclass(frozen=True)
class Document:
    """A title, a lead paragraph and sections."""

    title: str
    lead: str
    sections: tuple[Section, ...]

    @property
    def plots(self) -> list[Plot]:
        """The plots of all sections, in order."""
        return [plot for section in self.sections for plot in section.plots]


def slug(title: str) -> str:
    """Return the title as lower-case words joined by hyphens, for file names and links."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


def to_markdown(document: Document) -> str:
    """Return GitHub's Markdown, which expects the plots as files beside it (``Plot.file``)."""
    parts = [f"# {_escaped(document.title)}", _prose(document.lead)]
    for section in document.sections:
        parts.append(f"{'#' * section.level} {_escaped(section.title)}")
        parts += [_prose(paragraph) for paragraph in section.paragraphs]
        parts.append("\n".join(f"- {_prose(point)}" for point in section.points))
        if section.shell:
            parts.append(f"```sh\n{section.shell}\n```")
        parts += [f"![{_escaped(plot.alt)}]({plot.file})" for plot in section.plots]
        for table in section.tables:
            parts += [f"**{_escaped(table.title)}**" if table.title else "", _table(table)]
    return "\n\n".join(part for part in parts if part) + "\n"


def to_html(document: Document) -> str:
    """Return one self-contained HTML page, with style and plots inside."""
    environment = Environment(
        loader=PackageLoader("pipeline.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["spans"] = _CODE.split
    return environment.get_template("report.html.j2").render(document=document)


def _table(table: Table) -> str:
    rule = ["---" if column < table.words else "---:" for column in range(len(table.header))]
    lines = [[_escaped(word) for word in table.header], rule]
    lines += [[_cell(cell) for cell in row] for row in table.rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(cell: Cell) -> str:
    if cell.code:
        return f"`{cell.text.replace('|', chr(92) + '|')}`" if cell.text else ""
    text = _escaped(cell.text)
    parts = (f"**{text}**" if cell.bold else text, _escaped(cell.spread), _escaped(cell.landmark))
    return " ".join(part for part in parts if part)


def _prose(text: str) -> str:
    spans = enumerate(_CODE.split(text))
    return "".join(f"`{span}`" if place % 2 else _escaped(span) for place, span in spans)


def _escaped(text: str) -> str:
    return _MARKUP.sub(r"\\\1", " ".join(text.splitlines()))
