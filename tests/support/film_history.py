"""RKAN-history on the graph of films, its weights drawn instead of learned."""

import numpy as np
import torch

from pipeline.networks.configuration import load_config
from pipeline.networks.phases import Phases
from pipeline.networks.rkan_history.derived import prepare
from pipeline.networks.rkan_history.training import HistoryTraining
from tests.support.runs import context_of, save_run
from tests.support.small_settings import QUICK_HISTORY

RUN = "rkan-history-films-1"


def settings(**changes):
    """Small settings; ``changes`` as in paths__candidates=3."""
    return load_config(
        overrides=QUICK_HISTORY | {k.replace("__", "."): v for k, v in changes.items()}
    )


def save_history_network(graph, home, *, run_id=RUN, seed=3, **changes):
    """A finished run whose weights are large enough to tell users and paths apart."""
    config = settings(**changes)
    context = context_of(graph, home.checkpoints / run_id)
    network = HistoryTraining(context, config, None).network
    rng = np.random.default_rng(seed)
    with torch.no_grad():
        for _, weight in sorted(network.named_parameters()):
            weight.copy_(torch.from_numpy(rng.normal(scale=0.5, size=weight.shape)))
    state = Phases(context, None, prepare(context, config)).done(network, 1, None)
    save_run(context, config, state)
    return network.eval()
