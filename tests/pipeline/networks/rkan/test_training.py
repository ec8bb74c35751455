"""Training RKAN on a real server: two phases, exact resuming, no leaked ratings."""

import json
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner

from model.checkpoint import load_checkpoint
from pipeline.cli import cli
from pipeline.content.histories import read_histories
from pipeline.errors import CheckpointError, ConfigError, GraphContentError
from pipeline.home import Home
from pipeline.load.kg import load_kg
from pipeline.networks.configuration import load_config
from pipeline.networks.rkan.pairs import TrainingPairs
from pipeline.runs.checkpoints import FINISHED, HISTORY, UNFINISHED, find_checkpoint
from pipeline.runs.train import train
from tests.support.film_graph import POISON, RATED, query, tables
from tests.support.runs import dying_after, saved_states
from tests.support.small_histories import user_rows

SETTINGS = {
    "model.name": "rkan",
    "model.embedding_dim": 6,
    "model.hidden_dim": 5,
    "train.epochs": 3,
    "train.patience": 5,
    "train.batch_size": 7,
    "train.num_negs_per_pos": 2,
    "train.validation_fraction": 0.3,
}
RKAN = ("--model", "rkan")
UNHOLD = "MATCH (:User {userId: 1})-[held:HELD_OUT]->() DELETE held"


def config(**changes):
    return load_config(overrides=SETTINGS | {k.replace("__", "."): v for k, v in changes.items()})


def weights(file):
    return load_checkpoint(file).weights


def same(left, right):
    return all(torch.equal(left[name], right[name]) for name in left)


def test_both_phases_run_and_leave_a_finished_run(graph, films, place):
    result = train(graph, place, config())
    assert [r["epoch"] for r in result.history["select"]] == [0, 1, 2, 3]
    assert [r["epoch"] for r in result.history["refit"]] == list(range(1, result.best_epoch + 1))
    best = max(result.history["select"][1:], key=lambda r: (r["validation"], -r["epoch"]))
    assert (result.best_epoch, result.validation) == (best["epoch"], best["validation"])
    assert result.checkpoint == find_checkpoint(place)
    assert result.checkpoint.parent.name == result.run_id
    assert {file.name for file in result.checkpoint.parent.iterdir()} == {FINISHED, HISTORY}
    written = json.loads((result.checkpoint.parent / HISTORY).read_text())
    assert written == {"run_id": result.run_id, **result.history}
    checkpoint = load_checkpoint(result.checkpoint)
    assert (checkpoint.phase, checkpoint.trainer, checkpoint.best) == ("done", {}, {})
    assert checkpoint.num_entities == len(films.kinds)


def test_epochs_count_the_pairs_of_their_part_of_the_histories(graph, films, place):
    result = train(graph, place, config())
    # Of histories of 4, 4, 8 and 1 the first 3, 3, 6 and 1 train in phase "select". Candidates
    # are then 8 movies or fewer, so two negatives per positive are more than users 1 to 3 lack.
    full = {user: len(movies) for user, movies in RATED.items()}
    candidates = 8
    expected = sum(n + min(2 * n, candidates - n) for n in full.values())
    assert result.history["refit"][0]["pairs"] == expected
    assert result.history["select"][1]["pairs"] < expected


def test_a_run_repeats_bit_by_bit(graph, films, place, tmp_path):
    first = train(graph, place, config())
    second = train(graph, Home(tmp_path / "other"), config())
    assert first.run_id == second.run_id
    assert same(weights(first.checkpoint), weights(second.checkpoint))
    third = train(graph, Home(tmp_path / "third"), config(train__seed=1))
    assert third.run_id != first.run_id
    assert not same(weights(first.checkpoint), weights(third.checkpoint))


def test_what_is_held_out_changes_nothing(graph, films, place, tmp_path):
    before = train(graph, place, config())
    assert graph.write(query(POISON))["relationships_created"] > 0
    assert graph.write(query(UNHOLD))["relationships_deleted"] > 0
    after = train(graph, Home(tmp_path / "other"), config())
    assert same(weights(before.checkpoint), weights(after.checkpoint))


@pytest.mark.parametrize("saves", [1, 2, 3, 4, 5, 6])
def test_an_interrupted_run_ends_as_if_undisturbed(graph, films, place, tmp_path, saves):
    whole = train(graph, place, config(train__epochs=2))
    other = Home(tmp_path / "other")
    _interrupted(graph, other, config(train__epochs=2), saves)
    resumed = train(graph, other, config(train__epochs=2), resume="always")
    assert resumed.resumed
    assert same(weights(whole.checkpoint), weights(resumed.checkpoint))
    assert _figures(resumed) == _figures(whole)
    assert not (resumed.checkpoint.parent / UNFINISHED).exists()


def test_resuming_the_second_phase_never_saves_the_first_again(graph, films, place):
    _interrupted(graph, place, config(train__epochs=2), saves=6)
    with saved_states() as seen:
        assert train(graph, place, config(train__epochs=2), resume="always").resumed
    assert "select" not in {phase for phase, _ in seen}


def _interrupted(graph, home, config, saves):
    """Train until the given number of saves, then die."""
    with dying_after(saves):
        train(graph, home, config)
    with pytest.raises(CheckpointError, match="was interrupted"):
        find_checkpoint(home)


def _figures(result):
    keys = ("epoch", "loss", "validation", "pairs", "pairs_without_paths")
    return {p: [[r[key] for key in keys] for r in rs] for p, rs in result.history.items()}


def test_resuming_a_finished_run_returns_it(graph, films, place):
    first = train(graph, place, config())
    changed = first.checkpoint.stat().st_mtime_ns
    again = train(graph, place, config(), resume="always")
    assert again.already_finished
    assert (again.run_id, again.history) == (first.run_id, first.history)
    assert first.checkpoint.stat().st_mtime_ns == changed


def test_resuming_with_nothing_there_begins(graph, films, place, capsys):
    result = train(graph, place, config(), resume="always")
    assert not result.resumed
    said = f"no epoch of {result.run_id} was saved; starting from the beginning"
    assert said in capsys.readouterr().err


def test_a_run_that_died_before_its_first_save_begins_beside_others(
    graph, films, place, tmp_path, monkeypatch
):
    """Where another run was interrupted too, only the folder says that this one was begun."""
    whole = train(graph, Home(tmp_path / "other"), config())
    _interrupted(graph, place, config(train__epochs=5), 2)
    with monkeypatch.context() as patch:
        patch.setattr("pipeline.runs.training.save_checkpoint", _die)
        with pytest.raises(KeyboardInterrupt):
            train(graph, place, config())
    begun = train(graph, place, config(), resume="always")
    assert same(weights(whole.checkpoint), weights(begun.checkpoint))


def _die(*_):
    raise KeyboardInterrupt


def test_resuming_with_other_options_names_the_difference(graph, films, place):
    _interrupted(graph, place, config(), 2)
    with pytest.raises(CheckpointError, match=r"train\.epochs = 3, not 5"):
        train(graph, place, config(train__epochs=5), resume="always")


def test_resuming_on_another_graph_is_refused(graph, films, place, tmp_path):
    _interrupted(graph, place, config(), 2)
    load_kg(graph, tables("others"), test_fraction=0.5, replace=True, quarantine=tmp_path / "q")
    with pytest.raises(CheckpointError, match="another graph"):
        train(graph, place, config(), resume="always")


def test_resuming_from_a_damaged_file_is_refused(graph, films, place):
    _interrupted(graph, place, config(), 2)
    file = next(place.checkpoints.glob(f"*/{UNFINISHED}"))
    file.write_bytes(file.read_bytes()[:1000])
    with pytest.raises(CheckpointError, match="damaged"):
        train(graph, place, config(), resume="always")


def test_without_refit_the_best_weights_of_the_selection_are_kept(graph, films, place):
    result = train(graph, place, config(train__refit=False))
    assert set(result.history) == {"select"}
    assert load_checkpoint(result.checkpoint).epoch == result.best_epoch


@pytest.mark.parametrize("fraction", [0, 0.01])
def test_without_validation_all_epochs_train_on_everything(graph, films, place, fraction):
    result = train(graph, place, config(train__validation_fraction=fraction))
    assert set(result.history) == {"refit"}
    assert (result.best_epoch, result.validation) == (3, None)


@pytest.mark.parametrize("pooling", ["max", "mean"])
def test_the_ancestor_with_pooling_trains_too(graph, films, place, pooling):
    attention = train(graph, place, config(train__epochs=1))
    result = train(graph, place, config(train__epochs=1, model__aggregation=pooling))
    assert load_checkpoint(result.checkpoint).config["model"]["aggregation"] == pooling
    assert result.run_id != attention.run_id
    assert not same(weights(result.checkpoint), weights(attention.checkpoint))


@pytest.mark.parametrize("through_users", [False, True])
def test_longer_paths_and_paths_through_users_train_too(graph, films, place, through_users):
    longer = config(paths__max_hops=5, paths__through_users=through_users, train__epochs=1)
    assert train(graph, place, longer).best_epoch == 1


@pytest.mark.parametrize("through_users", [False, True])
@pytest.mark.parametrize("part", ["inner", "cut"])
def test_ratings_outside_the_training_part_are_on_no_path(graph, films, through_users, part):
    whole = read_histories(graph)
    training = whole.split(0.3)[0] if part == "inner" else whole.last(3, user_rows(0, 1, 2))
    paths = config(paths__through_users=through_users, paths__max_paths_per_pair=100).paths
    pairs = TrainingPairs(graph, training, paths, num_negs_per_pos=2, seed=(0,))
    hidden = {
        user: set(whole.movies_of(row).tolist()) - set(training.movies_of(row).tolist())
        for row, user in enumerate(whole.user_entities.tolist())
    }
    assert sum(map(len, hidden.values())) >= 4
    seen = 0
    with pairs.stream(1) as chunks:
        for chunk in chunks:
            for path in chunk.entities.tolist():
                seen += 1
                assert path[1] not in hidden[path[0]]
                connector = path[2]
                assert not hidden.get(connector, set()) & {path[1], path[3]}
    assert seen > 5


def test_numbers_that_overflow_are_a_configuration_error(graph, films, place):
    with pytest.raises(ConfigError, match=r"diverged.*pretrain\.scale"):
        train(graph, place, config(pretrain__scale=1e30))


def test_an_empty_graph_is_refused(graph, place):
    with pytest.raises(GraphContentError, match="the graph is empty"):
        train(graph, place, config())


def test_cuda_without_a_gpu_is_refused(graph, films, place, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ConfigError, match="CUDA"):
        train(graph, place, config(), device="cuda")


def test_the_command_prints_one_json_document(graph, films, home):
    sets = [part for key, value in SETTINGS.items() for part in ("--set", f"{key}={value}")]
    result = CliRunner().invoke(
        cli, ["train", "--home", str(home.root), "--epochs", "1", "--json", *sets]
    )
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert document["best_epoch"] == 1
    assert document["run_id"].startswith("rkan-films-")
    assert load_checkpoint(Path(document["checkpoint"])).config["train"]["epochs"] == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--set", "train.epochs"], "must look like section.key=value"),
        (["--set", "train.speed=3"], "unknown key train.speed"),
        (["--set", "model.aggregation=max"], "must be one of 'attention', 'none'"),
        (["--max-hops", "4"], "paths.max_hops = 4 must be one of 2, 3, 5"),
        (["--embedding-dim", "3"], "--embedding-dim is an option of rkan, not of rkan-history"),
        ([*RKAN, "--set", "history.dim=6"], "rkan has no setting history; rkan-history has it"),
        ([*RKAN, "--set", "model.attention_scale=cube"], "must be one of 'dim', 'sqrt_dim'"),
        ([*RKAN, "--set", "model.aggregation=sum"], "must be one of 'attention', 'max', 'mean'"),
        (["--epochs", "0"], "train.epochs = 0 must be a whole number from 1 to"),
        ([*RKAN, "--max-hops", "4"], "paths.max_hops = 4 must be one of 3, 5, 7"),
        (["--config", "none.toml"], "none.toml: cannot be read"),
    ],
)
def test_wrong_options_are_configuration_errors(arguments, message):
    result = CliRunner().invoke(cli, ["train", *arguments])
    assert isinstance(result.exception, ConfigError)
    assert message in str(result.exception)
