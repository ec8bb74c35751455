"""Contexts of runs, finished runs, and runs that die at a chosen moment."""

import dataclasses
from contextlib import contextmanager

import pytest
import torch

from model.checkpoint import Checkpoint, TrainingState, save_checkpoint
from pipeline.content.catalogue import read_catalogue
from pipeline.content.dataset import read_dataset
from pipeline.content.histories import read_histories
from pipeline.networks.interface import RunContext
from pipeline.runs import training as runs
from pipeline.runs.checkpoints import finish


def context_of(graph, folder, histories=None, **changes):
    """A run's context on the CPU: the graph's own histories unless others are given."""
    return RunContext(
        graph=graph,
        dataset=read_dataset(graph),
        histories=read_histories(graph) if histories is None else histories,
        catalogue=read_catalogue(graph),
        folder=folder,
        device=torch.device("cpu"),
        **changes,
    )


def save_run(context, config, state, **changes):
    """Write the finished checkpoint of a run; ``changes`` replace fields of it."""
    fields = {item.name: getattr(state, item.name) for item in dataclasses.fields(TrainingState)}
    fields |= {
        "run_id": context.folder.name,
        "config": config.model_dump(),
        "data_hash": context.dataset.data_hash,
        "dataset": context.dataset.name,
        "num_entities": context.dataset.num_entities,
        "seed": config.seed,
    }
    finish(context.folder, Checkpoint(**{**fields, **changes}))


@contextmanager
def dying_after(saves):
    """Within, training is interrupted right after so many saved epochs, and must be."""
    done = 0

    def dying(file, checkpoint):
        nonlocal done
        save_checkpoint(file, checkpoint)
        done += 1
        if done == saves:
            raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs, "save_checkpoint", dying)
        with pytest.raises(KeyboardInterrupt):
            yield


@contextmanager
def saved_states():
    """Within, a list of (phase, epoch) grows with every saved state."""
    seen = []

    def watched(file, checkpoint):
        seen.append((checkpoint.phase, checkpoint.epoch))
        save_checkpoint(file, checkpoint)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs, "save_checkpoint", watched)
        yield seen
