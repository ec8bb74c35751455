"""The address and credentials of a database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Connection:
    """The address and credentials of one database.

    Attributes:
        uri: bolt:// or neo4j://, with +s or +ssc for TLS.
        user: user name.
        password: left out of repr.
        database: name of the database; None means the server's default.
        transaction_timeout: seconds after which the server ends a transaction; 0: never; None: as
            its own settings say.
        lost: says, when the server does not answer, what became of it and what to do; None for a
            server that the environment names.
    """

    uri: str
    user: str
    password: str = field(repr=False)
    database: str | None = None
    lost: Callable[[], str] | None = field(default=None, repr=False, compare=False)
    transaction_timeout: float | None = None
