"""The graph of films (see film_graph) as the folder of CSV files that a person would have."""

import csv
from pathlib import Path

from tests.support.film_graph import CREDITS, GENRES, HELD_OUT, MOVIES, RATED

FOLDER = "my-folder"
_COLUMNS = {"directors": "DIRECTED", "actors": "ACTED_IN", "writers": "WROTE"}


def films_folder(parent: Path) -> Path:
    """The folder with both files; people have their names for ids."""
    folder = parent / FOLDER
    folder.mkdir()
    _write(folder / "movies.csv", ["movieId", "title", "year", "genres", *_COLUMNS], _movies())
    _write(folder / "ratings.csv", ["userId", "movieId", "rating", "timestamp"], _ratings())
    return folder


def _movies():
    for movie, (title, year) in MOVIES.items():
        genres = [genre for genre, movies in GENRES.items() if movie in movies]
        people = [
            [
                name
                for relation, _, name, movies in CREDITS
                if relation == wanted and movie in movies
            ]
            for wanted in _COLUMNS.values()
        ]
        yield [movie, title, year, *("|".join(each) for each in (genres, *people))]


def _ratings():
    for user, rated in RATED.items():
        for time, movie in enumerate(rated + HELD_OUT[user]):
            yield [user, movie, 4, time]


def _write(file, header, rows):
    with file.open("w", newline="") as opened:
        csv.writer(opened).writerows([header, *rows])
