import pytest
import torch

from pipeline.device import choose_device, torch_threads
from pipeline.errors import ConfigError


def test_auto_is_the_gpu_where_there_is_one():
    assert choose_device("auto").type == ("cuda" if torch.cuda.is_available() else "cpu")


def test_cpu_is_the_cpu():
    assert choose_device("cpu") == torch.device("cpu")


def test_cuda_without_a_gpu_is_refused(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ConfigError, match="finds no CUDA GPU"):
        choose_device("cuda")


def test_another_name_is_refused():
    with pytest.raises(ConfigError, match="'tpu' must be one of auto, cpu, cuda"):
        choose_device("tpu")


def test_threads_are_set_for_a_while_only():
    before = torch.get_num_threads()
    with pytest.raises(ZeroDivisionError), torch_threads(before + 1):
        assert torch.get_num_threads() == before + 1
        raise ZeroDivisionError
    assert torch.get_num_threads() == before
