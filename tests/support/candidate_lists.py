"""Candidate lists that one can count, and random ones."""

from typing import NamedTuple

import numpy as np
import torch

from model.arrays import PADDING
from model.rkan_history.candidate_lists import CandidateLists
from model.rkan_history.config import HistoryConfig, RKANHistoryConfig
from model.rkan_history.network import RKANHistory

NUM_MOVIES, NUM_ATTRIBUTES, NUM_RELATIONS, NUM_FEATURES, NUM_LINEAR = 12, 5, 4, 3, 2


class Path(NamedTuple):
    """A path to candidate ``slot % C`` of user ``slot // C``."""

    slot: int
    source: int
    age: int = 0
    relation: int = 0
    attribute: int = PADDING
    features: tuple[float, ...] = (1.0, 0.5, 0.0)


def lists(histories, candidates, paths, labels=None, linear=None):
    """CandidateLists of users 100, 101, ...; rows are filled up with PADDING."""
    places = np.array([path.slot for path in paths], dtype=np.int32)
    assert (np.diff(places) >= 0).all()
    candidates = filled(candidates)
    shape = candidates.shape
    return CandidateLists(
        users=np.arange(100, 100 + len(histories)),
        histories=filled(histories),
        candidates=candidates,
        linear=np.zeros((*shape, NUM_LINEAR), np.float32) if linear is None else linear,
        labels=np.zeros(shape, np.float32) if labels is None else np.array(labels, np.float32),
        slots=places,
        sources=np.array([path.source for path in paths], dtype=np.int32),
        ages=np.array([path.age for path in paths], dtype=np.int32),
        relations=np.array([path.relation for path in paths], dtype=np.int8),
        attributes=np.array([path.attribute for path in paths], dtype=np.int32),
        features=np.array([path.features for path in paths], dtype=np.float32).reshape(
            -1, NUM_FEATURES
        ),
    )


def filled(rows):
    """Rows of any length as one array."""
    width = max(map(len, rows))
    return np.array([list(row) + [PADDING] * (width - len(row)) for row in rows], dtype=np.int64)


def random_lists(rng, users=3, width=4, most_paths=3):
    """Users with histories of 0 to 5 movies and 0 to ``width`` candidates, 0 to 3 paths to each."""
    histories, candidates, paths = [], [], []
    for user in range(users):
        movies = rng.permutation(NUM_MOVIES).tolist()
        histories.append(movies[: rng.integers(6)])
        asked = movies[6 : 6 + rng.integers(width + 1)]
        candidates.append(asked + [PADDING] * (width - len(asked)))
        for column in range(len(asked) if histories[-1] else 0):
            for _ in range(rng.integers(most_paths + 1)):
                age = int(rng.integers(len(histories[-1])))
                paths.append(
                    Path(
                        slot=user * width + column,
                        source=histories[-1][age],
                        age=age,
                        relation=int(rng.integers(NUM_RELATIONS)),
                        attribute=int(rng.integers(-1, NUM_ATTRIBUTES)),
                        features=tuple(rng.random(NUM_FEATURES).tolist()),
                    )
                )
    present = np.array(candidates) != PADDING
    return lists(
        histories,
        candidates,
        paths,
        labels=present * rng.integers(0, 2, present.shape),
        linear=(rng.normal(size=(*present.shape, NUM_LINEAR)) * present[:, :, None]).astype("f4"),
    )


def network(dropout=0.0, seed=3, **settings):
    """A small network in evaluation mode; its weights are large enough to tell paths apart."""
    history = HistoryConfig(dim=6, length=5)
    made = RKANHistory(
        RKANHistoryConfig(hidden_dim=4, dropout=dropout, **settings),
        history,
        num_movies=NUM_MOVIES,
        num_attributes=NUM_ATTRIBUTES,
        num_relations=NUM_RELATIONS,
        num_features=NUM_FEATURES,
        num_linear=NUM_LINEAR,
    )
    rng = np.random.default_rng(seed)
    for name, weight in sorted(made.state_dict().items()):
        if weight.is_floating_point() and weight.numel() and "fading" not in name:
            weight.copy_(torch.from_numpy(rng.normal(scale=0.5, size=weight.shape)))
    edges = [(movie, movie % NUM_ATTRIBUTES) for movie in range(NUM_MOVIES)]
    made.history.set_attributes(np.array(edges))
    return made.eval()
