"""Writes a data set with the statistics of MovieLens-32M, as a folder for load-kg.

`python -m benchmarks.generate FOLDER --fraction 0.01` writes 1 % of the users, with as many ratings
each as at 100 %, and 10 % of the films, its root: ratings shrink by the fraction, and the matrix of
users and films by its power 3/2. The same fraction and seed give the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import rich_click as click

from benchmarks.synthetic import catalogue, chunks
from benchmarks.walks import Catalogue
from model.arrays import Integers
from pipeline.progress import progress_bar

# From the most frequent to the rarest; each is 0.8 times as frequent as the one before.
_GENRES = [
    "Drama",
    "Comedy",
    "Thriller",
    "Romance",
    "Action",
    "Documentary",
    "Horror",
    "Crime",
    "Adventure",
    "Sci-Fi",
    "Animation",
    "Children",
    "Mystery",
    "Fantasy",
    "War",
    "Western",
    "Musical",
    "Film-Noir",
    "IMAX",
]
_GENRE_DECAY = 0.8
_CREDITS = {"directors": (1, 2), "actors": (3, 10), "writers": (1, 3)}  # least and most of a film
_PEOPLE = 1.5  # for each film
_PEOPLE_SKEW = 2.5  # power of a uniform draw: the first people have many films, most have one


def generate(folder: Path, fraction: float, seed: int = 0) -> int:
    """Write movies.csv and ratings.csv; return the number of ratings.

    Memory holds the films and one chunk of users.

    Args:
        folder: created if needed; the two files in it are overwritten.
        fraction: part of the users, greater than 0; above 1, more than MovieLens-32M has.
        seed: seed of all draws.
    """
    folder.mkdir(parents=True, exist_ok=True)
    films = catalogue(fraction, seed)
    with (folder / "movies.csv").open("w", encoding="utf-8", newline="\n") as file:
        file.write("movieId,title,year,genres,directors,actors,writers\n")
        file.writelines(_film_lines(films, np.random.default_rng((seed, 2))))
    written = 0
    with (
        (folder / "ratings.csv").open("w", encoding="utf-8", newline="\n") as file,
        progress_bar("users", films.num_users) as advance,
    ):
        file.write("userId,movieId,rating,timestamp\n")
        for chunk in chunks(films, seed):
            columns = (chunk.users + 1, chunk.films + 1, chunk.stars, chunk.times)
            rows = zip(*(column.tolist() for column in columns), strict=True)
            file.write("".join(map("%d,%d,%s,%d\n".__mod__, rows)))
            written += len(chunk.users)
            advance(int(chunk.users[-1] - chunk.users[0]) + 1)
    return written


def _film_lines(films: Catalogue, rng: np.random.Generator) -> Iterator[str]:
    """Yield the lines of movies.csv. Films of one taste share people and, mostly, genres."""
    tastes = int(films.tastes.max()) + 1
    per_taste = max(1, int(len(films) * _PEOPLE / tastes))
    frequency = _GENRE_DECAY ** np.arange(len(_GENRES))
    of_taste = frequency * rng.exponential(1, (tastes, len(_GENRES))) ** 2
    years = 2023 - np.minimum(rng.exponential(22, len(films)), 120).astype(np.int64)
    for film, (taste, year) in enumerate(zip(films.tastes.tolist(), years.tolist(), strict=True)):
        shares = of_taste[taste] / of_taste[taste].sum()
        number = 1 + rng.binomial(3, 0.3)
        genres = rng.choice(len(_GENRES), number, replace=False, p=shares)
        lists = ["|".join(_GENRES[genre] for genre in sorted(genres.tolist()))]
        for least, most in _CREDITS.values():
            number = int(rng.integers(least, most + 1))
            lists.append("|".join(_people(taste, tastes, per_taste, number, rng)))
        yield f"{film + 1},Film {film + 1},{year},{','.join(lists)}\n"


def _people(
    taste: int, tastes: int, per_taste: int, number: int, rng: np.random.Generator
) -> list[str]:
    drawn: Integers = (per_taste * rng.random(number) ** _PEOPLE_SKEW).astype(np.int64)
    return [f"Person {1 + each * tastes + taste}" for each in dict.fromkeys(drawn.tolist())]


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--fraction",
    type=click.FloatRange(min=0, min_open=True),
    default=0.01,
    show_default=True,
    help="Part of the users of MovieLens-32M, and of its ratings.",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
def command(folder: Path, fraction: float, seed: int) -> None:
    """Write a data set with the statistics of MovieLens-32M to FOLDER, for `pipeline load-kg`.

    Example: python -m benchmarks.generate /tmp/ml-1-percent --fraction 0.01
    """
    click.echo(f"{generate(folder, fraction, seed):,} ratings in {folder}")


if __name__ == "__main__":
    command(prog_name="python -m benchmarks.generate")
