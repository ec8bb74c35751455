"""The audit of the lock file: what fails, what is skipped and said to be so."""

import importlib.util
import json
from pathlib import Path

import pytest

_FILE = Path(__file__).resolve().parents[1] / ".ci" / "audit.py"
_SPEC = importlib.util.spec_from_file_location("audit", _FILE)
assert _SPEC
assert _SPEC.loader
audit = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(audit)

CLEAN = {"name": "click", "version": "8.1.8", "vulns": []}
SKIPPED = {"name": "rich", "skip_reason": "Dependency not found"}
FLAW = {"id": "PYSEC-1", "fix_versions": ["2.0"], "aliases": [], "description": ""}
FLAWED = {"name": "jinja2", "version": "1.0", "vulns": [FLAW]}


def judged(*packages, errors=""):
    return audit.verdict(json.dumps({"dependencies": packages}), errors)


def test_packages_without_vulnerabilities_pass():
    code, lines = judged(CLEAN, SKIPPED)
    assert code == 0
    assert lines == [
        "audit: 1 packages could not be looked up",
        "audit: 1 packages of requirements.lock were looked up",
    ]


def test_a_known_vulnerability_fails_and_names_the_fix():
    code, lines = judged(CLEAN, FLAWED)
    assert code == 1
    assert lines[0] == (
        "audit: jinja2 1.0: PYSEC-1 is a known vulnerability, fixed in 2.0; run: make lock"
    )


def test_an_accepted_vulnerability_passes_with_its_reason(monkeypatch):
    monkeypatch.setitem(audit.ACCEPTED, "PYSEC-1", "no template of others is rendered")
    code, lines = judged(FLAWED)
    assert code == 0
    assert lines[0].endswith("is accepted: no template of others is rendered")


@pytest.mark.parametrize(
    ("output", "errors"),
    [
        (json.dumps({"dependencies": [SKIPPED]}), "No known vulnerabilities found"),
        ("", "requests.exceptions.ConnectionError: Failed to resolve 'api.osv.dev'"),
        ("", "ERROR:pip_audit._cli:Could not connect to PyPI's vulnerability feed"),
        ("", "503 Server Error: Service Unavailable for url"),
        ("", "error: Request failed after 3 retries\n  Caused by: operation timed out"),
    ],
)
def test_what_cannot_be_looked_up_is_skipped_and_said(output, errors):
    code, lines = audit.verdict(output, errors)
    assert code == 0
    assert len(lines) == 1
    assert lines[0].startswith("audit: SKIPPED, vulnerabilities cannot be looked up here (")


@pytest.mark.parametrize(
    "errors", ["", "error: Hash mismatch for `rich==14.0`", "usage: pip-audit"]
)
def test_any_other_failure_fails(errors):
    assert audit.verdict("", errors).code == 1
