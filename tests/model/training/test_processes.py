import json
from contextlib import nullcontext
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from model.training import processes
from model.training.trainer import Trainer
from tests.support import two_processes
from tests.support.narrowing import present

EXAMPLES = np.random.default_rng(0).normal(size=(17, 4))  # the second process has a batch less
SETTINGS = SimpleNamespace(
    batch_size=8, learning_rate=0.1, rate_decay=0.5, average_decay=0.0, patience=9, seed=0
)
JOINED = """
import json, os, signal
from datetime import timedelta
from torch import distributed
from tests.model.training import test_processes as here
distributed.init_process_group("gloo", timeout=timedelta(seconds=60))
rank = distributed.get_rank()
"""
LEFT = "\ndistributed.destroy_process_group()\n"  # else Gloo's threads may outlive their owner
SPARSE = JOINED + "print(json.dumps(here.averaged_rows()))" + LEFT
TRAINED = JOINED + "print(json.dumps(here.trained()))" + LEFT
DYING = """
from model.training.processes import LostProcessError, summed
summed(1)
if rank == 1:
    os.kill(os.getpid(), signal.SIGKILL)
try:
    summed(1)
except LostProcessError as error:
    print("lost:", error)
"""


class Line(torch.nn.Module):
    """A linear regression on the first three columns of the examples."""

    def __init__(self):
        super().__init__()
        self.slopes = torch.nn.Parameter(torch.zeros(3))
        self.idle = torch.nn.Parameter(torch.ones(2))  # on no path of the gradient
        self.seen = []

    def parameter_groups(self, config):
        return [{"params": list(self.parameters()), "lr": config.learning_rate}]

    def batches(self, chunks, size, rng):
        for chunk in chunks:
            for start in range(0, len(chunk), size):
                rows = torch.tensor(chunk[start : start + size])
                self.seen.append(len(rows))
                yield SimpleNamespace(
                    rows=rows, examples=len(rows), pairs=len(rows), pairs_without_paths=1
                )

    def loss(self, batch, config):
        x, y = batch.rows[:, :3].float(), batch.rows[:, 3].float()
        return ((x @ self.slopes - y) ** 2).mean()


def trained():
    """Train on this process's examples; return all that came of it."""
    network = Line()
    trainer = Trainer(network, SETTINGS, torch.device("cpu"))
    mine = EXAMPLES[processes.own(np.arange(len(EXAMPLES)))]
    advanced: list[int] = []
    trainer.fit(
        3,
        lambda epoch: nullcontext([mine]),
        lambda: float(processes.rank()),
        advance=advanced.append,
    )
    return {
        "slopes": network.slopes.tolist(),
        "idle": network.idle.tolist(),
        "losses": [record.loss for record in trainer.records],
        "validations": [record.validation for record in trainer.records],
        "pairs": [record.pairs for record in trainer.records],
        "pathless": [record.pairs_without_paths for record in trainer.records],
        "advanced": advanced,
        "sizes": network.seen,
    }


def averaged_rows():
    """Average a sparse gradient of two examples here and of six, or none, there."""
    table, other = (torch.nn.Parameter(torch.zeros(9, 2)) for _ in range(2))
    examples = 6 if processes.rank() else 2
    rows = torch.tensor([[2, 5, 8]]) if processes.rank() else torch.tensor([[5]])
    values = torch.ones(rows.shape[1], 2) * (processes.rank() + 1)
    table.grad = torch.sparse_coo_tensor(rows, values, table.shape, check_invariants=True)
    if processes.rank():
        other.grad = torch.sparse_coo_tensor(rows, values, table.shape, check_invariants=True)
    tables = [table, other]
    loss, total = processes.average_gradients(tables, 1.0, examples, tables)
    return [loss, total, *(present(each.grad).to_dense()[:, 0].tolist() for each in tables)]


def test_sparse_gradients_of_two_processes_are_averaged():
    outputs = two_processes.finish(two_processes.start("-c", SPARSE))
    assert [errors for _, errors in outputs] == ["", ""]
    first, second = (json.loads(output) for output, _ in outputs)
    assert first == second
    assert first[:2] == [1.0, 8]
    assert first[2] == pytest.approx([0, 0, 1.5, 0, 0, 1.75, 0, 0, 1.5])
    assert first[3] == pytest.approx([0, 0, 1.5, 0, 0, 1.5, 0, 0, 1.5])


def test_two_processes_take_the_steps_that_one_takes_with_all_examples():
    outputs = two_processes.finish(two_processes.start("-c", TRAINED))
    assert [errors for _, errors in outputs] == ["", ""]
    first, second = (json.loads(output) for output, _ in outputs)
    alone = trained()
    for name in ("slopes", "losses"):
        assert first[name][1:] == pytest.approx(alone[name][1:], rel=1e-5)
        assert first[name] == second[name]
    assert first["idle"] == [1, 1]
    assert first["validations"] == second["validations"] == [0.5] * 4  # the mean of both
    assert first["advanced"] == alone["advanced"] == [8, 8, 1] * 3
    assert (first["sizes"], second["sizes"]) == ([4, 4, 1] * 3, [4, 4] * 3)
    assert first["pairs"] == [0, 17, 17, 17]
    assert first["pathless"] == [0, 5, 5, 5]  # one in each process's batch


def test_a_process_whose_partner_was_killed_ends_with_an_error_of_its_own():
    both = two_processes.start("-c", JOINED + DYING)
    (output, errors), _ = two_processes.finish(both)
    assert output.startswith("lost: "), errors


def test_a_single_process_has_everything_and_changes_nothing():
    assert processes.num_processes() == 1
    assert processes.own(np.arange(3)).tolist() == [0, 1, 2]
    assert processes.own_batch_size(7) == 7
    assert list(processes.in_step([1, 2])) == [1, 2]
    weight = torch.nn.Parameter(torch.ones(1))
    assert processes.average_gradients([weight], float("inf"), 3) == (float("inf"), 3)
    assert weight.grad is None
    with processes.first_alone():
        assert processes.is_first()
