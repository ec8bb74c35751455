import hashlib
import io
import pickle
import random
from dataclasses import replace

import numpy as np
import pytest
import torch

from model.checkpoint import (
    FORMAT,
    Checkpoint,
    DamagedCheckpointError,
    OtherFormatError,
    load_checkpoint,
    save_checkpoint,
)
from model.rkan.config import RKANConfig
from model.rkan.network import RKAN
from model.rkan_history.config import HistoryConfig, RKANHistoryConfig
from model.rkan_history.network import RKANHistory
from tests.support.disks import small_disk


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


@pytest.fixture
def large_file(tmp_path, checkpoint):
    """That of a network as large as one of MovieLens-100K, in the midst of its training."""
    network = RKAN(RKANConfig(), 3000)
    optimiser = torch.optim.Adam(network.parameters())
    network.score(torch.tensor([0]), torch.tensor([1])).sum().backward()
    optimiser.step()
    checkpoint.weights, checkpoint.trainer = network.state_dict(), optimiser.state_dict()
    save_checkpoint(tmp_path / "large" / "model.pt", checkpoint)
    return tmp_path / "large" / "model.pt"


def content_of(file):
    first, body = file.read_bytes().split(b"\n", 1)
    assert first == b"RKAN checkpoint, SHA-256 " + hashlib.sha256(body).hexdigest().encode()
    return torch.load(io.BytesIO(body), weights_only=True)


def write(file, body):
    """Write a file with a right first line, as a forger would."""
    digest = hashlib.sha256(body).hexdigest()
    file.write_bytes(b"RKAN checkpoint, SHA-256 " + digest.encode() + b"\n" + body)


def write_content(file, content):
    buffer = io.BytesIO()
    torch.save(content, buffer)
    write(file, buffer.getvalue())


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


def test_pytorch_loads_all_but_the_first_line_with_weights_only(file):
    assert content_of(file)["format"] == FORMAT


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


def damaged(file, content):
    """True if this content is noticed as damage, in an error that names the file."""
    file.write_bytes(content)
    try:
        load_checkpoint(file)
    except DamagedCheckpointError as error:
        return str(error).startswith(f"{file} is damaged")
    return False


@pytest.mark.parametrize("which", ["file", "large_file"])
def test_every_flipped_bit_is_noticed(request, which):
    file, draw = request.getfixturevalue(which), random.Random(1)
    content = file.read_bytes()
    first_line = range(content.index(b"\n") + 1)
    for place in [*first_line, *(draw.randrange(len(content)) for _ in range(200))]:
        flipped = bytearray(content)
        flipped[place] ^= 1 << draw.randrange(8)
        assert damaged(file, flipped), place
    file.write_bytes(content)
    load_checkpoint(file)


@pytest.mark.parametrize("fill", [bytes, random.Random(2).randbytes], ids=["zeroed", "random"])
def test_every_lost_block_is_noticed(large_file, fill):
    content = large_file.read_bytes()
    blocks = [start for start in range(0, len(content), 512) if any(content[start : start + 512])]
    for start in random.Random(3).sample(blocks, 150):
        assert damaged(large_file, content[:start] + fill(512) + content[start + 512 :]), start


def test_every_truncation_and_extension_is_noticed(large_file):
    draw = random.Random(4)
    content = large_file.read_bytes()
    lengths = [*range(200), len(content) - 1, *(draw.randrange(len(content)) for _ in range(150))]
    for length in lengths:
        assert damaged(large_file, content[:length]), length
    assert damaged(large_file, content + b"\0")
    assert damaged(large_file, content + content)


class _Evil:
    def __reduce__(self):
        return print, ("executed",)


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
def test_code_in_a_file_is_refused_and_not_executed(file, capsys):
    write_content(file, {"format": FORMAT, "weights": _Evil()})
    with pytest.raises(DamagedCheckpointError):
        load_checkpoint(file)
    write(file, pickle.dumps(_Evil()))
    with pytest.raises(DamagedCheckpointError):
        load_checkpoint(file)
    assert "executed" not in capsys.readouterr().out


@pytest.mark.parametrize("change", [{"surprise": 1}, {"weights": None}])
def test_parts_that_are_missing_or_too_many_are_refused(file, change):
    content = {**content_of(file), **change}
    write_content(file, {name: part for name, part in content.items() if part is not None})
    with pytest.raises(DamagedCheckpointError, match="disagree"):
        load_checkpoint(file)


def test_a_file_of_a_version_without_checksums_is_told_from_a_damaged_one(file):
    torch.save({**content_of(file), "format": 3}, file)
    with pytest.raises(OtherFormatError, match=r"model\.pt was written by an earlier version"):
        load_checkpoint(file)


def test_the_format_of_a_later_version_is_refused(file):
    write_content(file, {**content_of(file), "format": 99})
    with pytest.raises(OtherFormatError, match=f"has format 99, this program reads {FORMAT}"):
        load_checkpoint(file)


def test_content_without_a_format_is_refused(file):
    write_content(file, {"weights": {}})
    with pytest.raises(DamagedCheckpointError, match="no format number"):
        load_checkpoint(file)


def test_a_missing_file_is_an_os_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        load_checkpoint(tmp_path / "none.pt")


def test_a_full_disk_keeps_the_last_state(tmp_path, checkpoint):
    with small_disk(tmp_path / "disk") as folder:
        file = folder / "unfinished.pt"
        save_checkpoint(file, checkpoint)
        larger = replace(checkpoint, epoch=3, best={"no_path": torch.ones(100_000)})
        with pytest.raises(OSError, match="No space left") as caught:
            save_checkpoint(file, larger)
        assert caught.value.filename == str(file)
        assert load_checkpoint(file).epoch == 2
        assert len(list(folder.iterdir())) == 1
