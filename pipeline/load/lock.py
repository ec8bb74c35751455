"""Let one load at a time write to the graph."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from pipeline.errors import LockedError
from pipeline.graph import Graph
from pipeline.queries import load_query

# Seconds to wait for a lock. Where no other load is going on, the server gives it at once.
_BEGIN, _LOAD = 30.0, 5.0


@contextmanager
def load_lock(graph: Graph) -> Iterator[None]:
    """Keep other loads away until the end of the block.

    The lock is an open transaction, so the server releases it also when this process dies.

    Raises:
        LockedError: another load is going on.
    """
    graph.write_schema(load_query("schema/constraint_load_lock"))
    lock = load_query("load/lock")
    with ExitStack() as held:
        try:
            # The server ends a transaction at its timeout even if it no longer waits, so the one
            # that lasts as long as the load has none and must not have to wait. A short one finds
            # out if another load is going on, while a second lock keeps a third one from beginning.
            with graph.holding(lock, timeout=_BEGIN, name="begin"):
                with graph.holding(lock, timeout=_LOAD, name="load"):
                    pass
                held.enter_context(graph.holding(lock, timeout=0, name="load"))
        except LockedError as error:
            raise LockedError(
                f"another load into {graph.connection.uri} is going on; wait until it has ended, "
                "or interrupt it, then run this command again (with --replace if it loads "
                "something else)"
            ) from error
        yield
