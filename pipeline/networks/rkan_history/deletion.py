"""Deletes single paths of recommendations and lets the network score them again."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import torch

from model.arrays import Booleans, Floats, Integers
from model.rkan_history.batches import collate_lists
from model.rkan_history.candidate_lists import BY_USER, CandidateLists
from model.rkan_history.network import RKANHistory
from pipeline.networks.interface import Deletions
from pipeline.networks.rkan_history.ranked_lists import best_columns


@torch.inference_mode()
def delete_paths(
    network: RKANHistory, lists: CandidateLists, k: int, rng: np.random.Generator
) -> Deletions:
    """Return how much each recommendation's score falls without its strongest or a random path.

    Recommendations with fewer than two paths are left out. Attention compares the paths of one pair
    only, so one path of every candidate is deleted at the same time.
    """
    output = network(collate_lists(lists, network.level.device))
    scores, evidence = output.scores.cpu().numpy(), output.evidence.cpu().numpy()
    ranked = best_columns(lists, scores, k)
    sizes = np.bincount(lists.slots, minlength=lists.candidates.size)
    slots = (ranked + np.arange(len(ranked))[:, None] * lists.candidates.shape[1]).ravel()
    slots = slots[sizes[slots] > 1]
    owners = lists.slots.astype(np.int64)
    falls = []
    for preference in (evidence, rng.random(len(evidence), dtype=np.float32)):
        kept = ~_greatest_of_each(preference, owners)
        without = network(collate_lists(_only(lists, kept), network.level.device))
        falls.append((scores - without.scores.cpu().numpy()).ravel()[slots])
    return Deletions(*(fall.astype(np.float32) for fall in falls))


def _greatest_of_each(values: Floats, owners: Integers) -> Booleans:
    """Return True for the greatest value of each owner; ``owners`` ascend."""
    order = np.lexsort((-values, owners))
    first = np.flatnonzero(np.diff(owners[order], prepend=-1))
    greatest = np.zeros(len(values), dtype=np.bool_)
    greatest[order[first]] = True
    return greatest


def _only(lists: CandidateLists, kept: Booleans) -> CandidateLists:
    of_paths = [item.name for item in fields(lists) if item.name not in BY_USER]
    return replace(lists, **{name: getattr(lists, name)[kept] for name in of_paths})
