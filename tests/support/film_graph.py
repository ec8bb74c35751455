"""A graph of seven movies and four users, and a network whose rankings one can read off.

Training ratings (RATED), then held out (HELD_OUT), in order of time:
    user 1: Toy Story, Big, Heat, Alone | A Bug's Life
    user 2: A Bug's Life, Ronin, Casino, Toy Story | Big
    user 3: Heat, Ronin, Casino, Big, A Bug's Life, Alone, Toy Story, Unseen | Never, Late
    user 4: Heat |
"Unseen" is rated by user 3 alone, "Never" and "Late" by nobody in training: no candidates.
"""

import pandas as pd
import torch

from model.checkpoint import TrainingState
from model.rkan.config import RKANConfig
from model.rkan.network import RKAN
from pipeline.content.catalogue import read_catalogue
from pipeline.load.kg import load_kg
from pipeline.networks.rkan.config import RKANRunConfig
from pipeline.queries import Query
from pipeline.sources.tables import SourceTables
from tests.support.runs import context_of, save_run

TOY, BUG, BIG, HEAT, RONIN, CASINO, ALONE, UNSEEN, NEVER, LATE = range(1, 11)
MOVIES = {
    TOY: ("Toy Story", 1995),
    BUG: ("A Bug's Life", 1998),
    BIG: ("Big", 1988),
    HEAT: ("Heat", 1995),
    RONIN: ("Ronin", 1998),
    CASINO: ("Casino", 1995),
    ALONE: ("Alone", 2000),
    UNSEEN: ("Unseen", 2001),
    NEVER: ("Never", 2002),
    LATE: ("Late", 2003),
}
GENRES = {"Comedy": [TOY, BUG, BIG], "Crime": [HEAT, RONIN, CASINO]}
CREDITS = [
    ("DIRECTED", "nm1", "John Lasseter", [TOY, BUG]),
    ("WROTE", "nm1", "John Lasseter", [BUG]),
    ("ACTED_IN", "nm2", "Tom Hanks", [TOY, BIG]),
    ("ACTED_IN", "nm3", "Robert De Niro", [HEAT, RONIN, CASINO]),
    ("DIRECTED", "m.0abc", "person m.0abc", [HEAT, CASINO]),
]
RATED = {
    1: [TOY, BIG, HEAT, ALONE],
    2: [BUG, RONIN, CASINO, TOY],
    3: [HEAT, RONIN, CASINO, BIG, BUG, ALONE, TOY, UNSEEN],
    4: [HEAT],
}
HELD_OUT = {1: [BUG], 2: [BIG], 3: [NEVER, LATE], 4: []}
# Holds out, for every user, all movies that the user has not rated.
POISON = """
MATCH (u:User), (m:Movie) WHERE NOT (u)-[:RATED|HELD_OUT]->(m)
CREATE (u)-[:HELD_OUT {rating: 5.0, timestamp: 0, position: 99}]->(m)
"""
CANDIDATES = {TOY, BUG, BIG, HEAT, RONIN, CASINO, ALONE, UNSEEN}


def tables(name="films"):
    """The data set as a source hands it over."""
    ratings = [
        (user, movie, 4.0, time)
        for user in RATED
        for time, movie in enumerate(RATED[user] + HELD_OUT[user])
    ]
    people = [
        (movie, relation, key, person, pd.NA)
        for relation, key, person, movies in CREDITS
        for movie in movies
    ]
    return SourceTables(
        name=name,
        description="written by hand",
        movies=pd.DataFrame(
            [(key, title, year, pd.NA) for key, (title, year) in MOVIES.items()],
            columns=["movieId", "title", "year", "imdbId"],
        ).astype({"year": "Int64", "title": "str"}),
        genres=pd.DataFrame(
            [(movie, genre) for genre, movies in GENRES.items() for movie in movies],
            columns=["movieId", "genre"],
        ),
        credits=pd.DataFrame(
            people, columns=["movieId", "relation", "personId", "name", "order"]
        ).astype({"order": "Int64"}),
        ratings=pd.DataFrame(ratings, columns=["userId", "movieId", "rating", "timestamp"]),
        rows_read=len(ratings) + len(MOVIES),
        refused=[],
    )


def load_films(graph, quarantine, name="films"):
    """Load the graph above and return its catalogue."""
    load_kg(graph, tables(name), test_fraction=0.2, quarantine=quarantine)
    return read_catalogue(graph)


def entities(catalogue, kind):
    """Key -> entityId of one label."""
    return {
        key: entity
        for entity, (label, key) in enumerate(zip(catalogue.kinds, catalogue.keys, strict=True))
        if label == kind
    }


def save_network(graph, home, *, run_id="rkan-films-1", likes=None, config=None, **changes):
    """A checkpoint in which user u scores movie m by ``likes[u][m]``, elsewhere 0.

    All other weights are drawn from a fixed seed. ``changes`` replace fields of the checkpoint.
    """
    torch.manual_seed(11)
    context = context_of(graph, home.checkpoints / run_id)
    catalogue = context.catalogue
    config = config or RKANRunConfig(model=RKANConfig(embedding_dim=12, hidden_dim=4))
    network = RKAN(config.model, context.dataset.num_entities)
    users, movies = entities(catalogue, "User"), entities(catalogue, "Movie")
    with torch.no_grad():
        for movie in movies.values():
            network.embedding.weight[movie] = 0
        for user, scores in (likes or {}).items():
            network.embedding.weight[users[user]] = 0
            for movie, score in scores.items():
                network.embedding.weight[users[user], movie] = score
        for movie, entity in movies.items():
            network.embedding.weight[entity, movie] = 1
    state = TrainingState(phase="done", epoch=1, weights=network.state_dict(), sizes=network.sizes)
    save_run(context, config, state, **changes)
    return network


def query(text, *parameters):
    """A query of a test's own."""
    return Query("tests", text, "", frozenset(parameters))
