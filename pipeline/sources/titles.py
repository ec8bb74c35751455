"""Parse MovieLens titles: split off the year, move the article to the front."""

from __future__ import annotations

import datetime
import re

FIRST_YEAR = 1870  # no film is older
# "(1995)" or "(1989-1990)", then optionally IMDb's mark of a video or television film.
_YEAR = re.compile(r"\s*\((\d{4})(?:[-–]\s*(?:\d{4})?)?\)(?:\s*\((?:V|TV|TVM)\))?\s*$")
_ARTICLES = (
    "The|A|An|"  # English
    "Le|La|L'|Les|Un|Une|"  # French
    "Il|Lo|Gli|Uno|Una|"  # Italian
    "El|Los|Las|"  # Spanish
    "Der|Das|Ein|Eine|"  # German
    "Um|Uma|"  # Portuguese
    "De|Het|Een|"  # Dutch
    "Det|Ett|Et"  # Scandinavian
)
# Articles that can also be words or letters: moved only if the title has no other comma.
_UNSURE = "Die|I|O|As|Os|Den|En"
_TRAILING = re.compile(rf"^(.+), ({_ARTICLES})$")
_TRAILING_UNSURE = re.compile(rf"^([^,]+), ({_UNSURE})$")
_PARENTHESIS = re.compile(r"\(([^()]*)\)")
_ALIAS = re.compile(r"^a\.?k\.?a\.?\s+", re.IGNORECASE)


def last_year() -> int:
    """Return the last year that counts as one of a film, announced or out: next year + 10."""
    return datetime.date.today().year + 11


def is_year(year: int) -> bool:
    """Return True if a film can be of this year; 0 and 9999 are no years."""
    return FIRST_YEAR <= year <= last_year()


def split_year(title: str) -> tuple[str, int | None]:
    """Split "Toy Story (1995)" into "Toy Story" and 1995; without a year, the text is kept."""
    match = _YEAR.search(title)
    if match is None or not match.start() or not is_year(int(match[1])):
        return title.strip(), None
    return title[: match.start()].strip(), int(match[1])


def article_first(title: str) -> str:
    """Turn "Matrix, The" into "The Matrix", also within parentheses: "Hate (Haine, La)"."""
    inside = _PARENTHESIS.sub(lambda match: f"({_article_first(match[1])})", title)
    head, bracket, rest = inside.partition(" (")
    return _article_first(head) + bracket + rest


def _article_first(title: str) -> str:
    match = _TRAILING.match(title) or _TRAILING_UNSURE.match(title)
    if match is None:
        return title
    return f"{match[2]}{'' if match[2].endswith(chr(39)) else ' '}{match[1]}"


def title_variants(title: str) -> list[str]:
    """Return the names in a title, the main one first: "Hate (La Haine)" -> "Hate", "La Haine"."""
    aliases = [match[1] for match in _PARENTHESIS.finditer(title) if match.start()]
    main = _PARENTHESIS.sub(" ", title) if aliases else title
    cleaned = (" ".join(_ALIAS.sub("", name).split()) for name in (main, *aliases, title))
    return list(dict.fromkeys(name for name in cleaned if name))
