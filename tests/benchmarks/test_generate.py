"""The generated data has the statistics that its docstring states, and load-kg reads it."""

import numpy as np
import pytest

from benchmarks import generate as module
from benchmarks.generate import generate
from benchmarks.synthetic import LEAST, catalogue, chunks
from pipeline.sources import read_folder


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data") / "generated"
    return folder, generate(folder, 0.002, seed=1)


@pytest.fixture(scope="module")
def tables(written):
    return read_folder(written[0])


def test_load_kg_reads_every_row(written, tables):
    assert tables.refused == []
    assert len(tables.ratings) == written[1]
    assert tables.ratings["userId"].nunique() == 400
    assert len(tables.movies) == round(87_000 * 0.002**0.5)
    assert not tables.ratings.duplicated(["userId", "movieId"]).any()


def test_activity_is_log_normal_with_a_minimum(tables):
    sizes = tables.ratings.groupby("userId").size()
    assert LEAST <= sizes.min() < LEAST + 5
    assert 55 < sizes.median() < 90
    assert 110 < sizes.mean() < 210
    assert sizes.max() > 8 * sizes.median()


def test_popularity_is_skewed(tables):
    popularity = np.sort(tables.ratings.groupby("movieId").size().to_numpy())[::-1]
    tenth = len(tables.movies) // 10
    assert popularity[:tenth].sum() > 0.5 * len(tables.ratings)
    assert 0.25 < popularity[0] / 400 < 0.6
    assert np.median(popularity) < 0.5 * popularity.mean()


def test_stars_are_half_stars_and_times_ascend(tables):
    assert set((tables.ratings["rating"] * 2).unique()) <= set(range(1, 11))
    assert tables.ratings["rating"].between(0.5, 5).all()
    gaps = tables.ratings.groupby("userId")["timestamp"].diff().dropna()
    assert (gaps >= 0).all()
    assert tables.ratings["timestamp"].gt(0).all()


def test_people_and_genres_are_skewed(tables):
    assert set(tables.credits["relation"]) == {"DIRECTED", "ACTED_IN", "WROTE"}
    people = tables.credits.groupby("personId")["movieId"].nunique()
    assert people.max() > 10 * people.median()
    genres = tables.genres["genre"].value_counts()
    assert genres.iloc[0] > 5 * genres.iloc[-1]


def test_films_follow_films():
    """What was watched next predicts what others watch next, far better than popularity."""
    films = catalogue(0.002, 0)
    parts = list(chunks(films, 0))
    users, watched = (np.concatenate([part[place] for part in parts]) for place in (0, 1))
    learning = users < films.num_users * 3 // 4
    same = users[1:] == users[:-1]
    size = len(films)
    counts = np.zeros((size, size), dtype=np.int32)
    known = same & learning[1:]
    np.add.at(counts, (watched[:-1][known], watched[1:][known]), 1)
    popular = np.bincount(watched[learning], minlength=size)
    before, after = watched[:-1][same & ~learning[1:]], watched[1:][same & ~learning[1:]]
    following = counts[before].argmax(axis=1) == after
    assert following.mean() > 3 * (popular.argmax() == after).mean()


def test_the_same_seed_gives_the_same_bytes(written, tmp_path):
    generate(tmp_path / "again", 0.002, seed=1)
    generate(tmp_path / "other", 0.002, seed=2)
    for name in ("ratings.csv", "movies.csv"):
        first = (written[0] / name).read_bytes()
        assert (tmp_path / "again" / name).read_bytes() == first
        assert (tmp_path / "other" / name).read_bytes() != first


def test_users_come_in_chunks_and_the_first_do_not_depend_on_how_many_follow():
    films = catalogue(0.006, 0)
    parts = list(chunks(films, 0))
    assert len(parts) == 3
    assert [int(part.users[0]) for part in parts] == [0, 500, 1000]


def test_the_command_says_what_it_wrote(tmp_path):
    from click.testing import CliRunner

    folder = tmp_path / "new" / "folder"
    result = CliRunner().invoke(module.command, [str(folder), "--fraction", "0.0001"])
    assert result.exit_code == 0, result.output
    lines = (folder / "ratings.csv").read_text().count("\n") - 1
    assert f"{lines:,} ratings" in result.output.replace("\n", " ")
    assert CliRunner().invoke(module.command, [str(folder), "--fraction", "0"]).exit_code == 2
