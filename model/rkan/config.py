"""The network's and the trainer's settings: frozen, saved in the checkpoint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class RKANConfig:
    """The network.

    Attributes:
        name: tells the kind of network in a configuration file.
        embedding_dim: D, size of an entity embedding.
        hidden_dim: H, size of the LSTM's hidden state.
        attention_scale: what eq. 2 divides by: "dim" as the paper prints it, "sqrt_dim" as usual.
        aggregation: how a pair's paths become one vector: "attention" for RKAN; "max" or "mean"
            pooling for its ancestor RKGE.
    """

    embedding_dim: int = 24
    hidden_dim: int = 32
    attention_scale: Literal["dim", "sqrt_dim"] = "dim"
    aggregation: Literal["attention", "max", "mean"] = "attention"
    name: Literal["rkan"] = "rkan"


@dataclass(frozen=True)
class PretrainConfig:
    """Embeddings before training, from training interactions alone.

    Attributes:
        method: "svd", a truncated SVD of the recency-weighted user-movie matrix, or "none".
        decay: weight of an interaction per step back in the user's history, in (0, 1].
        popularity_damping: how much less of the SVD's attention popular movies get; 0 is the plain
            SVD (see model.pretrain).
        scale: size of the embeddings at the start, root mean square of an entry. It changes no
            ranking by itself, only how fast the LSTM learns to read them.
    """

    method: Literal["svd", "none"] = "svd"
    decay: float = 0.93
    popularity_damping: float = 0.3
    scale: float = 0.2


@dataclass(frozen=True)
class TrainConfig:
    """The optimisation.

    Attributes:
        epochs: most passes over the positives.
        batch_size: user-movie pairs per step (B).
        learning_rate: Adam's, for the LSTM and the output layer.
        embedding_learning_rate: Adam's, for the entity embeddings.
        rate_decay: the learning rates of an epoch, as a share of those of the one before.
        num_negs_per_pos: sampled negatives per positive.
        patience: epochs without a better validation score before training stops.
        validation_fraction: last part of each user's training history that validates; 0 trains
            on everything for all epochs.
        refit: after the best epoch is known, train afresh on all of the training part.
        seed: of initialisation, negatives and paths.
    """

    epochs: int = 5
    batch_size: int = 1024
    learning_rate: float = 0.005
    embedding_learning_rate: float = 2e-4
    rate_decay: float = 1.0
    num_negs_per_pos: int = 1
    patience: int = 2
    validation_fraction: float = 0.2
    refit: bool = True
    seed: int = 0
