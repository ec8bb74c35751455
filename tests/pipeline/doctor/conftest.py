"""The tests' server as the database of a home, and what the doctor finds there."""

import pytest

from pipeline.doctor.examine import examine
from pipeline.doctor.findings import Finding
from pipeline.server.credentials import read_password


@pytest.fixture
def findings(graph, server, monkeypatch, place):
    """Examines; returns subject -> findings that are not ok, or all with ``everything``."""
    monkeypatch.setenv("NEO4J_URI", server.uri)
    monkeypatch.setenv("NEO4J_PASSWORD", read_password(server.password_file))

    def findings(*, repair=False, everything=False):
        found: dict[str, list[Finding]] = {}
        for finding in examine(place, repair=repair):
            if everything or finding.state != "ok":
                found.setdefault(finding.subject, []).append(finding)
        return found

    return findings
