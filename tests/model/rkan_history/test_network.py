"""The network over weighted paths: evidence of each path, invariances, gradients and training."""

from contextlib import nullcontext
from dataclasses import replace

import numpy as np
import pytest
import torch

from model.arrays import PADDING
from model.rkan_history.batches import collate_lists, lists_of
from model.rkan_history.config import ListTrainConfig
from model.training.trainer import Trainer
from tests.support.candidate_lists import (
    NUM_LINEAR,
    NUM_MOVIES,
    Path,
    lists,
    network,
    random_lists,
)

AGGREGATIONS = ("attention", "mean")


def near(expected):
    return pytest.approx(expected, abs=1e-5, rel=1e-4)


@torch.inference_mode()
def run(model, found):
    output = model(collate_lists(found))
    return [part.numpy() for part in output]


def some(seed=0, users=4):
    return random_lists(np.random.default_rng(seed), users)


def test_shapes():
    found = some()
    scores, closeness, linear, weights = run(network(), found)
    assert scores.shape == closeness.shape == linear.shape == found.candidates.shape
    assert weights.shape == found.slots.shape


@pytest.mark.parametrize("aggregation", AGGREGATIONS)
def test_a_candidate_without_paths_is_as_close_as_the_bias(aggregation):
    model = network(aggregation=aggregation)
    found = lists([[1, 2]], [[5, 6, 7]], [Path(1, 1)])
    _, closeness, _, weights = run(model, found)
    assert closeness[0, [0, 2]] == pytest.approx(model.bias.item())
    assert closeness[0, 1] > model.bias.item()
    assert weights.tolist() == [1]


def test_without_any_path_there_are_no_weights():
    model = network()
    _, closeness, _, weights = run(model, lists([[1], []], [[5], [6]], []))
    assert closeness == pytest.approx(model.bias.item())
    assert weights.shape == (0,)


def test_users_without_candidates_are_no_error():
    scores, *_ = run(network(), lists([[1]], [[]], []))
    assert scores.shape == (1, 0)


@pytest.mark.parametrize("aggregation", AGGREGATIONS)
@pytest.mark.parametrize("seed", range(5))
def test_the_weights_of_a_candidates_paths_sum_to_one(aggregation, seed):
    found = some(seed)
    *_, weights = run(network(aggregation=aggregation), found)
    assert (weights > 0).all()
    sums = np.bincount(found.slots, weights)
    assert sums[np.unique(found.slots)] == pytest.approx(1)


@pytest.mark.parametrize("aggregation", AGGREGATIONS)
def test_a_weight_is_the_paths_part_of_the_closeness(aggregation):
    model = network(aggregation=aggregation)
    found = lists([[1, 2]], [[5]], [Path(0, 1), Path(0, 2, 1, 3, 4)])
    _, closeness, _, weights = run(model, found)
    evidence = (closeness[0, 0] - model.bias.item()) * weights
    assert evidence.sum() == pytest.approx(closeness[0, 0] - model.bias.item())
    if aggregation == "mean":  # then each speaks as if it were alone
        for path, said in zip((Path(0, 1), Path(0, 2, 1, 3, 4)), evidence, strict=True):
            alone = run(model, lists([[1, 2]], [[5]], [path]))[1]
            assert alone[0, 0] - model.bias.item() == near(said)


def test_another_path_never_takes_from_the_closeness_without_attention():
    model = network(aggregation="mean")
    paths = [Path(0, 1), Path(0, 2, 1, 3, 4), Path(0, 2, 1, 2)]
    found = [run(model, lists([[1, 2]], [[5]], paths[:n]))[1][0, 0] for n in range(4)]
    assert found == sorted(found)
    assert len(set(found)) == 4


@pytest.mark.parametrize(("aggregation", "differs"), [("mean", False), ("attention", True)])
def test_attention_lets_paths_look_at_their_neighbours(aggregation, differs):
    model = network(aggregation=aggregation)
    first = Path(0, 1)

    def evidence(*others):
        _, closeness, _, weights = run(model, lists([[1, 2]], [[5]], [first, *others]))
        return (closeness[0, 0] - model.bias.item()) * weights[0]

    alone, beside = evidence(), evidence(Path(0, 2, 1, 3, 4))
    assert (abs(alone - beside) > 1e-4) == differs


@pytest.mark.parametrize("aggregation", AGGREGATIONS)
@pytest.mark.parametrize("linear", [True, False])
def test_the_score_is_the_closeness_and_the_linear_part(aggregation, linear):
    found = some()
    scores, closeness, part, _ = run(network(aggregation=aggregation, linear=linear), found)
    present = found.candidates != PADDING
    assert scores[present] == near((closeness + part)[present])
    assert linear == (np.abs(part[present]).max() > 0.1)
    assert (scores[~present] < -1e8).all()


def test_the_linear_part_is_the_encoders_score_above_the_users_mean_at_first():
    model = network()
    model.reset_parameters(torch.Generator().manual_seed(0))
    found = some()
    *_, part, _ = run(model, found)
    with torch.inference_mode():
        all_scores = model.history.scores(
            model.history.user_vectors(torch.from_numpy(found.histories)),
            model.history.movie_vectors(),
        ).numpy()
    for b, row in enumerate(found.candidates):
        asked = row[row != PADDING]
        own = all_scores[b, asked]
        assert part[b, : len(asked)] == near(own - own.mean() if len(own) else own)
        assert (part[b, len(asked) :] == 0).all()


def test_linear_features_count_by_their_weights():
    model = network()
    model.linear.weight.data.copy_(torch.tensor([[0.0, 2.0, -1.0]]))
    found = lists([[1]], [[5, 6]], [], linear=np.array([[[1.0, 3.0], [0.5, 0.0]]], np.float32))
    assert run(model, found)[2].tolist() == [[-1, 1]]
    assert NUM_LINEAR == 2


@pytest.mark.parametrize("aggregation", AGGREGATIONS)
@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_paths_does_not_matter(aggregation, seed):
    model, found = network(aggregation=aggregation), some(seed)
    rng = np.random.default_rng(seed)
    order = np.lexsort((rng.random(len(found.slots)), found.slots))
    assert (order != np.arange(len(order))).any()
    names = ("sources", "ages", "relations", "attributes", "features")
    mixed = replace(found, **{name: getattr(found, name)[order] for name in names})
    before, after = run(model, found), run(model, mixed)
    assert after[0] == near(before[0])
    assert after[3] == near(before[3][order])


@pytest.mark.parametrize("aggregation", AGGREGATIONS)
def test_the_order_of_candidates_does_not_matter(aggregation):
    model = network(aggregation=aggregation)
    linear = np.array([[[1, 2], [3, 4], [0, 5]]], np.float32)
    paths = [Path(0, 1), Path(0, 2, 1, 3, 4), Path(2, 2, 1)]
    before = run(model, lists([[1, 2]], [[5, 6, 7]], paths, linear=linear))
    moved = [Path(0, 2, 1), Path(2, 1), Path(2, 2, 1, 3, 4)]
    after = run(model, lists([[1, 2]], [[7, 6, 5]], moved, linear=linear[:, ::-1]))
    for part in range(3):
        assert after[part] == near(before[part][:, ::-1])
    assert after[3] == near(before[3][[2, 0, 1]])


@pytest.mark.parametrize("aggregation", AGGREGATIONS)
def test_places_without_a_candidate_change_nothing(aggregation):
    model = network(aggregation=aggregation)
    paths = [Path(0, 1), Path(0, 2, 1, 3, 4), Path(1, 2, 1)]
    before = run(model, lists([[1, 2]], [[5, 6]], paths))
    wider = lists([[1, 2, PADDING]], [[5, 6, PADDING, PADDING]], paths)
    after = run(model, wider)
    for part in range(3):
        assert after[part][:, :2] == near(before[part])
    assert after[3] == near(before[3])


@pytest.mark.parametrize("aggregation", AGGREGATIONS)
def test_other_users_of_the_step_change_nothing(aggregation):
    model, found = network(aggregation=aggregation), some(seed=2, users=5)
    together = run(model, found)
    for row in range(5):
        alone = run(model, lists_of(found, np.array([row])))
        for part in range(3):
            assert alone[part][0] == near(together[part][row])


@pytest.mark.parametrize(
    "change",
    [
        {"source": 2},
        {"relation": 3},
        {"attribute": 4},
        {"features": (0.0, 0.0, 0.0)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_every_part_of_a_path_counts(change):
    model = network()
    one, other = (
        run(model, lists([[1, 2]], [[5]], [path]))[1]
        for path in (Path(0, 1), Path(0, 1)._replace(**change))
    )
    assert abs(one[0, 0] - other[0, 0]) > 1e-4


def test_who_the_user_is_and_what_is_asked_for_count_too():
    model = network()
    path = [Path(0, 1)]
    found = [
        run(model, lists([history], [[asked]], path))[1][0, 0]
        for history, asked in (([1, 2], 5), ([1, 3], 5), ([1, 2], 6))
    ]
    assert len({round(float(value), 5) for value in found}) == 3


@pytest.mark.parametrize("linear", [True, False])
@pytest.mark.parametrize("aggregation", AGGREGATIONS)
def test_gradients_reach_the_paths_and_leave_the_encoder_alone(linear, aggregation):
    model = network(linear=linear, aggregation=aggregation)
    found = some(seed=1, users=8)
    model.loss(collate_lists(found), ListTrainConfig()).backward()
    for name, parameter in model.named_parameters():
        reached = parameter.grad is not None and bool(parameter.grad.abs().sum() > 0)
        learns = not name.startswith("history.") and (linear or name != "linear.weight")
        if name == "bias":  # it is the same for all of a list, so the list's shares are too
            assert parameter.grad.abs().item() < 1e-5
        else:
            assert reached == learns, name


def test_the_optimiser_gets_all_but_the_encoder_with_two_rates():
    model = network()
    paths, linear = model.parameter_groups(
        ListTrainConfig(learning_rate=0.1, linear_learning_rate=0.2)
    )
    assert (paths["lr"], linear["lr"]) == (0.1, 0.2)
    given = {id(weight) for group in (paths, linear) for weight in group["params"]}
    wanted = {id(w) for name, w in model.named_parameters() if not name.startswith("history.")}
    assert given == wanted


def test_the_loss_of_a_list_by_hand():
    model = network(linear=False)
    found = lists([[1], [2]], [[5, 6], [5, 6]], [], labels=[[1, 0], [1, 1]])
    config = ListTrainConfig(closeness_loss=0.0)
    half = np.log(2)  # without paths and without a linear part all candidates are alike
    expected = (half + 2 * half / 2**0.5) / 2
    assert model.loss(collate_lists(found), config).item() == pytest.approx(expected)


def test_a_list_without_labels_costs_nothing():
    found = lists([[1]], [[5, 6]], [Path(0, 1)], labels=[[0, 0]])
    assert network().loss(collate_lists(found), ListTrainConfig()).item() == 0


def test_the_closeness_has_a_loss_of_its_own_beside_the_linear_part():
    batch = collate_lists(some(seed=1))
    model = network()
    without, more = (
        model.loss(batch, ListTrainConfig(closeness_loss=weight)).item() for weight in (0.0, 1.0)
    )
    paths_only = network(linear=False)
    alone = paths_only.loss(batch, ListTrainConfig(closeness_loss=1.0)).item()
    assert more == pytest.approx(without + alone, rel=1e-5)


def test_it_is_rebuilt_with_the_sizes_it_names():
    model = network()
    again = type(model)(model.config, model.history.config, **model.sizes)
    again.load_state_dict(model.state_dict())
    found = some()
    for one, other in zip(run(model, found), run(again.eval(), found), strict=True):
        assert np.array_equal(one, other)


def planted(rule, users=120):
    """One candidate in three is watched: the one whose path follows ``rule``."""
    rng = np.random.default_rng(5)
    histories, candidates, labels, paths = [], [], [], []
    for user in range(users):
        seen, *asked = rng.permutation(NUM_MOVIES)[:4].tolist()
        best = int(rng.integers(3))
        histories.append([seen])
        candidates.append(asked)
        labels.append([float(column == best) for column in range(3)])
        for column in range(3):
            path = Path(user * 3 + column, seen)
            paths.append(path._replace(**rule(column == best, rng)))
    return lists(histories, candidates, paths, labels=labels)


RULES = {
    "relation": lambda good, rng: {"relation": 2 if good else int(rng.integers(2))},
    "attribute": lambda good, rng: {
        "relation": 3,
        "attribute": 4 if good else int(rng.integers(4)),
    },
    "feature": lambda good, rng: {"features": (1.0 if good else 0.2, 0.5, 0.0)},
}


def trained(found, seed=0, **settings):
    model = network(dropout=0.1, **settings)
    model.reset_parameters(torch.Generator().manual_seed(seed))
    config = ListTrainConfig(batch_size=16, learning_rate=0.03, rate_decay=0.9, seed=seed)
    trainer = Trainer(model, config, torch.device("cpu"))
    trainer.fit(12, lambda epoch: nullcontext([found]))
    return trainer


@pytest.mark.parametrize("aggregation", AGGREGATIONS)
@pytest.mark.parametrize("rule", RULES)
def test_a_planted_rule_is_learned(rule, aggregation):
    found = planted(RULES[rule])
    trainer = trained(found, aggregation=aggregation)
    scores = run(trainer.network.eval(), found)[0]
    assert (scores.argmax(axis=1) == found.labels.argmax(axis=1)).mean() > 0.95
    assert trainer.records[-1].loss < trainer.records[0].loss / 2
    assert (trainer.records[0].pairs, trainer.records[0].pairs_without_paths) == (360, 0)


def weights_of(trainer):
    return {name: weight.clone() for name, weight in trainer.network.state_dict().items()}


def same(left, right):
    return all(torch.equal(left[name], right[name]) for name in left)


def test_training_repeats_bit_by_bit_dropout_included():
    found = planted(RULES["relation"], users=40)
    torch.manual_seed(1)
    first = weights_of(trained(found))
    torch.manual_seed(2)  # what else draws at random does not matter
    assert same(first, weights_of(trained(found)))
    assert not same(first, weights_of(trained(found, seed=1)))


def test_training_draws_nothing_from_the_common_generator():
    torch.manual_seed(1)
    expected = torch.rand(3)
    model = network(dropout=0.5)
    trainer = Trainer(model, ListTrainConfig(), torch.device("cpu"))
    torch.manual_seed(1)
    trainer.fit(1, lambda epoch: nullcontext([some()]))
    assert torch.equal(torch.rand(3), expected)


def test_the_history_encoder_never_uses_dropout():
    """It does not in a network that was just built or loaded, nor while the rest trains."""
    model = network()
    found = some()
    proposed = run(model, found)[2]
    built = type(model)(model.config, model.history.config, **model.sizes)
    built.load_state_dict(model.state_dict())
    assert built.training
    for each in (built, built.train(), built.eval().train()):
        assert np.array_equal(run(each, found)[2], proposed)


def test_training_leaves_the_history_encoder_as_it_was():
    found = planted(RULES["relation"], users=40)
    before = network().history.state_dict()
    after = trained(found).network.history.state_dict()
    assert same(before, after)
