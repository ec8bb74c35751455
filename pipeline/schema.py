"""The names used in the graph: labels, relationship types, keys.

Query files spell out the names of MOVIELENS, so that each file runs unchanged in Neo4j Browser; a
test checks the files against it. In a graph with other names they are translated
(pipeline.naming).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum


class Role(StrEnum):
    """What an attribute says of a movie, the most informative first."""

    MAKER = "maker"
    """Who made it: directors, writers, authors, brands."""
    ACTOR = "actor"
    """Who or what takes part in it: actors, artists, ingredients."""
    GENRE = "genre"
    """What sort it is: genres, categories, tags; many movies share one."""


@dataclass(frozen=True)
class AttributeRelation:
    """A relationship type between movies and attributes.

    Attributes:
        type: the relationship type.
        role: what the attribute says of the movie.
        by: begins a sentence, before the attribute's name: "Directed by".
        did: follows "who", before the movie's name: "directed"; "" if there is no such word.
        also: joins the attribute's name to that of another movie with it: "who is also in"; "" for
            "like".
        noun: names the attribute: "director".
    """

    type: str
    role: Role
    by: str
    did: str = ""
    noun: str = ""
    also: str = ""


@dataclass(frozen=True)
class Link:
    """A relationship type between two movies, or between two users, that their owner made.

    Attributes:
        type: the relationship type.
        words: joins the two ends in a sentence: "Goes with", "whom you follow".
        weight: property that says how strong it is; "" if there is none.
        directed: True if it is followed from start to end only.
    """

    type: str
    words: str
    weight: str = ""
    directed: bool = False


@dataclass(frozen=True)
class ItemWords:
    """The words for movies, and for watching them, in sentences.

    Attributes:
        item: one of them: "film".
        items: several of them.
        saw: past tense of what users do with them.
        seen: its past participle.
        watched: another word for it in the past tense.
    """

    item: str = "film"
    items: str = "films"
    saw: str = "saw"
    seen: str = "seen"
    watched: str = "watched"


DIRECTED, WROTE, ACTED_IN, IN_GENRE = "DIRECTED", "WROTE", "ACTED_IN", "IN_GENRE"
LINKED, KNOWS = "LINKED", "KNOWS"  # in query files: the links of movies and those of users
_MOVIE_ATTRIBUTES = (
    AttributeRelation(DIRECTED, Role.MAKER, "Directed by", "directed", "director"),
    AttributeRelation(WROTE, Role.MAKER, "Written by", "wrote", "writer"),
    AttributeRelation(ACTED_IN, Role.ACTOR, "With", "acted in", "actor", "who is also in"),
    AttributeRelation(IN_GENRE, Role.GENRE, "", "", "genre"),
)

PROPERTIES = (
    "entityId",
    "userId",
    "movieId",
    "personId",
    "imdbId",
    "ownKey",
    "name",
    "title",
    "year",
    "embedding",
)
"""The properties that the pipeline gives to nodes of users, movies and attributes."""

INDEXES = (
    "user_userId",
    "movie_movieId",
    "person_personId",
    "genre_name",
    "entity_entityId",
    "dataset_name",
    "run_runId",
    "load_lock_name",
    "because_run_user",
    "recommended_run",
    "movie_title",
    "person_name",
    "user_embedding",
    "movie_embedding",
)
"""The names of all indexes and constraints."""


@dataclass(frozen=True)
class GraphSchema:
    """Labels, keys and relationship types of one kind of graph.

    Attributes:
        person: label of the attributes that are a maker or an actor.
        genre: label of the attributes that are a genre.
        source: label of the node that says which described folder was loaded.
        loaded: label of what a described folder brought.
        attributes: the relationships between movies and attributes, the most informative first.
        movie_links: the owner's relationships between movies.
        user_links: the owner's relationships between users.
        words: what movies are called in sentences.
        prefix: what the names begin with that the pipeline adds to a graph of someone else; "" in
            a graph that it has loaded.
    """

    user: str = "User"
    movie: str = "Movie"
    person: str = "Person"
    genre: str = "Genre"
    entity: str = "Entity"
    dataset: str = "Dataset"
    run: str = "Run"
    load_lock: str = "LoadLock"
    source: str = "Source"
    loaded: str = "Loaded"
    rated: str = "RATED"
    held_out: str = "HELD_OUT"
    recommended: str = "RECOMMENDED"
    watched_next: str = "WATCHED_NEXT"
    similar: str = "SIMILAR"
    watched_alike: str = "WATCHED_ALIKE"
    because: str = "BECAUSE"
    attributes: tuple[AttributeRelation, ...] = _MOVIE_ATTRIBUTES
    movie_links: tuple[Link, ...] = ()
    user_links: tuple[Link, ...] = ()
    words: ItemWords = field(default_factory=ItemWords)
    prefix: str = ""

    @property
    def named(self) -> tuple[str, ...]:
        """The fields with the name of a label or relationship type."""
        others = ("attributes", "movie_links", "user_links", "words", "prefix")
        return tuple(each.name for each in fields(self) if each.name not in others)

    def field_of(self, name: str) -> str:
        """Return the field that holds this label or type; "" if none does."""
        return next((each for each in self.named if getattr(self, each) == name), "")

    def index_of(self, name: str) -> str:
        """Return the name of one of INDEXES in this graph."""
        return f"{self.prefix.lower()}_{name}" if self.prefix else name

    def property_of(self, name: str) -> str:
        """Return the name of one of PROPERTIES in this graph."""
        if not self.prefix or name not in PROPERTIES:
            return name
        return f"{self.prefix.lower()}{name[0].upper()}{name[1:]}"

    @property
    def keys(self) -> dict[str, str]:
        """Label -> the property that identifies its nodes."""
        keys = {
            self.user: "userId",
            self.movie: "movieId",
            self.person: "personId",
            self.genre: "name",
            self.entity: "entityId",
            self.dataset: "name",
            self.run: "runId",
            self.load_lock: "name",
            self.source: "name",
        }
        return {label: self.property_of(key) for label, key in keys.items()}

    @property
    def attribute_relations(self) -> tuple[str, ...]:
        """Relationship types between a movie and an attribute, the most informative first."""
        return tuple(each.type for each in self.attributes)

    @property
    def roles(self) -> Mapping[str, Role]:
        """Relationship type -> what the attribute says of the movie."""
        return {each.type: each.role for each in self.attributes}

    @property
    def people_relations(self) -> tuple[str, ...]:
        """Those of attribute_relations that lead to a maker or an actor."""
        return tuple(each.type for each in self.attributes if each.role is not Role.GENRE)

    def attribute(self, relation: str) -> AttributeRelation:
        """Return the attribute relation of this type.

        Raises:
            KeyError: there is none.
        """
        for each in self.attributes:
            if each.type == relation:
                return each
        raise KeyError(relation)

    @property
    def links(self) -> Mapping[str, Link]:
        """Relationship type -> the link between movies or between users."""
        return {each.type: each for each in (*self.movie_links, *self.user_links)}

    @property
    def derived_relations(self) -> tuple[str, ...]:
        """Relationship types between movies that are computed from RATED.

        The most informative type comes first. Each relationship has a ``weight``, computed from all
        RATED, an ``earlyWeight``, computed from the early part of each history, or both.
        """
        return (self.watched_next, self.similar)

    @property
    def own_relations(self) -> tuple[str, ...]:
        """The relationship types that the pipeline alone writes."""
        return (
            self.rated,
            self.held_out,
            self.recommended,
            *self.derived_relations,
            self.watched_alike,
            self.because,
        )

    @property
    def relations(self) -> tuple[str, ...]:
        """Every relationship type that the pipeline reads or writes."""
        return (*self.own_relations, *self.attribute_relations, *self.links)

    @property
    def in_order(self) -> tuple[str, ...]:
        """The types on paths, the most informative first where two entities have several."""
        return (self.rated, *self.derived_relations, *self.attribute_relations, *self.links)


MOVIELENS = GraphSchema()

_PREFIX = "Rkan"
_OTHER_LABELS = {
    "user": "User",
    "movie": "Item",
    "person": "Attribute",
    "genre": "Category",
    "entity": "Entity",
    "dataset": "Dataset",
    "run": "Run",
    "load_lock": "LoadLock",
    "source": "Source",
    "loaded": "Loaded",
}


def schema_of_another(
    attributes: tuple[AttributeRelation, ...] = (),
    words: ItemWords | None = None,
    *,
    movie_links: tuple[Link, ...] = (),
    user_links: tuple[Link, ...] = (),
) -> GraphSchema:
    """Return the names in a graph of someone else: all of our own have a prefix."""
    own = {name: f"{_PREFIX.upper()}_{getattr(MOVIELENS, name)}" for name in MOVIELENS.named}
    own |= {name: _PREFIX + label for name, label in _OTHER_LABELS.items()}
    return GraphSchema(
        **own,
        attributes=attributes,
        movie_links=movie_links,
        user_links=user_links,
        words=words or ItemWords(),
        prefix=_PREFIX,
    )


DESCRIBED = schema_of_another()
"""The names of our own in every graph of someone else."""
