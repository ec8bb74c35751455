from contextlib import nullcontext

import numpy as np
import pytest
import torch

from model.rkan.batches import collate, join
from model.rkan.config import RKANConfig, TrainConfig
from model.rkan.network import RKAN
from model.training.divergence import DivergedError
from model.training.trainer import Trainer

GOOD, BAD = 18, 19  # attributes; a pair joined by GOOD is positive


@pytest.fixture
def planted(make_paths):
    """Users 0-5, movies 6-17: each user's history movie leads by GOOD or BAD to another movie."""
    rng = np.random.default_rng(0)
    parts = []
    for _ in range(120):
        user, (seen, movie) = rng.integers(6), rng.permutation(12)[:2] + 6
        good = bool(rng.integers(2))
        path = [int(user), int(seen), GOOD if good else BAD, int(movie)]
        parts.append(make_paths([[path]], labels=[float(good)]))
    return join(parts)


def new_trainer(start_counts=False, **settings):
    network = RKAN(RKANConfig(embedding_dim=8, hidden_dim=8), 20)
    network.reset_parameters(torch.Generator().manual_seed(1))
    defaults = {"batch_size": 32, "learning_rate": 0.02, "embedding_learning_rate": 0.02}
    config = TrainConfig.model_construct(**(defaults | settings))  # also what no file may hold
    return Trainer(network, config, torch.device("cpu"), start_counts=start_counts)


def always(paths):
    return lambda epoch: nullcontext([paths])


def validator(scores):
    iterator = iter(scores)
    return lambda: next(iterator)


def weights(trainer):
    return {name: value.clone() for name, value in trainer.network.state_dict().items()}


def same(left, right):
    assert left.keys() == right.keys()
    return all(torch.equal(left[name], right[name]) for name in left)


def test_a_planted_structure_is_learned(planted):
    trainer = new_trainer()
    trainer.fit(15, always(planted))
    batch = collate(planted)
    predicted = trainer.network(batch).closeness_logits > 0
    assert (predicted == (batch.labels > 0.5)).all()
    losses = [record.loss for record in trainer.records]
    assert losses[-1] < 0.1 < losses[0]


def test_records_count_pairs_and_those_without_paths(make_paths):
    paths = make_paths([[[0, 6, GOOD, 7]], []], ends=[(0, 7), (0, 8)], labels=[1, 0])
    trainer = new_trainer(batch_size=1)
    seen: list[int] = []
    trainer.fit(1, always(paths), advance=seen.append)
    assert (trainer.records[0].pairs, trainer.records[0].pairs_without_paths) == (2, 1)
    assert seen == [1, 1]


def test_training_stops_when_validation_does_not_improve(planted):
    trainer = new_trainer(patience=2)
    trainer.fit(20, always(planted), validator([0.9, 0.1, 0.3, 0.3, 0.2]))
    assert [record.epoch for record in trainer.records] == [0, 1, 2, 3, 4]
    assert trainer.best_epoch == 2  # the first of equals; epoch 0 does not count


def test_best_weights_are_those_of_the_best_epoch(planted):
    trainer = new_trainer(patience=3)
    after = {}
    trainer.fit(
        3,
        always(planted),
        validator([0, 0.1, 0.5, 0.2]),
        lambda record: after.update({record.epoch: weights(trainer)}),
    )
    assert same(trainer.best, after[2])
    assert not same(trainer.best, after[3])


@pytest.mark.parametrize("average_decay", [0.0, 0.5])
@pytest.mark.parametrize("later", [[0.1, 0.3, 0.9], [0.9, 0.9]])  # the first of equals is best
def test_the_start_may_be_the_best(planted, later, average_decay):
    trainer = new_trainer(start_counts=True, patience=len(later), average_decay=average_decay)
    before = weights(trainer)
    trainer.fit(20, always(planted), validator([0.9, *later]))
    assert [record.epoch for record in trainer.records] == [0, *range(1, len(later) + 1)]
    assert trainer.best_epoch == 0
    assert trainer.out_of_patience
    assert same(trainer.best, before)
    assert not same(weights(trainer), before)


def test_an_epoch_may_be_better_than_the_start(planted):
    trainer = new_trainer(start_counts=True, patience=3)
    after, best = {}, {}

    def keep(record):
        after[record.epoch] = weights(trainer)
        best[record.epoch] = trainer.best

    trainer.fit(3, always(planted), validator([0.5, 0.1, 0.6, 0.2]), keep)
    assert trainer.best_epoch == 2
    for epoch, expected in ((0, 0), (1, 0), (2, 2), (3, 2)):  # always the best so far
        assert same(best[epoch], after[expected])
    assert not same(after[0], after[2])


def test_the_start_does_not_count_by_itself(planted):
    trainer = new_trainer(patience=3)
    kept = []
    trainer.fit(2, always(planted), validator([0.9, 0.1, 0.2]), lambda _: kept.append(trainer.best))
    assert kept[0] == {}
    assert trainer.best_epoch == 2
    assert same(trainer.best, weights(trainer))


def test_without_validation_the_start_is_no_epoch(planted):
    trainer = new_trainer(start_counts=True)
    trainer.fit(2, always(planted))
    assert [record.epoch for record in trainer.records] == [1, 2]
    assert trainer.best_epoch == 2
    assert trainer.best == {}


def test_a_resumed_trainer_still_counts_the_start(planted):
    first, second = (new_trainer(start_counts=True, patience=3) for _ in range(2))
    before = weights(first)
    first.fit(1, always(planted), validator([0.9, 0.1]))
    second.network.load_state_dict(first.network.state_dict())
    second.load_state_dict(first.state_dict())
    second.records, second.best = first.records, first.best
    second.fit(9, always(planted), validator([0.2, 0.3]))
    assert [record.epoch for record in second.records] == [0, 1, 2, 3]
    assert second.best_epoch == 0
    assert same(second.best, before)


def test_without_validation_the_last_epoch_is_best(planted):
    trainer = new_trainer(patience=1)
    trainer.fit(3, always(planted))
    assert trainer.best_epoch == trainer.epoch == 3


def test_training_with_saved_state_ends_with_the_same_weights(planted):
    whole, first, second = (new_trainer(seed=7) for _ in range(3))
    whole.fit(4, always(planted))
    first.fit(2, always(planted))
    second.network.load_state_dict(first.network.state_dict())
    second.load_state_dict(first.state_dict())
    second.records = first.records
    second.fit(4, always(planted))
    assert same(weights(whole), weights(second))
    assert [r.loss for r in whole.records] == [r.loss for r in second.records]


def test_the_seed_decides_the_order_of_pairs(planted):
    one, again, other = (new_trainer(seed=seed) for seed in (1, 1, 2))
    for trainer in (one, again, other):
        trainer.fit(1, always(planted))
    assert same(weights(one), weights(again))
    assert not same(weights(one), weights(other))


def test_embeddings_have_their_own_rate(planted):
    trainer = new_trainer(embedding_learning_rate=0.0)
    before = weights(trainer)
    trainer.fit(1, always(planted))
    after = weights(trainer)
    assert torch.equal(before["embedding.weight"], after["embedding.weight"])
    assert not torch.equal(before["closeness.weight"], after["closeness.weight"])


def test_a_nan_loss_ends_training(planted):
    trainer = new_trainer()
    trainer.network.embedding.weight.data[GOOD] = float("nan")
    with pytest.raises(DivergedError, match="the loss is NaN or infinite in epoch 1"):
        trainer.fit(1, always(planted))


def test_nan_weights_end_training(planted):
    trainer = new_trainer(batch_size=1000, learning_rate=float("inf"))
    with pytest.raises(DivergedError, match="a weight is NaN or infinite after epoch 1"):
        trainer.fit(1, always(planted))


def test_an_epoch_without_pairs_is_no_error():
    trainer = new_trainer()
    trainer.fit(1, lambda epoch: nullcontext([]))
    assert trainer.records[0].pairs == 0
