"""People from Wikidata: an invented wheel of three films, then the real one."""

import zipfile
from pathlib import Path

import pytest

from pipeline.errors import SourceError
from pipeline.home import Home
from pipeline.sources import open_source
from pipeline.sources.recbole import read_recbole
from pipeline.sources.wikidata import add_people, read_films
from tests.support.wheels import FILMS, write_bokeh, write_recbole

# Film, director, and actors or writers, as anyone can look them up.
KNOWN = [
    ("Star Wars", "DIRECTED", "George Lucas"),
    ("The Empire Strikes Back", "DIRECTED", "Irvin Kershner"),
    ("Return of the Jedi", "DIRECTED", "Richard Marquand"),
    ("Toy Story", "DIRECTED", "John Lasseter"),
    ("Forrest Gump", "ACTED_IN", "Tom Hanks"),
    ("The Godfather", "DIRECTED", "Francis Ford Coppola"),
    ("The Godfather", "ACTED_IN", "Al Pacino"),
    ("The Godfather", "WROTE", "Mario Puzo"),
    ("Pulp Fiction", "DIRECTED", "Quentin Tarantino"),
    ("Pulp Fiction", "ACTED_IN", "John Travolta"),
    ("Fargo", "DIRECTED", "Joel Coen"),
    ("Fargo", "ACTED_IN", "Frances McDormand"),
    ("Titanic", "DIRECTED", "James Cameron"),
    ("Titanic", "ACTED_IN", "Kate Winslet"),
    ("Casablanca", "DIRECTED", "Michael Curtiz"),
    ("Casablanca", "ACTED_IN", "Humphrey Bogart"),
    ("Psycho", "DIRECTED", "Alfred Hitchcock"),
    ("Alien", "DIRECTED", "Ridley Scott"),
    ("Alien", "ACTED_IN", "Sigourney Weaver"),
    ("The Silence of the Lambs", "DIRECTED", "Jonathan Demme"),
]


def test_people_are_added_to_the_movies_that_a_film_matches(tmp_path: Path) -> None:
    tables = read_recbole(write_recbole(tmp_path / "r.whl"), "ml-100k")
    enriched = add_people(tables, read_films(write_bokeh(tmp_path / "b.whl")))
    rows = enriched.credits.drop(columns="order").itertuples(index=False, name=None)
    assert list(rows) == [
        (10, "DIRECTED", "Ada Quill", "Ada Quill"),
        (10, "WROTE", "Ada Quill", "Ada Quill"),
        (10, "WROTE", "Bo Reed", "Bo Reed"),
        (10, "ACTED_IN", "Cy Low", "Cy Low"),
        (12, "DIRECTED", "Bo Reed", "Bo Reed"),
        (12, "ACTED_IN", "Cy Low", "Cy Low"),
        (12, "ACTED_IN", "Di Marsh", "Di Marsh"),
    ]
    assert enriched.credits["order"].isna().all()  # the cast is in alphabetical order
    assert enriched.movies["imdbId"].fillna("").tolist() == ["tt1", "", "tt2", ""]
    assert len(enriched.genres) == len(tables.genres)


def test_the_links_are_reported(tmp_path: Path) -> None:
    tables = read_recbole(write_recbole(tmp_path / "r.whl"), "ml-100k")
    [report] = add_people(tables, read_films(write_bokeh(tmp_path / "b.whl"))).links
    assert (report.facts, report.movies, report.linked) == ("Wikidata", 4, 2)
    assert report.ratings_share == pytest.approx(1 / 3)
    assert report.how == {"title and year": 1, "part of a title": 1}
    [doubt] = report.uncertain
    assert (doubt.title, doubt.linkedTitle) == ("Lighthouse", "Lighthouse: The Keepers")
    assert doubt.reason == "found by part of a title; the titles differ"


def test_a_wheel_without_the_films_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"r\.whl contains no .*movies\.db"):
        read_films(write_recbole(tmp_path / "r.whl"))


def test_films_without_a_title_are_left_out(tmp_path: Path) -> None:
    assert len(read_films(write_bokeh(tmp_path / "b.whl"))) == len(FILMS) - 1


@pytest.mark.parametrize(
    ("film", "reason"),
    [
        (("tt1", 1.5, 1995, "", "", "", ""), "Title 1.5 is not text"),
        (("tt1", " ", 1995, "", "", "", ""), "Title is missing"),
        (("tt1", b"A\xff", 1995, "", "", "", ""), r"Title b'A\xff' is not valid utf-8"),
        (("tt1", "A", 1995, "", b"\xe9", "", ""), r"Director b'\xe9' is not valid utf-8"),
        (("tt1", "A", "soon", "", "", "", ""), "Year 'soon' is not a year"),
        (("tt1", "A", 1.5, "", "", "", ""), "Year 1.5 is not text"),
    ],
)
def test_a_film_with_a_bad_value_is_skipped_and_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], film: tuple[object, ...], reason: str
) -> None:
    wheel = write_bokeh(tmp_path / "b.whl", [film, *FILMS[:1]])
    assert [each.candidate.names for each in read_films(wheel)] == [("The Harbour",)]
    said = f"{wheel}: movies.db: skipped unreadable films: 1 (first: film 1: {reason})"
    assert said in capsys.readouterr().err
    with pytest.raises(SourceError, match=r"no usable film; unreadable ones: 1 \(first: film 1: "):
        read_films(write_bokeh(tmp_path / "b.whl", [film]))


def test_a_title_that_is_a_number_is_one(tmp_path: Path) -> None:
    wheel = write_bokeh(tmp_path / "b.whl", [("tt1", 300, 2006, "", "", "", "")])
    assert read_films(wheel)[0].candidate.names == ("300",)


@pytest.mark.parametrize("content", [b"", b"<html>", b"SQLite format 3\0" + b"\xff" * 600])
def test_a_database_that_is_none_is_named(tmp_path: Path, content: bytes) -> None:
    wheel = tmp_path / "b.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("bokeh_sampledata/_data/movies.db", content)
    with pytest.raises(SourceError, match=r"b\.whl: movies\.db cannot be read .*delete the wheel"):
        read_films(wheel)


@pytest.mark.neo4j
def test_twenty_facts_that_anyone_can_look_up(ml_100k: Home) -> None:
    tables = open_source("ml-100k", "none", ml_100k)
    titles = tables.movies.set_index("movieId")["title"]
    named = tables.credits.assign(title=tables.credits["movieId"].map(titles))
    facts = set(zip(named["title"], named["relation"], named["name"], strict=True))
    assert [fact for fact in KNOWN if fact not in facts] == []


@pytest.mark.neo4j
def test_most_movies_and_nearly_all_ratings_have_people(ml_100k: Home) -> None:
    [report] = open_source("ml-100k", "none", ml_100k).links
    assert report.linked > 1_400
    assert report.ratings_share > 0.95
    assert 0 < len(report.uncertain) < 120
    [genres] = [each for each in report.agreements if each.of == "genres"]
    assert genres.share < 0.06
