"""What Neo4j Browser does when it connects to our server, and links into it."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from urllib.parse import quote, urlsplit

_RULE = re.compile(r"([^{}]+)\{((?:[^{}\"]|\"[^\"]*\")*)\}")
_DECLARATION = re.compile(r"([\w-]+)\s*:\s*(\"[^\"]*\"|[^;\"]+);")


def browser_settings() -> dict[str, str]:
    """Return the settings of a server whose Browser draws explanations well.

    Browser then completes no relationships by itself, and captions and colours are those of
    cypher/browser/style.grass, for films and for a graph of someone else. It sends no usage data
    and offers no banner about it. Guides may come from this machine.
    """
    style = json.dumps(read_style(), separators=(",", ":"))
    return {
        "browser.post_connect_cmd": f'config {{"autoComplete": false}}; style {style}',
        "browser.remote_content_hostname_whitelist": "localhost,127.0.0.1,guides.neo4j.com",
        "client.allow_telemetry": "false",
    }


def read_style() -> dict[str, dict[str, str]]:
    """Return the rules of cypher/browser/style.grass, by selector; Browser takes them as JSON."""
    text = files("cypher").joinpath("browser/style.grass").read_text(encoding="utf-8")
    return {
        selector.strip(): {
            name: value.strip().strip('"') for name, value in _DECLARATION.findall(body)
        }
        for selector, body in _RULE.findall(text)
    }


def browser_link(browser: str, uri: str, user: str, query: str, *, run: bool = False) -> str:
    """Return an address that opens Browser with server, user and a query filled in.

    Args:
        browser: address of Browser, such as http://127.0.0.1:7474/browser/.
        uri: Bolt address as the reader's machine reaches it.
        user: user name; the password is never in a link.
        query: Cypher query, or a command such as ``:play http://localhost:8000/guide.html``.
        run: True to run a command after the login instead of leaving it in the editor; Browser
            runs commands only.
    """
    parts = urlsplit(uri)
    server = f"{parts.scheme}://{quote(user)}@{parts.netloc}"
    command, _, argument = query.removeprefix(":").partition(" ")
    shown = ("edit", query) if not run else (command, argument)
    return (
        f"{browser.rstrip('/')}/?dbms={quote(server, safe='')}"
        f"&cmd={shown[0]}&arg={quote(shown[1], safe='')}"
    )
