"""Tuning: on an inner split, going on where it was, into a file that compare reads."""

import json
import tomllib

import optuna
import pytest
from click.testing import CliRunner

from pipeline.cli import cli
from pipeline.comparison.methods import compared_methods
from pipeline.errors import ConfigError
from pipeline.tuning.tune import STORAGE, tune
from tests.support.film_graph import POISON, query


def tuned(graph, folder, names=("ease-recent",), trials=4, **changes):
    return tune(graph, names, trials=trials, seconds=None, output=folder / "tuned.toml", **changes)


def the_study(folder):
    """The only one in which anything was tried."""
    storage = f"sqlite:///{folder / STORAGE}"
    studies = [
        optuna.load_study(study_name=name, storage=storage)
        for name in optuna.get_all_study_names(storage)
    ]
    [study] = [study for study in studies if study.trials]
    return study


@pytest.mark.usefixtures("films")
def test_the_best_settings_are_written_for_compare_to_read(graph, tmp_path):
    [found] = tuned(graph, tmp_path)
    assert found.trials == 4
    assert found.validation >= found.default_validation
    [method] = compared_methods(["ease-recent"], tmp_path / "tuned.toml")
    assert {name: getattr(method.config, name) for name in found.settings} == found.settings


@pytest.mark.usefixtures("films")
def test_a_search_goes_on_where_it_was(graph, tmp_path):
    tuned(graph, tmp_path)
    [same] = tuned(graph, tmp_path)
    assert same.trials == 4
    [more] = tuned(graph, tmp_path, trials=6)
    assert more.trials == 6
    assert more.validation >= same.validation
    study = the_study(tmp_path)
    assert len({str(trial.params) for trial in study.trials}) == 6  # none is tried twice


@pytest.mark.usefixtures("films")
def test_the_file_keeps_other_methods_and_the_name_of_rkans_own(graph, tmp_path):
    (tmp_path / "tuned.toml").write_text('rkan = "own.toml"\n')
    tuned(graph, tmp_path)
    tuned(graph, tmp_path, names=("ease", "popular"))  # popular has nothing to tune
    written = tomllib.loads((tmp_path / "tuned.toml").read_text())
    assert set(written) == {"rkan", "ease", "ease-recent"}


@pytest.mark.usefixtures("films")
def test_what_is_held_out_changes_nothing(graph, tmp_path):
    before = tuned(graph, tmp_path / "before")
    assert graph.write(query(POISON))["relationships_created"] > 0
    assert tuned(graph, tmp_path / "after") == before


@pytest.mark.usefixtures("films")
def test_a_file_in_the_way_is_left_alone(graph, tmp_path):
    (tmp_path / "tuned.toml").write_text("not = = toml")
    with pytest.raises(ConfigError, match=r"tuned\.toml"):
        tuned(graph, tmp_path)
    assert (tmp_path / "tuned.toml").read_text() == "not = = toml"


@pytest.mark.usefixtures("films")
def test_what_has_no_settings_of_its_own_cannot_be_tuned(graph, tmp_path):
    with pytest.raises(ConfigError, match=r"no method 'rkge-max' to tune; known: .*rkan-history"):
        tuned(graph, tmp_path, names=("rkge-max",))


@pytest.mark.usefixtures("films")
def test_the_command_says_what_it_found(graph, home, tmp_path):
    file = tmp_path / "tuned.toml"
    arguments = ["tune", "--methods", "ease", "--trials", "2", "--output", str(file)]
    arguments += ["--home", str(home.root)]
    done = CliRunner().invoke(cli, arguments)
    assert done.exit_code == 0, done.output
    assert "ease: mrr_sum@10" in done.stdout
    [found] = json.loads(CliRunner().invoke(cli, [*arguments, "--json"]).stdout)
    assert found["trials"] == 2
