"""The settings of RKAN, of the embeddings it starts with and of its training."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from model.settings import Option, Positive, Rate, Search, Seed, Settings, Share

Dimension = Annotated[int, Field(ge=1, le=4096)]  # the most that Neo4j's vector index takes


class RKANConfig(Settings):
    """The network."""

    name: Literal["rkan"] = "rkan"
    """Name of the network in a configuration file."""
    embedding_dim: Annotated[Dimension, Option(), Search(12, 48)] = 24
    """D, the size of an entity embedding."""
    hidden_dim: Annotated[Dimension, Option(), Search(choices=(16, 32, 64))] = 32
    """H, the size of the LSTM's hidden state."""
    attention_scale: Literal["dim", "sqrt_dim"] = "dim"
    """What eq. 2 divides by: "dim" as the paper prints it, "sqrt_dim" as usual."""
    aggregation: Literal["attention", "max", "mean"] = "attention"
    """How a pair's paths become one vector: "attention" for RKAN, "max" or "mean" pooling for its
    ancestor RKGE."""


class PretrainConfig(Settings):
    """The embeddings before training, computed from training interactions alone."""

    method: Literal["svd", "none"] = "svd"
    """Where they come from: "svd", a truncated SVD of the recency-weighted user-movie matrix, or
    "none", random numbers."""
    decay: Annotated[Rate, Search(0.8, 1.0)] = 0.93
    """Weight of an interaction per step back in the user's history."""
    popularity_damping: Annotated[float, Field(ge=0, le=1), Search(0.0, 1.0)] = 0.3
    """How much less weight the SVD gives to popular movies; 0 is the plain SVD (see
    model.rkan.pretrain)."""
    scale: Annotated[Positive, Search(0.05, 1.0, log=True)] = 0.2
    """Root mean square of an embedding's entries at the start. It changes no ranking by itself,
    only how fast the LSTM learns to read the embeddings."""


class TrainConfig(Settings):
    """The optimisation."""

    epochs: Annotated[int, Field(ge=1, le=100_000), Option()] = 5
    """Most passes over the positive pairs."""
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
    """Share of the weights' moving average that stays after a step; 0 takes the last step's
    weights."""
    num_negs_per_pos: Annotated[int, Field(ge=1, le=1000), Option(), Search(1, 4)] = 1
    """Sampled negatives per positive."""
    patience: Annotated[int, Field(ge=1, le=100_000)] = 2
    """Epochs without a better validation score after which training stops."""
    validation_fraction: Share = 0.2
    """Last part of each user's training history that validates; 0 trains on everything for all
    epochs."""
    refit: bool = True
    """Train again on the whole training part once the best number of epochs is known."""
    seed: Annotated[Seed, Option()] = 0
    """Seed of the initial weights, negatives and paths."""
