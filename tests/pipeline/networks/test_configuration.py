"""Configuration: defaults, file, flags; what is wrong is named with its place and the fix."""

from pathlib import Path

import pytest

from model.settings import all_fields
from pipeline.errors import ConfigError
from pipeline.networks.configuration import config_from_dict, load_config
from pipeline.networks.registry import NETWORKS
from pipeline.networks.rkan.config import RKANRunConfig
from pipeline.networks.rkan_history.config import HistoryRunConfig

CONFIGS = sorted((Path(__file__).parents[3] / "configs").glob("rkan_*.toml"))


RKAN = '[model]\nname = "rkan"\n'


def written(folder, text):
    file = folder / "run.toml"
    file.write_text(text)
    return file


def test_without_a_file_the_defaults_hold():
    assert load_config() == HistoryRunConfig()
    assert load_config(overrides={"model.name": "rkan"}) == RKANRunConfig()


@pytest.mark.parametrize("text", ['model = "rkan"\n', '[model]\nname = "rkan"\n'])
def test_a_file_names_its_network_in_short_or_in_its_table(tmp_path, text):
    config = load_config(written(tmp_path, text), {"model.embedding_dim": 7})
    assert isinstance(config, RKANRunConfig)
    assert config.model.embedding_dim == 7


def test_an_option_names_another_network_than_the_file(tmp_path):
    file = written(tmp_path, 'model = "rkan"\n[train]\nepochs = 3\n')
    config = load_config(file, {"model.name": "rkan-history"})
    assert isinstance(config, HistoryRunConfig)
    assert config.train.epochs == 3


def test_flags_win_over_the_file(tmp_path):
    file = written(tmp_path, "[train]\nepochs = 3\nseed = 7\n")
    config = load_config(file, {"train.epochs": 5})
    assert (config.value("train.epochs"), config.seed) == (5, 7)


def test_an_integer_serves_where_a_float_is_wanted(tmp_path):
    config = load_config(written(tmp_path, "[train]\nlearning_rate = 1\n"))
    assert config.value("train.learning_rate") == 1.0


def test_a_config_survives_the_way_through_plain_values():
    rkan = {"model.name": "rkan", "paths.max_hops": 5, "model.attention_scale": "sqrt_dim"}
    for overrides in (rkan, {"paths.similar": 0, "history.dim": 6}):
        config = load_config(None, overrides)
        assert config_from_dict(config.model_dump(), "checkpoint") == config


@pytest.mark.parametrize("file", CONFIGS, ids=lambda f: f.stem)
def test_every_shipped_config_loads(file):
    load_config(file)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[train]\nepoch = 3\n", r"unknown key train\.epoch; did you mean train\.epochs\?"),
        ("[training]\nepochs = 3\n", r"unknown key training; did you mean train\?"),
        ("zzz = 1\n", "unknown key zzz; known: recommend, enrich, history, paths, model"),
        ('model = "rkam"\n', "model.name = 'rkam' must be one of 'rkan-history', 'rkan'"),
        ("[model]\nname = 3\n", "model.name = 3 must be one of"),
        ("model = 3\n", "model must be a table, not 3"),
        ("[paths]\nvia_users = 3\n", "rkan-history has no setting paths.via_users; rkan has it"),
        ("[paths]\nmax_hops = 4\n", r"paths\.max_hops = 4 must be one of 2, 3, 5"),
        (RKAN + "[history]\ndim = 6\n", "rkan has no setting history; rkan-history has it"),
        ("[history]\ndim = 7\n", r"history\.dim = 7 must be an even number from 2 to 4096"),
        ("[paths]\nsimilar = -1\n", r"paths\.similar = -1 must be a whole number from 0 to"),
        ("[enrich]\nlabel_fraction = 0\n", r"label_fraction = 0 must be a number in \(0, 1\)"),
        ("[history]\nrefit_epochs = -1\n", r"refit_epochs = -1 must be a whole number from 0"),
        ("train = 3\n", "train must be a table, not 3"),
        ('[train]\nepochs = "three"\n', r"train\.epochs = 'three' must be a whole number"),
        ("[train]\nepochs = true\n", r"train\.epochs = True must be a whole number"),
        ("[train]\nepochs = 0\n", r"train\.epochs = 0 must be a whole number from 1 to"),
        (RKAN + "embedding_dim = 99999999999\n", "dim = 99999999999 must be a whole number"),
        (RKAN + "[paths]\nmax_hops = 4\n", r"paths\.max_hops = 4 must be one of 3, 5, 7"),
        (RKAN + "[pretrain]\ndecay = 1.5\n", r"decay = 1\.5 must be a number in \(0, 1\]"),
        (RKAN + '[pretrain]\nmethod = "a"\n', r"pretrain\.method = 'a' must be one of 'svd'"),
        ("[train]\nlearning_rate = nan\n", r"train\.learning_rate = nan must be"),
        ("[train\n", "not valid TOML"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, text, complaint):
    file = written(tmp_path, text)
    with pytest.raises(ConfigError, match=complaint) as caught:
        load_config(file)
    assert str(file) in str(caught.value)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("kind", NETWORKS.values(), ids=NETWORKS)
def test_every_setting_says_what_it_is_and_every_number_has_its_range(kind):
    for key, field in all_fields(kind.config):
        assert field.description, key
        if field.annotation in (int, float):
            assert field.metadata, key


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"none\.toml: cannot be read"):
        load_config(tmp_path / "none.toml")
