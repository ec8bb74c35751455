"""Finds films that are like a film, and says why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.content.catalogue import entity_name, movie_name
from pipeline.content.dataset import read_dataset
from pipeline.content.lookup import find_movie
from pipeline.enrichment.stored import find_enrichment
from pipeline.errors import ConfigError, GraphContentError
from pipeline.graph import Graph
from pipeline.queries import load_query
from pipeline.schema import GraphSchema


@dataclass(frozen=True)
class SharedPerson:
    """A person who made two films.

    Attributes:
        person_id: the personId.
        name: the person's name.
        here: types of the person's relationships to the one film, the most informative first.
        there: types of the relationships to the film that is like it.
    """

    person_id: str
    name: str
    here: list[str]
    there: list[str]


@dataclass(frozen=True)
class SimilarFilm:
    """A film that is like another.

    Attributes:
        movie_id: the movieId.
        movie: title and year.
        similar: weight of SIMILAR; None without such a relationship.
        too: number of people who watched both films; None without SIMILAR.
        watched_next: weight of WATCHED_NEXT; None without such a relationship.
        soon: number of people who watched this one soon after the other; None as above.
        people: directors, then writers, then actors of both films.
    """

    movie_id: int
    movie: str
    similar: float | None
    too: int | None
    watched_next: float | None
    soon: int | None
    people: list[SharedPerson]


@dataclass(frozen=True)
class SimilarReport:
    """The films that are like a film, the most similar first.

    Attributes:
        movie_id: the movieId of the film.
        movie: its title and year.
        watchers: number of people who rated it, without held-out ratings.
        steps: number of films after it among which WATCHED_NEXT counts another.
        films: the films that are like it.
    """

    movie_id: int
    movie: str
    watchers: int
    steps: int
    films: list[SimilarFilm]


def similar_films(graph: Graph, film: str, *, limit: int = 10) -> SimilarReport:
    """Return the films that are most like a film, by the derived relationships of the graph.

    Films with SIMILAR come first, by its weight, then those with WATCHED_NEXT alone.

    Args:
        graph: an open graph.
        film: movieId or title of the film.
        limit: maximum number of films, at least 1.

    Raises:
        ConfigError: ``limit`` is not positive.
        NotFoundError: no such film.
        GraphContentError: the graph is empty, or has no derived relationships.
    """
    if limit < 1:
        raise ConfigError(f"limit = {limit!r} must be more than 0")
    dataset = read_dataset(graph)
    movie = find_movie(graph, film)
    enrichment = find_enrichment(graph)
    if enrichment is None:
        raise GraphContentError(
            f"{dataset.name} has no derived relationships between {graph.schema.words.items}; "
            "run: pipeline enrich"
        )
    [counted] = graph.read(load_query("read/film_watchers"), movieId=movie.movie_id)
    rows = graph.read(load_query("read/similar_films"), movieId=movie.movie_id, limit=limit)
    return SimilarReport(
        movie_id=movie.movie_id,
        movie=movie.name,
        watchers=counted["watchers"],
        steps=enrichment.config.steps,
        films=[_film(row, graph.schema) for row in rows],
    )


def _film(row: Mapping[str, Any], schema: GraphSchema) -> SimilarFilm:
    people = [_person(**each, schema=schema) for each in row["people"]]
    return SimilarFilm(
        movie_id=row["movieId"],
        movie=movie_name(row["title"], row["year"]),
        similar=row["similar"],
        too=row["tooPeople"],
        watched_next=row["next"],
        soon=row["soonPeople"],
        people=sorted(people, key=lambda person: _place(person, schema)),
    )


def _person(
    personId: str,  # noqa: N803
    name: str | None,
    here: list[str],
    there: list[str],
    schema: GraphSchema,
) -> SharedPerson:
    order = schema.attribute_relations.index
    return SharedPerson(
        person_id=personId,
        name=entity_name(schema.person, personId, name, None),
        here=sorted(here, key=order),
        there=sorted(there, key=order),
    )


def _place(person: SharedPerson, schema: GraphSchema) -> tuple[bool, int, int, str]:
    """Return the place of a person: those known by name first, then by their part in the films."""
    order = schema.attribute_relations.index
    unnamed = person.name == entity_name(schema.person, person.person_id, None, None)
    return unnamed, order(person.here[0]), order(person.there[0]), person.name
