"""Links are checked by what both sides know; facts on wrong films are caught."""

import dataclasses
import zipfile

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from pipeline.cli import cli
from pipeline.errors import SourceError
from pipeline.home import Home
from pipeline.load.facts import check_facts
from pipeline.sources import open_source
from pipeline.sources.link_checks import BY_ID, Link, check_links, check_people
from pipeline.sources.linking import Candidate, subtitle_links
from pipeline.sources.tables import SourceTables
from pipeline.sources.wheel import RECBOLE, fetch_wheel

GENRES = ("Comedy", "Horror", "War", "Western")
COUNT = 40


def made(directors: int = 10) -> SourceTables:
    """Forty movies; those of one director have one genre."""
    movies = np.arange(1, COUNT + 1)
    of_director = movies % directors
    return SourceTables(
        name="made",
        description="made",
        movies=pd.DataFrame(
            {
                "movieId": movies,
                "title": [f"Film number {movie}" for movie in movies],
                "year": pd.Series([1980 + movie % 7 for movie in movies], dtype="Int64"),
                "imdbId": pd.Series([pd.NA] * COUNT, dtype="string"),
            }
        ),
        genres=pd.DataFrame(
            {"movieId": movies, "genre": [GENRES[d % len(GENRES)] for d in of_director]}
        ),
        credits=pd.DataFrame(
            {
                "movieId": movies,
                "relation": "DIRECTED",
                "personId": [f"p{d}" for d in of_director],
                "name": [f"Person {d}" for d in of_director],
                "order": pd.Series([pd.NA] * COUNT, dtype="Int64"),
            }
        ),
        ratings=pd.DataFrame({"userId": 1, "movieId": movies, "rating": 4.0, "timestamp": movies}),
        rows_read=2 * COUNT,
        refused=[],
    )


def link(tables: SourceTables, movie: int, to: int, how: str = BY_ID) -> Link:
    """A link to the film that another movie's row describes."""
    [[title, year]] = tables.movies.loc[
        tables.movies["movieId"] == to, ["title", "year"]
    ].values.tolist()
    genres = ",".join(tables.genres.loc[tables.genres["movieId"] == to, "genre"])
    film = Candidate(f"tt{to}", "movie", year, (title,), genres)
    return Link(movie, film, how)


def test_right_links_agree() -> None:
    tables = made()
    links = [link(tables, movie, movie) for movie in range(1, COUNT + 1)]
    report = check_links(tables, facts="Elsewhere", links=links)
    assert report.warnings == []
    assert [each.differing for each in report.agreements] == [0, 0, 0]
    assert report.uncertain == ()
    assert report.line.startswith("Elsewhere: 40 of 40 movies linked (100%, 100% of the ratings)")


def test_links_by_other_ids_disagree_and_say_so() -> None:
    tables = made()
    wrong = [link(tables, movie, movie % COUNT + 1) for movie in range(1, COUNT + 1)]
    report = check_links(tables, facts="Elsewhere", links=wrong)
    assert any("the genres of 40 of 40 linked movies differ" in line for line in report.warnings)
    assert len(report.uncertain) == 40


def test_few_links_prove_nothing() -> None:
    tables = made()
    wrong = [link(tables, movie, movie + 1) for movie in range(1, 10)]
    assert check_links(tables, facts="Elsewhere", links=wrong).warnings == []


def test_films_of_one_director_are_alike_if_the_facts_are_right() -> None:
    found = check_people(made(directors=4))
    assert found.pairs > 100
    assert found.alike == 1
    assert found.warnings == []


def test_shifted_facts_are_caught_and_refused_if_asked() -> None:
    tables = made(directors=4)
    shifted = tables.credits.assign(
        movieId=np.random.default_rng(1).permutation(tables.credits["movieId"].to_numpy())
    )
    wrong = dataclasses.replace(tables, credits=shifted)
    checked = dataclasses.replace(wrong, people=check_people(wrong))
    [warning] = checked.warnings
    assert "the people seem to stand on wrong films" in warning
    check_facts(checked)
    with pytest.raises(SourceError, match=r"wrong films; load without --strict-links"):
        check_facts(checked, strict=True)


def test_a_title_within_another_is_linked_where_there_is_one() -> None:
    first = Candidate("1", "movie", 1977, ("Star Wars: Episode IV – A New Hope",), "")
    second = Candidate("2", "movie", 1980, ("Star Wars: Episode V – The Empire Strikes Back",), "")
    movies = [(50, "Star Wars", 1977), (172, "The Empire Strikes Back", 1980), (1, "Star", 1977)]
    found = subtitle_links(movies, [first, second])
    assert found == {50: first, 172: second}
    twice = first._replace(imdb_id="3")
    assert subtitle_links(movies[:1], [first, twice]) == {}
    assert subtitle_links([(9, "Star Wars", 1979)], [first]) == {}


@pytest.mark.neo4j
def test_the_links_that_recbole_ships_are_caught(ml_100k: Home) -> None:
    """They are MovieLens 1M's ids: its Star Wars, 260, is Event Horizon here."""
    tables = open_source("ml-100k", "none", ml_100k)
    folder = "recbole/dataset_example/ml-100k/ml-100k"
    with zipfile.ZipFile(fetch_wheel(ml_100k, RECBOLE)) as archive:
        links, facts = (
            [line.split("\t") for line in archive.read(f"{folder}.{name}").decode().splitlines()]
            for name in ("link", "kg")
        )
    movie_of = {entity: int(movie) for movie, entity in links[1:]}
    directed = {
        (movie_of[film], person)
        for film, relation, person in facts[1:]
        if relation == "film.film.directed_by" and film in movie_of
    }
    credits = pd.DataFrame(sorted(directed), columns=["movieId", "personId"])
    wrong = dataclasses.replace(tables, credits=credits.assign(relation="DIRECTED"))
    found = check_people(wrong)
    assert found.pairs > 500
    assert found.warnings


@pytest.mark.neo4j
@pytest.mark.usefixtures("graph")
def test_the_command_refuses_wrong_facts_and_loads_nothing(home: Home, tmp_path) -> None:
    tables = made(directors=4)
    mixed = np.random.default_rng(1).permutation(tables.credits["name"].to_numpy())
    rows = [
        f"{movie},Film {movie},{genre},{name}"
        for movie, genre, name in zip(
            tables.genres["movieId"], tables.genres["genre"], mixed, strict=True
        )
    ]
    folder = tmp_path / "mixed"
    folder.mkdir()
    (folder / "movies.csv").write_text("\n".join(["movieId,title,genres,directors", *rows, ""]))
    ratings = [f"1,{movie},4,{movie}" for movie in tables.genres["movieId"]]
    (folder / "ratings.csv").write_text(
        "\n".join(["userId,movieId,rating,timestamp", *ratings, ""])
    )
    strict = ["--home", str(home.root), "load-kg", str(folder), "--strict-links"]
    refused = CliRunner().invoke(cli, strict)
    assert isinstance(refused.exception, SourceError)
    loaded = CliRunner().invoke(cli, [*strict[:-1], "--json"])
    assert loaded.exit_code == 0, loaded.output
    assert "warning: films that share a director" in loaded.stderr
