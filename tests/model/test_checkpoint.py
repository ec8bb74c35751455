import pickle

import numpy as np
import pytest
import torch

from model.checkpoint import Checkpoint, DamagedCheckpointError, load_checkpoint, save_checkpoint
from model.rkan.config import RKANConfig
from model.rkan.network import RKAN
from model.rkan_history.config import HistoryConfig, RKANHistoryConfig
from model.rkan_history.network import RKANHistory


@pytest.fixture
def checkpoint():
    network = RKAN(RKANConfig(embedding_dim=4, hidden_dim=3), 9)
    optimiser = torch.optim.Adam(network.parameters())
    network.score(torch.tensor([0]), torch.tensor([1])).sum().backward()
    optimiser.step()
    return Checkpoint(
        run_id="rkan-tiny-1",
        config={"model": {"name": "rkan", "embedding_dim": 4, "hidden_dim": 3}},
        data_hash="abc",
        dataset="tiny",
        num_entities=9,
        weights=network.state_dict(),
        sizes=network.sizes,
        phase="select",
        epoch=2,
        seed=5,
        trainer=optimiser.state_dict(),
        best={"no_path": torch.ones(3)},
        history={"select": [{"epoch": 1, "loss": 0.5, "validation": None}]},
    )


@pytest.fixture
def file(tmp_path, checkpoint):
    save_checkpoint(tmp_path / "run" / "model.pt", checkpoint)
    return tmp_path / "run" / "model.pt"


def test_everything_comes_back(file, checkpoint):
    loaded = load_checkpoint(file)
    for name in ("run_id", "config", "data_hash", "dataset", "phase", "epoch", "seed", "history"):
        assert getattr(loaded, name) == getattr(checkpoint, name)
    assert loaded.weights.keys() == checkpoint.weights.keys()
    for name, tensor in loaded.weights.items():
        assert torch.equal(tensor, checkpoint.weights[name])
    for key, state in checkpoint.trainer["state"].items():
        for name, value in state.items():
            assert torch.equal(loaded.trainer["state"][key][name], value)
    assert torch.equal(loaded.best["no_path"], torch.ones(3))


def test_rkan_history_comes_back_with_the_attributes_of_its_movies(tmp_path, checkpoint):
    model, history = RKANHistoryConfig(hidden_dim=3), HistoryConfig(dim=4, length=5)
    sizes = {"num_movies": 6, "num_attributes": 2, "num_relations": 3}
    network = RKANHistory(model, history, **sizes).eval()
    network.history.set_attributes(np.array([[0, 0], [3, 1], [3, 0], [5, 1]]))
    checkpoint.weights, checkpoint.sizes = network.state_dict(), network.sizes
    save_checkpoint(tmp_path / "model.pt", checkpoint)
    stored = load_checkpoint(tmp_path / "model.pt")
    loaded = RKANHistory(model, history, **stored.sizes)
    loaded.load_state_dict(stored.weights)
    histories = torch.tensor([[0, 3, -1], [5, -1, -1]])
    assert torch.equal(loaded.eval().history(histories), network.history(histories))


def test_pytorch_loads_it_with_weights_only(file):
    assert torch.load(file, weights_only=True)["format"] == 3


def test_no_part_is_left_beside_it(file):
    assert [each.name for each in file.parent.iterdir()] == ["model.pt"]


@pytest.mark.parametrize("kept", [0, 1, 100, 0.5, 0.99])
def test_a_truncated_file_is_named_as_damaged(file, kept):
    content = file.read_bytes()
    file.write_bytes(content[: kept if isinstance(kept, int) else int(kept * len(content))])
    with pytest.raises(DamagedCheckpointError, match=r"model\.pt is damaged"):
        load_checkpoint(file)


def test_another_file_is_named_as_damaged(file):
    file.write_text("not a checkpoint\n" * 50)
    with pytest.raises(DamagedCheckpointError, match=r"model\.pt is damaged"):
        load_checkpoint(file)


class _Evil:
    def __reduce__(self):
        return print, ("executed",)


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
def test_code_in_a_file_is_refused_and_not_executed(file, capsys):
    torch.save({"format": 3, "weights": _Evil()}, file)
    with pytest.raises(DamagedCheckpointError):
        load_checkpoint(file)
    file.write_bytes(pickle.dumps(_Evil()))
    with pytest.raises(DamagedCheckpointError):
        load_checkpoint(file)
    assert "executed" not in capsys.readouterr().out


@pytest.mark.parametrize("change", [{"surprise": 1}, {"weights": None}])
def test_parts_that_are_missing_or_too_many_are_refused(file, change):
    content = {**torch.load(file, weights_only=True), **change}
    torch.save({name: part for name, part in content.items() if part is not None}, file)
    with pytest.raises(DamagedCheckpointError, match="disagree"):
        load_checkpoint(file)


@pytest.mark.parametrize("number", [1, 2, 99])
def test_another_format_is_refused(file, number):
    torch.save({"format": number}, file)
    with pytest.raises(DamagedCheckpointError, match=f"format {number}, this program reads 3"):
        load_checkpoint(file)


def test_a_missing_file_is_an_os_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        load_checkpoint(tmp_path / "none.pt")


def test_a_failed_write_keeps_the_old_file(file, checkpoint, monkeypatch):
    before = file.read_bytes()

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        save_checkpoint(file, checkpoint)
    assert file.read_bytes() == before
    assert len(list(file.parent.iterdir())) == 1
