"""Store the metrics of a comparison on the graph's Run nodes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pandas as pd

from pipeline.comparison.methods import Compared
from pipeline.comparison.results import Job
from pipeline.comparison.split import Split
from pipeline.comparison.statistics import CUT, in_group
from pipeline.evaluation.evaluate import ALL, COLD, property_name
from pipeline.graph import Graph
from pipeline.networks.registry import NETWORKS
from pipeline.queries import load_query
from pipeline.ranking.metrics import METRICS
from pipeline.runs.checkpoints import name_run

_GROUPS = {"": ALL, "coldStart": COLD, "cutHistories": CUT}  # by prefix of the property names


def store_on_run_nodes(
    graph: Graph, split: Split, methods: Sequence[Compared], per_user: pd.DataFrame
) -> None:
    """Write one Run node per method and seed, with the metrics of each group of users.

    A network that ranks as pipeline recommend does shares the node of the run that pipeline train
    makes. Storing the same metrics again changes only the time.
    """
    runs = []
    for method in methods:
        of_method = per_user[per_user.method == method.name]
        for seed in of_method.seed.unique().tolist():
            figures = _figures(of_method[of_method.seed == seed])
            job = Job(method, seed, "full", split.dataset.data_hash)
            properties = {**_properties(job, split), **figures}
            runs.append({"runId": _run_id(job, split), "properties": properties})
    graph.write(load_query("write/compared_runs"), runs=runs)


def _run_id(job: Job, split: Split) -> str:
    config = job.run_config
    if config is not None and job.method.ranking == NETWORKS[config.network].rankings[0]:
        return name_run(config, split.dataset)
    return job.name


def _properties(job: Job, split: Split) -> dict[str, Any]:
    return {
        "model": job.method.title,
        "dataset": split.dataset.name,
        "dataHash": split.dataset.data_hash,
        "seed": job.seed,
        "config": json.dumps(job.config.model_dump()),
    }


def _figures(rows: pd.DataFrame) -> dict[str, float]:
    groups = {prefix: in_group(rows, group) for prefix, group in _GROUPS.items()}
    return {
        property_name(metric, prefix): float(chosen[metric].mean())
        for prefix, chosen in groups.items()
        if len(chosen)
        for metric in METRICS
    }
