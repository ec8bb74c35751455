"""BPRMF: matrix factorisation that ranks what a user watched above what the user did not."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from implicit.cpu.bpr import BayesianPersonalizedRanking
from scipy.sparse import csr_matrix

from model.baselines.base import Baseline, Integers, Interactions, Scores, Track, tuned


@dataclass(frozen=True)
class BPRMFConfig:
    """Matrix factorisation with the BPR loss.

    Attributes:
        embedding_dim: length of a user's and of a movie's vector.
        learning_rate: of stochastic gradient descent, one pair at a time.
        l2: weight of the penalty on the vectors and the biases.
        epochs: passes over as many pairs as there are interactions.
    """

    embedding_dim: int = tuned(64, 8, 128, log=True)
    learning_rate: float = tuned(0.01, 0.003, 0.1, log=True)
    l2: float = tuned(0.01, 0.0005, 0.1, log=True)
    epochs: int = tuned(100, 20, 200, log=True)


class BPRMF(Baseline[BPRMFConfig]):
    """score = p_u . q_m + b_m + log(popularity of m + 1), learnt by LearnBPR (Rendle et al.: BPR,
    UAI 2009, sections 4 and 5.1) as the library implicit does it.

    Departures: a bias for each movie; and the library draws negatives (movies that the user has
    not watched) not evenly but by their popularity. The pairwise loss is least where scores differ
    as log p(m | u) - log p(m is drawn as a negative) do. Even draws leave log p(m | u); for the
    library's we add the logarithm of the popularity.
    """

    def fit(self, training: Interactions, track: Track = iter) -> None:
        """Descend."""
        config = self.config
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "OpenBLAS|Intel MKL|BLAS library")  # unused by it
            library = BayesianPersonalizedRanking(
                factors=config.embedding_dim,
                learning_rate=config.learning_rate,
                regularization=config.l2,
                iterations=config.epochs,
                num_threads=1,
                random_state=self.seed,
            )
        epochs = iter(track(range(config.epochs)))
        library.fit(
            csr_matrix(training.matrix()),
            show_progress=False,
            callback=lambda *_: next(epochs, None),
        )
        next(epochs, None)  # past the last one, so that ``track`` sees the end
        self._users, self._movies = library.user_factors, library.item_factors  # biases at the end
        self._frequency = np.log1p(training.popularity).astype(np.float32)

    def score(self, users: Integers) -> Scores:
        """float32 [b, M]."""
        return np.asarray(self._users[users] @ self._movies.T + self._frequency, np.float32)
