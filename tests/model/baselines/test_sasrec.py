from dataclasses import replace

import numpy as np
import pytest
import torch
from planted import (
    hit_rate,
    of_histories,
    planted,
    top_unseen,
    with_strangers,
    without_attributes,
)

from model.baselines.base import Interactions, Scores
from model.baselines.sasrec import Network, SASRec, SASRecConfig

CONFIG = SASRecConfig(dim=8, length=10, window=4, dropout=0.0, learning_rate=0.02, epochs=20)
QUICK = replace(CONFIG, epochs=3)


def scores(training: Interactions, config: SASRecConfig = QUICK, seed: int = 0) -> Scores:
    baseline = SASRec(config, seed)
    baseline.fit(training)
    return baseline.score(np.arange(training.num_users))


def test_finds_the_groups() -> None:
    training, _ = planted()
    baseline = SASRec(CONFIG)
    baseline.fit(training)
    assert hit_rate(baseline, training) > 0.9


def test_what_comes_next_depends_on_the_order() -> None:
    """0 is followed by 1 and 2 by 3, whoever watches them; both users saw 0 and 2."""
    histories = [[0, 1], [2, 3]] * 20 + [[2, 0], [0, 2]]
    training = of_histories(*histories, num_movies=4)
    config = replace(CONFIG, window=1, epochs=60)
    baseline = SASRec(config)
    baseline.fit(training)
    assert top_unseen(baseline, training, 1)[-2:, 0].tolist() == [1, 3]


def test_the_same_seed_gives_the_same_scores_and_another_seed_others() -> None:
    training, _ = planted()
    first = scores(training, seed=1)
    assert first.dtype == np.float32
    assert first.shape == (40, 24)
    assert (first == scores(training, seed=1)).all()
    assert (first != scores(training, seed=2)).any()


def test_the_global_random_state_is_left_alone() -> None:
    training, _ = planted()
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    scores(training)
    assert torch.rand(1) == expected


@pytest.mark.parametrize(
    "odd",
    [with_strangers(planted()[0]), without_attributes(planted()[0]), of_histories(num_movies=3)],
    ids=["strangers", "no attributes", "no interactions"],
)
def test_scores_are_finite(odd: Interactions) -> None:
    result = scores(odd)
    assert result.shape == (odd.num_users, odd.num_movies)
    assert np.isfinite(result).all()


def test_users_asked_for_alone_score_as_together() -> None:
    training, _ = planted()
    baseline = SASRec(QUICK)
    baseline.fit(training)
    together = baseline.score(np.arange(training.num_users))
    alone = np.concatenate([baseline.score(np.array([u])) for u in range(training.num_users)])
    assert alone == pytest.approx(together, abs=1e-5)


@pytest.mark.parametrize("blocks", [1, 2])
def test_a_state_sees_nothing_after_its_place(blocks: int) -> None:
    network = Network(np.ones(6, np.int64), replace(CONFIG, blocks=blocks)).eval()
    rows, places = torch.tensor([0]), torch.tensor([1])
    before = network(torch.tensor([[0, 1, 2, 3]]), rows, places)
    after = network(torch.tensor([[0, 1, 5, 4]]), rows, places)
    assert torch.allclose(before, after, atol=1e-6)
