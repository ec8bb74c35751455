import subprocess
import sys

import pytest

from pipeline.imports import without

_SLOW = {"pandas", "pyarrow", "scipy"}


def loaded_by(*modules):
    code = f"import sys, {', '.join(modules)}; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(run.stdout.split())


def test_a_package_cannot_be_imported_in_the_block_and_can_afterwards():
    sys.modules.pop("wave", None)
    with without("wave"), pytest.raises(ModuleNotFoundError):
        import wave
    import wave

    assert sys.modules["wave"] is wave


def test_a_loaded_package_stays_visible():
    with without("json"):
        import json
    assert sys.modules["json"] is json


def test_reading_explanations_loads_only_what_it_needs():
    modules = loaded_by("pipeline.explanation.explain", "pipeline.explanation.similar")
    assert "neo4j" in modules
    assert modules.isdisjoint(_SLOW | {"torch"})


def test_recommending_loads_neither_pandas_nor_scipy():
    modules = loaded_by("pipeline.recommendation.preview", "pipeline.recommendation.recommend")
    assert "torch" in modules
    assert modules.isdisjoint(_SLOW)


def test_deriving_relationships_loads_neither_pytorch_nor_pandas():
    modules = loaded_by("pipeline.enrichment.enrich", "pipeline.runs.derived")
    assert modules.isdisjoint({"torch", "pandas", "pyarrow"})
