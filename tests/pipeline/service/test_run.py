"""The service as a command: where it listens, how it ends, what it needs."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import pytest
import requests

from tests.support.command_line import typed
from tests.support.narrowing import present

WITHOUT = """
import sys
sys.modules.update(dict.fromkeys(["fastapi", "fastapi_offline", "uvicorn"]))
sys.argv = ["pipeline", "serve"]
from pipeline.cli import main
main()
"""


@contextmanager
def serving(*options):
    """Within, a process that serves, and its address."""
    command = [sys.executable, "-m", "pipeline", "serve", "--port", "0", *options]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ, text=True
    ) as process:
        try:
            line = present(process.stdout).readline()
            assert line.startswith("Answering at http://127.0.0.1:"), line
            yield process, line.split()[2].rstrip(",")
        finally:
            process.kill()


def wait_until_it_answers(address):
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            return requests.get(f"{address}/health", timeout=60)
        except requests.ConnectionError:
            time.sleep(0.05)
    raise AssertionError(f"{address} does not answer")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_a_signal_ends_it_when_what_has_begun_is_answered(recommended, number, code):
    with serving() as (process, address):
        assert wait_until_it_answers(address).status_code == 200
        answers = []
        asking = threading.Thread(
            target=lambda: answers.append(requests.get(f"{address}/recommend?user=1", timeout=60))
        )
        asking.start()
        time.sleep(0.2)  # the request has been sent
        process.send_signal(number)
        assert process.wait(timeout=60) == code
        asking.join(timeout=60)
        assert [answer.status_code for answer in answers] == [200]
        errors = process.stderr.read()
        assert "Traceback" not in errors
        assert errors.strip() == ("" if code == 0 else "Interrupted.")
        with pytest.raises(requests.ConnectionError):
            requests.get(f"{address}/health", timeout=5)


def test_an_address_that_is_taken_or_none_is_one_line(recommended):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = typed("serve", "--port", port)
        assert (done.code, done.out) == (2, "")
        assert done.err.startswith(f"Error: 127.0.0.1:{port} cannot be listened at (")
        assert done.err.count("\n") == 1
    for host in ("no.such.host.invalid", "256.1.1.1", "..", "a" * 300):
        done = typed("serve", "--host", host, "--port", 0)
        assert (done.code, done.err.count("\n")) == (2, 1), done
        assert "cannot be listened at" in done.err


def test_without_the_extra_it_says_what_to_install():
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 2
    assert "pip install 'rkan[serve]'" in done.stderr
    assert "fastapi, fastapi_offline, uvicorn" in done.stderr
    assert done.stderr.count("\n") == 1
