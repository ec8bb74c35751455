"""Which kind of server a home uses: the managed one, unless `up --docker` chose otherwise."""

from __future__ import annotations

from typing import Literal

from pipeline.home import Home

Engine = Literal["managed", "docker"]


def read_engine(home: Home) -> Engine:
    """The engine that this home's database runs in; "managed" until something else was chosen."""
    try:
        text = (home.server / "engine").read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return "managed"
    return "docker" if text == "docker" else "managed"


def remember_engine(home: Home, engine: Engine) -> None:
    """Make later commands of this home use ``engine``; called once its server has answered."""
    home.server.mkdir(parents=True, exist_ok=True)
    (home.server / "engine").write_text(engine + "\n", encoding="utf-8")
