"""One text, as Markdown and as HTML."""

from pipeline.report.document import (
    Cell,
    Document,
    Plot,
    Section,
    Table,
    slug,
    to_html,
    to_markdown,
)

TABLE = Table(
    ("method", "P@1"),
    (
        (Cell("A|B <b>"), Cell(".2000", bold=True, spread="±.0100", landmark="(.1000)")),
        (Cell("a|b=1", code=True), Cell(".1000")),
    ),
    title="Means",
    marked=0,
)
SECTION = Section(
    "Figures & more",
    ("Of `mrr_sum@10` and *this*.",),
    ("one", "two"),
    "pipeline compare",
    (Plot("bars", b"<svg/>", "bars"),),
    (TABLE,),
)
DOCUMENT = Document("Title <1>", "Lead.", (SECTION,))


def test_markdown():
    assert to_markdown(DOCUMENT) == (
        "# Title <1\\>\n\nLead.\n\n## Figures & more\n\n"
        "Of `mrr_sum@10` and \\*this\\*.\n\n- one\n- two\n\n"
        "```sh\npipeline compare\n```\n\n![bars](plots/bars.svg)\n\n**Means**\n\n"
        "| method | P@1 |\n| --- | ---: |\n"
        "| A\\|B \\<b\\> | **.2000** ±.0100 (.1000) |\n| `a\\|b=1` | .1000 |\n"
    )


def test_markdown_escapes_what_has_a_meaning_and_nothing_else():
    words = "p <.001, a_b, R&D, 5 < 6, _x_ &lt; $1 ~2~ [3](4) <i>"
    text = to_markdown(Document("T", words, ()))
    escaped = r"p <.001, a_b, R&D, 5 < 6, \_x\_ \&lt; \$1 \~2\~ \[3\](4) \<i\>"
    assert text == f"# T\n\n{escaped}\n"


def test_html_escapes_and_marks():
    page = to_html(DOCUMENT)
    assert "<title>Title &lt;1&gt;</title>" in page
    assert '<h2 id="figures-more">Figures &amp; more</h2>' in page
    assert '<a href="#figures-more">' in page
    assert "<code>mrr_sum@10</code> and *this*." in page
    assert "A|B &lt;b&gt;" in page
    assert "<strong>.2000</strong>" in page
    assert page.count('<tr class="marked">') == 1
    assert 'src="data:image/svg+xml;base64,PHN2Zy8+"' in page


def test_names_of_files_and_links_are_plain():
    assert slug("Cut histories: 1,200 users") == "cut-histories-1-200-users"
