"""Convert histories and attributes to the input of baselines, and look scores up by entityId."""

from __future__ import annotations

import numpy as np

from model.arrays import Floats
from model.baselines.base import Baseline, Interactions
from pipeline.content.catalogue import Catalogue
from pipeline.content.histories import Histories
from pipeline.ids import EntityIds
from pipeline.ranking.lists import Score


def interactions(training: Histories, catalogue: Catalogue) -> Interactions:
    """Return the training ratings and the attributes of all movies, numbered from 0.

    Users are in the order of ``training``, movies and attributes in the order of their entityIds.
    All movies of the graph are included, watched or not.
    """
    kinds, schema = np.array(catalogue.kinds), catalogue.schema
    movies = np.flatnonzero(kinds == schema.movie)
    attributes = np.flatnonzero((kinds != schema.movie) & (kinds != schema.user))
    names = schema.attribute_relations
    place = {relation: index for index, relation in enumerate(names)}
    edges = catalogue.edges
    return Interactions(
        num_users=len(training),
        num_movies=len(movies),
        num_attributes=len(attributes),
        users=np.repeat(np.arange(len(training)), training.sizes).astype(np.int64),
        movies=np.searchsorted(movies, training.movies).astype(np.int64),
        edges=np.column_stack(
            [np.searchsorted(movies, edges[:, 0]), np.searchsorted(attributes, edges[:, 1])]
        ).astype(np.int64),
        relations=np.array([place[relation] for relation in catalogue.relations], dtype=np.int64),
        relation_names=names,
    )


def baseline_scores(baseline: Baseline[object], training: Histories, catalogue: Catalogue) -> Score:
    """Return a function for rank_movies that looks up the baseline's scores by entityId."""
    movies = np.flatnonzero(np.array(catalogue.kinds) == catalogue.schema.movie)

    def score(user_entities: EntityIds, movie_entities: EntityIds) -> Floats:
        scores = baseline.score(training.rows_of(user_entities))
        return np.asarray(scores[:, np.searchsorted(movies, movie_entities)])

    return score
