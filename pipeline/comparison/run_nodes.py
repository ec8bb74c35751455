"""Puts the figures of a comparison onto the graph's Run nodes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

import pandas as pd

from pipeline.comparison.methods import Compared
from pipeline.comparison.results import Job
from pipeline.comparison.split import Split
from pipeline.config import RunConfig
from pipeline.evaluation.evaluate import COLD_START, property_name
from pipeline.evaluation.metrics import METRICS
from pipeline.graph import Graph
from pipeline.queries import load_query
from pipeline.training.checkpoints import name_run


def store_on_run_nodes(
    graph: Graph, split: Split, methods: Sequence[Compared], per_user: pd.DataFrame
) -> None:
    """One Run node per method and seed, with the metrics of each group of users.

    What ranks by the inner product of a run that pipeline train makes too goes onto that run's
    node. Storing the same again changes nothing but the time.
    """
    runs = []
    for method in methods:
        of_method = per_user[per_user.method == method.name]
        for seed in of_method.seed.unique().tolist():
            figures = _figures(of_method[of_method.seed == seed])
            properties = {**_properties(method, seed, split), **figures}
            runs.append({"runId": _run_id(method, seed, split), "properties": properties})
    graph.write(load_query("write/compared_runs"), runs=runs)


def _run_id(method: Compared, seed: int, split: Split) -> str:
    if isinstance(method.config, RunConfig) and method.ranking == "inner product":
        return name_run(_seeded(method.config, seed), split.dataset)
    return Job(method, seed, "full", split.dataset.data_hash).name


def _seeded(config: RunConfig, seed: int) -> RunConfig:
    return replace(config, train=replace(config.train, seed=seed))


def _properties(method: Compared, seed: int, split: Split) -> dict[str, Any]:
    path_method = isinstance(method.config, RunConfig)
    config = _seeded(method.config, seed) if path_method else method.config
    return {
        "model": method.title,
        "dataset": split.dataset.name,
        "dataHash": split.dataset.data_hash,
        "seed": seed,
        "config": json.dumps(asdict(config)),
    }


def _figures(rows: pd.DataFrame) -> dict[str, float]:
    full, cut = rows[rows.histories == "full"], rows[(rows.histories == "cut") & rows.isCut]
    groups = {"": full, "coldStart": full[full.heldOut < COLD_START], "cutHistories": cut}
    return {
        property_name(metric, prefix): float(group[metric].mean())
        for prefix, group in groups.items()
        if len(group)
        for metric in METRICS
    }
