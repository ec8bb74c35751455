import warnings
from collections.abc import Iterable, Iterator

import numpy as np
import pytest

from model.arrays import Floats
from model.baselines.base import Interactions
from model.baselines.bprmf import BPRMF, BPRMFConfig
from tests.support.planted import hit_rate, of_histories, planted

CONFIG = BPRMFConfig(embedding_dim=16, learning_rate=0.05, l2=0.05, epochs=200)


def scores(training: Interactions, config: BPRMFConfig = CONFIG, seed: int = 0) -> Floats:
    baseline = BPRMF(config, seed)
    baseline.fit(training)
    return baseline.score(np.arange(training.num_users))


def test_finds_the_groups() -> None:
    training, _ = planted()
    baseline = BPRMF(CONFIG)
    baseline.fit(training)
    assert hit_rate(baseline, training) > 0.8


def test_untaught_it_ranks_by_popularity() -> None:
    training = of_histories([0, 1], [0, 1, 2], [0], num_movies=4)
    result = scores(training, CONFIG.changed({"learning_rate": 1e-9, "embedding_dim": 100}))
    assert result == pytest.approx(np.tile(np.log([4, 3, 2, 1]), (3, 1)), abs=0.02)


def test_taught_it_ranks_by_popularity_whom_it_does_not_know() -> None:
    # Negatives drawn by popularity cancel it in what is learned; the correction must restore it.
    histories = [[m for m in range(5) if user % 2**m == 0] for user in range(64)]
    training = of_histories(*histories, [], num_movies=5)
    assert np.argsort(-scores(training)[-1]).tolist() == [0, 1, 2, 3, 4]


def test_is_quiet_and_tracks_each_epoch(capfd: pytest.CaptureFixture[str]) -> None:
    seen: list[int] = []

    def track(epochs: Iterable[int]) -> Iterator[int]:
        for epoch in epochs:
            yield epoch
            seen.append(epoch)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        BPRMF(CONFIG.changed({"epochs": 3})).fit(planted()[0], track)
    assert seen == [0, 1, 2]
    assert capfd.readouterr() == ("", "")
