"""Look up the packages of requirements.lock among known vulnerabilities, with pip-audit.

Exit codes: 0 no vulnerability is known, or none could be looked up, which a line says; 1 otherwise.
pip-audit itself is installed from .ci/audit.lock, by hash, beside the project's own packages.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

# Vulnerabilities that do not concern this project: id -> the reason. Remove an entry when the
# locked version is no longer affected.
ACCEPTED: dict[str, str] = {}

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements.lock"
ANSWER, LIMIT = "5", 180  # seconds to wait for an answer; for the whole command
_UNREACHABLE = re.compile(
    r"connection|connect |could not connect|resolve|timed? ?out|max retries|network"
    r"|(server|client) error|request failed|error sending request",
    re.IGNORECASE,
)


class Verdict(NamedTuple):
    """An exit code, and the lines that say why."""

    code: int
    lines: list[str]


def main() -> int:
    """Audit the lock file and return the exit code."""
    environment = Path(sys.prefix) / "audit"
    scripts = environment / Path(sys.executable).parent.name
    uv = str(Path(sys.executable).with_name("uv"))
    lock = str(ROOT / ".ci" / "audit.lock")
    options = ["--require-hashes", "--disable-pip", "--format", "json", "--progress-spinner", "off"]
    commands = (
        [uv, "venv", "--quiet", "--allow-existing", str(environment)],
        [
            uv,
            *["pip", "install", "--quiet", "--require-hashes", "--python"],
            str(environment),
            "-r",
            lock,
        ],
        [str(scripts / "pip-audit"), *options, "--timeout", ANSWER, "--requirement", str(LOCK)],
    )
    try:
        for command in commands:
            done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT)
            if done.returncode and command is not commands[-1]:
                break
        found = verdict(done.stdout, done.stderr)
    except subprocess.TimeoutExpired:
        found = _skipped(f"no answer within {LIMIT} s")
    sys.stdout.write("".join(f"{line}\n" for line in found.lines))
    return found.code


def verdict(output: str, errors: str) -> Verdict:
    """Judge what pip-audit, or the command that installs it, has printed.

    Args:
        output: the JSON document of pip-audit; anything else if it failed.
        errors: standard error.
    """
    try:
        packages = json.loads(output)["dependencies"]
    except (ValueError, KeyError, TypeError):
        last = (errors.strip().splitlines() or ["it printed nothing"])[-1].strip()[:300]
        return _skipped(last) if _UNREACHABLE.search(errors) else Verdict(1, [f"audit: {last}"])
    known = [package for package in packages if "vulns" in package]
    if not known:
        return _skipped(f"none of the {len(packages)} packages is in the list that answered")
    lines, code = [], 0
    for package in known:
        for each in package["vulns"]:
            name = f"{package['name']} {package['version']}: {each['id']}"
            if reason := ACCEPTED.get(each["id"]):
                lines.append(f"audit: {name} is accepted: {reason}")
                continue
            fixed = ", ".join(each["fix_versions"]) or "no version yet"
            lines.append(
                f"audit: {name} is a known vulnerability, fixed in {fixed}; run: make lock"
            )
            code = 1
    unknown = len(packages) - len(known)
    lines += [f"audit: {unknown} packages could not be looked up"] if unknown else []
    return Verdict(code, [*lines, f"audit: {len(known)} packages of {LOCK.name} were looked up"])


def _skipped(reason: str) -> Verdict:
    return Verdict(0, [f"audit: SKIPPED, vulnerabilities cannot be looked up here ({reason})"])


if __name__ == "__main__":
    sys.exit(main())
