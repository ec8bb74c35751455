import math

import pytest
import torch

from model.rkan.batches import collate
from model.rkan.config import RKANConfig
from model.rkan.network import RKAN, PathAttention, PathEncoder, PathPooling

TWO_PAIRS = [[[0, 5, 9, 6], [0, 7, 9, 6], [0, 7, 8, 5, 9, 6]], [[1, 5, 9, 7]]]


def new_network(aggregation="attention"):
    torch.manual_seed(0)
    config = RKANConfig(embedding_dim=6, hidden_dim=5, aggregation=aggregation)
    network = RKAN(config, num_entities=12)
    network.embedding.weight.data.normal_()
    return network


@pytest.fixture
def network():
    return new_network()


@pytest.fixture(params=["attention", "max", "mean"])
def each_network(request):
    """RKAN, and RKGE with both poolings."""
    return new_network(request.param)


def as_torch_lstm(encoder, embedding_dim):
    """nn.LSTM with the encoder's weights; torch orders its gates input, forget, cell, output."""
    hidden = encoder.hidden_dim
    lstm = torch.nn.LSTM(embedding_dim, hidden, batch_first=True)
    order = torch.cat([torch.arange(gate * hidden, (gate + 1) * hidden) for gate in (0, 1, 3, 2)])
    weights = dict(lstm.named_parameters())
    with torch.no_grad():
        weights["weight_ih_l0"].copy_(encoder.from_entity.weight[order])
        weights["bias_ih_l0"].copy_(encoder.from_entity.bias[order])
        weights["weight_hh_l0"].copy_(encoder.from_hidden.weight[order])
        weights["bias_hh_l0"].zero_()
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


# Two pairs of three places each: the first pair has no third path, the second none at all. What
# stands in absent places is greater than anything else.
PLACES = [[[1.0, 0.0, 4.0, 5.0], [0.0, 2.0, 6.0, 7.0], [9.0] * 4], [[9.0] * 4] * 3]
PRESENT = [[True, True, False], [False] * 3]


@pytest.mark.parametrize(
    ("kind", "expected", "weights"),
    [
        ("max", [1.0, 2.0, 6.0, 7.0], [0.25, 0.75, 0.0]),
        ("mean", [0.5, 1.0, 5.0, 6.0], [0.5, 0.5, 0.0]),
    ],
)
def test_pooling_of_two_paths_by_hand(kind, expected, weights):
    pooled, found = PathPooling(kind)(torch.tensor(PLACES), torch.tensor(PRESENT))
    assert pooled.tolist() == [expected, [0.0] * 4]
    assert found.tolist() == [weights, [0.0] * 3]


def test_max_pooling_of_negative_values_ignores_absent_places():
    paths, present = torch.tensor([[[-3.0], [0.0]]]), torch.tensor([[True, False]])
    pooled, weights = PathPooling("max")(paths, present)
    assert (pooled.tolist(), weights.tolist()) == ([[-3.0]], [[1.0, 0.0]])


def test_aggregations_differ_in_nothing_but_how_paths_become_one(make_paths):
    batch = collate(make_paths(TWO_PAIRS))
    networks = [new_network(aggregation) for aggregation in ("attention", "max", "mean")]
    states = [network.state_dict() for network in networks]
    assert all(torch.equal(states[0][name], state[name]) for state in states for name in states[0])
    logits = [network(batch).closeness_logits for network in networks]
    assert len({each[0].item() for each in logits}) == 3
    assert len({each[1].item() for each in logits}) == 1  # its pair has one path


def test_path_weights_of_each_pair_sum_to_one(each_network, make_paths):
    batch = collate(make_paths(TWO_PAIRS))
    weights = each_network(batch).path_weights
    assert weights.shape == (4,)
    assert (weights >= 0).all()
    torch.testing.assert_close(weights[:3].sum(), torch.tensor(1.0))
    torch.testing.assert_close(weights[3], torch.tensor(1.0))


def test_neighbours_in_a_batch_change_nothing(each_network, make_paths):
    together = each_network(collate(make_paths(TWO_PAIRS)))
    for pair, rows in ((0, slice(0, 3)), (1, slice(3, 4))):
        alone = each_network(collate(make_paths([TWO_PAIRS[pair]])))
        torch.testing.assert_close(alone.closeness_logits[0], together.closeness_logits[pair])
        torch.testing.assert_close(alone.path_weights, together.path_weights[rows])


def test_padding_steps_change_nothing(each_network, make_paths):
    narrow, wide = (each_network(collate(make_paths(TWO_PAIRS, steps=steps))) for steps in (6, 9))
    torch.testing.assert_close(narrow, wide)


def test_the_order_of_paths_does_not_matter(each_network, make_paths):
    forward = each_network(collate(make_paths([TWO_PAIRS[0]])))
    backward = each_network(collate(make_paths([TWO_PAIRS[0][::-1]])))
    torch.testing.assert_close(forward.closeness_logits, backward.closeness_logits)
    torch.testing.assert_close(forward.path_weights, backward.path_weights.flip(0))


@pytest.mark.parametrize("pairs", [[[]], [[], [[0, 5, 9, 6]], []]])
def test_pairs_without_a_path_get_the_learned_vector_and_no_nan(each_network, make_paths, pairs):
    each_network.no_path.data.normal_()
    ends = [(0, 6)] * len(pairs)
    output = each_network(collate(make_paths(pairs, ends=ends)))
    expected = each_network.closeness(each_network.no_path)[0]
    for pair, paths in enumerate(pairs):
        if not paths:
            torch.testing.assert_close(output.closeness_logits[pair], expected)
    output.closeness_logits.sum().backward()
    assert all(
        torch.isfinite(p.grad).all() for p in each_network.parameters() if p.grad is not None
    )
    assert each_network.no_path.grad.abs().sum() > 0


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
    config = RKANConfig(embedding_dim=4, hidden_dim=4)
    first, second = RKAN(config, 7), RKAN(config, 7)
    for network in (first, second):
        network.reset_parameters(torch.Generator().manual_seed(3))
        torch.randn(5)
    pairs = zip(first.parameters(), second.parameters(), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)
