"""The example notebook runs as it is committed, and shows no secret."""

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from pipeline.explanation.explain import explain
from tests.support.film_graph import BUG, CASINO, HEAT, MOVIES, TOY

ROOT = Path(__file__).parents[3]
FILE = ROOT / "docs/notebooks/explore.ipynb"


@pytest.fixture
def executed(recommended, home, tmp_path, monkeypatch):
    """The notebook after all its cells ran in a kernel, against the graph of films."""
    monkeypatch.setenv("PIPELINE_HOME", str(home.root))
    for variable in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR"):
        monkeypatch.setenv(variable, str(tmp_path / variable.lower()))
    notebook = nbformat.read(FILE, as_version=4)
    folder = {"metadata": {"path": str(FILE.parent)}}
    return NotebookClient(notebook, timeout=120, resources=folder).execute()


def outputs(notebook):
    """The text that each cell shows, by the cell's id."""
    return {
        cell.id: "\n".join(
            each.data["text/plain"] if "data" in each else each.get("text", "")
            for each in cell.outputs
        )
        for cell in notebook.cells
        if cell.cell_type == "code"
    }


def test_the_notebook_runs_and_both_ways_agree(executed, graph):
    shown = outputs(executed)
    assert "Neo4j Kernel 5." in shown["connect"]
    assert re.findall(r"\b(Toy Story|Big|Heat|Alone) \(", shown["history"]) == [
        "Toy Story",
        "Big",
        "Heat",
        "Alone",
    ]
    best, *rest = explain(graph, 1)
    for each in (best, *rest):
        assert each.movie in shown["reasons"]
        assert all(sentence in shown["reasons"] for sentence in each.sentences)
    assert shown["paths"].count("user 1 -RATED- ") == len(best.paths)
    directed = {"'John Lasseter'": [TOY, BUG], "'person m.0abc'": [HEAT, CASINO]}
    for movie in directed[shown["director"]]:
        title, year = MOVIES[movie]
        assert f"{title} ({year})" in shown["films"]
    assert shown["films"] == shown["driver"]
    assert graph.connection.password not in nbformat.writes(executed)


def test_the_committed_notebook_holds_no_outputs_and_names_no_machine():
    notebook = nbformat.read(FILE, as_version=4)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert (cell.outputs, cell.execution_count) == ([], None)
    text = FILE.read_text()
    assert not re.search(r"/(root|work|home|Users)/|[A-Z]:\\|password=", text)
