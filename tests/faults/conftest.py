"""What tests of faults begin with."""

import pytest

from pipeline.home import Home


@pytest.fixture
def place(tmp_path):
    """A home for checkpoints alone."""
    return Home(tmp_path / "place")
