"""Passwords of servers that the pipeline starts: random, in files that only the owner can read."""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path

from pipeline.errors import ServerError
from pipeline.private import close_to_others, is_open
from pipeline.progress import say

USER = "neo4j"
FIRST_PASSWORD = "neo4j"  # noqa: S105  of a new Neo4j, which requires a change at once
_SALT_BYTES, _ROUNDS = 32, 1024  # as Neo4j 5 chooses them


def ensure_password(file: Path) -> str:
    """Return the password in ``file``; the first call creates it at random, with mode 0600."""
    if not file.exists():
        _write_private(file, secrets.token_urlsafe(18))
    return read_password(file)


def write_first_user(file: Path, password: str) -> None:
    """Write the file from which the first start of Neo4j takes its user and password.

    Without it, a new Neo4j accepts its well-known first password until someone changes it. This is
    what ``neo4j-admin dbms set-initial-password`` writes, without another start of Java: the salt
    and the password, hashed with SHA-256 again and again.
    """
    salt = secrets.token_bytes(_SALT_BYTES)
    digest = salt + password.encode()
    for _ in range(_ROUNDS):
        digest = hashlib.sha256(digest).digest()
    file.unlink(missing_ok=True)  # of a start that ended too early
    _write_private(file, f"{USER}:SHA-256,{digest.hex()},{salt.hex()},{_ROUNDS}:")


def _write_private(file: Path, line: str) -> None:
    """Write a new file of one line that only its owner can read."""
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(line + "\n")
    except OSError:  # a full disk: an empty file would pass for a lost password
        file.unlink()
        raise


def refused(server: str | None, file: Path) -> ServerError:
    """Return the error for a server that refuses the password in ``file``."""
    return ServerError(
        f"{server} refuses the password in {file}, so it was changed elsewhere, such as in "
        "Browser; put the new password into that file, or change it back (after several "
        "refusals, Neo4j accepts no login for 5 s)"
    )


def read_password(file: Path) -> str:
    """Return the password in ``file``. Where other users could read it, they no longer can.

    Raises:
        ServerError: the file is missing or empty, or others can read it and this user cannot
            change that.
    """
    try:
        if is_open(file):
            _repair(file)
        password = file.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        password = ""
    if not password:
        raise ServerError(
            f"the password file {file} is missing or empty; restore the server's password in it, "
            "or delete the server's folder to start with an empty database"
        )
    return password


def _repair(file: Path) -> None:
    """Make the password file private, and say so.

    Raises:
        ServerError: this user does not own it.
    """
    try:
        close_to_others(file)
    except OSError as error:
        raise ServerError(
            f"other users of this machine can read the password file {file}, and you cannot "
            f"change that ({error.strerror}); as its owner, run: chmod 600 '{file}'"
        ) from error
    if is_open(file):
        say(f"warning: other users may read {file}: its file system keeps no rights of files")
        return
    say(
        f"other users of this machine could read the password file {file}; now only you can. If "
        "one of them may have done so, change the password in Neo4j Browser (ALTER CURRENT USER "
        "SET PASSWORD), and then in that file"
    )
