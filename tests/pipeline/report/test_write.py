"""The report as files: whole, self-contained, and the same each time."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from pipeline.report import plots
from pipeline.report import write as module
from pipeline.report.content import MethodInfo, Study
from pipeline.report.write import write_report
from tests.support.compared_users import TITLES, drawn, path_lengths, report, thin

VOID = {"meta", "img"}


class Page(HTMLParser):
    """Fails where tags are not closed in order; gathers addresses and images' words."""

    def __init__(self, text):
        super().__init__()
        self.open: list[str] = []
        self.addresses, self.words, self.ids = [], [], []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.addresses += [given[name] for name in ("src", "href") if name in given]
        self.ids += [given["id"]] if "id" in given else []
        self.words += [given["alt"]] if tag == "img" else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture
def undrawn(monkeypatch):
    """Empty plots, for tests that look at the words alone: drawing is what takes time."""
    monkeypatch.setattr(plots, "bars", lambda *given: b"<svg/>")
    monkeypatch.setattr(plots, "lines", lambda *given: b"<svg/>")


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    return folder, *write_report(folder, report())


def sections(markdown):
    """The titles, and what is under each."""
    parts = re.split(r"^##+ (.*)\n", markdown.read_text(), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_the_files(written):
    folder, markdown, html = written
    assert (markdown, html) == (folder / "report.md", folder / "report.html")
    plots = ["all-users.svg", "cold-start.svg", "cut-histories.svg", "study-path-length.svg"]
    assert sorted(file.name for file in (folder / "plots").iterdir()) == plots


def test_markdown_shows_every_plot_by_a_path_that_exists(written):
    folder, markdown, _ = written
    shown = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", markdown.read_text())
    assert len(shown) == 4
    assert all((folder / path).is_file() for path in shown)


def test_every_markdown_table_has_one_cell_per_column(written):
    tables = re.findall(r"(?:^\|.*\n)+", written[1].read_text(), flags=re.MULTILINE)
    assert len(tables) == 1 + 2 + 3 + 9 + 1 + 2
    for table in tables:
        lines = table.splitlines()
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in lines}) == 1
        assert set(lines[1]) <= set("|-: ")


def test_html_is_well_formed_and_needs_nothing_else(written):
    page = Page(written[2].read_text())
    links = [address for address in page.addresses if address.startswith("#")]
    embedded = [address for address in page.addresses if address.startswith("data:image/svg+xml")]
    assert len(links) + len(embedded) == len(page.addresses)
    assert len(embedded) == 4
    assert {link[1:] for link in links} <= set(page.ids)
    assert len(set(page.ids)) == len(page.ids)
    assert all(page.words)
    assert "url(" not in written[2].read_text()


def test_the_sections(written):
    assert list(sections(written[1])) == [
        "At a glance",
        "Protocol",
        "All users",
        "Cold start: 12 users",
        "Cut histories: 20 users",
        "RKAN minus the others",
        "All users: RKAN minus ...",
        "Cold start: RKAN minus ...",
        "Cut histories: RKAN minus ...",
        "Study: path length",
        "Methods and settings",
        "How it was made",
    ]


def test_the_figures_are_those_of_the_users(written):
    some = report().per_user
    chosen = some[(some.histories == "full") & (some.method == "rkan")]
    seeds = chosen.groupby("seed")["P@1"].mean()
    expected = f"{seeds.mean():.4f} ±{seeds.std():.4f} (0.1595)".replace("0.", ".")
    line = next(
        line for line in sections(written[1])["All users"].splitlines() if "RKAN" in line[:10]
    )
    assert line.replace("*", "").split(" | ")[1] == expected


def test_it_says_what_the_papers_figures_are_and_how_it_was_made(written):
    parts = sections(written[1])
    assert "MovieLens-1M joined with IMDb" in parts["All users"]
    assert "MovieLens-1M" not in parts["Cut histories: 20 users"]
    assert "newest 4 training ratings of 20 users" in parts["Protocol"]
    assert "the last 20 % are held out" in parts["Protocol"]
    assert "the 40 users with training and held-out ratings" in parts["Protocol"]
    assert "Falls with the length." in parts["Study: path length"]
    assert "| CKE |  | 0, 1 | 1.2 | `l2=2.5` |" in parts["Methods and settings"]
    made = parts["How it was made"]
    assert "pipeline compare --seeds 2" in made
    assert "| Python | 3.11 |" in made
    assert "0123456789abcdef" in made


def test_writing_again_gives_the_same_bytes(written, tmp_path):
    folder = written[0]
    write_report(tmp_path, report())
    files = [file.relative_to(folder) for file in folder.rglob("*") if file.is_file()]
    assert len(files) == 6
    for file in files:
        assert (tmp_path / file).read_bytes() == (folder / file).read_bytes(), file


@pytest.mark.usefixtures("undrawn")
def test_what_fails_leaves_the_earlier_report(tmp_path, monkeypatch):
    write_report(tmp_path, report(studies=[]))
    before = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    some = report(per_user=report().per_user.iloc[1:])
    with pytest.raises(ValueError, match="user 1 has no"):
        write_report(tmp_path, some)

    def full(file, content):
        raise OSError("disk full")

    monkeypatch.setattr(module, "write_atomically", full)
    with pytest.raises(OSError, match="disk full"):
        write_report(tmp_path, report(created_at="later"))
    assert {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()} == before


@pytest.mark.usefixtures("undrawn")
def test_without_cut_histories_and_studies_nothing_speaks_of_them(tmp_path):
    some = drawn({"popular": 0.1, "cke": 0.2, "rkan": 0.3}, kinds=("full",))
    some["isCut"] = False
    markdown, _ = write_report(tmp_path, report(per_user=some, studies=[]))
    assert "ut histories" not in markdown.read_text()
    assert "Study" not in markdown.read_text()


@pytest.mark.usefixtures("undrawn")
def test_where_evidence_is_thin_has_a_section_with_tests(tmp_path):
    some = report(
        per_user=thin({"popular": 0.1, "cke": 0.2, "rkan": 0.3}),
        studies=[],
        cold_movies=300,
        new_movies=25,
    )
    markdown, _ = write_report(tmp_path, some)
    parts = sections(markdown)
    assert "300 cold movies and 25 new movies" in parts["Where evidence is thin"]
    assert "| method | 1 rating | 2 ratings |" in parts["Where evidence is thin"]
    names = {
        "Histories cut to 2": 20,
        "Histories cut to 1": 20,
        "Cold movies": 20,
        "New movies": 10,
    }
    for name, users in names.items():
        assert f"{name}: {users} users" in parts
        assert "| CKE | " in parts[f"{name}: RKAN minus ..."]


@pytest.mark.usefixtures("undrawn")
def test_the_protocol_says_how_the_ratings_were_split(tmp_path):
    markdown, _ = write_report(tmp_path, report(studies=[], split="global-time", tie_seed=7))
    protocol = sections(markdown)["Protocol"]
    assert "at one point in time for all users" in protocol
    assert "drawn by seed 7" in protocol
    assert "novelty" not in protocol  # no such figure here


@pytest.mark.usefixtures("undrawn")
def test_figures_beyond_accuracy_are_explained(tmp_path):
    some = report().per_user.assign(**{"novelty@10": 2.0, "diversity@10": 0.5, "coverage@10": 0.1})
    markdown, _ = write_report(tmp_path, report(per_user=some, studies=[]))
    parts = sections(markdown)
    assert "Vargas, Castells 2011" in parts["Protocol"]
    assert "`explained`" not in parts["Protocol"]
    assert "coverage@10" in parts["All users"]
    assert "coverage@10" not in parts["Cut histories: 20 users"]


@pytest.mark.usefixtures("undrawn")
def test_without_the_reference_there_are_no_differences(tmp_path):
    others = [method for method in report().methods if method.name != "rkan"]
    some = drawn({"popular": 0.1, "cke": 0.2})
    markdown, _ = write_report(tmp_path, report(methods=others, per_user=some))
    parts = sections(markdown)
    message = "The reference rkan was not run, so there are no tests against it."
    assert message in parts["At a glance"]
    assert not any("minus" in title for title in parts)


@pytest.mark.usefixtures("undrawn")
def test_the_reference_alone_is_a_report_too(tmp_path):
    alone = [method for method in report().methods if method.name == "rkan"]
    markdown, _ = write_report(tmp_path, report(methods=alone, per_user=drawn({"rkan": 0.2})))
    assert markdown.read_text().startswith("# 1 method compared on small\n")
    assert not any("minus" in title for title in sections(markdown))


@pytest.mark.usefixtures("undrawn")
def test_words_from_outside_cannot_break_the_page(tmp_path):
    hostile = "<script>|**&amp;"
    methods = [replace(method, title=hostile + method.name) for method in report().methods]
    study = Study(hostile, hostile, path_lengths(), hostile)
    some = report(dataset=hostile, methods=methods, studies=[study], environment={hostile: hostile})
    markdown, html = write_report(tmp_path, some)
    Page(html.read_text())
    assert "<script" not in html.read_text()
    assert "<script" not in re.sub(r"\\<|`[^`]*`", "", markdown.read_text())


@pytest.mark.usefixtures("undrawn")
def test_settings_within_settings_are_named_by_their_path(tmp_path):
    nested = MethodInfo(
        "rkan", "RKAN", "Cheng", {"train": {"epochs": 3}, "name": "x"}, 2000.4, [0, 1]
    )
    some = report(methods=[nested], per_user=drawn({"rkan": 0.2}), studies=[])
    markdown, _ = write_report(tmp_path, some)
    line = "| RKAN | Cheng | 0, 1 | 2,000 | `train.epochs=3, name=x` |"
    assert line in sections(markdown)["Methods and settings"]


def test_titles_are_in_the_order_of_the_tables():
    assert list(report().titles.items()) == list(TITLES.items())
