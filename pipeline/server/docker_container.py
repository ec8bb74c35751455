"""Settings of one home's Neo4j container: names, image, memory, ports, health check, password.

They match the service ``neo4j`` of docker-compose.yml, except that each home has its own container
and a generated password. The password is copied into the container as a file, so neither ``docker
inspect`` nor a command line of the pipeline shows it.
"""

from __future__ import annotations

import hashlib
import io
import tarfile
import time
from pathlib import Path
from typing import Any

from pipeline.home import Home
from pipeline.server.browser import browser_settings
from pipeline.server.credentials import USER
from pipeline.server.ports import ADDRESS, Ports

IMAGE = "neo4j:5.26.30-community"
HEAP, PAGE_CACHE, MEMORY = "1g", "512m", "2560m"  # MEMORY: both and the JVM
BOLT, HTTP = "7687/tcp", "7474/tcp"
HOME_LABEL = "rkan.home"

_AUTH_FILE = "/rkan/neo4j-auth"
_NEO4J_UID = 7474  # the image's user; its start script refuses a file that this user cannot read
_SECOND = 1_000_000_000  # the engine counts in nanoseconds


def container_name(home: Home) -> str:
    """Return the container's name, which depends on the home's path: two homes never share one."""
    digest = hashlib.sha256(str(home.root.resolve()).encode()).hexdigest()
    return f"rkan-neo4j-{digest[:12]}"


def volume_names(home: Home) -> dict[str, str]:
    """Return folder in the container -> the named volume that is mounted there."""
    name = container_name(home)
    return {"/data": f"{name}-data", "/logs": f"{name}-logs"}


def labels(home: Home) -> dict[str, str]:
    """Return the labels that mark a home's objects: ``docker ps --filter label=rkan.home``."""
    return {HOME_LABEL: str(home.root)}


def password_file(home: Home) -> Path:
    """Return the file with the password of the home's database in Docker, mode 0600."""
    return home.server / "docker" / "password"


def create_options(home: Home, ports: Ports) -> dict[str, Any]:
    """Return the arguments for the SDK's ``containers.create``. Ports are on loopback only."""
    return {
        "image": IMAGE,
        "name": container_name(home),
        "labels": labels(home),
        "environment": {
            "NEO4J_AUTH_PATH": _AUTH_FILE,
            "NEO4J_server_memory_heap_initial__size": HEAP,
            "NEO4J_server_memory_heap_max__size": HEAP,
            "NEO4J_server_memory_pagecache_size": PAGE_CACHE,
            "NEO4J_server_bolt_advertised__address": f"localhost:{ports.bolt}",
            "NEO4J_dbms_usage__report_enabled": "false",
            **{variable(name): value for name, value in browser_settings().items()},
        },
        "mem_limit": MEMORY,
        "ports": {BOLT: (ADDRESS, ports.bolt), HTTP: (ADDRESS, ports.http)},
        "volumes": {
            volume: {"bind": folder, "mode": "rw"} for folder, volume in volume_names(home).items()
        },
        "healthcheck": {
            "test": [  # HTTP answers after Bolt does, and asking needs neither a JVM nor a password
                "CMD",
                "wget",
                "--quiet",
                "--tries=1",
                "--timeout=8",
                "--output-document=/dev/null",
                "http://localhost:7474/",
            ],
            "interval": 10 * _SECOND,
            "timeout": 10 * _SECOND,
            "retries": 4,
            "start_period": 60 * _SECOND,
        },
    }


def variable(setting: str) -> str:
    """Return the image's environment variable for a setting of neo4j.conf."""
    return "NEO4J_" + setting.replace("_", "__").replace(".", "_")


def auth_archive(password: str) -> bytes:
    """Return a tar file with the user and password, to unpack at the container's root.

    Only the image's user can read the file in it. The file is copied rather than mounted,
    because a file of mode 0600 on the host has another owner, and the image rejects it.
    """
    folder, name = Path(_AUTH_FILE).parent.name, Path(_AUTH_FILE).name
    content = f"{USER}/{password}".encode()
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        directory = tarfile.TarInfo(folder)
        directory.type, directory.mode = tarfile.DIRTYPE, 0o755
        file = tarfile.TarInfo(f"{folder}/{name}")
        file.size, file.mode, file.uid, file.gid = len(content), 0o400, _NEO4J_UID, _NEO4J_UID
        directory.mtime = file.mtime = int(time.time())
        archive.addfile(directory)
        archive.addfile(file, io.BytesIO(content))
    return stream.getvalue()
