"""Passwords of servers that the pipeline starts: random, in files that only the owner can read."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from pipeline.errors import ServerError

USER = "neo4j"
FIRST_PASSWORD = "neo4j"  # noqa: S105  of a new Neo4j, which requires a change at once


def ensure_password(file: Path) -> str:
    """Return the password in ``file``; the first call creates it at random, with mode 0600."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        password = secrets.token_urlsafe(18)
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
                stream.write(password + "\n")
        except OSError:  # a full disk: an empty file would pass for a lost password
            file.unlink()
            raise
    return read_password(file)


def refused(server: str | None, file: Path) -> ServerError:
    """Return the error for a server that refuses the password in ``file``."""
    return ServerError(
        f"{server} refuses the password in {file}, so it was changed elsewhere, such as in "
        "Browser; put the new password into that file, or change it back (after several "
        "refusals, Neo4j accepts no login for 5 s)"
    )


def read_password(file: Path) -> str:
    """Return the password in ``file``.

    Raises:
        ServerError: the file is missing or empty.
    """
    try:
        password = file.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        password = ""
    if not password:
        raise ServerError(
            f"the password file {file} is missing or empty; restore the server's password in it, "
            "or delete the server's folder to start with an empty database"
        )
    return password
