"""The files around the code agree with it: CI, pre-commit, citation, and the documents' links."""

import ast
import importlib
import re
from pathlib import Path

import pytest
import yaml

from pipeline import __version__

ROOT = Path(__file__).parents[1]
DOCUMENTS = [ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").glob("*.md"))]
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()
FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)
EXAMPLES = ("likes", "watch_log", "co_watched")  # the recipes write these modules


def read_yaml(name):
    return yaml.safe_load((ROOT / name).read_text())


def heading_anchors(file):
    headings = re.findall(r"^#+ (.+)$", FENCED.sub("", file.read_text()), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}


def test_ci_runs_the_commands_that_the_readme_names():
    workflow = read_yaml(".github/workflows/ci.yml")
    assert workflow["permissions"] == {"contents": "read"}
    [job] = workflow["jobs"].values()
    assert job["strategy"]["matrix"]["python"] == ["3.11", "3.12", "3.13"]
    commands = [step["run"] for step in job["steps"] if "run" in step]
    assert commands == [f"make {each} PYTHON=python" for each in ("lint", "audit", "test")]
    own = re.findall(r"^make \w+$", (ROOT / ".ci/run").read_text(), flags=re.MULTILINE)
    assert [f"{each} PYTHON=python" for each in own] == commands


def test_every_file_that_a_cache_key_hashes_exists():
    text = (ROOT / ".github/workflows/ci.yml").read_text()
    hashed = [
        name
        for call in re.findall(r"hashFiles\((.*?)\)", text)
        for name in re.findall("'(.+?)'", call)
    ]
    assert hashed
    assert all((ROOT / name).is_file() for name in hashed)


def test_pre_commit_lints_as_ci_does_and_downloads_nothing():
    repositories = read_yaml(".pre-commit-config.yaml")["repos"]
    assert {each["repo"] for each in repositories} == {"local"}
    hooks = {hook["id"]: hook for each in repositories for hook in each["hooks"]}
    assert {hook["language"] for hook in hooks.values()} == {"system"}
    assert hooks["lint"]["entry"] == "make lint"


def test_the_citation_is_of_this_version():
    citation = read_yaml("CITATION.cff")
    assert citation["cff-version"] == "1.2.0"
    assert citation["version"] == __version__
    assert citation["license"] == "Apache-2.0"


@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: file.name)
def test_every_link_leads_somewhere(file):
    text = FENCED.sub("", file.read_text())
    for target, anchor in re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)", text):
        aim = (file.parent / target) if target else file
        assert aim.exists(), target
        assert not anchor or anchor in heading_anchors(aim), anchor


def test_every_path_that_contributing_names_exists():
    text = FENCED.sub("", CONTRIBUTING)
    names = set(re.findall(r"`(\.?\w[\w.-]*/[\w./-]*|[\w-]+\.(?:py|toml|md|lock))`", text))
    assert len(names) > 15
    assert not {name for name in names if not found(name)}


def found(name):
    """A path from the root, or of the tree that CONTRIBUTING.md shows below pipeline/."""
    return (ROOT / name).exists() or (ROOT / "pipeline" / name).exists()


def test_the_tree_names_every_stage():
    [tree] = [block for _, block in FENCED.findall(CONTRIBUTING) if block.startswith("cypher/")]
    shown = set(re.findall(r"(\w+)/", tree))
    stages = {each.parent.name for each in (ROOT / "pipeline").glob("*/__init__.py")}
    assert shown == stages | {"cypher", "model", "pipeline"}


@pytest.mark.parametrize(
    "code", [block for kind, block in FENCED.findall(CONTRIBUTING) if kind == "python"]
)
def test_the_code_of_the_recipes_imports_what_there_is(code):
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom) and not set(EXAMPLES) & set(
            str(node.module).split(".")
        ):
            module = importlib.import_module(str(node.module))
            assert all(hasattr(module, each.name) for each in node.names), node.module
