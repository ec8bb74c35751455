"""The plain CSV folder, on files that one can count by hand and on real ones."""

import gzip
from pathlib import Path

import pandas as pd
import pytest

from pipeline.errors import SourceError
from pipeline.sources.csv_folder import read_csv_folder

REAL = Path(__file__).parents[3] / "../shared/data"
RATINGS = "userId,movieId,timestamp\n1,10,0\n1,20,1\n2,10,0\n"
MOVIES = "movieId,title\n10,Heat (1995)\n20,Brazil\n"


@pytest.fixture
def folder(tmp_path):
    def write(movies=MOVIES, ratings=RATINGS):
        (tmp_path / "movies.csv").write_text(movies)
        (tmp_path / "ratings.csv").write_text(ratings)
        return tmp_path

    return write


def listed(frame):
    return frame.astype(object).where(frame.notna(), None).to_numpy().tolist()


def test_the_year_comes_from_the_title(folder):
    tables = read_csv_folder(folder())
    assert listed(tables.movies) == [[10, "Heat", 1995, None], [20, "Brazil", None, None]]
    assert tables.movies["year"].dtype == "Int64"
    assert listed(tables.ratings[["userId", "movieId"]]) == [[1, 10], [1, 20], [2, 10]]
    assert (tables.rows_read, tables.refused) == (5, [])
    assert tables.genres.empty
    assert tables.credits.empty


def test_name_and_description_say_what_was_read(folder):
    path = folder()
    tables = read_csv_folder(path)
    assert tables.name == path.name
    assert "ratings.csv and movies.csv" in tables.description


def test_all_columns(folder):
    movies = (
        "imdbId,movieId,year,title,genres,directors,actors,writers,budget\n"
        '113277,10,1995,"Heat, the film",Crime|Drama|Crime,Michael Mann,'
        "Al Pacino| Robert De Niro ||Al Pacino,Michael Mann,9\n"
        ",20,1985.0,Brazil,(no genres listed),,,,\n"
    )
    tables = read_csv_folder(folder(movies))
    assert listed(tables.movies) == [
        [10, "Heat, the film", 1995, "tt0113277"],
        [20, "Brazil", 1985, None],
    ]
    assert listed(tables.genres) == [[10, "Crime"], [10, "Drama"]]
    assert listed(tables.credits) == [
        [10, "DIRECTED", "Michael Mann", "Michael Mann", None],
        [10, "ACTED_IN", "Al Pacino", "Al Pacino", 1],
        [10, "ACTED_IN", "Robert De Niro", "Robert De Niro", 2],
        [10, "WROTE", "Michael Mann", "Michael Mann", None],
    ]
    assert tables.credits["order"].dtype == "Int64"


def test_an_unreadable_year_or_imdb_id_costs_no_movie(folder, capsys):
    tables = read_csv_folder(
        folder("movieId,title,year,imdbId\n10,Heat (1995),V,nm7\n20,Brazil (1985),1985,tt0088846\n")
    )
    assert listed(tables.movies) == [[10, "Heat", 1995, None], [20, "Brazil", 1985, "tt0088846"]]
    assert not tables.refused
    told = capsys.readouterr().err
    assert "skipped unreadable year values: 1 (first: 'V' on line 2)" in told
    assert "skipped unreadable imdbId values: 1 " in told


def test_articles_come_first(folder):
    tables = read_csv_folder(
        folder(
            'movieId,title,year\n10,"Net, The (1995)",\n20,"Matrix, The",1999\n'
            '30,"Enfants, Les (Children, The) (1995)",1995\n40,"Net, The (1995)",1996\n'
        )
    )
    assert listed(tables.movies)[:3] == [
        [10, "The Net", 1995, None],
        [20, "The Matrix", 1999, None],
        [30, "Les Enfants (The Children)", 1995, None],
    ]
    assert listed(tables.movies)[3][1:3] == ["The Net (1995)", 1996]


def test_fields_of_several_lines(folder):
    movies = (
        "movieId,title,genres,overview,directors\n"
        '3,Film 3 (1983),Drama,"Three stories:\n99,Not a movie,Comedy,the end","Jo\n Doe | Kim"\n'
        '10,"Heat\n(1995)","Crime|\nDrama",,\n'
    )
    tables = read_csv_folder(folder(movies, RATINGS + "3,99,1\n"))
    assert listed(tables.movies) == [[3, "Film 3", 1983, None], [10, "Heat", 1995, None]]
    assert listed(tables.genres) == [[3, "Drama"], [10, "Crime"], [10, "Drama"]]
    assert tables.credits["name"].tolist() == ["Jo Doe", "Kim"]
    assert tables.rows_read == len(tables.movies) + len(tables.ratings) + len(tables.refused) == 6


def test_blanks_before_quotes(folder):
    tables = read_csv_folder(folder('movieId,title,genres\n10, "Film 2 (1982)", "Action|Drama"\n'))
    assert listed(tables.movies) == [[10, "Film 2", 1982, None]]
    assert listed(tables.genres) == [[10, "Action"], [10, "Drama"]]


def test_a_year_that_contradicts_the_title_leaves_the_title_alone(folder):
    tables = read_csv_folder(folder("movieId,title,year\n10,Heat (1995),1996\n20,Brazil,\n"))
    assert listed(tables.movies)[0][:3] == [10, "Heat (1995)", 1996]


def test_refused_movies_take_their_ratings_along(folder):
    movies = "movieId,title\n10,Heat\nx,Bad\n20,\n30,Ran\n10,Heat again\n"
    tables = read_csv_folder(folder(movies))
    assert tables.movies["movieId"].tolist() == [10, 30]
    assert [(Path(r.file).name, r.line, r.reason) for r in tables.refused] == [
        ("movies.csv", 3, "movieId 'x' is not a whole number"),
        ("movies.csv", 4, "title is missing"),
        ("movies.csv", 6, "movie 10 is already on line 2"),
        ("ratings.csv", 3, "movie 20 is not in the movies file"),
    ]
    assert tables.rows_read == 8 == len(tables.movies) + len(tables.ratings) + len(tables.refused)


def test_gzip_files_are_found(folder):
    path = folder()
    for name in ("movies.csv", "ratings.csv"):
        (path / f"{name}.gz").write_bytes(gzip.compress((path / name).read_bytes()))
        (path / name).unlink()
    assert len(read_csv_folder(path).ratings) == 3


def test_a_missing_folder_or_file_is_named(folder, tmp_path):
    with pytest.raises(SourceError, match=r"absent does not exist"):
        read_csv_folder(tmp_path / "absent")
    path = folder()
    with pytest.raises(SourceError, match="is not a folder; give a folder"):
        read_csv_folder(path / "movies.csv")
    (path / "ratings.csv").unlink()
    with pytest.raises(SourceError, match=r"neither ratings\.csv nor .* it contains movies\.csv"):
        read_csv_folder(path)


def test_wrong_columns_are_named(folder):
    with pytest.raises(SourceError, match=r"movies\.csv: no column movieId, title; .* 'id,name'"):
        read_csv_folder(folder(movies="id,name\n1,Heat\n"))
    with pytest.raises(SourceError, match=r"ratings\.csv: no column timestamp"):
        read_csv_folder(folder(ratings="userId,movieId\n1,10\n"))


@pytest.mark.skipif(not REAL.is_dir(), reason="../shared/data is not here")
@pytest.mark.parametrize(
    ("name", "ratings", "movies", "refused"),
    [("ml-100k", 99_975, 1_675, 0), ("ml-1m", 800_184, 3_881, 9)],
)
def test_real_folders(name, ratings, movies, refused):
    tables = read_csv_folder(REAL / name)
    assert (len(tables.ratings), len(tables.movies)) == (ratings, movies)
    assert len(tables.refused) == refused  # ml-1m: ratings of two movies that movies.csv lacks
    assert tables.rows_read == ratings + movies + refused
    assert isinstance(tables.genres, pd.DataFrame)
    assert set(tables.genres["movieId"]) <= set(tables.movies["movieId"])
