"""One HTML page that explains recommendations: drawings of paths, reasons and the score's parts.

The page needs no network and no script. It is well-formed XML, so that tests can read it strictly.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from model.atomic_file import write_atomically
from pipeline.explanation.drawing import (
    NARROW,
    SUMMANDS,
    WIDE,
    Drawing,
    drawn_paths,
    in_words,
    summands,
)
from pipeline.explanation.explain import ExplainedPath, Explanation
from pipeline.explanation.lettering import clean
from pipeline.recommendation.sentences import percent
from pipeline.schema import MOVIELENS, GraphSchema


@dataclass(frozen=True)
class WatchedFilm:
    """A film of the user's history.

    Attributes:
        name: title and year, as in the steps of paths.
        stars: the user's rating, or None.
        position: 0-based place in the history, 0 for the oldest, as RATED stores it.
    """

    name: str
    stars: float | None
    position: int


@dataclass(frozen=True)
class ExplainedFilm:
    """A recommended film with its reasons.

    Attributes:
        movie: title and year.
        rank: the rank in the user's list; 1 is the best.
        score: the number that decided the rank.
        reasons: sentences with their signed shares of the absolute score, as fractions.
        summands: the parts of the score with their labels; empty if it is not a sum of parts.
        paths: the stored paths, in the order in which they are to be read.
    """

    movie: str
    rank: int
    score: float
    reasons: list[tuple[str, float]]
    summands: list[tuple[str, float]]
    paths: list[ExplainedPath]


@dataclass(frozen=True)
class Page:
    """The content of a page.

    Attributes:
        dataset: name of the data set.
        run_id: the run that made the recommendations.
        user_id: the user that they were made for.
        recommendations: the films, best first.
        history: the user's films, newest first.
        schema: the names in the graph.
    """

    dataset: str
    run_id: str
    user_id: int
    recommendations: list[ExplainedFilm]
    history: list[WatchedFilm]
    schema: GraphSchema = MOVIELENS


def page_of(
    explanations: list[Explanation],
    history: list[WatchedFilm],
    *,
    dataset: str,
    schema: GraphSchema = MOVIELENS,
) -> Page:
    """Return the page of one user's explanations, of which there must be at least one.

    Args:
        explanations: recommendations of one run, best first.
        history: the user's films, newest first.
        dataset: name of the run's data set.
        schema: the names in the graph.

    Raises:
        ValueError: a sentence has no share.
    """
    return Page(
        dataset=dataset,
        run_id=explanations[0].run_id,
        user_id=explanations[0].user_id,
        recommendations=[
            ExplainedFilm(
                movie=each.movie,
                rank=each.rank,
                score=each.score,
                reasons=list(zip(each.sentences, each.shares, strict=True)),
                summands=_summands(each, schema),
                paths=each.paths,
            )
            for each in explanations
        ],
        history=history,
        schema=schema,
    )


def _summands(explanation: Explanation, schema: GraphSchema) -> list[tuple[str, float]]:
    if explanation.taste is None or explanation.popularity is None:
        return []
    parts = {"taste": explanation.taste, "popularity": explanation.popularity, **explanation.kinds}
    called = summands(schema)
    return [(called.get(name.lower(), name), value) for name, value in parts.items()]


def write_page(file: Path, page: Page) -> None:
    """Write the page, completely or not at all.

    Raises:
        OSError: the disk is full or the folder is not writable; ``file`` is unchanged.
    """
    write_atomically(file, to_html(page).encode())


def to_html(page: Page) -> str:
    """Return the page as HTML with its style and drawings inside."""
    stars = {film.name: film.stars for film in page.history if film.stars is not None}
    shares = [share for film in page.recommendations for _, share in film.reasons]
    sums = [
        sum(value for _, value in film.summands if (value > 0) == positive)
        for film in page.recommendations
        for positive in (True, False)
    ]
    schema = page.schema
    share_scale, sum_scale = _Scale.over(shares), _Scale.over(sums)
    films = [
        {
            "film": film,
            "drawings": [Drawing.of(film.paths, stars, size, schema) for size in (WIDE, NARROW)],
            "words": "; ".join(in_words(path, stars, schema) for path in drawn_paths(film.paths)),
            "reasons": [
                (_without_share(sentence, share), _signed(percent(share)), share_scale.bar(share))
                for sentence, share in film.reasons
            ],
            "summands": _stacked(film.summands, sum_scale, schema),
        }
        for film in page.recommendations
    ]
    return _template().render(
        page=page,
        films=films,
        words=schema.words,
        zero_of_shares=share_scale.zero,
        zero_of_sums=sum_scale.zero,
        leads_to=_leads_to(page.recommendations),
        colours=sorted({"rated", "other", *SUMMANDS}),
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("pipeline.explanation"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalized,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("explanation.html.j2")


def _finalized(value: Any) -> Any:
    """Clean each text that the template prints; Jinja2 escapes it afterwards."""
    return clean(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _signed(figure: str) -> str:
    return figure.replace("-", "−")


def _without_share(sentence: str, share: float) -> str:
    """Return the sentence without the share in brackets at its end, which the bar's label says."""
    ending = f" ({percent(share)})."
    return sentence.removesuffix(ending) + "." if sentence.endswith(ending) else sentence


def _leads_to(films: Iterable[ExplainedFilm]) -> dict[str, list[tuple[int, int]]]:
    """Return, by a film's name, place (from 1) and rank of the films that its paths lead to."""
    found: dict[str, list[tuple[int, int]]] = {}
    for place, film in enumerate(films, start=1):
        for name in dict.fromkeys(path.steps[1].name for path in film.paths):
            found.setdefault(name, []).append((place, film.rank))
    return found


@dataclass(frozen=True)
class _Scale:
    """The common scale of bars to both sides of zero, in percent of the space for them."""

    low: float
    high: float

    @classmethod
    def over(cls, values: Sequence[float]) -> _Scale:
        return cls(min([0.0, *values]), max([0.0, *values]))

    def size(self, value: float) -> float:
        return 100 * abs(value) / ((self.high - self.low) or 1.0)

    @property
    def zero(self) -> float:
        return self.size(self.low)

    def bar(self, value: float, start: float = 0.0) -> dict[str, Any]:
        """Return the place of a bar from ``start`` to ``start + value``."""
        left = self.zero + self.size(start) * (1 if start > 0 else -1)
        size = self.size(value)
        return {"left": left - (size if value < 0 else 0), "size": size, "against": value < 0}


def _stacked(
    parts: Sequence[tuple[str, float]], scale: _Scale, schema: GraphSchema
) -> list[dict[str, Any]]:
    """Return the bars of one score, each beginning where the one before of its sign ends."""
    names = {label: name for name, label in summands(schema).items()}
    ends = {True: 0.0, False: 0.0}
    bars = []
    for label, value in parts:
        bar = scale.bar(value, ends[value > 0])
        ends[value > 0] += value
        figure = _signed(f"{value:+.2f}")
        bars.append({"label": label, "figure": figure, "colour": names.get(label, "other"), **bar})
    return bars
