"""Small graphs for the tests of paths: one to count by eye, and random ones; brute force."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hypothesis import strategies as st

from pipeline.queries import Query

RELATIONS = {"Person": ("DIRECTED", "ACTED_IN", "WROTE"), "Genre": ("IN_GENRE",)}

_CREATE = {
    "User": "CREATE (n:User:Entity) SET n += row",
    "Movie": "CREATE (n:Movie:Entity) SET n += row",
    "Person": "CREATE (n:Person:Entity) SET n += row",
    "Genre": "CREATE (n:Genre:Entity) SET n += row",
}
_ENDS = "MATCH (a:Entity {entityId: row[0]}), (b:Entity {entityId: row[1]}) "


@dataclass
class SmallGraph:
    """Entities by kind, and relationships between entityIds.

    rated: (user, movie) -> position; decoys: (user, type, movie), never on a path;
    attributes: (movie, attribute, type).
    """

    users: list[int]
    movies: list[int]
    persons: list[int] = field(default_factory=list)
    genres: list[int] = field(default_factory=list)
    rated: dict[tuple[int, int], int] = field(default_factory=dict)
    decoys: set[tuple[int, str, int]] = field(default_factory=set)
    attributes: set[tuple[int, int, str]] = field(default_factory=set)

    def history(self, user: int, start: int = 0, end: int | None = None) -> list[int]:
        rows = sorted((place, m) for (u, m), place in self.rated.items() if u == user)
        return [m for place, m in rows if start <= place and (end is None or place < end)]

    def paths(
        self,
        user: int,
        target: int,
        max_hops: int,
        through_users: bool,
        bounds: Mapping[int, tuple[int, int | None]] = {},
    ) -> set[tuple[int, ...]]:
        """All simple paths, by walking along every edge; bounds: user -> history's start, end."""
        near: dict[int, set[int]] = {}
        edges = [(movie, attribute) for movie, attribute, _ in self.attributes]
        for rater in self.users if through_users else [user]:
            edges += [(rater, movie) for movie in self.history(rater, *bounds.get(rater, ()))]
        for a, b in edges:
            near.setdefault(a, set()).add(b)
            near.setdefault(b, set()).add(a)
        found: set[tuple[int, ...]] = set()
        paths: list[tuple[int, ...]] = [(user,)]
        while paths:
            path = paths.pop()
            for entity in near.get(path[-1], set()) - set(path):
                if entity == target:
                    found.add((*path, target))
                elif len(path) < max_hops:
                    paths.append((*path, entity))
        return found - {(user, target)}

    def load(self, graph) -> None:
        """Put the graph into the database in place of what is there."""
        graph.write(_query("MATCH (n) DETACH DELETE n"))
        rows = {
            "User": [{"entityId": e, "userId": e} for e in self.users],
            "Movie": [
                {"entityId": e, "movieId": e, "title": f"Film {e}", "year": 1990}
                for e in self.movies
            ],
            "Person": [
                {"entityId": e, "personId": f"p{e}", "name": f"P {e}"} for e in self.persons
            ],
            "Genre": [{"entityId": e, "name": f"G {e}"} for e in self.genres],
        }
        for kind, create in _CREATE.items():
            graph.write(_query("UNWIND $rows AS row " + create, "rows"), rows=rows[kind])
        rated = [[u, m, place] for (u, m), place in self.rated.items()]
        links = {"RATED": ("CREATE (a)-[:RATED {position: row[2]}]->(b)", rated)}
        for kind in ("HELD_OUT", "RECOMMENDED"):
            decoys = [[u, m] for u, k, m in sorted(self.decoys) if k == kind]
            links[kind] = (f"CREATE (a)-[:{kind} {{position: 0}}]->(b)", decoys)
        for kind in (*RELATIONS["Person"], *RELATIONS["Genre"]):
            arrow = "(a)-[:IN_GENRE]->(b)" if kind == "IN_GENRE" else f"(b)-[:{kind}]->(a)"
            pairs = [[m, a] for m, a, k in sorted(self.attributes) if k == kind]
            links[kind] = (f"CREATE {arrow}", pairs)
        for create, pairs in links.values():
            if pairs:
                graph.write(_query("UNWIND $rows AS row " + _ENDS + create, "rows"), rows=pairs)


def _query(text: str, *parameters: str) -> Query:
    return Query("tests", text, "", frozenset(parameters))


def eight_movies() -> SmallGraph:
    """User 0 rated 10, 11, 12 in this order; user 1 rated 10 and 16. Movie 17 has nothing.

    Person 20 made 10, 11 and 13 (11 twice over); person 21 made 12 and 14; 13, 14, 15 are of
    genre 30.
    """
    return SmallGraph(
        users=[0, 1],
        movies=list(range(10, 18)),
        persons=[20, 21],
        genres=[30],
        rated={(0, 10): 0, (0, 11): 1, (0, 12): 2, (1, 10): 0, (1, 16): 1},
        decoys={(0, "HELD_OUT", 13), (0, "RECOMMENDED", 15), (1, "HELD_OUT", 12)},
        attributes={
            (10, 20, "ACTED_IN"),
            (11, 20, "ACTED_IN"),
            (11, 20, "DIRECTED"),
            (13, 20, "WROTE"),
            (12, 21, "DIRECTED"),
            (14, 21, "DIRECTED"),
            (13, 30, "IN_GENRE"),
            (14, 30, "IN_GENRE"),
            (15, 30, "IN_GENRE"),
        },
    )


@st.composite
def small_graphs(draw) -> SmallGraph:
    """Up to 3 users, 6 movies and 4 attributes, their entityIds in any order, with decoys."""
    sizes = [draw(st.integers(*span)) for span in ((1, 3), (2, 6), (0, 2), (0, 2))]
    ids = draw(st.permutations(range(sum(sizes))))
    users, movies, persons, genres = (
        list(ids[sum(sizes[:place]) : sum(sizes[: place + 1])]) for place in range(4)
    )
    graph = SmallGraph(users, movies, persons, genres)
    for user in users:
        order = draw(st.lists(st.sampled_from(movies), unique=True))
        held_out = draw(st.integers(0, len(order) // 2))
        rated = order[: len(order) - held_out]
        graph.rated.update({(user, movie): place for place, movie in enumerate(rated)})
        graph.decoys.update((user, "HELD_OUT", movie) for movie in order[len(rated) :])
        decoys = draw(st.sets(st.sampled_from(movies)))
        graph.decoys.update((user, "RECOMMENDED", movie) for movie in decoys)
    kinds = [(a, kind) for a in persons for kind in RELATIONS["Person"]]
    kinds += [(a, kind) for a in genres for kind in RELATIONS["Genre"]]
    possible = [(movie, a, kind) for movie in movies for a, kind in kinds]
    if possible:
        graph.attributes = draw(st.sets(st.sampled_from(possible)))
    return graph
