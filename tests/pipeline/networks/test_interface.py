"""The summands of a score."""

from pipeline.networks.interface import Ledger


def test_a_ledger_adds_up():
    ledger = Ledger(taste=-1.0, popularity=0.5, films=[], kinds={"SIMILAR": 1.5, "USERS": 1.0})
    assert ledger.paths == 2.5
    assert ledger.size == 4.0


def test_a_ledger_without_paths_has_none():
    ledger = Ledger(taste=-1.0, popularity=0.5, films=[], kinds={})
    assert (ledger.paths, ledger.size) == (0, 1.5)
