"""MovieLens titles: the year taken off, the article put back in front."""

from __future__ import annotations

import re

# "(1995)", "(1989-1990)", and IMDb's mark of a video or television film after it.
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
# Articles that are words or letters elsewhere, moved only where no other comma makes it a list.
_UNSURE = "Die|I|O|As|Os|Den|En"
_TRAILING = re.compile(rf"^(.+), ({_ARTICLES})$")
_TRAILING_UNSURE = re.compile(rf"^([^,]+), ({_UNSURE})$")
_PARENTHESIS = re.compile(r"\(([^()]*)\)")
_ALIAS = re.compile(r"^a\.?k\.?a\.?\s+", re.IGNORECASE)


def split_year(title: str) -> tuple[str, int | None]:
    """ "Toy Story (1995)" -> ("Toy Story", 1995); a title without a year keeps its text."""
    match = _YEAR.search(title)
    if match is None or not match.start():
        return title.strip(), None
    return title[: match.start()].strip(), int(match[1])


def article_first(title: str) -> str:
    """ "Matrix, The" -> "The Matrix"; also within parentheses, as in "Hate (Haine, La)"."""
    inside = _PARENTHESIS.sub(lambda match: f"({_article_first(match[1])})", title)
    head, bracket, rest = inside.partition(" (")
    return _article_first(head) + bracket + rest


def _article_first(title: str) -> str:
    match = _TRAILING.match(title) or _TRAILING_UNSURE.match(title)
    if match is None:
        return title
    return f"{match[2]}{'' if match[2].endswith(chr(39)) else ' '}{match[1]}"


def title_variants(title: str) -> list[str]:
    """The names in a title, the main one first: "Hate (La Haine)" -> ["Hate", "La Haine"]."""
    aliases = [match[1] for match in _PARENTHESIS.finditer(title) if match.start()]
    main = _PARENTHESIS.sub(" ", title) if aliases else title
    cleaned = (" ".join(_ALIAS.sub("", name).split()) for name in (main, *aliases, title))
    return list(dict.fromkeys(name for name in cleaned if name))
