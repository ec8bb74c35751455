"""Text from data, users and other programs, made safe to print.

A terminal obeys control characters: they move its cursor, change its title, hide text, or show it
in another order. So none reaches one; each is printed as an escape, such as ``\\x1b``.
"""

from __future__ import annotations

_C0, _DELETE_AND_C1 = range(0x20), range(0x7F, 0xA0)
_LINE_ENDS = (0x2028, 0x2029)
_DIRECTIONS = (*range(0x202A, 0x202F), *range(0x2066, 0x206A))  # overrides and isolates
_BEYOND_ASCII = (*_DELETE_AND_C1, *_LINE_ENDS, *_DIRECTIONS)
_ESCAPES = {code: chr(code).encode("unicode_escape").decode() for code in (*_C0, *_BEYOND_ASCII)}
_LINE_BREAKS_KEPT = {code: text for code, text in _ESCAPES.items() if chr(code) not in "\n\t"}
_JSON = {code: f"\\u{code:04x}" for code in _BEYOND_ASCII}


def one_line(text: str) -> str:
    """Return ``text`` as one line: also its line breaks and tabs are escapes."""
    return text.translate(_ESCAPES)


def printable(text: str) -> str:
    """Return ``text`` with escapes for all control characters but line breaks and tabs."""
    return text.translate(_LINE_BREAKS_KEPT)


def printable_json(text: str) -> str:
    """Return the same JSON document with escapes for what JSON allows and a terminal obeys."""
    return text.translate(_JSON)
