"""Choose the device that the network runs on, and its number of CPU threads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from pipeline.errors import ConfigError

DEVICES = ("auto", "cpu", "cuda")


def choose_device(name: str) -> torch.device:
    """Return the device for "auto" (a CUDA GPU if there is one), "cpu" or "cuda".

    Raises:
        ConfigError: an unknown name, or "cuda" when PyTorch finds no GPU.
    """
    if name not in DEVICES:
        raise ConfigError(f"device {name!r} must be one of {', '.join(DEVICES)}")
    if name == "cpu":
        return torch.device("cpu")
    available = torch.cuda.is_available()
    if name == "cuda" and not available:
        raise ConfigError("device cuda: PyTorch finds no CUDA GPU; use --device auto or cpu")
    return torch.device("cuda" if available else "cpu")


@contextmanager
def torch_threads(count: int = 1) -> Iterator[None]:
    """Let PyTorch use ``count`` CPU threads inside the block.

    One thread is best for RKAN's small tensors while other processes, such as the database, are
    busy: threads waiting for each other made training 15 times slower on two busy cores. One
    thread also gives the same results on any number of cores.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
