"""Starts a Python program in two processes, as torchrun does."""

import os
import subprocess
import sys

from pipeline.server.ports import is_free


def start(*command, **environment):
    """Start ``python COMMAND`` twice; return both processes, the first one first."""
    first = 33_000 + 7 * (os.getpid() % 2_000)  # tests run in several processes, too
    port = next(port for port in range(first, 60_000, 7) if is_free(port))
    shared = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    return [
        subprocess.Popen(
            [sys.executable, *command],
            env=os.environ | shared | environment | {"RANK": str(rank), "LOCAL_RANK": str(rank)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(2)
    ]


def finish(processes, timeout=120):
    """Wait for both; return what each wrote to stdout and stderr."""
    try:
        return [process.communicate(timeout=timeout) for process in processes]
    finally:
        for process in processes:
            process.kill()
