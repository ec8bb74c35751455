"""Random walks on the graph of users, movies and attributes, as sparse matrices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import torch
from scipy.sparse import csc_array, csr_array
from torch import Tensor

from model.arrays import Integers
from model.baselines.base import Interactions

WATCHED = "WATCHED"


@dataclass(frozen=True)
class Edges:
    """Transition probabilities between the movies and the N nodes of one type.

    Attributes:
        to_nodes: float32 [N, M]. A column sums to 1, or to 0 for a movie without such edges.
        to_movies: float32 [M, N]. A column sums to 1, or to 0 for a node without edges.
        weights: float32 [M], the sum of the weights of each movie's edges.
    """

    to_nodes: csr_array
    to_movies: csr_array
    weights: Tensor


def row_normalised(matrix: csr_array) -> csr_array:
    """Return the matrix with rows scaled to sum to 1; a row without entries stays empty."""
    sums = np.asarray(matrix.sum(axis=1), np.float64)
    inverse = np.divide(1.0, sums, out=np.zeros_like(sums), where=sums > 0)
    return csr_array(matrix.multiply(inverse[:, None]))


def single(matrix: csr_array | csc_array) -> csr_array:
    """Return the matrix in float32 and in CSR format."""
    return csr_array(matrix.astype(np.float32))


def discounted(matrix: csr_array, training: Interactions, discount: float) -> csr_array:
    """Multiply the columns [., M] by popularity ** -discount, with a popularity of at least 1."""
    return csr_array(matrix.multiply(np.maximum(training.popularity, 1.0) ** -discount))


class _Product(torch.autograd.Function):
    """The product matrix @ dense, whose gradient is matrix^T @ gradient."""

    @staticmethod
    def forward(ctx: Any, dense: Tensor, matrix: csr_array) -> Tensor:
        ctx.matrix = matrix
        return torch.from_numpy(matrix @ dense.detach().numpy())

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        return torch.from_numpy(ctx.matrix.T @ gradients[0].contiguous().numpy()), None


def spread(matrix: csr_array, values: Tensor) -> Tensor:
    """Multiply a constant sparse matrix, float32 [N, M], by values float32 [M, b].

    The result, [N, b], is differentiable with respect to the values. PyTorch's own sparse tensors
    are not used, because they are in beta and emit a warning.
    """
    return cast(Tensor, _Product.apply(values, matrix))


def typed_edges(training: Interactions, decay: float, discount: float) -> dict[str, Edges]:
    """Return the edges by type: WATCHED, to the users, and each relation that has edges.

    A walk chooses among a node's edges in proportion to their weights. An attribute's edge has
    weight 1, and an interaction has weight decay ** age. On the way to a movie, the weight is
    multiplied by popularity ** -discount. A person has a separate node in each relation.

    Args:
        training: the histories and the attributes.
        decay: factor on an interaction's weight per step back in its user's history, in (0, 1].
        discount: exponent of the popularity. 0 is a plain walk; larger values lead to less popular
            movies.
    """
    joined = {WATCHED: training.matrix(decay)}  # nodes by movies
    for relation in training.relation_names:
        joined[relation] = csr_array(training.attribute_matrix(relation).T)
    return {
        name: Edges(
            to_nodes=single(row_normalised(csr_array(edges.T)).T),
            to_movies=single(row_normalised(discounted(edges, training, discount)).T),
            weights=torch.from_numpy(np.asarray(edges.sum(axis=0), np.float32)),
        )
        for name, edges in joined.items()
        if edges.nnz
    }


def columns(histories: csr_array, users: Integers) -> Tensor:
    """Return the users' rows of a sparse matrix [U, M] as columns, float32 [M, b]."""
    return torch.from_numpy(histories[users].toarray().T.astype(np.float32, order="C"))
