"""A comparison's per-user figures, made up: what the statistics and the report are made of."""

import numpy as np
import pandas as pd

from pipeline.ranking.metrics import METRICS, Lists, per_user_metrics
from pipeline.report.content import MethodInfo, Report, Study

TITLES = {"popular": "Most popular", "cke": "CKE", "rkan": "RKAN"}
SEEDS = {"popular": [0], "cke": [0, 1], "rkan": [0, 1]}


def rows(
    method,
    values,
    *,
    seed=0,
    histories="full",
    held_out=9,
    is_cut=False,
    first=1,
    candidates="usual",
    **beyond,
):
    """One row per value, for users ``first`` on; every metric has that value."""
    users = len(values)
    figures = np.asarray(values, dtype=float)
    return pd.DataFrame(
        {
            "method": method,
            "seed": seed,
            "histories": histories,
            "userId": np.arange(first, first + users),
            "heldOut": np.broadcast_to(held_out, users),
            "isCut": np.broadcast_to(is_cut, users),
            "candidates": candidates,
            **dict.fromkeys(METRICS, figures),
            **beyond,
        }
    )


def drawn(chances, *, users=40, kinds=("full", "cut"), seeds=SEEDS):
    """Lists drawn at random, each method with its chance of a hit."""
    held_out = np.arange(users) % 12 + 2
    frames = []
    for number, (method, chance) in enumerate(chances.items()):
        for seed in seeds[method]:
            for kind in kinds:
                rng = np.random.default_rng((number, seed, len(kind)))
                hits = rng.random((users, 10)) < chance
                lists = Lists(hits, np.full(users, 10), np.maximum(held_out, hits.sum(axis=1)))
                frame = rows(method, np.zeros(users), seed=seed, histories=kind)
                frame = frame.assign(heldOut=held_out, isCut=np.arange(users) % 2 == 0)
                frames.append(frame.assign(**per_user_metrics(lists)))
    return pd.concat(frames, ignore_index=True)


def thin(chances, *, users=40):
    """Lists with cut histories of every length, and of cold and new movies for some users."""
    kinds = ("full", "cut", "cut2", "cut1")
    frames = [drawn(chances, users=users, kinds=kinds)]
    for candidates, some in (("cold", users // 2), ("new", users // 4)):
        frames.append(drawn(chances, users=some, kinds=("full",)).assign(candidates=candidates))
    return pd.concat(frames, ignore_index=True)


def path_lengths():
    """A study of RKAN with two rankings and three values."""
    return pd.concat(
        [
            drawn({"rkan": chance - value / 100}, kinds=("full",)).assign(
                value=value, ranking=ranking
            )
            for value in (3, 5, 7)
            for ranking, chance in (("inner product", 0.3), ("closeness", 0.2))
        ]
    )


def report(**changes):
    """A report of three methods, with a study."""
    methods = [
        MethodInfo(name, title, "", {"l2": 2.5}, 1.25, SEEDS[name])
        for name, title in TITLES.items()
    ]
    content = {
        "dataset": "small",
        "data_hash": "0123456789abcdef",
        "users": 40,
        "movies": 90,
        "training_ratings": 1200,
        "held_out_ratings": 300,
        "cut_to": 4,
        "seeds": [0, 1],
        "reference": "rkan",
        "methods": methods,
        "per_user": drawn({"popular": 0.1, "cke": 0.2, "rkan": 0.3}),
        "studies": [Study("path length", "hops", path_lengths(), "Falls with the length.")],
        "environment": {"Python": "3.11"},
        "created_at": "2025-01-01",
        "command": "pipeline compare --seeds 2",
    }
    return Report(**{**content, **changes})
