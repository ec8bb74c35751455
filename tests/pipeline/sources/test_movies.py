"""Movies of any source: years that are none, titles with their year, ids in several spellings."""

import datetime

import pytest

from pipeline.sources.delimited import read_rows
from pipeline.sources.movies import check_movies, imdb_id

LATEST = datetime.date.today().year + 11


def movies(folder, *rows, header="movieId,title,year"):
    file = folder / "movies.csv"
    file.write_text("\n".join([header, *rows]) + "\n")
    return check_movies(read_rows(file, ["movieId", "title"], optional=["year", "imdbId"]))


def years(checked):
    return checked.frame["year"].astype(object).where(checked.frame["year"].notna(), None).tolist()


def test_a_year_of_0_is_no_year(tmp_path, capsys):
    checked = movies(tmp_path, "1,Known,1999", "2,Unknown,0", "3,Unknown,0.0", "4,Unknown,")
    assert years(checked) == [1999, None, None, None]
    assert not checked.refused
    said = capsys.readouterr().err
    assert "skipped unreadable year values: 2 (first: '0' on line 3)" in said


@pytest.mark.parametrize("year", ["0", "0000", "1869", str(LATEST + 1), "9999", "-1", "19995"])
def test_years_that_no_film_can_have_are_left_out(tmp_path, capsys, year):
    assert years(movies(tmp_path, f"1,Film,{year}")) == [None]
    assert f"skipped unreadable year values: 1 (first: '{year}' on" in capsys.readouterr().err


@pytest.mark.parametrize("year", ["1870", "1870.0", str(LATEST)])
def test_the_first_and_the_last_year(tmp_path, capsys, year):
    assert years(movies(tmp_path, f"1,Film,{year}")) == [int(float(year))]
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("year", ["", "0", "0.0", "V", "9999"])
def test_without_a_year_in_the_column_that_of_the_title_counts(tmp_path, year):
    checked = movies(tmp_path, f"1,Titled (1999),{year}")
    assert checked.frame["title"].tolist() == ["Titled"]
    assert years(checked) == [1999]


def test_four_digits_in_a_title_that_are_no_year_stay_there(tmp_path):
    checked = movies(tmp_path, "1,Space (9999),", "2,Void (0000),1999")
    assert checked.frame["title"].tolist() == ["Space (9999)", "Void (0000)"]
    assert years(checked) == [None, 1999]


def test_a_title_of_several_lines_becomes_one(tmp_path):
    checked = movies(tmp_path, '1,"Two\n  lines (1999)",', '1,"again\n",', "2,Next,")
    assert checked.frame["title"].tolist() == ["Two lines", "Next"]
    assert [(row.line, row.reason) for row in checked.refused] == [
        (4, "movie 1 is already on line 2")
    ]
    assert checked.rows_read == 3


@pytest.mark.parametrize(
    "text", ["114709", "0114709", "tt0114709", "114709.0", "0114709.", "TT0114709"]
)
def test_an_imdb_id_of_every_spelling(text):
    assert imdb_id(text) == "tt0114709"


@pytest.mark.parametrize("text", ["", "nm0114709", "114709.5", "1e5", "9" * 13])
def test_what_is_no_imdb_id(text):
    assert imdb_id(text) is None


def test_ids_as_decimals(tmp_path):
    checked = movies(tmp_path, "1.0,Film,114709.0", header="movieId,title,imdbId")
    assert checked.frame["movieId"].tolist() == [1]
    assert checked.frame["imdbId"].tolist() == ["tt0114709"]
