"""Joins the processes that torchrun starts, so that they train one run together."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import torch
from torch import distributed

from model.training.processes import LostProcessError
from pipeline.errors import ConfigError, ProcessError

_PATIENCE = timedelta(hours=1)  # the first process writes derived relationships while others wait


@contextmanager
def joined(device: torch.device) -> Iterator[torch.device]:
    """Connect to the other processes of torchrun; without torchrun, do nothing.

    Yields the device of this process: of several GPUs, the one with its local rank.

    Raises:
        ConfigError: the processes cannot find each other, or share a GPU.
        ProcessError: another process ended; the run can be resumed.
    """
    number = int(os.environ.get("WORLD_SIZE", "1"))
    if number == 1:
        yield device
        return
    if device.type == "cuda":
        device = _own_gpu(int(os.environ["LOCAL_RANK"]))
    try:
        distributed.init_process_group(
            "nccl" if device.type == "cuda" else "gloo", timeout=_PATIENCE
        )
    except (RuntimeError, ValueError) as error:
        raise ConfigError(
            f"the {number} processes cannot connect to each other: {error}; start them by: "
            f"torchrun --nproc-per-node {number} --no-python pipeline train"
        ) from error
    try:
        yield device
    except LostProcessError as error:
        raise ProcessError(
            "another process of this training ended; the last finished epoch is saved: add "
            f"--resume to the same command ({error})"
        ) from error
    finally:
        distributed.destroy_process_group()


def _own_gpu(local_rank: int) -> torch.device:
    available = torch.cuda.device_count()
    if local_rank >= available:
        raise ConfigError(
            f"more processes than GPUs here ({available}); use --nproc-per-node {available}"
        )
    torch.cuda.set_device(local_rank)
    return torch.device("cuda", local_rank)
