"""The only package that talks to Neo4j: a thin layer over the official driver.

Queries are Query objects (pipeline.queries). Reads and writes are routed explicitly. Driver errors
become pipeline errors that say what to do.
"""

from pipeline.graph.connection import Connection
from pipeline.graph.driver import BATCH_SIZE, Graph, WriteTransaction, change_password
from pipeline.graph.errors import TIMEOUT_VARIABLE

__all__ = [
    "BATCH_SIZE",
    "TIMEOUT_VARIABLE",
    "Connection",
    "Graph",
    "WriteTransaction",
    "change_password",
]
