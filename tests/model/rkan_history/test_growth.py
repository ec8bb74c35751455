import numpy as np
import pytest
import torch

from model.rkan_history.config import HistoryConfig, RKANHistoryConfig
from model.rkan_history.growth import grown
from model.rkan_history.network import RKANHistory

KNOWN = np.array([[0, 0], [1, 0], [1, 1]])  # movie 2 has no attribute
MORE = np.vstack([KNOWN, [[2, 3], [3, 0], [3, 1], [5, 2]]])  # movies 3, 4 and 5; attributes 2 and 3
WATCHED = np.array([9, 4, 1, 0, 2, 0])


def network(num_movies, num_attributes, **settings):
    made = RKANHistory(
        RKANHistoryConfig(hidden_dim=3),
        HistoryConfig(dim=4, length=3, **settings),
        num_movies=num_movies,
        num_attributes=num_attributes,
        num_relations=2,
    )
    return made.eval()


@pytest.fixture
def trained():
    made = network(3, 2)
    made.history.set_attributes(KNOWN)
    with torch.no_grad():
        for weight in made.parameters():
            weight.normal_(generator=torch.Generator().manual_seed(4))
    return made


def test_known_movies_stay_and_new_ones_are_the_mean_of_their_attributes(trained):
    larger = network(6, 4)
    larger.load_state_dict(grown(trained.state_dict(), MORE, WATCHED, 4))
    encoder, before = larger.history, trained.history
    for name in ("movie_vectors", "source_vectors"):
        vectors, old = getattr(encoder, name)(), getattr(before, name)()
        assert vectors[:3].tolist() == old.tolist()
        assert not vectors[4:].any()  # no attribute, and one that is new
    shared = before.attribute_target
    torch.testing.assert_close(encoder.movie_vectors()[3], (shared[0] + shared[1]) / 2)


def test_scores_of_known_movies_stay_and_all_are_finite(trained):
    larger = network(6, 4)
    larger.load_state_dict(grown(trained.state_dict(), MORE, WATCHED, 4))
    histories = torch.tensor([[1, 0], [2, -1]])
    scores = larger.history(histories)
    assert scores[:, :3].tolist() == trained.history(histories).tolist()
    assert scores.isfinite().all()
    torch.testing.assert_close(
        larger.history.bias[3:], torch.tensor(np.log(np.array([1, 3, 1]) / 22)).float()
    )


def test_without_attributes_new_movies_have_a_vector_of_zeros():
    trained = network(3, 2, attributes=False)
    larger = network(6, 4, attributes=False)
    larger.load_state_dict(grown(trained.state_dict(), MORE, WATCHED, 4))
    assert not larger.history.movie_vectors()[3:].any()
