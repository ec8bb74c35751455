"""Encrypted connections to a real Neo4j, whose certificate nobody has signed but itself."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from pipeline.connect import open_graph
from pipeline.errors import DatabaseError
from pipeline.home import Home
from pipeline.server import managed
from pipeline.server.credentials import read_password
from pipeline.server.ports import free_port
from pipeline.server.settings import EXTRA_SETTINGS
from pipeline.server.state import Places
from tests.support.command_line import typed

OPENSSL = shutil.which("openssl")
SETTINGS = """
server.bolt.tls_level=OPTIONAL
dbms.ssl.policy.bolt.enabled=true
dbms.ssl.policy.bolt.base_directory=certificates
dbms.ssl.policy.bolt.private_key=key.pem
dbms.ssl.policy.bolt.public_certificate=certificate.pem
dbms.ssl.policy.bolt.client_auth=NONE
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.neo4j,
    pytest.mark.skipif(OPENSSL is None, reason="openssl, which makes the certificate, is missing"),
]


class Encrypted(NamedTuple):
    """A server that answers in TLS and without."""

    address: str
    http: str
    password: str
    certificate: Path


@pytest.fixture(scope="module")
def encrypted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Encrypted]:
    """The managed Neo4j with a certificate for localhost alone."""
    home = Home(tmp_path_factory.mktemp("encrypted"))
    neo4j = Places(home).neo4j
    for name in ("conf", "certificates"):
        (neo4j / name).mkdir(parents=True)
    certificate = neo4j / "certificates" / "certificate.pem"
    (neo4j / "conf" / EXTRA_SETTINGS).write_text(SETTINGS)
    subprocess.run(
        [
            *(OPENSSL or "", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"),
            *("-keyout", certificate.with_name("key.pem"), "-out", certificate),
        ],
        check=True,
        capture_output=True,
        timeout=60,
    )
    bolt, http = free_port(), free_port()
    try:
        status = managed.start(home, bolt_port=bolt, http_port=http, heap="512m")
        assert status.password_file is not None
        password = read_password(status.password_file)
        yield Encrypted(f"localhost:{bolt}", f"localhost:{http}", password, certificate)
    finally:
        managed.stop(home, timeout=10)


@pytest.fixture
def reach(encrypted, monkeypatch, tmp_path):
    """Name a URI in the environment and open it."""

    def opened(uri: str) -> str:
        monkeypatch.setenv("NEO4J_URI", uri)
        monkeypatch.setenv("NEO4J_PASSWORD", encrypted.password)
        with open_graph(Home(tmp_path / "unused")) as graph:
            return graph.version

    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    return opened


@pytest.mark.parametrize("scheme", ["bolt", "neo4j"])
def test_a_self_signed_certificate_is_refused_in_one_line_that_names_the_fix(
    encrypted, reach, scheme
):
    uri = f"{scheme}+s://{encrypted.address}"
    with pytest.raises(DatabaseError) as caught:
        reach(uri)
    said = str(caught.value)
    assert said.startswith(f"the certificate of {uri} cannot be verified (self-signed certificate)")
    assert "SSL_CERT_FILE" in said
    assert f"use {scheme}+ssc://" in said
    assert "\n" not in said


def test_a_command_ends_with_this_line_and_without_a_traceback(encrypted, monkeypatch, tmp_path):
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.setenv("NEO4J_URI", f"bolt+s://{encrypted.address}")
    monkeypatch.setenv("NEO4J_PASSWORD", encrypted.password)
    ended = typed("--home", tmp_path, "explain", 1)
    assert ended.code == 1
    assert ended.err.startswith("Error: the certificate of bolt+s://localhost:")
    assert ended.err.count("\n") == 1


@pytest.mark.parametrize("scheme", ["bolt", "neo4j"])
def test_a_certificate_that_one_trusts_is_accepted(encrypted, reach, monkeypatch, scheme):
    monkeypatch.setenv("SSL_CERT_FILE", str(encrypted.certificate))
    assert reach(f"{scheme}+s://{encrypted.address}")


def test_a_trusted_certificate_of_another_name_is_refused(encrypted, reach, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(encrypted.certificate))
    with pytest.raises(DatabaseError, match=r"certificate .* cannot be verified \(.*mismatch"):
        reach(f"bolt+s://{encrypted.address.replace('localhost', '127.0.0.1')}")


@pytest.mark.parametrize("scheme", ["bolt+ssc", "neo4j+ssc"])
def test_ssc_accepts_any_certificate(encrypted, reach, scheme):
    assert reach(f"{scheme}://{encrypted.address}")


def test_a_port_without_tls_is_named(encrypted, reach):
    with pytest.raises(DatabaseError, match=r"does not answer in TLS \(.*check the port") as caught:
        reach(f"bolt+s://{encrypted.http}")
    assert "\n" not in str(caught.value)
