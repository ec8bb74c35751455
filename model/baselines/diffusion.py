"""Random walks on the graph: how probability goes from node to node."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import torch
from scipy.sparse import csc_array, csr_array
from torch import Tensor

from model.baselines.base import Integers, Interactions

WATCHED = "WATCHED"


@dataclass(frozen=True)
class Edges:
    """The edges between the movies and the N nodes of one type, as a walk takes them.

    Attributes:
        to_nodes: float32 [N, M], columns sum to 1, or 0 for a movie without such edges.
        to_movies: float32 [M, N], columns sum to 1, or 0 for a node without edges.
        weights: float32 [M], those of a movie's edges together.
    """

    to_nodes: csr_array
    to_movies: csr_array
    weights: Tensor


def row_normalised(matrix: csr_array) -> csr_array:
    """Rows that sum to 1; a row without entries stays empty."""
    sums = np.asarray(matrix.sum(axis=1), np.float64)
    inverse = np.divide(1.0, sums, out=np.zeros_like(sums), where=sums > 0)
    return csr_array(matrix.multiply(inverse[:, None]))


def single(matrix: csr_array | csc_array) -> csr_array:
    """The same in float32, by rows."""
    return csr_array(matrix.astype(np.float32))


def discounted(matrix: csr_array, training: Interactions, discount: float) -> csr_array:
    """Columns [., M] times popularity ** -discount; movies that nobody watched count as 1."""
    return csr_array(matrix.multiply(np.maximum(training.popularity, 1.0) ** -discount))


class _Product(torch.autograd.Function):
    """matrix @ dense, whose gradient is matrix^T @ gradient."""

    @staticmethod
    def forward(ctx: Any, dense: Tensor, matrix: csr_array) -> Tensor:
        ctx.matrix = matrix
        return torch.from_numpy(matrix @ dense.detach().numpy())

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        return torch.from_numpy(ctx.matrix.T @ gradients[0].contiguous().numpy()), None


def spread(matrix: csr_array, values: Tensor) -> Tensor:
    """A constant sparse matrix float32 [N, M] times values float32 [M, b]: [N, b], differentiable.

    PyTorch has sparse tensors of its own; they are in beta and warn of it.
    """
    return cast(Tensor, _Product.apply(values, matrix))


def typed_edges(training: Interactions, decay: float, discount: float) -> dict[str, Edges]:
    """The edges of each type: WATCHED, to the users, and one for each relation that has edges.

    A walk chooses among a node's edges in proportion to their weights: 1, for a history's
    decay ** age; and towards a movie times popularity ** -discount. A person is a node of its own
    in each relation.

    Args:
        training: who watched what, and the attributes.
        decay: weight of an interaction per step back in its user's history, in (0, 1].
        discount: 0 for a plain walk; larger values lead to rarer movies.
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
    """Rows of a sparse matrix [U, M] as the columns of a float32 tensor [M, b]."""
    return torch.from_numpy(histories[users].toarray().T.astype(np.float32, order="C"))
