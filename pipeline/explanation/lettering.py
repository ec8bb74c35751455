"""The width of text in a drawing, estimated without a font, and its wrapping."""

from __future__ import annotations

import re

_THIN = frozenset(" .,:;'!|ijltfI()[]")
_IDEOGRAPHS = 0x2E80  # the first character that is as wide as high
_REMOVED = re.compile(  # controls, changes of writing direction, surrogates, no characters at all
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff"
    "\ufdd0-\ufdef\ufffe\uffff]"
)


def clean(text: str) -> str:
    """Return the text without control characters and the like, line breaks as spaces."""
    return re.sub(r"[\t\n\r\x85\u2028\u2029]", " ", _REMOVED.sub("", text))


def wrapped(text: str, width: float, most: int) -> list[str]:
    """Break a text into lines of a width in em, at most so many; "…" ends one that is cut off."""
    lines = [""]
    for word in clean(text).split():
        if lines[-1] and _width(f"{lines[-1]} {word}") <= width:
            lines[-1] += f" {word}"
            continue
        if lines[-1]:
            lines.append("")
        for letter in word:
            if lines[-1] and _width(lines[-1] + letter) > width:
                lines.append("")
            lines[-1] += letter
    if len(lines) > most:
        cut = lines[most - 1]
        while cut and _width(cut + "…") > width:
            cut = cut[:-1]
        lines = [*lines[: most - 1], cut.rstrip(" ,:;-–") + "…"]
    return lines


def _width(text: str) -> float:
    """Return about the width of a text in em, rather too much than too little."""
    return sum(map(_letter_width, text))


def _letter_width(letter: str) -> float:
    if letter in _THIN:
        return 0.34
    if letter in "mwMW@%" or ord(letter) >= _IDEOGRAPHS:
        return 1.0
    return 0.73 if letter.isupper() else 0.61
