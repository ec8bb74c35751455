"""Watched next: movies that other users watched soon after those of the history."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from model.arrays import Floats, Integers
from model.baselines.base import Baseline, Interactions, Track
from model.baselines.settings import Length
from model.item_weights import followers
from model.settings import Positive, Rate, Search, Settings


class WatchedNextConfig(Settings):
    """Directed item-to-item weights."""

    decay: Annotated[Rate, Search(0.5, 1.0)] = 0.85
    """Factor on an interaction's weight per step back in the history; used for scoring only."""
    step_decay: Annotated[Rate, Search(0.7, 1.0)] = 0.9
    """Factor on a pair's count per additional step between its movies."""
    window: Annotated[Length, Search(5, 60)] = 20
    """Most steps between the movies of a pair."""
    damping: Annotated[Positive, Search(0.5, 50.0, log=True)] = 15.0
    """Number added to a movie's users before its counts are divided by it."""


class WatchedNext(Baseline[WatchedNextConfig]):
    """Directed item-to-item counts: score(u, m) = sum over u's movies j of decay ** age(j) T[j, m].

    T[j, m] counts how often m followed j, with a smaller weight for more steps in between, and is
    divided by the number of users of j plus the damping. T estimates the transition
    probabilities of a first-order Markov chain by counts, as Rendle et al. do (WWW 2010, section
    4.1). Their factorisation of the counts is left out.

    Departures:
    - A transition may take several steps, up to the window.
    - The counts are damped.
    - The whole history votes, not only the newest movie.
    """

    uses_seed = False

    def fit(self, training: Interactions, track: Track = iter) -> None:
        """Count the transitions."""
        config = self.config
        self._histories = training.matrix(config.decay).astype(np.float32)
        counts = followers(
            training.users,
            training.movies,
            training.num_movies,
            config.window,
            config.step_decay,
        )
        counts /= (training.popularity + config.damping)[:, None]
        self._weights = counts.astype(np.float32)

    def score(self, users: Integers) -> Floats:
        """Return the scores, float32 [b, M]."""
        return np.asarray(self._histories[users] @ self._weights, dtype=np.float32)
