"""The password of a server that the pipeline started: random, in a file only its owner reads."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from pipeline.errors import ServerError

USER = "neo4j"
FIRST_PASSWORD = "neo4j"  # noqa: S105  a fresh Neo4j's, which it wants changed at once


def ensure_password(file: Path) -> str:
    """The password in ``file``, made up and written there (mode 0600) at the first call."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        password = secrets.token_urlsafe(18)
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(password + "\n")
    return read_password(file)


def read_password(file: Path) -> str:
    """The password in ``file``.

    Raises:
        ServerError: the file is missing or empty.
    """
    try:
        password = file.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        password = ""
    if not password:
        raise ServerError(
            f"the password file {file} is missing or empty; put the server's password back into "
            "it, or remove the server's folder to begin with an empty database"
        )
    return password
