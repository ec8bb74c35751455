"""Which methods there are, and how their settings are read."""

from pathlib import Path

import pytest

from model.baselines import METHODS
from model.rkan_history.path_kinds import PathKind
from pipeline.comparison.methods import (
    REFERENCE,
    ablations,
    all_names,
    compared_methods,
    default_names,
)
from pipeline.errors import ConfigError
from pipeline.networks.configuration import load_config
from pipeline.networks.rkan.config import RKANRunConfig
from pipeline.networks.rkan_history.config import HistoryRunConfig
from pipeline.paths.weighted import kept_paths

CONFIGS = sorted((Path(__file__).parents[3] / "configs").glob("compare_*.toml"))


def written(folder, text):
    file = folder / "settings.toml"
    file.write_text(text)
    return file


def test_methods_come_in_the_order_of_the_tables():
    names = [method.name for method in compared_methods(["rkan", "ease", "popular"])]
    assert names == ["popular", "ease", "rkan"]


def test_all_the_papers_baselines_are_compared_by_default():
    paper = {"bprmf", "libfm", "ncf", "heters", "heterec", "graphlf", "cke", "rkge-max", "rkan"}
    strong = {"random", "popular", "item-knn", "ease", "ease-recent", "watched-next", "sasrec"}
    assert paper | strong | {"rkge-mean", REFERENCE} == set(default_names())


def test_parts_of_rkan_history_are_compared_when_asked_for():
    assert REFERENCE == "rkan-history"
    assert set(ablations()) - {REFERENCE} == set(ablations()) - set(default_names())
    assert set(ablations()) < set(all_names())
    settings = {method.name: method for method in compared_methods(ablations())}
    whole = settings.pop(REFERENCE).config
    assert whole == HistoryRunConfig()
    alone = settings.pop("history-encoder")
    assert (alone.config, alone.ranking) == (whole, "proposals")
    for method in settings.values():
        assert method.ranking == "paths"
        assert method.config != whole
    for part in ("taste", "popularity", "sequences"):
        assert settings[f"no-{part}"].config == whole.changed({f"model.{part}": False})
    assert settings["no-users"].config == whole.changed({"paths.users": 0})
    assert _kinds_of(settings["no-paths"]) == set()
    attributes = {PathKind.MAKER, PathKind.ACTOR, PathKind.GENRE, PathKind.PEOPLE}
    for name in ("no-attribute-paths", "no-attributes"):
        assert _kinds_of(settings[name]) == set(PathKind) - attributes
        assert settings[name].config.value("history.attributes") is (name != "no-attributes")


def _kinds_of(method):
    """The kinds of paths that a method keeps."""
    return {kind for kind, count in kept_paths(method.config.value("paths")).items() if count}


def test_a_file_names_the_configuration_of_rkan_history(tmp_path):
    (tmp_path / "own.toml").write_text("[paths]\nsimilar = 2\n[model]\nhidden_dim = 7\n")
    file = written(tmp_path, 'rkan-history = "own.toml"\n')
    rkan, whole, bare = compared_methods(["rkan", "rkan-history", "no-similar"], file)
    assert rkan.config == RKANRunConfig()
    assert whole.config == load_config(tmp_path / "own.toml")
    assert [each.config.value("paths.similar") for each in (whole, bare)] == [2, 0]
    assert bare.config.value("model.hidden_dim") == 7


@pytest.mark.parametrize(
    ("key", "model", "other"),
    [("rkan-history", "rkan", "rkan"), ("rkan", "rkan-history", "rkan-history")],
)
def test_a_configuration_of_the_other_network_is_refused(tmp_path, key, model, other):
    (tmp_path / "own.toml").write_text(f'model = "{model}"\n')
    file = written(tmp_path, f'{key} = "own.toml"\n')
    with pytest.raises(ConfigError, match=f"{key} = 'own.toml' is a configuration of {other}$"):
        compared_methods([key], file)


def test_a_file_sets_what_it_names_and_leaves_the_rest(tmp_path):
    (tmp_path / "own.toml").write_text('[model]\nname = "rkan"\nembedding_dim = 7\n')
    file = written(tmp_path, 'rkan = "own.toml"\n[ease]\nl2 = 7\n')
    ease, recent, rkge, rkan = compared_methods(["ease", "ease-recent", "rkge-max", "rkan"], file)
    assert ease.config.value("l2") == 7.0
    assert recent.config == METHODS["ease-recent"].config()
    models = [each.config.value("model") for each in (rkge, rkan)]
    assert [model.embedding_dim for model in models] == [7, 7]
    assert [model.aggregation for model in models] == ["max", "attention"]


def test_without_a_file_all_have_their_defaults():
    for method in compared_methods(all_names()):
        if method.name in METHODS:
            assert method.config == METHODS[method.name].config()
        elif method.name == "rkan":
            assert method.config == RKANRunConfig()
        elif method.name == "rkan-history":
            assert method.config == HistoryRunConfig()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[eas]\nl2 = 1.0", "did you mean ease"),
        ("[ease]\nl22 = 1.0", "did you mean ease.l2"),
        ('[ease]\nl2 = "1"', "ease.l2"),
        ("[ease]\nl2 = -1.0", "ease.l2 = -1.0 must be a number greater than 0"),
        ("[ease]\nl2 = nan", "ease.l2 = nan must be"),
        ("[bprmf]\nepochs = 0", "bprmf.epochs = 0 must be a whole number from 1"),
        ("rkan = 3", "must be the name of a file"),
        ('rkan = "absent.toml"', "absent.toml"),
        ("[rkan-history]\nepochs = 3", "must be the name of a file"),
        ('no-taste = "own.toml"', "no-taste = 'own.toml' must be"),
        ("ease =", "not valid TOML"),
    ],
)
def test_a_mistake_in_the_file_is_named(tmp_path, text, complaint):
    with pytest.raises(ConfigError, match=complaint):
        compared_methods(all_names(), written(tmp_path, text))


def test_an_unknown_method_is_refused_with_a_hint():
    with pytest.raises(ConfigError, match="did you mean sasrec"):
        compared_methods(["sasrek"])
    with pytest.raises(ConfigError, match=r"absent\.toml: cannot be read"):
        compared_methods(["ease"], Path("absent.toml"))


@pytest.mark.parametrize("file", CONFIGS, ids=lambda f: f.stem)
def test_every_shipped_file_of_settings_loads(file):
    assert len(compared_methods(all_names(), file)) == len(all_names())


def test_the_defaults_are_those_tuned_for_movielens_100k():
    [file] = [file for file in CONFIGS if file.stem == "compare_ml-100k"]
    tuned = compared_methods(list(METHODS), file)
    for method in tuned:
        assert method.config == METHODS[method.name].config(), method.name
