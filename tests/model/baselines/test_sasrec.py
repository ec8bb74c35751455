import numpy as np
import pytest
import torch

from model.arrays import Doubles, Floats
from model.baselines.base import Interactions
from model.baselines.sasrec import Network, SASRec, SASRecConfig
from tests.support.planted import (
    hit_rate,
    of_histories,
    planted,
    with_strangers,
    without_attributes,
)

SMALL = SASRecConfig(dim=16, length=12, window=3, batch_size=8, epochs=25, learning_rate=0.01)


def scores(training: Interactions, config: SASRecConfig = SMALL, seed: int = 0) -> Floats:
    sasrec = SASRec(config, seed)
    sasrec.fit(training)
    return sasrec.score(np.arange(training.num_users))


def test_finds_the_groups() -> None:
    training, _ = planted()
    sasrec = SASRec(SMALL)
    sasrec.fit(training)
    assert hit_rate(sasrec, training, k=1) > 0.9


def test_the_seed_decides_and_the_global_random_state_is_left_alone() -> None:
    training, _ = planted()
    short = SMALL.changed({"epochs": 2})
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    first = scores(training, short, seed=1)
    assert torch.rand(1) == expected
    assert (first == scores(training, short, seed=1)).all()
    assert not (first == scores(training, short, seed=2)).all()


def test_attributes_change_nothing() -> None:
    training, _ = planted()
    short = SMALL.changed({"epochs": 1})
    assert (scores(training, short) == scores(without_attributes(training), short)).all()


@pytest.mark.parametrize("blocks", [1, 2])
@pytest.mark.parametrize("feed_forward", [0, 1])
def test_strangers_get_finite_scores(blocks: int, feed_forward: int) -> None:
    training = with_strangers(planted()[0])
    config = SMALL.changed({"epochs": 1, "blocks": blocks, "feed_forward": feed_forward})
    assert np.isfinite(scores(training, config)).all()


def test_no_interactions_at_all() -> None:
    assert np.isfinite(
        scores(of_histories([], [], num_movies=4), SMALL.changed({"epochs": 1}))
    ).all()


def test_only_the_newest_movies_count() -> None:
    sasrec = SASRec(SMALL.changed({"length": 2, "epochs": 1}))
    sasrec.fit(of_histories([0, 1, 2, 3, 4], [3, 4], num_movies=6))
    long, short = sasrec.score(np.array([0, 1]))
    assert long == pytest.approx(short)


def test_the_order_of_a_history_counts() -> None:
    sasrec = SASRec(SMALL)
    sasrec.fit(of_histories([0, 1, 2, 3, 4], [4, 3, 2, 1, 0], num_movies=6))
    forwards, backwards = sasrec.score(np.array([0, 1]))
    assert np.abs(forwards - backwards).max() > 1e-3


def test_nothing_after_a_cut_reaches_its_state() -> None:
    torch.manual_seed(0)
    network = Network(np.ones(24, np.int64), SMALL).eval()
    torch.nn.init.normal_(network.source.weight)

    def at_second(history: list[int]) -> torch.Tensor:
        place = torch.tensor([1])
        with torch.no_grad():
            states: torch.Tensor = network(torch.tensor([history]), place * 0, place)
        return states

    assert torch.allclose(at_second([3, 4, 5, 6]), at_second([3, 4, 20, 24]), atol=1e-6)
    assert not torch.allclose(at_second([3, 4, 5, 6]), at_second([3, 7, 5, 6]), atol=1e-2)


def test_the_loss_of_one_cut_by_hand() -> None:
    # one user with movies 0, 1, 2 of 4: the cut after 0 has targets 1 and 2, the cut after 1 has 2
    sasrec = SASRec(SMALL.changed({"window": 2, "cuts": 5, "dropout": 0.0, "epochs": 1}))
    sasrec.fit(of_histories([0, 1, 2], num_movies=4))

    class Fixed(torch.nn.Module):
        def forward(
            self, histories: torch.Tensor, rows: torch.Tensor, places: torch.Tensor
        ) -> torch.Tensor:
            assert histories.tolist() == [[0, 1]]
            assert sorted(places.tolist()) == [0, 1]
            return torch.tensor([0.0, 1.0, 2.0, 3.0]).repeat(len(rows), 1)

    sasrec._network = Fixed()  # type: ignore[assignment]
    exp: Doubles = np.exp([0, 1, 2, 3])
    after_0 = -(1 + 2) / 2 + np.log(exp[1:].sum())
    after_1 = -2 + np.log(exp[2:].sum())
    loss = sasrec.loss(np.array([0]), np.random.default_rng(0))
    assert loss.item() == pytest.approx((after_0 + after_1) / 2)
