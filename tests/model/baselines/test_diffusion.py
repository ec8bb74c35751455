from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.sparse import csr_array

from model.baselines.diffusion import WATCHED, columns, row_normalised, spread, typed_edges
from tests.support.planted import of_histories

# movies 0 and 3 have the same director; movie 3 has no users
GRAPH = replace(
    of_histories([0], [0, 1], [1, 2], num_movies=4),
    num_attributes=1,
    edges=np.array([[0, 0], [3, 0]]),
    relations=np.array([0, 0]),
)


def test_rows_sum_to_one_unless_they_are_empty() -> None:
    matrix = csr_array(np.array([[1.0, 3.0], [0.0, 0.0]]))
    assert row_normalised(matrix).toarray().tolist() == [[0.25, 0.75], [0, 0]]


def test_a_plain_walk_divides_evenly() -> None:
    edges = typed_edges(GRAPH, decay=1.0, discount=0.0)
    assert list(edges) == [WATCHED, "DIRECTED"]
    watched, directed = edges[WATCHED], edges["DIRECTED"]
    assert watched.to_nodes.toarray().T.tolist() == [
        [0.5, 0.5, 0],
        [0, 0.5, 0.5],
        [0, 0, 1],
        [0] * 3,
    ]
    assert watched.to_movies.toarray().T.tolist() == [
        [1, 0, 0, 0],
        [0.5, 0.5, 0, 0],
        [0, 0.5, 0.5, 0],
    ]
    assert watched.weights.tolist() == [2, 2, 1, 0]
    assert directed.to_nodes.toarray().tolist() == [[1, 0, 0, 1]]
    assert directed.to_movies.toarray().T.tolist() == [[0.5, 0, 0, 0.5]]
    assert directed.weights.tolist() == [1, 0, 0, 1]


def test_old_interactions_weigh_less() -> None:
    watched = typed_edges(GRAPH, decay=0.5, discount=0.0)[WATCHED]
    assert watched.to_movies.toarray()[:, 1] == pytest.approx([1 / 3, 2 / 3, 0, 0])
    assert watched.to_nodes.toarray()[:, 0] == pytest.approx([2 / 3, 1 / 3, 0])
    assert watched.weights.tolist() == [1.5, 1.5, 1, 0]


def test_popular_movies_are_reached_less() -> None:
    watched = typed_edges(GRAPH, decay=1.0, discount=1.0)[WATCHED]
    assert watched.to_movies.toarray()[:, 2] == pytest.approx([0, 1 / 3, 2 / 3, 0])


def test_histories_become_columns() -> None:
    chosen = columns(GRAPH.matrix(), np.array([2, 0]))
    assert chosen.tolist() == [[0, 1], [1, 0], [1, 0], [0, 0]]
    assert chosen.dtype == torch.float32


def test_spread_is_a_product_with_its_gradient() -> None:
    generator = np.random.default_rng(0)
    dense = generator.random((3, 4), dtype=np.float32) - 0.5
    values = torch.from_numpy(generator.random((4, 2), dtype=np.float32)).requires_grad_()
    towards = torch.from_numpy(generator.random((3, 2), dtype=np.float32))
    result = spread(csr_array(dense), values)
    (result * towards).sum().backward()
    assert result.detach().numpy() == pytest.approx(dense @ values.detach().numpy())
    assert values.grad is not None
    assert values.grad.numpy() == pytest.approx(dense.T @ towards.numpy())
