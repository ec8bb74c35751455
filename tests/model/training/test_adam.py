"""Adam on two threads gives what PyTorch's gives."""

import copy

import pytest
import torch

from model.training.adam import Adam

SIZES = [(700, 64), (3,), (40, 64), (), (1, 1)]


def trained(kind, steps, state=None, **options):
    """Tables after some steps, of which each leaves one table without a gradient, and the state."""
    generator = torch.Generator().manual_seed(0)
    tables = [torch.nn.Parameter(torch.randn(size, generator=generator)) for size in SIZES]
    groups = [{"params": tables[:2]}, {"params": tables[2:], "lr": 0.3}]
    optimiser = kind(groups, lr=0.01, **options)
    if state is not None:
        optimiser.load_state_dict(copy.deepcopy(state))
    for step in range(steps):
        for place, table in enumerate(tables):
            none = place == step % len(tables)
            table.grad = None if none else torch.randn(table.shape, generator=generator)
        optimiser.step()
    return tables, optimiser.state_dict()


@pytest.mark.parametrize("options", [{}, {"weight_decay": 0.1, "betas": (0.5, 0.7), "eps": 1e-3}])
def test_every_bit_is_pytorchs(options):
    tables, state = trained(Adam, 7, **options)
    expected, known = trained(torch.optim.Adam, 7, **options)
    for one, other in zip(tables, expected, strict=True):
        assert torch.equal(one, other)
    assert state["param_groups"] == known["param_groups"]
    assert state["state"].keys() == known["state"].keys()
    for own, theirs in zip(state["state"].values(), known["state"].values(), strict=True):
        assert own.keys() == theirs.keys()
        assert all(torch.equal(own[name], theirs[name]) for name in own)


def test_each_goes_on_from_the_others_state():
    _, state = trained(torch.optim.Adam, 3)
    tables, _ = trained(Adam, 4, state)
    expected, _ = trained(torch.optim.Adam, 4, state)
    assert all(torch.equal(one, other) for one, other in zip(tables, expected, strict=True))


def test_without_gradients_nothing_happens():
    table = torch.nn.Parameter(torch.ones(3))
    Adam([table]).step()
    assert torch.equal(table, torch.ones(3))


def test_a_sparse_gradient_updates_its_rows_as_sparse_adam_does():
    start = torch.randn(50, 4, generator=torch.Generator().manual_seed(1))
    own, theirs = (torch.nn.Parameter(start.clone()) for _ in range(2))
    dense = torch.nn.Parameter(torch.ones(3))
    optimiser, known = Adam([own, dense], lr=0.01), torch.optim.SparseAdam([theirs], lr=0.01)
    for step in range(4):
        rows = torch.tensor([[step, 7, 30, 7]])  # 7 twice: its gradients are added
        values = torch.ones(4, 4) * (step + 1)
        gradient = torch.sparse_coo_tensor(rows, values, start.shape, check_invariants=True)
        own.grad, theirs.grad, dense.grad = gradient, gradient.clone(), torch.ones(3)
        optimiser.step()
        known.step()
    assert torch.allclose(own, theirs, atol=1e-6)
    assert (own != start).any(dim=1).nonzero().flatten().tolist() == [0, 1, 2, 3, 7, 30]
    assert not torch.equal(dense, torch.ones(3))
