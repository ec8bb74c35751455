import numpy as np
import pytest
import torch

from model.rkan.config import PretrainConfig
from model.rkan.pretrain import pretrained_embeddings, truncated_svd

# Users 0 and 1, movies 2, 3 and 4, attributes 5 (of 2 and 3), 6 (of 4), 7 (of none).
INTERACTIONS = torch.tensor([[0, 2], [0, 3], [1, 3]])
AGES = torch.tensor([1, 0, 0])
EDGES = torch.tensor([[2, 5], [3, 5], [4, 5], [4, 6]])


def pretrain(config, dim=2, seed=0):
    return pretrained_embeddings(
        config, INTERACTIONS, AGES, EDGES, num_entities=8, embedding_dim=dim, seed=seed
    ).double()


def sparse(shape, density, seed):
    rng = np.random.default_rng(seed)
    dense = rng.random(shape) * (rng.random(shape) < density)
    return dense, torch.from_numpy(dense).to_sparse_coo()


@pytest.mark.parametrize("shape", [(60, 40), (30, 90)])
def test_svd_equals_numpys_up_to_sign(shape):
    dense, matrix = sparse(shape, 0.3, 1)
    left, singular, right = truncated_svd(matrix, 6, seed=0)
    u, s, vt = np.linalg.svd(dense)
    np.testing.assert_allclose(singular, s[:6], rtol=1e-4)
    np.testing.assert_allclose(np.abs(np.sum(left.numpy() * u[:, :6], axis=0)), 1, atol=1e-2)
    np.testing.assert_allclose(np.abs(np.sum(right.numpy() * vt[:6].T, axis=0)), 1, atol=1e-2)


def test_svd_has_determined_signs():
    _, matrix = sparse((30, 20), 0.4, 2)
    results = [truncated_svd(matrix, 3, seed) for seed in (0, 1)]
    for left, right in zip(*results, strict=True):
        torch.testing.assert_close(left, right, atol=1e-6, rtol=1e-6)


def test_svd_of_more_dimensions_than_the_matrix_has():
    dense, matrix = sparse((5, 3), 1.0, 3)
    left, singular, right = truncated_svd(matrix, 10, seed=0)
    assert left.shape == (5, 3)
    np.testing.assert_allclose((left * singular @ right.t()).numpy(), dense, atol=1e-9)


@pytest.mark.parametrize("damping", [0.0, 0.5])
def test_inner_products_restore_the_recency_weighted_matrix(damping):
    table = pretrain(PretrainConfig(decay=0.5, popularity_damping=damping))
    products = table[:2] @ table[2:4].t()
    wanted = torch.tensor([[0.5, 1.0], [0.0, 1.0]]).double()
    torch.testing.assert_close(products / products[1, 1], wanted, atol=1e-5, rtol=1e-5)


def test_attributes_get_the_mean_of_their_movies_and_unknown_movies_of_their_attributes():
    table = pretrain(PretrainConfig())
    torch.testing.assert_close(table[5], (table[2] + table[3]) / 2)
    torch.testing.assert_close(table[4], table[5])  # attribute 6 is of movie 4 alone
    assert not table[6].any()
    assert not table[7].any()


def test_dimensions_beyond_the_rank_are_zero():
    table = pretrain(PretrainConfig(), dim=5)
    assert table.shape == (8, 5)
    assert not table[:, 2:].any()


def test_scale_is_the_root_mean_square_of_what_is_known():
    table = pretrain(PretrainConfig(scale=0.25))
    known = table[[0, 1, 2, 3, 4, 5]]
    torch.testing.assert_close(known.square().mean().sqrt(), torch.tensor(0.25).double())


def test_the_seed_decides():
    assert torch.equal(pretrain(PretrainConfig(), seed=3), pretrain(PretrainConfig(), seed=3))
