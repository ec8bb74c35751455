"""RKAN-history on the graph of films, its weights drawn instead of learned."""

import numpy as np
import torch

from pipeline.config import load_config
from pipeline.content.dataset import read_dataset
from pipeline.networks.rkan_history.training import DONE, HistoryTrainingRun
from pipeline.runs.checkpoints import finish
from tests.support.small_settings import QUICK_HISTORY

RUN = "rkan-history-films-1"


def settings(**changes):
    """Small settings; ``changes`` as in paths__candidates=3."""
    return load_config(
        overrides=QUICK_HISTORY | {k.replace("__", "."): v for k, v in changes.items()}
    )


def save_history_network(graph, home, *, run_id=RUN, seed=3, **changes):
    """A finished run whose weights are large enough to tell users and paths apart."""
    config, folder = settings(**changes), home.checkpoints / run_id
    cpu = torch.device("cpu")
    run = HistoryTrainingRun(graph, config, read_dataset(graph), folder, cpu, None)
    rng = np.random.default_rng(seed)
    with torch.no_grad():
        for _, weight in sorted(run.network.named_parameters()):
            weight.copy_(torch.from_numpy(rng.normal(scale=0.5, size=weight.shape)))
    finish(folder, run._checkpoint(DONE, 1, {}, {}))
    return run.network.eval()
