"""Initial embeddings by a truncated SVD of the user-movie matrix, weighted by recency.

RKAN's loss acts on the closeness, so user and movie vectors learn only through the LSTM, while
movies are ranked by their inner product. Its predecessor RKGE starts from pre-trained vectors. So
do we; they are computed from training interactions and the movies' attributes alone.
"""

from __future__ import annotations

import torch
from torch import Tensor

from model.rkan.config import PretrainConfig

_OVERSAMPLING = 16
_ITERATIONS = 12


def pretrained_embeddings(
    config: PretrainConfig,
    interactions: Tensor,
    ages: Tensor,
    edges: Tensor,
    *,
    num_entities: int,
    embedding_dim: int,
    seed: int,
) -> Tensor:
    """Return initial vectors of all entities.

    The inner products of users and movies approximate the user-movie matrix with entries
    ``decay ** age``. First, the matrix's columns are divided by
    (movie's interactions + 1) ** popularity_damping, so that a few blockbusters do not take up the
    rank D. Of the truncated SVD, users get U sqrt(S) and movies V sqrt(S), multiplied back. An
    attribute gets the mean of its movies' vectors, a movie without interactions the mean of its
    attributes' vectors. Finally all vectors are scaled by one factor, which changes no ranking.

    Args:
        config: decay, damping and scale.
        interactions: int64 [I, 2], entityIds (user, movie) of the training interactions.
        ages: [I], steps back in the user's history, 0 for the newest.
        edges: int64 [E, 2], entityIds (movie, attribute).
        num_entities: number of rows of the result.
        embedding_dim: D; dimensions beyond the matrix's rank are zero.
        seed: seed of the random start of the SVD.

    Returns:
        float32 [num_entities, D] on the CPU; the rows of entities without any data are zero.
    """
    users, user_rows = torch.unique(interactions[:, 0], return_inverse=True)
    movies, movie_rows = torch.unique(interactions[:, 1], return_inverse=True)
    popularity = torch.bincount(movie_rows).double() + 1
    damping = popularity**-config.popularity_damping
    weights = config.decay ** ages.double() * damping[movie_rows]
    matrix = torch.sparse_coo_tensor(
        torch.stack([user_rows, movie_rows]),
        weights,
        (len(users), len(movies)),
        check_invariants=True,
    ).coalesce()
    left, singular, right = truncated_svd(matrix, embedding_dim, seed)
    table = torch.zeros(num_entities, embedding_dim, dtype=torch.float64)
    rank = len(singular)
    table[users, :rank] = left * singular.sqrt()
    table[movies, :rank] = right * singular.sqrt() / damping.unsqueeze(1)
    known = torch.zeros(num_entities, dtype=torch.bool)
    known[users] = known[movies] = True
    _fill_unknown(table, known, edges[:, 1], edges[:, 0])
    _fill_unknown(table, known, edges[:, 0], edges[:, 1])
    spread = table[known].square().mean().sqrt().clamp(min=torch.finfo(torch.float32).tiny)
    return (table * (config.scale / spread)).float()


def truncated_svd(matrix: Tensor, rank: int, seed: int) -> tuple[Tensor, Tensor, Tensor]:
    """Return the largest singular values and vectors of a sparse matrix, by subspace iteration.

    Halko, Martinsson, Tropp: Finding structure with randomness (2011), algorithm 4.4.

    Args:
        matrix: sparse COO float64 [m, n].
        rank: k, the number of singular values; at most min(m, n) are returned.
        seed: seed of the random start.

    Returns:
        U [m, k], the singular values [k], greatest first, and V [n, k]. To fix the signs, the entry
        of greatest magnitude in each column of V is positive.
    """
    smaller = min(matrix.shape)
    width = min(rank + _OVERSAMPLING, smaller)
    generator = torch.Generator().manual_seed(seed)
    basis = torch.randn(matrix.shape[1], width, dtype=torch.float64, generator=generator)
    transposed = matrix.t().coalesce()
    for _ in range(_ITERATIONS):
        basis = torch.linalg.qr(torch.sparse.mm(matrix, basis)).Q  # [m, width]
        basis = torch.linalg.qr(torch.sparse.mm(transposed, basis)).Q  # [n, width]
    left, singular, small = torch.linalg.svd(torch.sparse.mm(matrix, basis), full_matrices=False)
    right = basis @ small.t()  # [n, width]
    rank = min(rank, smaller)
    left, singular, right = left[:, :rank], singular[:rank], right[:, :rank]
    greatest = right.gather(0, right.abs().argmax(dim=0, keepdim=True))
    signs = torch.where(greatest < 0, -1.0, 1.0).double()
    return left * signs, singular, right * signs


def _fill_unknown(table: Tensor, known: Tensor, targets: Tensor, sources: Tensor) -> None:
    """Set each unknown target to the mean of its known sources, in place."""
    useful = known[sources] & ~known[targets]
    targets, sources = targets[useful], sources[useful]
    sums = torch.zeros_like(table).index_add_(0, targets, table[sources])
    counts = torch.bincount(targets, minlength=len(table))
    found = counts > 0
    table[found] = sums[found] / counts[found].unsqueeze(1)
    known |= found
