import dataclasses
import os

import pytest
import torch

from model.checkpoint import FORMAT, Checkpoint, save_checkpoint
from model.rkan.config import RKANConfig, TrainConfig
from model.rkan.network import RKAN
from model.rkan_history.config import RKANHistoryConfig
from pipeline.content.dataset import Dataset
from pipeline.errors import CheckpointError
from pipeline.home import Home
from pipeline.networks.rkan.config import RKANRunConfig
from pipeline.networks.rkan_history.config import HistoryRunConfig
from pipeline.networks.run_config import RecommendConfig
from pipeline.runs import checkpoints
from pipeline.runs.checkpoints import (
    FINISHED,
    UNFINISHED,
    find_checkpoint,
    find_trained,
    name_run,
    other_interrupted,
    read_checkpoint,
)

DATASET = Dataset("my films/2", "f00d" * 16, 0.2, 2, 3, 7)


@pytest.fixture
def place(tmp_path):
    return Home(tmp_path)


def save(place, run_id="run-a", name=FINISHED, config=RKANRunConfig(), age=0, **changes):  # noqa: B008
    file = place.checkpoints / run_id / name
    checkpoint = Checkpoint(
        run_id=run_id,
        config=config.model_dump(),
        data_hash=DATASET.data_hash,
        dataset=DATASET.name,
        num_entities=7,
        weights=RKAN(config.model, 7).state_dict(),
        sizes={"num_entities": 7},
        phase="done",
        epoch=1,
        seed=0,
    )
    save_checkpoint(file, dataclasses.replace(checkpoint, **changes))
    os.utime(file, (10**9 - age, 10**9 - age))
    return file


def test_a_run_is_named_after_data_set_settings_and_content():
    name = name_run(RKANRunConfig(), DATASET)
    assert name.startswith("rkan-my-films-2-")
    assert len(name.rpartition("-")[2]) == 8
    assert name == name_run(RKANRunConfig(recommend=RecommendConfig(top_k=3)), DATASET)
    assert name != name_run(RKANRunConfig(train=TrainConfig(seed=1)), DATASET)
    assert name != name_run(RKANRunConfig(), dataclasses.replace(DATASET, data_hash="beef"))


def test_another_format_is_another_run(monkeypatch):
    """So what an earlier version trained does not count as finished."""
    name = name_run(RKANRunConfig(), DATASET)
    monkeypatch.setattr(checkpoints, "FORMAT", FORMAT + 1)
    assert name != name_run(RKANRunConfig(), DATASET)


def test_a_run_is_named_after_its_network():
    whole = name_run(HistoryRunConfig(), DATASET)
    assert whole.startswith("rkan-history-my-films-2-")
    without = HistoryRunConfig(model=RKANHistoryConfig(taste=False))
    assert name_run(without, DATASET) not in (whole, name_run(RKANRunConfig(), DATASET))


def test_every_pooling_is_a_run_of_its_own():
    runs = [RKANRunConfig(model=RKANConfig(aggregation=a)) for a in ("max", "mean")]
    names = {name_run(run, DATASET) for run in runs}
    assert len(names | {name_run(RKANRunConfig(), DATASET)}) == 3


def test_the_newest_finished_run_is_found(place):
    save(place, "run-a", age=100)
    newest = save(place, "run-b")
    save(place, "run-c", UNFINISHED)
    assert find_checkpoint(place) == newest


def test_a_named_run_is_found(place):
    wanted = save(place, "run-a", age=100)
    save(place, "run-b")
    assert find_checkpoint(place, "run-a") == wanted


def test_an_unknown_run_is_refused_with_those_there_are(place):
    save(place, "run-a")
    with pytest.raises(CheckpointError, match="no run 'run-x'; finished runs are run-a"):
        find_checkpoint(place, "run-x")


@pytest.mark.parametrize("run_id", [None, "run-c"])
def test_an_interrupted_run_is_not_used(place, run_id):
    save(place, "run-c", UNFINISHED)
    with pytest.raises(CheckpointError, match=r"run-c was interrupted.*--resume"):
        find_checkpoint(place, run_id)


@pytest.mark.parametrize("run_id", [None, "run-a"])
def test_without_any_run_the_fix_is_to_train(place, run_id):
    with pytest.raises(CheckpointError, match=r"no trained model.*run: pipeline train"):
        find_checkpoint(place, run_id)


def test_a_checkpoint_of_another_graph_is_refused(place):
    file = save(place, data_hash="beef")
    with pytest.raises(CheckpointError, match=r"trained on another graph.*my films/2"):
        read_checkpoint(file, DATASET)


def test_the_newest_run_of_this_graph_is_used_and_named(place, capsys):
    save(place, "run-a", age=200)
    save(place, "run-b", age=100)
    save(place, "run-c", data_hash="beef")
    assert find_trained(place, DATASET).run_id == "run-b"
    assert "using run-b" in capsys.readouterr().err


def test_without_a_run_of_this_graph_the_newest_is_refused(place):
    save(place, "run-a", age=100, data_hash="dead")
    save(place, "run-c", data_hash="beef")
    with pytest.raises(CheckpointError, match="run run-c was trained on another graph"):
        find_trained(place, DATASET)


def test_a_named_run_of_another_graph_is_refused(place):
    save(place, "run-b")
    save(place, "run-c", data_hash="beef")
    with pytest.raises(CheckpointError, match="run-c was trained on another graph"):
        find_trained(place, DATASET, "run-c")


def test_a_damaged_newest_run_is_not_passed_over(place):
    save(place, "run-a", age=100)
    file = save(place, "run-b")
    flip(file)
    fix = "delete it and run: pipeline train, or use another run: --run-id run-a$"
    with pytest.raises(CheckpointError, match=rf"{file} is damaged.*{fix}"):
        find_trained(place, DATASET)


def test_of_a_damaged_only_run_training_is_the_fix(place):
    flip(save(place))
    with pytest.raises(CheckpointError, match=r"delete it and run: pipeline train$"):
        find_trained(place, DATASET)


def test_a_damaged_checkpoint_is_refused(place):
    file = save(place)
    flip(file)
    with pytest.raises(CheckpointError, match=r"damaged.*delete it and run the same command again"):
        read_checkpoint(file, DATASET)


def test_a_run_of_an_earlier_version_is_refused(place):
    file = save(place)
    torch.save({"format": 3}, file)
    with pytest.raises(
        CheckpointError, match=r"earlier version.*delete it and run: pipeline train"
    ):
        find_trained(place, DATASET)


def flip(file):
    """Flip one bit of the weights."""
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def test_a_checkpoint_of_this_graph_is_read(place):
    assert read_checkpoint(save(place), DATASET).run_id == "run-a"


def test_no_other_run_was_interrupted(place):
    assert other_interrupted(place, RKANRunConfig(), DATASET) is None


def test_a_run_with_other_settings_was_interrupted(place):
    save(place, "run-a", UNFINISHED, RKANRunConfig(train=TrainConfig(epochs=9)))
    message = str(other_interrupted(place, RKANRunConfig(), DATASET))
    assert "run-a has other settings (train.epochs = 9, not" in message


def test_a_run_of_another_graph_was_interrupted(place):
    save(place, "run-a", UNFINISHED, data_hash="beef")
    message = str(other_interrupted(place, RKANRunConfig(), DATASET))
    assert "run-a was trained on another graph" in message
