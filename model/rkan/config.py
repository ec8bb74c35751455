"""The settings of RKAN, of its initial embeddings and of its training."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from model.settings import Option, Positive, Rate, Search, Seed, Settings, Share

Dimension = Annotated[int, Field(ge=1, le=4096)]  # the maximum of Neo4j's vector index


class RKANConfig(Settings):
    """The network."""

    name: Literal["rkan"] = "rkan"
    """Name of the network in a configuration file."""
    embedding_dim: Annotated[Dimension, Option(), Search(12, 48)] = 24
    """D, the size of an entity embedding."""
    hidden_dim: Annotated[Dimension, Option(), Search(choices=(16, 32, 64))] = 32
    """H, the size of the LSTM's hidden state."""
    attention_scale: Literal["dim", "sqrt_dim"] = "dim"
    """Divisor in eq. 2: "dim" as printed in the paper, "sqrt_dim" as in standard attention."""
    aggregation: Literal["attention", "max", "mean"] = "attention"
    """Aggregation of a pair's paths into one vector: "attention" for RKAN, "max" or "mean" pooling
    for its predecessor RKGE."""


class PretrainConfig(Settings):
    """The initial embeddings, computed from training interactions and attributes alone."""

    method: Literal["svd", "none"] = "svd"
    """Source of the embeddings: "svd" for a truncated SVD of the recency-weighted user-movie
    matrix, "none" for random numbers."""
    decay: Annotated[Rate, Search(0.8, 1.0)] = 0.93
    """Weight of an interaction per step back in the user's history."""
    popularity_damping: Annotated[float, Field(ge=0, le=1), Search(0.0, 1.0)] = 0.3
    """Damping of popular movies in the SVD; 0 is the plain SVD (see model.rkan.pretrain)."""
    scale: Annotated[Positive, Search(0.05, 1.0, log=True)] = 0.2
    """Root mean square of the initial embeddings' entries. It does not change the initial ranking,
    only how fast the LSTM learns to use the embeddings."""


class TrainConfig(Settings):
    """The optimisation."""

    epochs: Annotated[int, Field(ge=1, le=100_000), Option()] = 5
    """Maximum number of passes over the positive pairs."""
    batch_size: Annotated[int, Field(ge=1, le=2**20), Option()] = 1024
    """B, user-movie pairs per step."""
    learning_rate: Annotated[Rate, Option(), Search(1e-3, 2e-2, log=True)] = 0.005
    """Adam's learning rate of the LSTM and the output layer."""
    embedding_learning_rate: Annotated[float, Field(ge=0, le=1), Search(1e-5, 1e-3, log=True)] = (
        2e-4
    )
    """Adam's learning rate of the entity embeddings."""
    rate_decay: Rate = 1.0
    """Factor on the learning rates after each epoch."""
    average_decay: Share = 0.0
    """Decay of the moving average of the weights; 0 uses the last step's weights."""
    num_negs_per_pos: Annotated[int, Field(ge=1, le=1000), Option(), Search(1, 4)] = 1
    """Sampled negatives per positive."""
    patience: Annotated[int, Field(ge=1, le=100_000)] = 2
    """Epochs without a better validation score before training stops."""
    validation_fraction: Share = 0.2
    """Last part of each user's training history that is used for validation; 0 trains on
    everything for all epochs."""
    refit: bool = True
    """Train anew on the whole training part with the best number of epochs."""
    seed: Annotated[Seed, Option()] = 0
    """Seed of the initial weights, negatives and paths."""
