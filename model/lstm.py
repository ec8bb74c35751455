"""The LSTM step that the path encoders of all networks share."""

from __future__ import annotations

import torch
from torch import Tensor


def lstm_cell(gates: Tensor, cell: Tensor) -> tuple[Tensor, Tensor]:
    """Compute one step of an LSTM (eq. 1).

    Args:
        gates: [N, 4H], the gates before their nonlinearities: input, forget, output, candidate.
        cell: [N, H], the cell state before the step.

    Returns:
        The cell state and the hidden state after the step, each [N, H].
    """
    hidden_dim = cell.shape[1]
    opened = torch.sigmoid(gates[:, : 3 * hidden_dim])
    let_in, keep, let_out = opened.chunk(3, dim=1)  # each [N, H]
    cell = keep * cell + let_in * torch.tanh(gates[:, 3 * hidden_dim :])
    return cell, let_out * torch.tanh(cell)
