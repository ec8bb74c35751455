"""Training of one network in several processes, each on its own users, as torchrun starts them.

All processes hold the same weights. In each step, every process computes the gradient of its own
examples; the mean over the examples of all of them is the gradient of the step that one process
would take with all of these examples. In a single process, these functions change nothing.

Each function that exchanges numbers must be called by all processes in the same order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

import torch
from torch import distributed

from model.arrays import Integers

T = TypeVar("T")


class LostProcessError(RuntimeError):
    """Another process of the run has ended or does not answer."""


def is_distributed() -> bool:
    """Return True if several processes train together."""
    return distributed.is_available() and distributed.is_initialized()


def rank() -> int:
    """Return the number of this process, from 0."""
    return distributed.get_rank() if is_distributed() else 0


def num_processes() -> int:
    """Return the number of processes."""
    return distributed.get_world_size() if is_distributed() else 1


def is_first() -> bool:
    """Return True in the process that writes, prints and saves."""
    return rank() == 0


def own(items: Integers) -> Integers:
    """Return this process's part of ``items``, [n]; each item is in the part of one process."""
    return items[rank() :: num_processes()]


def own_batch_size(size: int) -> int:
    """Return the number of examples that this process adds to a batch of ``size``, at least 1."""
    return -(-size // num_processes())


def in_step(batches: Iterable[T]) -> Iterator[T | None]:
    """Yield the batches of this process, then None while another one still has batches."""
    remaining = iter(batches)
    while True:
        batch = next(remaining, None)
        if summed(batch is not None)[0] == 0:
            return
        yield batch


def summed(*values: float) -> list[float]:
    """Return the sums of the values over all processes.

    Raises:
        LostProcessError: another process has ended.
    """
    if not is_distributed():
        return list(values)
    total = torch.tensor(values, dtype=torch.float64, device=_device())
    _add_up(total)
    return [float(value) for value in total.tolist()]


def agreed(value: float) -> float:
    """Return the mean of ``value`` over all processes, which is the same in all of them."""
    return summed(value)[0] / num_processes()


def average_gradients(
    parameters: Iterable[torch.nn.Parameter],
    loss: float,
    examples: int,
    sparse: Sequence[torch.nn.Parameter] = (),
) -> tuple[float, int]:
    """Replace the gradients by their means over the examples of all processes.

    Args:
        parameters: the weights to train; a missing gradient counts as 0.
        loss: mean loss of this process's examples.
        examples: number of this process's examples, which may be 0.
        sparse: those of the parameters whose gradients are sparse.

    Returns:
        The mean loss and the number of the examples of all processes.

    Raises:
        LostProcessError: another process has ended.
    """
    if not is_distributed():
        return loss, examples
    total_loss, total = summed(loss * examples if examples else 0.0, examples)
    share = examples / max(total, 1)
    for weight in sparse:
        weight.grad = _sum_of_rows(weight, share)
    weights = [each for each in parameters if all(each is not one for one in sparse)]
    for weight in weights:
        if weight.grad is None:
            weight.grad = torch.zeros_like(weight)
    gradients = [weight.grad for weight in weights if weight.grad is not None]
    if gradients:
        sums = torch.cat([gradient.flatten() for gradient in gradients]) * examples
        _add_up(sums)
        sums /= max(total, 1)
        parts = torch.split(sums, [gradient.numel() for gradient in gradients])
        for gradient, part in zip(gradients, parts, strict=True):
            gradient.copy_(part.view_as(gradient))
    return total_loss / max(total, 1), int(total)


def _sum_of_rows(weight: torch.nn.Parameter, share: float) -> torch.Tensor:
    """Return the sum over all processes of ``share`` times a table's sparse gradient."""
    rows, values = torch.zeros(0, dtype=torch.int64), weight.new_zeros(0, weight.shape[1])
    if weight.grad is not None:
        own_part = weight.grad.coalesce()
        rows, values = own_part.indices()[0], own_part.values() * share
    parts = [_gathered(rows), _gathered(values)]
    found = torch.sparse_coo_tensor(
        torch.cat(parts[0])[None],
        torch.cat(parts[1]),
        weight.shape,
        device=weight.device,
        check_invariants=False,
    )
    return found.coalesce()


def _gathered(values: torch.Tensor) -> list[torch.Tensor]:
    """Return the values [n, ...] of each process, whose n may differ."""
    device = _device()
    size = torch.tensor([len(values)], device=device)
    sizes = [torch.zeros_like(size) for _ in range(num_processes())]
    try:
        distributed.all_gather(sizes, size)
        longest = int(max(sizes))
        padded = torch.zeros(longest, *values.shape[1:], dtype=values.dtype, device=device)
        padded[: len(values)] = values
        found = [torch.empty_like(padded) for _ in sizes]
        distributed.all_gather(found, padded)
    except RuntimeError as error:
        raise LostProcessError(str(error).splitlines()[0]) from error
    return [each[: int(count)].to(values.device) for each, count in zip(found, sizes, strict=True)]


@contextmanager
def first_alone() -> Iterator[None]:
    """Run the block in the first process, and then in the others."""
    if not is_first():
        summed(0)
    yield
    if is_first():
        summed(0)


def _device() -> torch.device:
    """Return the device of the tensors that processes exchange."""
    nccl = distributed.get_backend() == "nccl"
    return torch.device("cuda", torch.cuda.current_device()) if nccl else torch.device("cpu")


def _add_up(values: torch.Tensor) -> None:
    """Replace the values by their sums over all processes."""
    there = values.to(_device())
    try:
        distributed.all_reduce(there)
    except RuntimeError as error:
        raise LostProcessError(str(error).splitlines()[0]) from error
    values.copy_(there)
