"""BPRMF: matrix factorisation that ranks watched movies above unwatched ones."""

from __future__ import annotations

import warnings
from typing import Annotated

import numpy as np
from implicit.cpu.bpr import BayesianPersonalizedRanking
from scipy.sparse import csr_matrix

from model.arrays import Floats, Integers
from model.baselines.base import Baseline, Interactions, Track
from model.baselines.settings import Dimension, Epochs
from model.settings import NotNegative, Rate, Search, Settings


class BPRMFConfig(Settings):
    """Matrix factorisation with the BPR loss."""

    embedding_dim: Annotated[Dimension, Search(8, 128, log=True)] = 64
    """Size of a user's and of a movie's vector."""
    learning_rate: Annotated[Rate, Search(0.003, 0.1, log=True)] = 0.01
    """Learning rate of stochastic gradient descent, one pair at a time."""
    l2: Annotated[NotNegative, Search(0.0005, 0.1, log=True)] = 0.01
    """Weight of the L2 penalty on the vectors and the biases."""
    epochs: Annotated[Epochs, Search(20, 200, log=True)] = 100
    """Number of epochs. An epoch draws as many pairs as there are interactions."""


class BPRMF(Baseline[BPRMFConfig]):
    """Matrix factorisation with LearnBPR (Rendle et al., UAI 2009, sections 4 and 5.1), as
    implemented in the library implicit: score = p_u . q_m + b_m + log(popularity of m + 1).

    Departures:
    - Each movie has a bias.
    - The library draws negatives (movies that the user has not watched) in proportion to their
      popularity, the paper uniformly. The pairwise loss is minimal if the scores differ as
      log p(m | u) - log p(m is drawn as a negative) does. With uniform draws, that is
      log p(m | u). With the library's draws, log(popularity) has to be added.
    """

    def fit(self, training: Interactions, track: Track = iter) -> None:
        """Train by stochastic gradient descent."""
        config = self.config
        with warnings.catch_warnings():
            # the library warns of multithreaded BLAS, which BPR does not use
            warnings.filterwarnings("ignore", "OpenBLAS|Intel MKL|BLAS library")
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
        next(epochs, None)  # exhaust the iterator, so that ``track`` sees the end
        # the last column is the bias of a movie, and 1 for a user
        self._users, self._movies = library.user_factors, library.item_factors
        self._frequency = np.log1p(training.popularity).astype(np.float32)

    def score(self, users: Integers) -> Floats:
        """Return the scores, float32 [b, M]."""
        return np.asarray(self._users[users] @ self._movies.T + self._frequency, np.float32)
