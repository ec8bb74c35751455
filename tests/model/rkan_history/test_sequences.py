"""The LSTM over paths and the attention of a pair's paths, against torch.nn.LSTM and by hand."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from model.arrays import PADDING
from model.rkan_history.batches import collate_lists, lists_of
from model.rkan_history.path_kinds import Feature, PathKind
from model.rkan_history.sequences import PathSequences
from tests.support.candidate_lists import (
    FEATURES,
    NUM_KINDS,
    NUM_RELATIONS,
    Path,
    lists,
    network,
    new_network,
    random_lists,
)

OF_MOVIE = ("LAST_MOVIES", "RECENT_MOVIES", "LOG_AGE", "RATING", "MOVIE_POPULARITY")
OF_RELATION = ("WATCHED_NEXT", "SIMILAR", "VOTE")
MIXED = ("kinds", "relations", "sources", "ages", "through", "weights", "features")


def near(expected):
    return pytest.approx(expected, abs=1e-5, rel=1e-4)


def some(seed=0, users=4):
    return random_lists(np.random.default_rng(seed), users)


@torch.inference_mode()
def corrections(sequences, found, attention=True):
    return sequences(collate_lists(found), attention=attention).numpy()


def gates_of(sequences, found, i):
    """What enters the LSTM at the three steps of path ``i``, [3, 4H]."""
    x = {feature.name: found.features[i, feature] for feature in Feature}
    weight = np.log(found.weights[i] + 1e-6) / 5
    movie = torch.tensor([x[name] for name in OF_MOVIE])
    relation = torch.tensor([weight, *(x[name] for name in OF_RELATION)])
    candidate = torch.tensor([x["CANDIDATE_POPULARITY"]])
    return torch.stack(
        [
            sequences.from_kind.weight[found.kinds[i]] + sequences.from_movie.weight @ movie,
            sequences.from_relation.weight[found.relations[i]]
            + sequences.from_weights.weight @ relation,
            sequences.from_candidate.weight @ candidate + sequences.from_candidate.bias,
        ]
    )


def as_torch_lstm(sequences):
    """nn.LSTM over gates that are given; torch orders them input, forget, cell, output."""
    hidden = sequences.hidden_dim
    lstm = torch.nn.LSTM(4 * hidden, hidden, bias=False)
    order = torch.cat([torch.arange(gate * hidden, (gate + 1) * hidden) for gate in (0, 1, 3, 2)])
    weights = dict(lstm.named_parameters())
    with torch.no_grad():
        weights["weight_ih_l0"].copy_(torch.eye(4 * hidden)[order])
        weights["weight_hh_l0"].copy_(sequences.from_hidden.weight[order])
    return lstm


@torch.inference_mode()
def read_by_torch(sequences, found):
    """The hidden state after each path's last step, float64 [N, H], each path read alone."""
    lstm = as_torch_lstm(sequences)
    states = [lstm(gates_of(sequences, found, i))[0][-1] for i in range(len(found.slots))]
    return np.array([state.numpy() for state in states], float).reshape(-1, sequences.hidden_dim)


def context_of_pairs(states, slots):
    """softmax(D D^T / sqrt(H)) D of each pair, [N, H]."""
    context = np.zeros_like(states)
    for slot in np.unique(slots):
        own = np.flatnonzero(slots == slot)
        d = states[own]
        shares = np.exp(d @ d.T / states.shape[1] ** 0.5)
        context[own] = shares / shares.sum(axis=1, keepdims=True) @ d
    return context


def expected_corrections(sequences, found, attention):
    states = read_by_torch(sequences, found)
    context = context_of_pairs(states, found.slots) if attention else np.zeros_like(states)
    weight = sequences.correction.weight.detach().numpy()[0].astype(float)
    bias = sequences.correction.bias.item()
    return np.concatenate([states, context], axis=1) @ weight + bias


@given(st.integers(0, 10_000), st.integers(1, 5))
@settings(max_examples=40, deadline=None)
def test_states_are_those_of_torchs_lstm(seed, users):
    sequences, found = network().sequences, some(seed, users)
    with torch.inference_mode():
        states = sequences.encode(collate_lists(found)).numpy()
    assert states == near(read_by_torch(sequences, found))


@given(st.integers(0, 10_000), st.integers(1, 5), st.booleans())
@settings(max_examples=40, deadline=None)
def test_corrections_are_linear_in_state_and_context(seed, users, attention):
    sequences, found = network().sequences, some(seed, users)
    expected = expected_corrections(sequences, found, attention)
    assert corrections(sequences, found, attention) == near(expected)


@given(st.integers(0, 10_000), st.sampled_from(["attention", "none"]))
@settings(max_examples=60, deadline=None)
def test_a_correction_is_added_to_the_log_evidence(seed, aggregation):
    found, model = some(seed), network(seed, aggregation=aggregation)
    level, exponent, slopes, by_length = (
        weight.detach().double().numpy()
        for weight in (model.level, model.exponent, model.slopes, model.level_by_length)
    )
    kinds = found.kinds.astype(int)
    logs = level[kinds] + exponent[kinds] * np.log(found.weights.astype(float) + 1e-6)
    logs += (slopes[kinds] * found.features).sum(axis=1)
    lengths = np.log((1 + (found.histories != PADDING).sum(axis=1)) / 50)
    logs += by_length[kinds] * lengths[found.slots // found.candidates.shape[1]]
    logs += expected_corrections(model.sequences, found, aggregation == "attention")
    with torch.inference_mode():
        evidence = model.evidence(collate_lists(found)).numpy()
    assert evidence == pytest.approx(np.exp(np.minimum(6.0, logs)), rel=1e-4)


def test_attention_of_two_paths_by_hand():
    # D = [[1, 0], [0, 2]]; D D^T / sqrt(2) = [[.707, 0], [0, 2.828]]
    sequences = PathSequences(2, NUM_KINDS, NUM_RELATIONS)
    batch = collate_lists(lists([[1, 2]], [[5, 6]], [Path(0, 1), Path(0, 2, 1)]))
    context = sequences._context(torch.tensor([[1.0, 0.0], [0.0, 2.0]]), batch)
    first = np.exp(0.5**0.5) / (np.exp(0.5**0.5) + 1)  # what path 1 gives itself
    second = np.exp(8**0.5) / (np.exp(8**0.5) + 1)  # what path 2 gives itself
    expected = [[first, 2 * (1 - first)], [1 - second, 2 * second]]
    assert context.numpy() == near(np.array(expected))


@pytest.mark.parametrize("learning", [False, True])
@pytest.mark.parametrize("most", [0, 3, 8, 9, 40])
def test_pairs_with_many_paths_and_with_few_are_attended_alike(most, learning):
    counts = [each for each in (2, 8, 1, 9, 3, 17, 16, 32, 33, 40) if each <= most]
    paths = [Path(c, 1) for c, number in enumerate(counts) for _ in range(number)]
    batch = collate_lists(lists([[1]], [list(range(5, 5 + max(1, len(counts))))], paths))
    states = torch.randn(len(paths), 4, generator=torch.Generator().manual_seed(0))
    with torch.set_grad_enabled(learning):
        context = network().sequences._context(states, batch).numpy()
    assert context == near(context_of_pairs(states.double().numpy(), batch.owners.numpy()))


def test_a_path_alone_is_its_own_context():
    sequences = network().sequences
    batch = collate_lists(lists([[1]], [[5, 6]], [Path(0, 1), Path(1, 1, relation=2)]))
    with torch.inference_mode():
        states = sequences.encode(batch)
        torch.testing.assert_close(sequences._context(states, batch), states)


@pytest.mark.parametrize("attention", [True, False])
def test_without_any_path_there_are_no_corrections(attention):
    found = lists([[1], []], [[5], [6]], [])
    assert corrections(network().sequences, found, attention).shape == (0,)


@pytest.mark.parametrize("attention", [True, False])
@pytest.mark.parametrize("seed", range(3))
def test_new_corrections_are_nothing(seed, attention):
    sequences = new_network(seed).sequences
    assert sequences.silent
    assert not corrections(sequences, some(seed), attention).any()


@pytest.mark.parametrize("part", ["weight", "bias"])
def test_one_output_weight_ends_the_silence(part):
    sequences = new_network().sequences
    with torch.no_grad():
        sequences.correction.get_parameter(part).view(-1)[0] = -1e-3
    assert not sequences.silent
    assert corrections(sequences, some()).any()


def test_a_generator_alone_decides_the_weights():
    made = []
    for seed in (3, 3, 4):
        made.append(PathSequences(4, NUM_KINDS, NUM_RELATIONS))
        torch.randn(5)
        made[-1].reset_parameters(torch.Generator().manual_seed(seed))
    one, again, other = (dict(each.named_parameters()) for each in made)
    assert all(torch.equal(one[name], again[name]) for name in one)
    drawn = [name for name in one if not name.startswith("correction.")]
    assert not any(torch.equal(one[name], other[name]) for name in drawn)


@pytest.mark.parametrize(
    "change",
    [
        {"kind": PathKind.GENRE},
        {"relation": 3},
        {"weight": 0.1},
        *(
            {"features": (*FEATURES[:feature], FEATURES[feature] + 1, *FEATURES[feature + 1 :])}
            for feature in Feature
        ),
    ],
    ids=["kind", "relation", "weight", *(feature.name for feature in Feature)],
)
def test_every_part_of_a_path_is_read(change):
    sequences = network().sequences
    one, other = (
        corrections(sequences, lists([[1, 2]], [[5]], [path]), attention=False)
        for path in (Path(0, 1), Path(0, 1)._replace(**change))
    )
    assert abs(one - other) > 1e-4


@pytest.mark.parametrize("attention", [True, False])
def test_only_attention_compares_the_paths_of_a_pair(attention):
    sequences = network().sequences
    path, neighbour = Path(0, 1), Path(0, 2, 1, PathKind.ACTOR, 3, 44, 0.1)
    alone = corrections(sequences, lists([[1, 2]], [[5, 6]], [path]), attention)[0]
    beside = corrections(sequences, lists([[1, 2]], [[5, 6]], [path, neighbour]), attention)[0]
    apart = [path, neighbour._replace(slot=1)]
    elsewhere = corrections(sequences, lists([[1, 2]], [[5, 6]], apart), attention)[0]
    assert (abs(alone - beside) > 1e-4) == attention
    assert elsewhere == near(alone)


@pytest.mark.parametrize("attention", [True, False])
@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_paths_does_not_matter(seed, attention):
    sequences, found = network().sequences, some(seed, users=8)
    rng = np.random.default_rng(seed)
    order = np.lexsort((rng.random(len(found.slots)), found.slots))
    assert (order != np.arange(len(order))).any()
    mixed = replace(found, **{name: getattr(found, name)[order] for name in MIXED})
    before = corrections(sequences, found, attention)
    assert corrections(sequences, mixed, attention) == near(before[order])


@pytest.mark.parametrize("attention", [True, False])
def test_other_users_of_the_step_change_nothing(attention):
    sequences, found = network().sequences, some(seed=2, users=5)
    together = corrections(sequences, found, attention)
    width = found.candidates.shape[1]
    for row in range(5):
        alone = corrections(sequences, lists_of(found, np.array([row])), attention)
        assert alone == near(together[found.slots // width == row])


@pytest.mark.parametrize("attention", [True, False])
def test_gradients_are_finite_and_reach_every_weight(attention):
    sequences = network().sequences
    sequences(collate_lists(some(seed=1, users=8)), attention=attention).sum().backward()
    for name, weight in sequences.named_parameters():
        assert torch.isfinite(weight.grad).all(), name
        assert weight.grad.any(), name
