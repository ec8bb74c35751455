"""Which processor the network runs on."""

from __future__ import annotations

import torch

from pipeline.errors import ConfigError

DEVICES = ("auto", "cpu", "cuda")


def choose_device(name: str) -> torch.device:
    """The device for "auto" (a CUDA GPU if there is one), "cpu" or "cuda".

    Raises:
        ConfigError: another name, or "cuda" where PyTorch finds no GPU.
    """
    if name not in DEVICES:
        raise ConfigError(f"device {name!r} must be one of {', '.join(DEVICES)}")
    if name == "cpu":
        return torch.device("cpu")
    available = torch.cuda.is_available()
    if name == "cuda" and not available:
        raise ConfigError("device cuda: PyTorch finds no CUDA GPU here; use --device auto or cpu")
    return torch.device("cuda" if available else "cpu")
