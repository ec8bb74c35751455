"""The comparison of ranked lists with held-out movies."""

from __future__ import annotations

import numpy as np

from model.arrays import PADDING
from pipeline.content.histories import Histories
from pipeline.ids import UserRows
from pipeline.ranking.lists import TopLists
from pipeline.ranking.metrics import Lists


def judged(top: TopLists, rows: UserRows, held_out: Histories) -> Lists:
    """Mark the places of each list that have a movie held out for its user.

    ``top`` has one list for each of ``rows``, the users' rows in ``held_out``.
    """
    most = max(int(top.movies.max(initial=0)), int(held_out.movies.max(initial=0))) + 1
    owners = np.repeat(np.arange(len(held_out)), held_out.sizes)
    watched = np.unique(owners * most + held_out.movies)
    present = top.movies != PADDING
    hits = np.isin(rows[:, None] * most + top.movies, watched) & present
    return Lists(hits, top.lengths, held_out.sizes[rows])
