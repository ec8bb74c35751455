"""Remember which engine a home uses: the managed server, unless `up --docker` chose Docker."""

from __future__ import annotations

from typing import Literal

from pipeline.home import Home

Engine = Literal["managed", "docker"]


def read_engine(home: Home) -> Engine:
    """Return the engine of this home's database; the default is "managed"."""
    try:
        text = (home.server / "engine").read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return "managed"
    return "docker" if text == "docker" else "managed"


def remember_engine(home: Home, engine: Engine) -> None:
    """Make ``engine`` the default of this home. Call this after its server has answered."""
    with home.private():
        home.server.mkdir(parents=True, exist_ok=True)
        (home.server / "engine").write_text(engine + "\n", encoding="utf-8")
