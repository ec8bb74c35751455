"""Tuning networks over paths: trials, giving up, the run configuration that is written."""

import math
import re
import tomllib
from dataclasses import replace

import optuna
import pytest
from optuna.trial import TrialState

from model.rkan.network import RKAN
from model.rkan_history.network import RKANHistory
from model.settings import search_space
from pipeline.comparison.methods import compared_methods
from pipeline.enrichment.config import EnrichConfig
from pipeline.enrichment.enrich import enrich_all
from pipeline.errors import ConfigError
from pipeline.networks.configuration import config_from_dict, load_config
from pipeline.networks.registry import NETWORKS
from pipeline.tuning import trials as trial_runs
from pipeline.tuning import tune as tuning
from pipeline.tuning.search_spaces import tunable
from pipeline.tuning.tune import STORAGE, tune
from tests.support.film_graph import POISON, load_films, query

EVERYTHING = """
MATCH (a)-[r]->(b)
RETURN type(r) AS type, a.entityId AS source, b.entityId AS target, properties(r) AS properties
ORDER BY type, source, target, r.weight, r.earlyWeight
"""
DEFAULTS = {name: kind.config() for name, kind in NETWORKS.items()}


@pytest.fixture
def films(graph, tmp_path):
    load_films(graph, tmp_path / "quarantine")
    return graph


def tuned(graph, folder, name="rkan-history", trials=2, **changes):
    output = folder / "tuned.toml"
    return tune(graph, (name,), trials=trials, seconds=None, output=output, device="cpu", **changes)


def trials_of(folder):
    storage = f"sqlite:///{folder / STORAGE}"
    names = optuna.get_all_study_names(storage)
    studies = [optuna.load_study(study_name=name, storage=storage) for name in names]
    return [trial for study in studies for trial in study.trials]


@pytest.mark.parametrize("name", NETWORKS)
def test_every_searched_value_can_be_run_and_the_default_is_searched(name):
    method = tunable(name)
    for key, allowed in method.ranges.items():
        default = method.defaults[key]
        ends = allowed.choices or (allowed.low, allowed.high)
        if allowed.choices:
            assert default in ends
        else:
            assert ends[0] <= default <= ends[1]
        for end in ends:
            assert type(end) is type(default)
            section, _, setting = key.partition(".")
            content = {"model": {"name": name}}
            content.setdefault(section, {})[setting] = end
            assert config_from_dict(content, "range") == DEFAULTS[name].changed({key: end})


@pytest.mark.parametrize("name", NETWORKS)
def test_the_best_settings_are_a_run_configuration_that_compare_reads(films, tmp_path, name):
    [found] = tuned(films, tmp_path, name)
    assert found.trials == 2
    assert found.validation >= found.default_validation > 0
    file = tmp_path / f"{name}_films.toml"
    config = load_config(file)
    assert config == DEFAULTS[name].changed(found.settings)
    [method] = compared_methods([name], tmp_path / "tuned.toml")
    assert method.config == config
    tables = tomllib.loads(file.read_text())
    assert tables["model"].pop("name") == name
    written = [f"{section}.{key}" for section, table in tables.items() for key in table]
    assert sorted(written) == sorted(search_space(NETWORKS[name].config))
    figure = f"{found.validation:.4f}".removeprefix("0")
    assert f"# {figure} on the inner split, the best of 2 trials" in file.read_text()


def test_a_search_goes_on_where_it_was(films, tmp_path, monkeypatch):
    first = tuned(films, tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(trial_runs, "run_training", None)
        assert tuned(films, tmp_path) == first
    [more] = tuned(films, tmp_path, trials=3)
    assert more.trials == 3
    assert len({str(trial.params) for trial in trials_of(tmp_path)}) == 3


def test_an_interrupted_trial_of_the_defaults_is_done_again(films, tmp_path, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(trial_runs, "run_training", interrupted)
        tuned(films, tmp_path)
    [found] = tuned(films, tmp_path)
    assert found.trials == 2
    assert found.default_validation is not None


def test_trials_that_begin_badly_are_given_up_and_count(films, tmp_path, monkeypatch):
    def never(*_):
        raise AssertionError("the paths were trained")

    pruner = optuna.pruners.ThresholdPruner(lower=math.inf)
    monkeypatch.setattr(optuna.pruners, "MedianPruner", lambda **_: pruner)
    monkeypatch.setattr(RKANHistory, "loss", never)
    assert tuned(films, tmp_path) == []
    tried = trials_of(tmp_path)
    assert [trial.state for trial in tried] == [TrialState.PRUNED] * 2
    assert all(list(trial.intermediate_values) == [1] for trial in tried)  # half of the encoder
    assert tuned(films, tmp_path) == []
    assert len(trials_of(tmp_path)) == 2
    assert not (tmp_path / "rkan-history_films.toml").exists()


def test_what_the_pruner_is_told(films, tmp_path):
    tuned(films, tmp_path, trials=1)
    tuned(films, tmp_path / "other", "rkan", trials=1)
    [history], [rkan] = trials_of(tmp_path), trials_of(tmp_path / "other")
    assert list(history.intermediate_values) == [1, 2]
    assert list(rkan.intermediate_values)[:2] == [0, 1]  # before training, then each epoch


def test_settings_that_let_training_diverge_are_no_good(films, tmp_path, monkeypatch):
    real = RKAN.loss
    failures = [ArithmeticError("the loss is NaN")]

    def loss(*arguments):
        if failures:
            raise failures.pop()
        return real(*arguments)

    monkeypatch.setattr(RKAN, "loss", loss)
    [found] = tuned(films, tmp_path, "rkan")
    assert found.trials == 1
    assert [trial.state for trial in trials_of(tmp_path)] == [TrialState.FAIL, TrialState.COMPLETE]


def test_other_defaults_begin_another_search(films, tmp_path, monkeypatch):
    tuned(films, tmp_path, trials=1)
    other = replace(
        tunable("rkan-history"), config=DEFAULTS["rkan-history"].changed({"history.cuts": 2})
    )
    monkeypatch.setattr(tuning, "all_tunables", lambda: [other])
    [found] = tuned(films, tmp_path, trials=1)
    assert len(trials_of(tmp_path)) == 2
    assert found.trials == 1


def test_what_is_held_out_changes_nothing(films, tmp_path):
    before = tuned(films, tmp_path / "before")
    assert films.write(query(POISON))["relationships_created"] > 0
    assert tuned(films, tmp_path / "after") == before


@pytest.mark.parametrize("settings", [None, EnrichConfig(neighbours=2)], ids=["none", "some"])
def test_trials_leave_the_graph_as_it_was(films, tmp_path, settings):
    """In between, it has the derived relationships of the inner split."""
    if settings is not None:
        enrich_all(films, settings)
    before = films.read(query(EVERYTHING))
    tuned(films, tmp_path, trials=1)
    assert films.read(query(EVERYTHING)) == before


def test_a_run_configuration_of_ones_own_is_left_alone(films, tmp_path):
    own = tmp_path / "rkan-history_films.toml"
    own.write_text("[train]\nepochs = 1\n")
    with pytest.raises(ConfigError, match=re.escape(f"{own}: not written by pipeline tune")):
        tuned(films, tmp_path)
    assert own.read_text() == "[train]\nepochs = 1\n"
    assert not (tmp_path / STORAGE).exists()
