import numpy as np

from model.baselines.popular import Popular, PopularConfig
from tests.support.planted import of_histories, planted


def test_the_score_is_the_number_of_watchers() -> None:
    popular = Popular(PopularConfig())
    popular.fit(of_histories([0, 1], [1], [1, 2], num_movies=4))
    assert popular.score(np.array([0, 2])).tolist() == [[1, 3, 1, 0]] * 2


def test_everyone_gets_the_same_order() -> None:
    training, _ = planted()
    popular = Popular(PopularConfig())
    popular.fit(training)
    scores = popular.score(np.arange(training.num_users))
    assert scores.shape == (training.num_users, training.num_movies)
    assert (scores == scores[0]).all()
    assert scores[0].sum() == len(training.users)
