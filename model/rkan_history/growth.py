"""Adds movies and attributes to a trained network that it has not seen."""

from __future__ import annotations

import numpy as np
import torch

from model.arrays import Integers
from model.checkpoint import Weights


def grown(weights: Weights, edges: Integers, popularity: Integers, num_attributes: int) -> Weights:
    """Return the weights of a RKANHistory for more movies and attributes than it was trained on.

    Those that it was trained on come first, in the same rows, and keep their vectors. The own part
    of a new movie's vectors is 0, as that of a movie without interactions in training, so the
    vectors are the mean of its attributes', of which new ones are 0. Its bias is its log
    popularity, with which training starts.

    Args:
        weights: the ``state_dict`` of the trained network.
        edges: int64 [E, 2], (movie, attribute), sorted, of the M movies and A attributes there are
            now.
        popularity: int64 [M], interactions of each movie.
        num_attributes: A.
    """
    known = len(weights["history.bias"])
    more = len(popularity) - known
    share = np.log((popularity + 1) / (popularity + 1).sum())[known:]
    found = dict(weights)
    found["history.bias"] = torch.cat(
        [weights["history.bias"], torch.from_numpy(share).to(weights["history.bias"])]
    )
    for name in ("source", "target"):
        found[f"history.{name}"] = _longer(weights[f"history.{name}"], len(popularity))
        shared = f"history.attribute_{name}"
        if shared in weights:
            found[shared] = _longer(weights[shared], num_attributes)
    ids, starts = weights["history.attribute_ids"], weights["history.attribute_starts"]
    new = edges[edges[:, 0] >= known]
    first = np.searchsorted(new[:, 0], known + np.arange(more)) + len(ids)
    found["history.attribute_ids"] = torch.cat([ids, torch.from_numpy(new[:, 1].copy()).to(ids)])
    found["history.attribute_starts"] = torch.cat([starts, torch.from_numpy(first).to(starts)])
    return found


def _longer(table: torch.Tensor, rows: int) -> torch.Tensor:
    """Return a table with rows of 0 at its end."""
    return torch.cat([table, table.new_zeros(rows - len(table), table.shape[1])])
