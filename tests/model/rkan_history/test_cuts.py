import numpy as np

from model.rkan_history.config import HistoryConfig
from model.rkan_history.cuts import HistoryCuts
from tests.support.planted import planted

SMALL = HistoryConfig(length=8, stretch=8, window=8, batch_size=8)
TRAINING, _ = planted()


def drawn(**settings):
    cuts = HistoryCuts(SMALL.changed(settings), TRAINING.offsets, TRAINING.movies)
    return cuts.draw(np.arange(20), np.random.default_rng(0))


def test_some_histories_of_a_step_are_short():
    """1 to 4 successive movies are used where a draw says so, else as many as there are."""
    used = (drawn(short=0.999, short_stretch=4).histories >= 0).sum(dim=1)
    assert set(used.tolist()) <= {1, 2, 3, 4}
    assert len(set(used.tolist())) > 1
    lengths = np.minimum(np.diff(TRAINING.offsets)[:20] - 1, SMALL.stretch)
    assert (drawn(short=0.0).histories >= 0).sum(dim=1).tolist() == lengths.tolist()


def test_targets_count_the_same_however_many_follow_a_cut():
    assert set(drawn().weights.unique().tolist()) <= {0.0, 1 / SMALL.window}


def test_every_user_with_two_movies_is_in_one_step():
    offsets = np.array([0, 1, 3, 3, 9, 11])
    cuts = HistoryCuts(SMALL.changed({"batch_size": 2}), offsets, np.arange(11))
    batches = list(cuts.batches(np.random.default_rng(0)))
    assert len(batches) == cuts.steps == 2
    assert sorted(np.concatenate(batches)) == [1, 3, 4]
