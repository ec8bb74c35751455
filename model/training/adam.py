"""Adam on two threads."""

from __future__ import annotations

from functools import partial
from itertools import chain
from typing import Any

import torch
from torch import Tensor
from torch.optim.adam import adam

from model.beside import both

_State = tuple[Tensor, Tensor, Tensor, Tensor, Tensor]  # value, gradient, mean, square, step


class Adam(torch.optim.Adam):
    """Adam as PyTorch computes it, to the last bit, with half of the numbers on another thread.

    A step goes through large tables several times, which takes longer than the products of small
    batches. Tables do not depend on each other, so two threads share them. The state is that of
    ``torch.optim.Adam``; on other devices, so is the step of dense gradients.

    A sparse gradient updates only its rows of a table: the value and the moments of all others
    stay, as in ``torch.optim.SparseAdam``, which takes four times as long.
    """

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """Update all parameters that have gradients."""
        parameters = list(chain.from_iterable(group["params"] for group in self.param_groups))
        sparse = any(each.grad is not None and each.grad.is_sparse for each in parameters)
        if not sparse and any(each.device.type != "cpu" for each in parameters):
            super().step()
            return
        for group in self.param_groups:
            given = [(each, each.grad) for each in group["params"] if each.grad is not None]
            one, other = _halves([self._state_of(*each) for each in given])
            both(partial(_update_all, group, one), partial(_update_all, group, other))

    def _state_of(self, parameter: Tensor, gradient: Tensor) -> _State:
        state = self.state[parameter]
        if not state:
            state["step"] = torch.tensor(0.0)
            state["exp_avg"] = torch.zeros_like(parameter)
            state["exp_avg_sq"] = torch.zeros_like(parameter)
        return parameter, gradient, state["exp_avg"], state["exp_avg_sq"], state["step"]


def _halves(states: list[_State]) -> tuple[list[_State], list[_State]]:
    """Share the tables out so that both parts have about as many numbers."""
    halves: tuple[list[_State], list[_State]] = ([], [])
    sizes = [0, 0]
    for each in sorted(states, key=lambda state: -_count(state[1])):
        place = int(sizes[1] < sizes[0])
        halves[place].append(each)
        sizes[place] += _count(each[1])
    return halves


def _count(gradient: Tensor) -> int:
    """Return how many numbers the gradient has."""
    return gradient._values().numel() if gradient.is_sparse else gradient.numel()


@torch.no_grad()
def _update_all(group: dict[str, Any], states: list[_State]) -> None:
    _update(group, [each for each in states if not each[1].is_sparse])
    for each in states:
        if each[1].is_sparse:
            _update_rows(group, *each)


def _update_rows(
    group: dict[str, Any], value: Tensor, sparse: Tensor, mean: Tensor, square: Tensor, step: Tensor
) -> None:
    """Update the rows of a table that have gradients."""
    gradient = sparse.coalesce()
    rows = gradient.indices()[0]
    parts = [table.index_select(0, rows) for table in (value, mean, square)]
    own = (parts[0], gradient.values(), parts[1], parts[2], step)
    _update(group, [own], fused=value.device.type == "cpu")  # elsewhere it needs the step there
    for table, part in zip((value, mean, square), parts, strict=True):
        table.index_copy_(0, rows, part)


def _update(group: dict[str, Any], states: list[_State], *, fused: bool = False) -> None:
    if not states:
        return
    values, gradients, means, squares, steps = (list(each) for each in zip(*states, strict=True))
    beta1, beta2 = group["betas"]
    adam(
        values,
        gradients,
        means,
        squares,
        [],
        steps,
        foreach=False,
        fused=fused,
        amsgrad=False,
        beta1=beta1,
        beta2=beta2,
        lr=group["lr"],
        weight_decay=group["weight_decay"],
        eps=group["eps"],
        maximize=False,
    )
