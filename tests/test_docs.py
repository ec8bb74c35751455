"""What people read agrees with the code."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline import __version__
from pipeline.cli import COMMANDS, cli

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command):
    result = CliRunner().invoke(cli, [command, "--help"])
    assert result.exit_code == 0, result.output
    assert f"pipeline {command}" in result.output
    assert "Example" in result.output
    assert "--home" in result.output


def test_the_readme_shows_every_command():
    for command in COMMANDS:
        assert f"pipeline {command}" in README


def test_the_readme_names_only_commands_that_exist():
    used = set(re.findall(r"^\s*\$?\s*pipeline ([a-z][a-z-]+)", README, flags=re.MULTILINE))
    assert used <= set(COMMANDS)


def test_the_readme_links_to_files_that_exist():
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", README):
        assert (ROOT / target).exists(), target


def test_the_changelog_knows_this_version():
    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text()


def test_no_committed_text_names_a_machine_or_a_registry():
    forbidden = re.compile(r"/root/|/work/|pypi\.org|pythonhosted|maven\.org|mavencentral", re.I)
    suffixes = {".py", ".md", ".toml", ".cypher", ".lock", ".yml", ".example"}
    folders = ("pipeline", "model", "cypher", "configs", "docs", "tests")
    files = [f for folder in folders for f in (ROOT / folder).rglob("*") if f.suffix in suffixes]
    files += [
        f for f in ROOT.iterdir() if f.suffix in suffixes or f.name in ("Makefile", "Dockerfile")
    ]
    found = [f for f in files if f != Path(__file__) and forbidden.search(f.read_text())]
    assert not found
