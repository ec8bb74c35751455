from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from model.baselines import METHODS, Baseline, Interactions
from model.settings import all_fields, search_space
from tests.support.planted import of_histories, planted, with_strangers, without_attributes

QUICK = {"epochs": 3, "batches": 5}  # enough for tests of what all methods share
THREE = of_histories([0, 1, 3], [], [2, 0], num_movies=5)


def fitted(name: str, training: Interactions, seed: int = 0) -> Baseline[Any]:
    """Return the method, trained briefly with its default settings otherwise."""
    known = METHODS[name].config.model_fields
    config = METHODS[name].config.model_validate({k: v for k, v in QUICK.items() if k in known})
    baseline = METHODS[name].baseline(config, seed)
    baseline.fit(training)
    return baseline


def test_offsets_ages_and_popularity() -> None:
    assert THREE.offsets.tolist() == [0, 3, 3, 5]
    assert THREE.ages.tolist() == [2, 1, 0, 1, 0]
    assert THREE.popularity.tolist() == [2, 1, 1, 1, 0]


def test_a_decay_of_a_half_halves_with_each_step_back() -> None:
    assert THREE.matrix(0.5).toarray().tolist() == [
        [0.25, 0.5, 0, 1, 0],
        [0, 0, 0, 0, 0],
        [1, 0, 0.5, 0, 0],
    ]
    assert set(THREE.matrix().toarray().ravel()) == {0, 1}


def test_attribute_matrices_by_relation() -> None:
    training, _ = planted()
    assert (training.attribute_matrix("DIRECTED").sum(axis=1) == 1).all()
    assert (training.attribute_matrix("ACTED_IN").sum(axis=1) == 2).all()
    assert (training.attribute_matrix().sum(axis=1) == 4).all()
    assert training.attribute_matrix().shape == (24, 16)


def test_a_person_who_acted_and_directed_counts_once() -> None:
    twice = np.array([[0, 1], [0, 1]])
    training = replace(THREE, num_attributes=2, edges=twice, relations=np.array([0, 1]))
    assert training.attribute_matrix().toarray().sum() == 1
    assert training.attribute_matrix("ACTED_IN").toarray()[0].tolist() == [0, 1]


def test_split_keeps_the_first_of_each_history() -> None:
    early, late = THREE.split(0.34)
    assert early.offsets.tolist() == [0, 2, 2, 3]
    assert early.movies.tolist() == [0, 1, 2]
    assert late.offsets.tolist() == [0, 1, 1, 2]
    assert late.movies.tolist() == [3, 0]


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize(
    "training",
    [with_strangers(planted()[0]), without_attributes(planted()[0]), of_histories(num_movies=3)],
    ids=["strangers", "no attributes", "no interactions"],
)
@pytest.mark.filterwarnings("error")
def test_every_method_meets_what_it_knows_nothing_of(name: str, training: Interactions) -> None:
    scores = fitted(name, training).score(np.arange(training.num_users))
    assert scores.shape == (training.num_users, training.num_movies)
    assert scores.dtype == np.float32
    assert np.isfinite(scores).all()


@pytest.mark.parametrize("name", METHODS)
def test_users_may_be_asked_for_in_any_order(name: str) -> None:
    training, _ = planted()
    baseline = fitted(name, training)
    together = baseline.score(np.arange(training.num_users))
    assert baseline.score(np.array([7, 2])) == pytest.approx(together[[7, 2]], rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("name", METHODS)
def test_the_seed_decides_where_there_are_draws_and_else_changes_nothing(name: str) -> None:
    training, _ = planted()
    users = np.arange(training.num_users)
    first, again, other = (fitted(name, training, seed).score(users) for seed in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).any() == METHODS[name].baseline.uses_seed


@pytest.mark.parametrize("name", METHODS)
def test_every_default_lies_in_the_range_that_tuning_searches(name: str) -> None:
    defaults = METHODS[name].config()
    for key, search in search_space(METHODS[name].config).items():
        default = defaults.value(key)
        if search.choices:
            assert default in search.choices
        else:
            assert search.low <= default <= search.high


@pytest.mark.parametrize("name", METHODS)
def test_every_value_that_tuning_tries_is_allowed(name: str) -> None:
    config = METHODS[name].config()
    for key, search in search_space(METHODS[name].config).items():
        for value in search.choices or (search.low, search.high):
            assert config.changed({key: value}).value(key) == value


@pytest.mark.parametrize("name", METHODS)
def test_settings_refuse_negative_infinite_and_wrongly_typed_values(name: str) -> None:
    for key, field in all_fields(METHODS[name].config):
        for value in (-1, -0.5, float("nan"), float("inf"), "1", None):
            with pytest.raises(ValidationError):
                METHODS[name].config.model_validate({key: value})
        assert field.description


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("ease", {"l2": 0.0}),
        ("ease-recent", {"decay": 1.01}),
        ("item-knn", {"neighbours": 0}),
        ("item-knn", {"shrinkage": 0.0}),
        ("watched-next", {"damping": 0.0}),
        ("sasrec", {"dim": 33}),
        ("sasrec", {"feed_forward": 2}),
        ("graphlf", {"dropout": 1.0}),
        ("heters", {"restart": 1.0}),
        ("heterec", {"held_back": 1.0}),
        ("bprmf", {"epochs": 0}),
        ("popular", {"epochs": 1}),
    ],
)
def test_settings_refuse_what_a_method_cannot_use(name: str, settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        METHODS[name].config.model_validate(settings)


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("bprmf", {"l2": 0.0}),
        ("cke", {"triple_weight": 0.0}),
        ("graphlf", {"discount": 0.0, "dropout": 0.0, "decay": 1}),
        ("heterec", {"held_back": 0.0}),
    ],
)
def test_settings_may_switch_a_part_off(name: str, settings: dict[str, Any]) -> None:
    config = METHODS[name].config.model_validate(settings)
    assert all(config.value(key) == value for key, value in settings.items())
