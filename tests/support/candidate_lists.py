"""Candidate lists that one can count, and random ones."""

from typing import NamedTuple

import numpy as np
import torch

from model.arrays import PADDING
from model.rkan_history.candidate_lists import CandidateLists
from model.rkan_history.config import HistoryConfig, RKANHistoryConfig
from model.rkan_history.network import RKANHistory
from model.rkan_history.path_kinds import USUAL_KINDS, Feature, PathKind

NUM_MOVIES, NUM_ATTRIBUTES, NUM_RELATIONS = 12, 5, 4
NUM_KINDS, NUM_FEATURES = len(USUAL_KINDS), len(Feature)
FEATURES = (1.0, 0.5, 0.2, -0.4, 0.3, 0.6, 0.1, -0.7, 0.8)  # one of each Feature


class Path(NamedTuple):
    """A path to candidate ``slot % C`` of user ``slot // C``."""

    slot: int
    source: int
    age: int = 0
    kind: int = PathKind.WATCHED_NEXT
    relation: int = 0
    through: int = PADDING
    weight: float = 0.5
    features: tuple[float, ...] = FEATURES


def lists(histories, candidates, paths, labels=None, taste=None, popularity=None):
    """CandidateLists of users 100, 101, ...; rows are filled up with PADDING."""
    places = np.array([path.slot for path in paths], dtype=np.int32)
    assert (np.diff(places) >= 0).all()
    candidates = filled(candidates)

    def of_pairs(values):
        return np.zeros(candidates.shape, np.float32) if values is None else np.array(values, "f4")

    return CandidateLists(
        users=np.arange(100, 100 + len(histories)),
        histories=filled(histories),
        candidates=candidates,
        taste=of_pairs(taste),
        popularity=of_pairs(popularity),
        labels=of_pairs(labels),
        slots=places,
        kinds=np.array([path.kind for path in paths], dtype=np.int8),
        relations=np.array([path.relation for path in paths], dtype=np.int8),
        sources=np.array([path.source for path in paths], dtype=np.int32),
        ages=np.array([path.age for path in paths], dtype=np.int32),
        through=np.array([path.through for path in paths], dtype=np.int32),
        beyond=np.full((len(paths), 2), PADDING, dtype=np.int32),
        weights=np.array([path.weight for path in paths], dtype=np.float32),
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
                kind = int(rng.integers(NUM_KINDS))
                paths.append(
                    Path(
                        slot=user * width + column,
                        source=histories[-1][age],
                        age=age,
                        kind=kind,
                        relation=int(rng.integers(NUM_RELATIONS)),
                        through=PADDING if kind <= PathKind.SIMILAR else int(rng.integers(40, 50)),
                        weight=float(np.exp(rng.uniform(-10, 3))),
                        features=tuple(rng.normal(size=NUM_FEATURES).tolist()),
                    )
                )
    present = np.array(candidates) != PADDING
    return lists(
        histories,
        candidates,
        paths,
        labels=present * rng.integers(0, 2, present.shape),
        taste=_centred(rng.normal(size=present.shape), present),
        popularity=_centred(rng.normal(size=present.shape), present),
    )


def _centred(values, present):
    """Values minus each user's mean, and 0 where there is no candidate."""
    count = present.sum(axis=1, keepdims=True).clip(min=1)
    return (values - (values * present).sum(axis=1, keepdims=True) / count) * present


def network(seed=3, **settings):
    """A small network in evaluation mode; its weights are large enough to tell paths apart."""
    history = HistoryConfig(dim=6, length=5)
    made = RKANHistory(
        RKANHistoryConfig(hidden_dim=4).changed(settings),
        history,
        num_movies=NUM_MOVIES,
        num_attributes=NUM_ATTRIBUTES,
        num_relations=NUM_RELATIONS,
    )
    rng = np.random.default_rng(seed)
    for _, weight in sorted(made.state_dict().items()):
        if weight.is_floating_point() and weight.numel():
            weight.copy_(torch.as_tensor(rng.normal(scale=0.5, size=weight.shape)))
    edges = [(movie, movie % NUM_ATTRIBUTES) for movie in range(NUM_MOVIES)]
    made.history.set_attributes(np.array(edges))
    return made.eval()


def new_network(seed=3, **settings):
    """A small network as it is before training, in evaluation mode."""
    made = network(seed, **settings)
    made.reset_parameters(torch.Generator().manual_seed(seed))
    return made
