"""Write the report of a comparison: report.md, report.html and the plots."""

from __future__ import annotations

from pathlib import Path

from model.atomic_file import write_atomically
from pipeline.report.content import Report
from pipeline.report.document import to_html, to_markdown
from pipeline.report.sections import as_document


def write_report(folder: Path, report: Report) -> tuple[Path, Path]:
    """Write report.md, report.html and plots/*.svg, each file completely or not at all.

    Returns:
        The paths of the Markdown file and the HTML file.

    Raises:
        ValueError: a user lacks the metrics of some method or seed.
        OSError: the folder is not writable.
    """
    document = as_document(report)
    for plot in document.plots:
        write_atomically(folder / plot.file, plot.svg)
    markdown, html = folder / "report.md", folder / "report.html"
    write_atomically(html, to_html(document).encode())
    write_atomically(markdown, to_markdown(document).encode())
    return markdown, html
