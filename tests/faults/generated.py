"""A small generated data set, and the settings with which networks train on it in seconds."""

from __future__ import annotations

import random
from pathlib import Path

USERS, MOVIES, EACH = 60, 60, 15  # EACH: the ratings of a user

_GENRES = ("Comedy", "Crime", "Drama", "War", "Western")
_HISTORY = ("history.dim=6", "history.epochs=2", "history.refit_epochs=1", "paths.candidates=10")
TINY = {
    "rkan": ("--model", "rkan", "--epochs", 2, "--embedding-dim", 8, "--hidden-dim", 4),
    "rkan-history": (
        *("--epochs", 2, "--hidden-dim", 4),
        *(part for setting in _HISTORY for part in ("--set", setting)),
    ),
}


def generated_folder(parent: Path, name: str = "generated") -> Path:
    """Write the data set's two CSV files; they are the same every time."""
    folder = parent / name
    folder.mkdir()
    rng = random.Random(1)
    films = [
        f"{film},Film {film},{1950 + film},{'|'.join(rng.sample(_GENRES, 2))},"
        f"Director {film % 20},Actor {film % 30}|Actor {film * 7 % 30}"
        for film in range(MOVIES)
    ]
    ratings = [
        f"{user},{film},{rng.randint(1, 5)},{time}"
        for user in range(USERS)
        for time, film in enumerate(rng.sample(range(MOVIES), EACH))
    ]
    for file, header, rows in (
        ("movies.csv", "movieId,title,year,genres,directors,actors", films),
        ("ratings.csv", "userId,movieId,rating,timestamp", ratings),
    ):
        (folder / file).write_text("\n".join([header, *rows, ""]))
    return folder
