"""Paths over relationships between movies and between users, against all that a graph holds."""

import math
from dataclasses import replace

import numpy as np
import pytest

from model.rkan_history.path_kinds import PathKind
from pipeline.enrichment.stored import WEIGHT
from pipeline.paths.graph_paths import GraphPaths
from pipeline.paths.kinds import kinds_of_relations, possible_kinds
from pipeline.schema import MOVIELENS, Link
from tests.pipeline.paths.test_expansion import asks, fill, keyed, query, random_graph

MOVIE_LINKS = (Link("GOES WITH", "Goes with", weight="of`ten"), Link("PART_OF", "", directed=True))
USER_LINKS = (Link("FOLLOWS", "", directed=True), Link("FRIEND", "", weight="close"))
SCHEMA = replace(MOVIELENS, movie_links=MOVIE_LINKS, user_links=USER_LINKS)
WEIGHTS = (None, -1.0, 0, 2, 0.5, "a lot", math.inf, math.nan)
CREATE = """
MATCH (a:Entity {{entityId: $a}}), (b:Entity {{entityId: $b}}) CREATE (a)-[:`{0}` {1}]->(b)
"""


def linked(graph, rng, links, ends):
    """Create random links; return (start, end, type) -> the greatest weight that counts."""
    found: dict[tuple[int, int, str], float] = {}
    for link in links:
        name = (link.weight or "other").replace("`", "``")
        create = query(CREATE.format(link.type, f"{{`{name}`: $weight}}"), "a", "b", "weight")
        for a in ends:
            for b in ends:
                if rng.random() < 0.3:
                    weight = WEIGHTS[rng.integers(len(WEIGHTS))]
                    graph.write(create, a=a, b=b, weight=weight)
                    for way in [(a, b)] if link.directed else [(a, b), (b, a)]:
                        key = (*way, link.type)
                        found[key] = max(found.get(key, 0.0), counts(weight, link))
    return {key: weight for key, weight in found.items() if weight and key[0] != key[1]}


def counts(weight, link):
    if not link.weight:
        return 1.0
    return weight if isinstance(weight, int | float) and 0 < weight < math.inf else 0.0


@pytest.mark.parametrize("late", [0.0, 0.4])
@pytest.mark.parametrize("seed", range(3))
def test_the_queries_find_every_path_and_no_other(graph, seed, late):
    small = random_graph(seed)
    histories = fill(graph, small)
    rng = np.random.default_rng(seed)
    of_movies = linked(graph, rng, MOVIE_LINKS, small.movies)
    of_users = linked(graph, rng, USER_LINKS, small.users)
    graph.schema = SCHEMA
    kinds = frozenset({PathKind.LINKED, PathKind.KNOWN})
    counted, _ = histories.split(late)
    source = GraphPaths(graph, kinds, WEIGHT, {}, counted.bounds() if late else None)
    types = tuple(kinds_of_relations(SCHEMA))
    asked = asks(seed, histories, small.movies)
    for each, found in zip(asked, source.expand(asked), strict=True):
        candidates = each.candidates.tolist()
        over: dict[tuple, float] = {
            (age, column, type_): of_movies[film, candidate, type_]
            for age, film in enumerate(found.movies.tolist())
            for column, candidate in enumerate(candidates)
            for type_ in (link.type for link in MOVIE_LINKS)
            if (film, candidate, type_) in of_movies
        }
        assert found.linked is not None
        names = [types[relation] for relation in found.linked.relations.tolist()]
        rows = zip(found.linked.ages.tolist(), found.linked.columns.tolist(), names, strict=True)
        assert keyed(rows, found.linked.weights) == over
        over = {}
        likings: dict[tuple, float] = {}
        for other in small.users:
            weight = max(of_users.get((each.user, other, link.type), 0.0) for link in USER_LINKS)
            [row] = np.flatnonzero(counted.user_entities == other)
            own = counted.movies_of(int(row)).tolist()
            stars = [starred(other, movie) for movie in own]
            given = [star for star in stars if star is not None]
            for age, (movie, star) in enumerate(zip(own[::-1], stars[::-1], strict=True)):
                if weight and movie in candidates:
                    key = (other, candidates.index(movie), age)
                    over[key] = weight
                    likings[key] = 0.0 if star is None else star - sum(given) / len(given)
        assert found.known is not None
        parts = (found.known.others, found.known.columns, found.known.ages)
        keys = list(zip(*(part.tolist() for part in parts), strict=True))
        assert keyed(keys, found.known.weights) == over
        assert keyed(keys, found.known.likings) == pytest.approx(likings, abs=1e-6)


def starred(user, movie):
    """The stars that ``fill`` gives."""
    return 0.5 * (1 + (user * 7 + movie) % 10) if (user + movie) % 3 else None


def test_a_graph_without_links_has_no_such_kinds():
    assert possible_kinds(MOVIELENS) == set(PathKind) - {PathKind.LINKED, PathKind.KNOWN}
    assert possible_kinds(SCHEMA) == set(PathKind)
    assert PathKind.KNOWN not in possible_kinds(replace(SCHEMA, user_links=()))
