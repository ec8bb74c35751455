"""Paths of candidates by Cypher: those of a join in memory, on random graphs and by hand."""

import numpy as np
import pytest

from model.rkan_history.path_kinds import USUAL_KINDS, PathKind
from pipeline.content.catalogue import read_catalogue
from pipeline.content.histories import Histories, read_histories
from pipeline.enrichment.config import EnrichConfig
from pipeline.enrichment.derived import DerivedPart, derive_part
from pipeline.enrichment.enrich import enrich
from pipeline.enrichment.stored import EARLY_WEIGHT, WEIGHT, weight_scales
from pipeline.graph import Graph
from pipeline.ids import EntityId, EntityIds
from pipeline.paths.expansion import Asked, Expansion, PathSource
from pipeline.paths.graph_paths import GraphPaths
from pipeline.paths.kinds import RELATIONS
from pipeline.queries import Query
from tests.support.joined_paths import JoinedPaths
from tests.support.path_graphs import RELATIONS as TYPES
from tests.support.path_graphs import SmallGraph

ALL = frozenset(USUAL_KINDS)
GRAPHS = range(12)
CONFIG = EnrichConfig(
    label_fraction=0.4,
    short_histories=0.0,
    neighbours=4,
    steps=3,
    similar="cosine",
    cosine_shrinkage=1.0,
    alike=3,
    alike_movies=3,
    alike_stride=1,
    alike_steps=3,
)
_DATASET = """// Says that the graph holds a whole data set.
CREATE (:Dataset {name: 'small', dataHash: 'small', status: 'complete', testFraction: 0.0,
                  numUsers: 0, numMovies: 0, numEntities: 0})"""
_STARS = """// Gives stars to two ratings of three.
MATCH (u:User)-[r:RATED]->(m:Movie)
WHERE (u.entityId + m.entityId) % 3 <> 0
SET r.rating = 0.5 * (1 + (u.entityId * 7 + m.entityId) % 10)"""
_ONE = """// Joins a user and a movie, or two users, as a row of the derived relationships says.
MATCH (a:Entity {entityId: $source}), (b:Entity {entityId: $target})
CREATE (a)-[r:WATCHED_ALIKE]->(b) SET r = $properties"""


def query(text, *parameters):
    return Query("tests", text, "", frozenset(parameters))


def fill(graph: Graph, small: SmallGraph, config: EnrichConfig = CONFIG) -> Histories:
    """Load the graph with stars and derived relationships; return its histories."""
    small.load(graph)
    graph.write(query(_DATASET))
    graph.write(query(_STARS))
    histories = read_histories(graph)
    enrich(graph, histories, config)
    return histories


def random_graph(seed: int) -> SmallGraph:
    """Six users, one without ratings; nine movies; parallel relationships; decoys of all kinds.

    Positions have gaps, as if held-out ratings lay between, in the histories of half of the users.
    """
    rng = np.random.default_rng(seed)
    ids = rng.permutation(20).tolist()
    users, movies, persons, genres = ids[:6], ids[6:15], ids[15:18], ids[18:]
    small = SmallGraph(users, movies, persons, genres)
    for user in users[1:]:
        order = rng.permutation(movies)[: rng.integers(1, 10)].tolist()
        places = sorted(rng.permutation(12)[: len(order)].tolist())
        places = places if rng.random() < 0.5 else list(range(len(order)))
        small.rated |= {(user, movie): at for at, movie in zip(places, order, strict=True)}
        small.decoys |= {(user, "HELD_OUT", movie) for movie in set(movies) - set(order)}
    small.decoys |= {
        (user, "RECOMMENDED", movie) for user in users for movie in movies if rng.random() < 0.3
    }
    possible = [(m, a, kind) for m in movies for a in persons for kind in TYPES["Person"]]
    possible += [(m, a, "IN_GENRE") for m in movies for a in genres]
    small.attributes = {each for each in possible if rng.random() < 0.2}
    return small


def asks(seed: int, histories: Histories, movies: list[int]) -> list[Asked]:
    """Some ratings of each user, and candidates among the other movies, both in any order."""
    rng = np.random.default_rng(seed)
    asked = []
    for row in rng.permutation(len(histories)).tolist():
        start, end = histories.bounds_of(row)
        if rng.random() < 0.5:
            start = int(rng.integers(start, end + 1))
        if rng.random() < 0.5:
            end = int(rng.integers(start, end + 1))
        places = histories.positions[histories.offsets[row] : histories.offsets[row + 1]]
        used = histories.movies_of(row)[(start <= places) & (places < end)].tolist()
        candidates = [m for m in rng.permutation(movies).tolist() if m not in used]
        if rng.random() < 0.2:
            candidates = candidates[:1]
        user = EntityId(int(histories.user_entities[row]))
        asked.append(ask(user, candidates, start, end))
    return asked


def ask(user: int, candidates: list[int], start: int, end: int) -> Asked:
    return Asked(EntityId(user), start, end, EntityIds(np.array(candidates, dtype=np.int64)))


def content(found: Expansion):
    """Movies, ratings, and the paths of each kind as sets or mappings to weights."""
    links = {
        kind: keyed(zip(each.ages.tolist(), each.columns.tolist(), strict=True), each.weights)
        for kind, each in found.links.items()
    }
    attributes = found.shared.attributes.tolist()
    assert attributes == sorted(set(attributes))
    shared, through = found.shared, found.through
    of_movies = {
        (attributes[row], age)
        for row, age in zip(shared.age_rows.tolist(), shared.ages.tolist(), strict=True)
    }
    columns = (shared.column_rows.tolist(), shared.columns.tolist(), shared.relations.tolist())
    of_candidates = [
        (attributes[row], column, RELATIONS[relation])
        for row, column, relation in zip(*columns, strict=True)
    ]
    assert len(set(of_candidates)) == len(of_candidates)
    keys = (through.ages, through.columns, through.others, through.steps)
    return (
        found.movies.tolist(),
        [None if np.isnan(stars) else stars for stars in found.ratings.tolist()],
        links,
        attributes,
        of_movies,
        set(of_candidates),
        keyed(zip(*(key.tolist() for key in keys), strict=True), through.weights),
    )


def keyed(keys, weights):
    """A mapping to the weights; no path is there twice."""
    keys = list(keys)
    found = dict(zip(keys, weights.tolist(), strict=True))
    assert len(found) == len(keys)
    return found


def contents(source: PathSource, asked: list[Asked]):
    return [content(each) for each in source.expand(asked)]


def chains(source: PathSource, asked: list[Asked]):
    """The paths through two people of each user, none of them twice."""
    found = []
    for each in source.expand(asked):
        rows = list(zip(*(column.tolist() for column in each.chains), strict=True))
        assert len(set(rows)) == len(rows)
        found.append(set(rows))
    return found


def graph_paths(graph, kinds, weight):
    return GraphPaths(graph, kinds, weight, weight_scales(graph, weight))


def known(scales):
    """The scales of the types that have weights."""
    return {kind: pytest.approx(scale) for kind, scale in scales.items() if scale is not None}


def part_of(histories: Histories, config: EnrichConfig = CONFIG) -> DerivedPart:
    return derive_part(histories, config)


@pytest.mark.parametrize("seed", GRAPHS)
def test_the_queries_find_what_the_join_finds(graph, seed):
    small = random_graph(seed)
    histories, catalogue = fill(graph, small), read_catalogue(graph)
    early, _ = histories.split(CONFIG.label_fraction)
    for name, known_histories in ((WEIGHT, histories), (EARLY_WEIGHT, early)):
        found = graph_paths(graph, ALL, name)
        joined = JoinedPaths(known_histories, catalogue, part_of(known_histories))
        assert known(found.scales()) == joined.scales()
        asked = asks(seed, known_histories, small.movies)
        assert contents(found, asked) == contents(joined, asked)
        assert chains(found, asked) == chains(joined, asked)


def test_the_random_graphs_have_paths_of_every_kind(graph):
    """So that the test above tests something; in memory, but the catalogue is the graph's."""
    counts = dict.fromkeys((WEIGHT, EARLY_WEIGHT), np.zeros(6, dtype=int))
    for seed in list(GRAPHS)[:3]:
        small = random_graph(seed)
        histories, catalogue = fill(graph, small), read_catalogue(graph)
        early, _ = histories.split(CONFIG.label_fraction)
        for name, own in ((WEIGHT, histories), (EARLY_WEIGHT, early)):
            for found in JoinedPaths(own, catalogue, part_of(own)).expand(
                asks(seed, own, small.movies)
            ):
                sizes = [len(each.ages) for each in found.links.values()]
                sizes += [len(found.shared.ages), len(found.shared.columns)]
                sizes += [len(found.through.ages), len(found.chains.ages)]
                counts[name] = counts[name] + sizes
    assert all((count > 5).all() for count in counts.values())


@pytest.mark.parametrize("seed", [3, 4])
def test_decoys_change_nothing(graph, seed):
    """HELD_OUT and RECOMMENDED, between every user and every movie or between none."""
    small = random_graph(seed)
    small.decoys = set()
    asked = asks(seed, fill(graph, small), small.movies)
    before = contents(graph_paths(graph, ALL, WEIGHT), asked)
    small.decoys = {
        (user, kind, movie)
        for user in small.users
        for movie in small.movies
        for kind in ("HELD_OUT", "RECOMMENDED")
        if kind == "RECOMMENDED" or (user, movie) not in small.rated
    }
    fill(graph, small)
    assert contents(graph_paths(graph, ALL, WEIGHT), asked) == before


@pytest.mark.parametrize("seed", [5, 6])
def test_for_learning_the_late_part_of_no_history_is_on_a_path(graph, seed):
    """Whatever users watched last: their early parts, and the number of movies, stay the same."""
    small = random_graph(seed)
    early, _ = fill(graph, small).split(CONFIG.label_fraction)
    asked = asks(seed, early, small.movies)
    before = contents(graph_paths(graph, ALL, EARLY_WEIGHT), asked)
    ends = {user: end for user, (_, end) in early.bounds().items()}
    for user in small.users:
        late = [(p, m) for (u, m), p in small.rated.items() if u == user and p >= ends[user]]
        small.rated = {k: p for k, p in small.rated.items() if k[0] != user or p < ends[user]}
        free = [m for m in small.movies if (user, m) not in small.rated]
        small.rated |= {(user, m): p for (p, _), m in zip(late, free[::-1], strict=False)}
        small.decoys -= {(user, "HELD_OUT", m) for m in free}
    again, _ = fill(graph, small).split(CONFIG.label_fraction)
    assert again.movies.tolist() == early.movies.tolist()
    assert contents(graph_paths(graph, ALL, EARLY_WEIGHT), asked) == before


def films() -> SmallGraph:
    """User 0 watched 2 3 4, user 1 watched 3 2 5 6 7; person 8 made 3 and acted in 3 and 6."""
    return SmallGraph(
        users=[0, 1],
        movies=[2, 3, 4, 5, 6, 7],
        persons=[8],
        genres=[9],
        rated={(0, 2): 0, (0, 3): 1, (0, 4): 2}
        | {(1, movie): position for position, movie in enumerate((3, 2, 5, 6, 7))},
        attributes={
            (3, 8, "DIRECTED"),
            (3, 8, "ACTED_IN"),
            (6, 8, "ACTED_IN"),
            (6, 8, "WROTE"),
            (4, 9, "IN_GENRE"),
            (5, 9, "IN_GENRE"),
        },
    )


@pytest.fixture
def loaded(graph) -> Graph:
    """The films, with one WATCHED_ALIKE of each part: user 1 until 2, and then 5 and 6 or 5."""
    films().load(graph)
    for name, weight, until in ((WEIGHT, 0.5, 3), (EARLY_WEIGHT, 0.25, 2)):
        join(graph, 0, 1, {name: weight, "position": 1, "until": until, "movie": 2})
    return graph


def join(graph: Graph, source: int, target: int, properties: dict[str, object]) -> None:
    text = query(_ONE, "source", "target", "properties")
    graph.write(text, source=source, target=target, properties=properties)


def one(source: PathSource, *asked) -> Expansion:
    (found,) = source.expand([ask(*asked)])
    return found


def test_parallel_relationships_are_all_there(loaded):
    found = content(one(graph_paths(loaded, ALL, WEIGHT), 0, [7, 6, 5], 0, 3))
    movies, ratings, links, attributes, of_movies, of_candidates, _ = found
    assert movies == [4, 3, 2]
    assert ratings == [None, None, None]
    assert links == {PathKind.WATCHED_NEXT: {}, PathKind.SIMILAR: {}}
    assert attributes == [8, 9]
    assert of_movies == {(8, 1), (9, 0)}
    assert of_candidates == {(8, 1, "ACTED_IN"), (8, 1, "WROTE"), (9, 2, "IN_GENRE")}


@pytest.mark.parametrize(
    ("weight", "through"),
    [
        (WEIGHT, {(2, 2, 1, 1): 0.5, (2, 1, 1, 2): 0.5}),
        (EARLY_WEIGHT, {(2, 2, 1, 1): 0.25}),  # 6 is in the late part of user 1's history
    ],
)
def test_paths_through_a_user_end_with_what_that_user_watched_next(loaded, weight, through):
    *_, found = content(one(graph_paths(loaded, ALL, weight), 0, [7, 6, 5], 0, 3))
    assert found == through


def test_ratings_outside_the_bounds_are_on_no_path(loaded):
    source = graph_paths(loaded, ALL, WEIGHT)
    movies, _, _, attributes, of_movies, _, through = content(one(source, 0, [7, 6, 5], 1, 2))
    assert (movies, attributes, of_movies) == ([3], [8], {(8, 0)})
    assert through == {}  # movie 2, which both watched, is before position 1
    *_, through = content(one(source, 0, [5], 0, 1))
    assert through == {(0, 0, 1, 1): 0.5}


def test_a_user_may_have_rated_a_candidate_later(loaded):
    """Movie 4 is at position 2. It is reached from 5 alone, which the user has not watched."""
    assert content(one(graph_paths(loaded, ALL, WEIGHT), 0, [4], 0, 2)) == (
        [3, 2],
        [None, None],
        {PathKind.WATCHED_NEXT: {}, PathKind.SIMILAR: {}},
        [],
        set(),
        set(),
        {},
    )


def test_nothing_to_find_is_no_error(loaded):
    source = graph_paths(loaded, ALL, WEIGHT)
    for candidates, start, end in (([5, 6], 0, 0), ([], 0, 3), ([7], 0, 3), ([], 0, 0)):
        found = one(source, 0, candidates, start, end)
        assert found.movies.tolist() == [4, 3, 2][3 - end :]
        assert [len(each.ages) for each in found.links.values()] == [0, 0]
        assert len(found.shared.attributes) == len(found.through.ages) == 0
        assert len(found.chains.ages) == 0
        assert found.shared.ages.dtype == found.through.columns.dtype == np.int64
    assert list(source.expand([])) == []


def test_a_graph_without_derived_relationships_has_no_scales(loaded):
    assert graph_paths(loaded, ALL, WEIGHT).scales() == {}


def test_relationships_without_this_weight_are_on_no_path(loaded):
    """A path and a scale count the weights of one part."""
    text = (
        "MATCH (a:Entity {entityId: $row[0]}), (b:Entity {entityId: $row[1]}) "
        "CREATE (a)-[r:SIMILAR]->(b) SET r = $row[2]"
    )
    rows: list[tuple[int, int, dict[str, float]]] = [
        (2, 5, {WEIGHT: 3.0}),
        (3, 5, {EARLY_WEIGHT: 2.0}),
        (4, 5, {WEIGHT: 4.0, EARLY_WEIGHT: 1.0}),
        (5, 4, {WEIGHT: 9.0}),
    ]
    for row in rows:
        loaded.write(query(text, "row"), row=row)
    for name, links, scale in (
        (WEIGHT, {(2, 0): 3, (0, 0): 4}, ((9 + 16 + 81) / 3) ** 0.5),
        (EARLY_WEIGHT, {(1, 0): 2, (0, 0): 1}, 2.5**0.5),
    ):
        source = graph_paths(loaded, ALL, name)
        assert content(one(source, 0, [5], 0, 3))[2][PathKind.SIMILAR] == links
        assert source.scales() == {PathKind.SIMILAR: pytest.approx(scale)}


@pytest.mark.parametrize("turned", [False, True])
def test_users_come_in_the_order_asked(loaded, turned):
    asked = [ask(0, [7, 5], 0, 3), ask(1, [4], 0, 5)]
    asked = asked[::-1] if turned else asked
    found = list(graph_paths(loaded, ALL, WEIGHT).expand(asked))
    histories = {0: [4, 3, 2], 1: [7, 6, 5, 2, 3]}
    assert [each.movies.tolist() for each in found] == [histories[each.user] for each in asked]
    ages = {0: {0}, 1: {2}}  # of the movie of genre 9, as the last candidate is
    columns = {0: 1, 1: 0}
    for each, expansion in zip(asked, found, strict=True):
        assert expansion.shared.attributes.tolist() == [9]
        assert set(expansion.shared.ages.tolist()) == ages[each.user]
        assert expansion.shared.columns.tolist() == [columns[each.user]]


def test_columns_are_places_among_the_candidates(loaded):
    source = graph_paths(loaded, ALL, WEIGHT)
    for candidates in ([5, 6, 7], [7, 6, 5], [6, 7, 5]):
        found = one(source, 0, candidates, 0, 3)
        assert {candidates[column] for column in found.shared.columns} == {5, 6}
        ends = [candidates[column] for column in found.through.columns]
        assert sorted(zip(ends, found.through.steps.tolist(), strict=True)) == [(5, 1), (6, 2)]


QUERIES = {
    PathKind.WATCHED_NEXT: set(),
    PathKind.SIMILAR: set(),
    PathKind.MAKER: {"paths/candidates_3"},
    PathKind.ACTOR: {"paths/candidates_3"},
    PathKind.GENRE: {"paths/candidates_3"},
    PathKind.USERS: {"paths/candidates_3_users"},
    PathKind.PEOPLE: {"paths/candidates_5"},
}


@pytest.mark.parametrize(
    "kinds",
    [*({kind} for kind in USUAL_KINDS), set(), {PathKind.GENRE, PathKind.USERS}, set(USUAL_KINDS)],
    ids=lambda kinds: "-".join(kind.name for kind in sorted(kinds)) or "none",
)
def test_queries_that_only_serve_other_kinds_do_not_run(loaded, monkeypatch, kinds):
    """The query of 2 hops always runs, for it brings the histories."""
    asked = [ask(0, [7, 6, 5], 0, 3)]
    (whole,) = contents(graph_paths(loaded, ALL, WEIGHT), asked)
    ran, real = [], loaded.rows

    def rows(query: Query, **parameters: object) -> list:
        ran.append(query.name)
        return real(query, **parameters)

    monkeypatch.setattr(loaded, "rows", rows)
    (found,) = contents(graph_paths(loaded, frozenset(kinds), WEIGHT), asked)
    expected = {name for kind in kinds for name in QUERIES[kind]} | {"paths/candidates_2"}
    assert sorted(ran) == sorted(expected)
    shared = kinds & {PathKind.MAKER, PathKind.ACTOR, PathKind.GENRE}
    assert found[:3] == whole[:3]
    assert found[3:6] == (whole[3:6] if shared else ([], set(), set()))
    assert found[6] == (whole[6] if PathKind.USERS in kinds else {})
