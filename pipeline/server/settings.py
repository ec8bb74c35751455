"""Write Neo4j's configuration and Java's options, with memory sizes that fit the machine."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from pipeline.errors import ConfigError, ServerError
from pipeline.server.browser import browser_settings
from pipeline.server.ports import ADDRESS, Ports

HEAP_VARIABLE = "PIPELINE_HEAP"
EXTRA_SETTINGS = "extra.conf"
MAIN_CLASS = "org.neo4j.server.CommunityEntryPoint"
_MIB = 1024**2
_FLOOR, _CAP = 512, 4096  # MiB: smallest heap; largest default heap and page cache
_BESIDE_HEAP = 512  # MiB that Java and Neo4j need besides heap and page cache
_CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")
_UNITS = {"m": 1, "g": 1024}
_OPENED = ("java.nio", "java.io", "sun.nio.ch", "java.util.concurrent")


@dataclass(frozen=True)
class Memory:
    """Sizes in MiB: initial and largest Java heap, and the page cache."""

    heap_initial: int
    heap_max: int
    page_cache: int


def choose_memory(
    heap: str | None = None, *, total: int | None = None, available: int | None = None
) -> Memory:
    """Choose a quarter of the machine's memory each for heap and page cache.

    The default heap is between 512 MiB and 4 GiB.

    Args:
        heap: largest heap such as "2g" or "800m"; None means PIPELINE_HEAP.
        total: the machine's memory in MiB; measured by default.
        available: the available memory in MiB; measured by default.

    Raises:
        ConfigError: ``heap`` is not a size, or below 512 MiB.
        ServerError: too little memory is available.
    """
    total = _total() if total is None else total
    available = psutil.virtual_memory().available // _MIB if available is None else available
    asked = heap or os.environ.get(HEAP_VARIABLE)
    heap_max = _size(asked) if asked else min(max(total // 4, _FLOOR), _CAP)
    if not asked:
        heap_max = max(min(heap_max, available - _BESIDE_HEAP), _FLOOR)
    needed = heap_max + _BESIDE_HEAP
    if available < needed:
        less = f", or use a smaller heap: pipeline up --heap {_FLOOR}m" if heap_max > _FLOOR else ""
        raise ServerError(
            f"not enough memory: Neo4j needs about {needed} MiB and {available} MiB are available; "
            f"close other programs{less}"
        )
    page_cache = min(max(total // 4, 128), _CAP, max(available - needed, 128))
    return Memory(heap_initial=_FLOOR, heap_max=heap_max, page_cache=page_cache)


def _size(text: str) -> int:
    match = re.fullmatch(r"(\d+)\s*([mg])i?b?", text.strip().lower())
    if not match:
        raise ConfigError(f"heap {text!r} is not a size; use for example 2g or 800m")
    size = int(match[1]) * _UNITS[match[2]]
    if size < _FLOOR:
        raise ConfigError(f"heap {text!r} is too small; Neo4j needs at least {_FLOOR}m")
    return size


def _total() -> int:
    """Return the machine's memory in MiB, or the container's limit if that is lower."""
    total = psutil.virtual_memory().total
    with suppress(OSError, ValueError):  # no such file, or "max"
        total = min(total, int(_CGROUP_LIMIT.read_text()))
    return total // _MIB


def write_settings(folder: Path, ports: Ports, memory: Memory) -> None:
    """Write ``conf/neo4j.conf`` below ``folder``, Neo4j's home. Settings in extra.conf override it.

    Transaction limits keep Neo4j's defaults: no limit of time, and 70 % of the heap for all
    transactions together.
    """
    settings = {
        "server.default_listen_address": ADDRESS,
        "server.default_advertised_address": ADDRESS,
        "server.bolt.listen_address": f"{ADDRESS}:{ports.bolt}",
        "server.bolt.advertised_address": f"{ADDRESS}:{ports.bolt}",
        "server.http.listen_address": f"{ADDRESS}:{ports.http}",
        "server.http.advertised_address": f"{ADDRESS}:{ports.http}",
        "server.https.enabled": "false",
        "server.memory.pagecache.size": f"{memory.page_cache}m",
        # While a query runs, the server sends a sign of life after each such time. The driver gives
        # up a connection that is silent for twice as long; by default, that takes two minutes.
        "server.bolt.connection_keep_alive": "15s",
        "dbms.security.auth_enabled": "true",
        "dbms.usage_report.enabled": "false",
        # By default, Bolt waits twice 5 s for late requests after the databases are closed.
        "internal.dbms.bolt.netty_server_shutdown_quiet_period": "0",
        **browser_settings(),
    }
    conf = folder / "conf"
    conf.mkdir(parents=True, exist_ok=True)
    extra = conf / EXTRA_SETTINGS
    own = extra.read_text(encoding="utf-8").splitlines() if extra.exists() else []
    replaced = {line.partition("=")[0].strip() for line in own}  # Neo4j rejects duplicate keys
    lines = [f"# Overwritten at every start; put your own settings into {EXTRA_SETTINGS}."]
    lines += [f"{key}={value}" for key, value in settings.items() if key not in replaced]
    lines += own
    (conf / "neo4j.conf").write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_java_options(folder: Path, jars: Sequence[Path], memory: Memory) -> Path:
    """Write Java's options to a file and return it.

    The class path is too long for some command lines. Java works in ``folder`` when it reads it.

    Raises:
        ConfigError: Java cannot name the folder of the jars; see class_path_entry.
    """
    options = [
        f"-Xms{memory.heap_initial}m",
        f"-Xmx{memory.heap_max}m",
        "-XX:+ExitOnOutOfMemoryError",
        f"-XX:ErrorFile={folder / 'logs' / 'java-crash-%p.log'}",
        "-Dio.netty.tryReflectionSetAccessible=true",
        "--enable-native-access=ALL-UNNAMED",
        *(f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in _OPENED),
        "-classpath",
        os.pathsep.join(str(class_path_entry(jar, folder)) for jar in jars),
    ]
    file = folder / "java.options"
    lines = "\n".join(_quoted(option) for option in options) + "\n"
    file.write_bytes(os.fsencode(lines))  # the bytes of the paths, whatever the locale
    return file


def class_path_entry(path: Path, folder: Path) -> Path:
    """Return ``path`` as Java can name it while it works in ``folder``.

    A path with a colon (on Windows, a semicolon) is made relative, because Java splits the class
    path there.

    Raises:
        ConfigError: the relative path has a colon too.
    """
    if os.pathsep not in str(path):
        return path
    relative = os.path.relpath(path.resolve(), folder.resolve())
    if os.pathsep in relative:
        raise ConfigError(
            f"the folder {path} has a {os.pathsep!r} in its name, where Java splits its list of "
            "jars; choose another folder with PIPELINE_CACHE or --home"
        )
    return Path(relative)


def _quoted(option: str) -> str:
    return '"' + option.replace("\\", "\\\\").replace('"', '\\"') + '"'


def java_arguments(folder: Path, options: Path) -> list[str]:
    """Return the arguments after ``java``. They name ``folder``, which identifies the process."""
    return [f"@{options}", MAIN_CLASS, *identifying_arguments(folder), "--console-mode"]


def identifying_arguments(folder: Path) -> list[str]:
    """Return the arguments that only the server of this folder is started with."""
    return [f"--home-dir={folder}", f"--config-dir={folder / 'conf'}"]
