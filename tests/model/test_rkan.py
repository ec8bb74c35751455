import math

import pytest
import torch

from model.batches import collate
from model.config import RKANConfig
from model.rkan import RKAN, PathAttention, PathEncoder

TWO_PAIRS = [[[0, 5, 9, 6], [0, 7, 9, 6], [0, 7, 8, 5, 9, 6]], [[1, 5, 9, 7]]]


@pytest.fixture
def network():
    torch.manual_seed(0)
    network = RKAN(RKANConfig(embedding_dim=6, hidden_dim=5), num_entities=12)
    network.embedding.weight.data.normal_()
    return network


def as_torch_lstm(encoder, embedding_dim):
    """nn.LSTM with the encoder's weights; torch orders its gates input, forget, cell, output."""
    hidden = encoder.hidden_dim
    lstm = torch.nn.LSTM(embedding_dim, hidden, batch_first=True)
    order = torch.cat([torch.arange(gate * hidden, (gate + 1) * hidden) for gate in (0, 1, 3, 2)])
    with torch.no_grad():
        lstm.weight_ih_l0.copy_(encoder.from_entity.weight[order])
        lstm.bias_ih_l0.copy_(encoder.from_entity.bias[order])
        lstm.weight_hh_l0.copy_(encoder.from_hidden.weight[order])
        lstm.bias_hh_l0.zero_()
    return lstm


def test_paths_of_different_lengths_read_as_torch_reads_each_alone(network, make_paths):
    batch = collate(make_paths(TWO_PAIRS))
    together = network.encoder(network.embedding, batch.entities, batch.lengths)
    lstm = as_torch_lstm(network.encoder, 6)
    for row, length in enumerate(batch.lengths):
        path = batch.entities[row, :length]
        _, (last, _) = lstm(network.embedding(path).unsqueeze(0))
        torch.testing.assert_close(together[row], last[0, 0])


def test_encoder_without_paths_returns_no_rows():
    encoder = PathEncoder(3, 4)
    empty = torch.zeros((0, 4), dtype=torch.int64)
    assert encoder(torch.nn.Embedding(2, 3), empty, empty[:, 0]).shape == (0, 4)


def test_attention_of_two_paths_by_hand():
    # D = [[1, 0], [0, 2]]; D D^T / 2 = [[.5, 0], [0, 2]].
    paths = torch.tensor([[[1.0, 0.0], [0.0, 2.0]]])
    present = torch.tensor([[True, True]])
    first = math.exp(0.5) / (math.exp(0.5) + 1)  # what query 1 gives to path 1
    second = 1 / (1 + math.exp(2))  # what query 2 gives to path 1
    weight = (first + second) / 2
    summed, weights = PathAttention(2, "dim")(paths, present)
    torch.testing.assert_close(weights, torch.tensor([[weight, 1 - weight]]))
    torch.testing.assert_close(summed, torch.tensor([[weight, 2 * (1 - weight)]]))


def test_attention_scale_is_the_dimension_or_its_root():
    assert PathAttention(16, "dim").divisor == 16
    assert PathAttention(16, "sqrt_dim").divisor == 4


def test_the_weighted_sum_is_the_mean_of_the_rows_of_equation_2():
    paths = torch.randn(1, 4, 3)
    summed, _ = PathAttention(3, "dim")(paths, torch.ones(1, 4, dtype=torch.bool))
    rows = torch.softmax(paths[0] @ paths[0].t() / 3, dim=1) @ paths[0]
    torch.testing.assert_close(summed[0], rows.mean(dim=0))


def test_path_weights_of_each_pair_sum_to_one(network, make_paths):
    batch = collate(make_paths(TWO_PAIRS))
    weights = network(batch).path_weights
    assert weights.shape == (4,)
    assert (weights > 0).all()
    torch.testing.assert_close(weights[:3].sum(), torch.tensor(1.0))
    torch.testing.assert_close(weights[3], torch.tensor(1.0))


def test_neighbours_in_a_batch_change_nothing(network, make_paths):
    together = network(collate(make_paths(TWO_PAIRS)))
    for pair, rows in ((0, slice(0, 3)), (1, slice(3, 4))):
        alone = network(collate(make_paths([TWO_PAIRS[pair]])))
        torch.testing.assert_close(alone.closeness_logits[0], together.closeness_logits[pair])
        torch.testing.assert_close(alone.path_weights, together.path_weights[rows])


def test_padding_steps_change_nothing(network, make_paths):
    narrow, wide = (network(collate(make_paths(TWO_PAIRS, steps=steps))) for steps in (6, 9))
    torch.testing.assert_close(narrow, wide)


def test_the_order_of_paths_does_not_matter(network, make_paths):
    forward = network(collate(make_paths([TWO_PAIRS[0]])))
    backward = network(collate(make_paths([TWO_PAIRS[0][::-1]])))
    torch.testing.assert_close(forward.closeness_logits, backward.closeness_logits)
    torch.testing.assert_close(forward.path_weights, backward.path_weights.flip(0))


@pytest.mark.parametrize("pairs", [[[]], [[], [[0, 5, 9, 6]], []]])
def test_pairs_without_a_path_get_the_learned_vector_and_no_nan(network, make_paths, pairs):
    network.no_path.data.normal_()
    ends = [(0, 6)] * len(pairs)
    output = network(collate(make_paths(pairs, ends=ends)))
    expected = network.closeness(network.no_path)[0]
    for pair, paths in enumerate(pairs):
        if not paths:
            torch.testing.assert_close(output.closeness_logits[pair], expected)
    output.closeness_logits.sum().backward()
    assert all(torch.isfinite(p.grad).all() for p in network.parameters() if p.grad is not None)
    assert network.no_path.grad.abs().sum() > 0


def test_gradients_reach_the_entities_on_paths_and_no_others(network, make_paths):
    network(collate(make_paths(TWO_PAIRS))).closeness_logits.sum().backward()
    touched = network.embedding.weight.grad.abs().sum(dim=1) > 0
    assert touched.nonzero().flatten().tolist() == [0, 1, 5, 6, 7, 8, 9]


def test_scores_are_inner_products(network):
    with torch.no_grad():
        network.embedding.weight.zero_()
        network.embedding.weight[0, :2] = torch.tensor([1.0, 2.0])
        network.embedding.weight[5, :2] = torch.tensor([3.0, 4.0])
        network.embedding.weight[6, :2] = torch.tensor([-1.0, 0.5])
    scores = network.score(torch.tensor([0]), torch.tensor([6, 5]))
    assert scores.tolist() == [[0.0, 11.0]]


def test_a_generator_alone_decides_the_weights():
    config = RKANConfig(4, 4)
    first, second = RKAN(config, 7), RKAN(config, 7)
    for network in (first, second):
        network.reset_parameters(torch.Generator().manual_seed(3))
        torch.randn(5)
    pairs = zip(first.parameters(), second.parameters(), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)
