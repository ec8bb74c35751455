"""Derived relationships of the films of film_graph: as in the graph, and as computed."""

from pipeline.content.catalogue import read_catalogue
from pipeline.enrichment.config import EnrichConfig
from pipeline.enrichment.derived import derive_part
from pipeline.enrichment.early import early_and_late
from pipeline.enrichment.stored import EARLY_WEIGHT, PEOPLE, SHARED, WEIGHT
from pipeline.errors import DatabaseError
from pipeline.graph import Graph
from tests.support.film_graph import entities, query

TYPES = ("WATCHED_NEXT", "SIMILAR", "WATCHED_ALIKE")
CONFIG = EnrichConfig(
    label_fraction=0.25,
    short_histories=0.0,
    neighbours=3,
    steps=2,
    step_decay=0.5,
    watched_next_shrinkage=1.0,
    ease_l2=2.0,
    alike=2,
    alike_movies=3,
    alike_stride=1,
    alike_steps=2,
)


def content(graph):
    """The relationships of each type: their ends, as userId or movieId, and properties, sorted."""
    rows = graph.read(
        query(
            "MATCH (a)-[r:WATCHED_NEXT|SIMILAR|WATCHED_ALIKE]->(b) "
            "RETURN type(r) AS type, coalesce(a.userId, a.movieId) AS a, "
            "coalesce(b.userId, b.movieId) AS b, properties(r) AS properties"
        )
    )
    return sorted(
        (row["type"], row["a"], row["b"], tuple(sorted(row["properties"].items()))) for row in rows
    )


def expected(graph, histories, config):
    """The same from the weights that the pure functions give."""
    catalogue = read_catalogue(graph)
    key = {entity: each for kind in ("Movie", "User") for each, entity in _keys(catalogue, kind)}
    early, _ = early_and_late(histories, config)
    parts = {WEIGHT: derive_part(histories, config), EARLY_WEIGHT: derive_part(early, config)}
    between: dict[tuple[str, int, int], dict[str, float]] = {}
    found = []
    for name, part in parts.items():
        for kind, weights in part.movies.items():
            for source, targets, values in weights.by_source():
                for target, weight in zip(targets, values, strict=True):
                    between.setdefault((kind, key[source], key[target]), {})[name] = weight
            if name == WEIGHT:
                columns = (weights.source, weights.target, part.people[kind])
                for source, target, number in zip(*(x.tolist() for x in columns), strict=True):
                    between[kind, key[source], key[target]][PEOPLE] = number
        users = part.users
        for place in range(len(users)):
            properties = {
                name: float(users.weight[place]),
                "position": int(users.position[place]),
                "until": int(users.until[place]),
                "movie": int(users.movie[place]),
                SHARED: int(users.shared[place]),
            }
            ends = (key[int(users.source[place])], key[int(users.target[place])])
            found.append(("WATCHED_ALIKE", *ends, tuple(sorted(properties.items()))))
    found += [(*ends, tuple(sorted(weights.items()))) for ends, weights in between.items()]
    return sorted(found)


def _keys(catalogue, kind):
    return entities(catalogue, kind).items()


def weights_of(found, kind, name=WEIGHT):
    """(source, target) -> weight of one type and part."""
    own = {(a, b): dict(properties) for each, a, b, properties in found if each == kind}
    return {ends: each[name] for ends, each in own.items() if name in each}


def count(summary):
    return summary.watched_next + summary.similar + summary.watched_alike


def interrupted(patch, after):
    """Let this many writes through, then fail; as a crash does, between two transactions."""
    done: list[int] = []
    for name in ("write", "write_implicit"):
        real = getattr(Graph, name)

        def write(self, *arguments, real=real, **parameters):
            if len(done) == after:
                raise DatabaseError("the server went away")
            done.append(1)
            return real(self, *arguments, **parameters)

        patch.setattr(Graph, name, write)
