import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from model.rkan_history.config import HistoryConfig
from model.rkan_history.encoder import HistoryEncoder

SMALL = HistoryConfig(dim=4, length=3, dropout=0.5)
MOVIES, ATTRIBUTES = 6, 3
EDGES = np.array([[0, 0], [1, 0], [1, 1], [1, 1], [5, 2]])  # 2, 3, 4 have none; one comes twice


def encoder(**settings):
    network = HistoryEncoder(SMALL.changed(settings), MOVIES, ATTRIBUTES)
    network.reset_parameters(torch.Generator().manual_seed(1))
    network.set_attributes(EDGES)
    return network.eval()


def loud_encoder(**settings):
    """An encoder whose weights are so large that any error shows."""
    network = encoder(**settings)
    generator = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for weight in network.parameters():
            weight.normal_(generator=generator)
    return network


@pytest.mark.parametrize("attributes", [True, False])
def test_shapes(attributes):
    network = encoder(attributes=attributes)
    histories = torch.tensor([[1, 2], [3, -1]])
    users, movies = network.user_vectors(histories), network.movie_vectors()
    assert users.shape == (2, 4)
    assert movies.shape == network.source_vectors().shape == (MOVIES, 4)
    scores = network(histories)
    assert scores.shape == (2, MOVIES)
    assert scores.dtype == torch.float32
    torch.testing.assert_close(scores, users @ movies.T + network.bias)


def test_a_users_vector_by_hand():
    network = encoder(attributes=False, gain=1.0)
    s = network.source_vectors()
    users = network.user_vectors(torch.tensor([[4, 2]]))
    expected = []
    for slope, part in ((0.3, slice(0, 2)), (0.1, slice(2, 3)), (0.01, slice(3, 4))):
        weight = np.exp(-slope)
        root = (1 + weight + 0.001) ** 0.5
        expected.append((s[4, part] + weight * s[2, part]) / (root + 1))
    torch.testing.assert_close(users[0], torch.cat(expected).float())


def test_a_movies_vector_is_its_own_and_the_mean_of_its_attributes():
    network = encoder()
    own, shared = network.target, network.attribute_target
    expected = own.clone()
    expected[0] += shared[0]
    expected[1] += (shared[0] + shared[1]) / 2
    expected[5] += shared[2]
    torch.testing.assert_close(network.movie_vectors(), expected)


def test_padding_changes_nothing():
    network = encoder()
    plain, padded = torch.tensor([[1, 2]]), torch.tensor([[1, 2, -1, -1, -1]])
    torch.testing.assert_close(network(plain), network(padded), rtol=0, atol=0)


def test_movies_beyond_the_length_do_not_count():
    network = encoder()
    torch.testing.assert_close(
        network(torch.tensor([[1, 2, 3]])), network(torch.tensor([[1, 2, 3, 4, 5]]))
    )


def test_the_order_of_a_history_matters():
    network = encoder()
    assert not torch.allclose(network(torch.tensor([[1, 2]])), network(torch.tensor([[2, 1]])))


def test_a_place_hides_the_newer_movies():
    network = encoder()
    histories = torch.tensor([[5, 4, 1, 2]])
    users = network.encode(histories, torch.tensor([[0, 2]]), network.source_vectors())
    torch.testing.assert_close(users[0, 1], network.user_vectors(torch.tensor([[1, 2]]))[0])


def test_an_empty_history_ranks_by_popularity():
    network = encoder()
    network.set_popularity(np.array([0, 5, 2, 9, 1, 3]))
    scores = network(torch.full((1, 2), -1))
    assert scores.argsort(descending=True)[0].tolist() == [3, 1, 5, 2, 4, 0]


def test_an_empty_history_has_finite_gradients():
    network = encoder()
    network(torch.full((1, 2), -1)).log_softmax(1)[0, 0].backward()
    gradients = [weight.grad for weight in network.parameters() if weight.grad is not None]
    assert gradients
    assert all(torch.isfinite(gradient).all() for gradient in gradients)


def test_a_movie_of_nobody_is_scored_through_its_attributes():
    network = encoder()
    with torch.no_grad():
        network.target[5] = 0
        network.bias[5] = 0
        network.attribute_target[2] = network.user_vectors(torch.tensor([[1]]))[0]
    scores = network(torch.tensor([[1]]))
    torch.testing.assert_close(scores[0, 5], network.attribute_target[2].square().sum())


def test_the_state_holds_the_attributes():
    network = encoder()
    other = HistoryEncoder(SMALL, MOVIES, ATTRIBUTES)
    other.load_state_dict(network.state_dict())
    histories = torch.tensor([[1, 5, 0]])
    torch.testing.assert_close(other.eval()(histories), network(histories), rtol=0, atol=0)


def added(network, histories, directions):
    """What each movie adds, once it is clear that this sums to the inner products."""
    parts = network.contributions(histories, directions)
    users = network.user_vectors(histories)
    expected = torch.einsum("bd,bcd->bc", users, directions)
    torch.testing.assert_close(parts.sum(dim=2), expected, rtol=1e-5, atol=1e-5)
    assert parts.shape == (*directions.shape[:2], histories.shape[1])
    return parts


@given(
    rows=st.lists(st.lists(st.integers(0, MOVIES - 1), max_size=7), min_size=1, max_size=4),
    padding=st.integers(0, 3),
    directions=st.integers(0, 3),
    attributes=st.booleans(),
)
@settings(max_examples=80, deadline=None)
@torch.inference_mode()
def test_contributions_sum_to_the_inner_product(rows, padding, directions, attributes):
    """Also with histories that are empty, padded, or longer than the 3 movies that count."""
    network = loud_encoder(attributes=attributes)
    width = max(map(len, rows)) + padding
    histories = torch.tensor([row + [-1] * (width - len(row)) for row in rows], dtype=torch.int64)
    generator = torch.Generator().manual_seed(len(rows))
    asked = torch.randn(len(rows), directions, SMALL.dim, generator=generator)
    parts = added(network, histories, asked)
    for row, movies in enumerate(rows):
        assert (parts[row, :, min(len(movies), SMALL.length) :] == 0).all()


@torch.inference_mode()
def test_contributions_to_scores_of_movies():
    network = loud_encoder()
    histories = torch.tensor([[1, 5, 0], [3, -1, -1]])
    movies = network.movie_vectors()
    parts = added(network, histories, movies.expand(2, -1, -1))
    torch.testing.assert_close(parts.sum(dim=2) + network.bias, network(histories))


@torch.inference_mode()
def test_a_contribution_is_what_is_lost_without_the_movies_vector():
    network = loud_encoder(attributes=False)
    histories, directions = torch.tensor([[4, 2, 3, 1]]), torch.randn(1, 2, 4)
    parts = added(network, histories, directions)
    before = directions[0] @ network.user_vectors(histories)[0]
    for place, movie in enumerate(histories[0].tolist()):
        kept = network.source[movie].clone()
        network.source[movie] = 0
        after = directions[0] @ network.user_vectors(histories)[0]
        network.source[movie] = kept
        torch.testing.assert_close(parts[0, :, place], before - after, rtol=1e-4, atol=1e-5)


@torch.inference_mode()
def test_an_empty_history_contributes_nothing():
    network = loud_encoder()
    assert not network.contributions(torch.full((1, 2), -1), torch.ones(1, 3, 4)).any()
    assert network.contributions(torch.zeros(1, 0).long(), torch.ones(1, 3, 4)).shape == (1, 3, 0)
