"""Watched next: movies that others watched shortly after those of the history."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from model.baselines.base import Baseline, Integers, Interactions, Scores, Track, tuned
from model.item_weights import followers


@dataclass(frozen=True)
class WatchedNextConfig:
    """Directed item-to-item weights.

    Attributes:
        decay: weight of an interaction per step back in the user's history when scoring, in (0, 1].
        step_decay: weight of a pair per step between its movies when counting, in (0, 1].
        window: steps between a pair's movies, at most; at least 1.
        damping: added to the number of a movie's watchers, which the counts are divided by; more
            than 0.
    """

    decay: float = tuned(0.85, 0.5, 1.0)
    step_decay: float = tuned(0.9, 0.7, 1.0)
    window: int = tuned(20, 5, 60)
    damping: float = tuned(15.0, 0.5, 50.0, log=True)


class WatchedNext(Baseline[WatchedNextConfig]):
    """score(u, m) = sum over u's movies j of decay ** age(j) T[j, m].

    T[j, m] is how often m followed j, nearer steps counting more, over the watchers of j plus a
    damping: a damped estimate of what comes next, as in a first-order Markov chain (Rendle et al.,
    WWW 2010, section 4.1: transitions counted, without their factorisation). Departures: the window
    of steps, the damping, and that all of the history votes and not only the newest movie.
    """

    uses_seed = False

    def fit(self, training: Interactions, track: Track = iter) -> None:
        """Count."""
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

    def score(self, users: Integers) -> Scores:
        """float32 [b, M]."""
        return np.asarray(self._histories[users] @ self._weights, dtype=np.float32)
