"""Checks what the sentences of an explanation claim, by counting ratings in the graph.

It uses ratings and facts alone, none of the numbers that pipeline enrich stored.
"""

from __future__ import annotations

import re
from typing import Any

from pipeline.explanation.explain import Explanation
from pipeline.graph import Graph
from pipeline.queries import Query

STEPS, COMPARED = 20, 40  # of WATCHED_NEXT and WATCHED_ALIKE, by default
_SHARE = re.compile(r"^(.*) \(([+-]\d+)%\)\.$")
_GAVE = r"(?:, which you gave (?P<stars>[\d.]+) stars?)?,?"
_WATCHED = re.compile(
    rf"^(?:(?P<some>[\d,]+) of the (?P<all>[\d,]+) other people|The only other person) who saw "
    rf"(?P<film>.+? \(\d{{4}}\)){_GAVE} (?:watched this one within their next (?P<next>\d+) films|"
    rf"saw this one too(?:, (?P<soon>[\d,]+) of them within their next \d+ films)?)"
)
_PERSON = re.compile(
    rf"^(?P<did>Directed by|Written by|With) (?P<name>.+?), "
    rf"(?P<also>like|who is also in|who directed|who wrote|who acted in) "
    rf"(?P<film>.+? \(\d{{4}}\)){_GAVE}"
)
_GENRES = re.compile(
    rf"^One of (?P<some>[\d,]+) (?P<genres>.+) films among (?P<all>[\d,]+), "
    rf"like (?P<film>.+? \(\d{{4}}\)){_GAVE}"
)
_USERS = re.compile(
    r"^(?:Someone who had seen|(?P<people>\d+) people who had each seen) (?P<low>\d+)"
    r"(?: (?:or|to) (?P<high>\d+))? of your last (?P<last>\d+) films, (?P<films>.+) among them, "
    r"watched this one within (?:the|their) next \d+$"
)
_SEEN = re.compile(r"^Seen by (?P<some>[\d,]+) of all (?P<all>[\d,]+) people$")
_RELATION = {
    "Directed by": "DIRECTED",
    "Written by": "WROTE",
    "With": "ACTED_IN",
    "who is also in": "ACTED_IN",
    "who directed": "DIRECTED",
    "who wrote": "WROTE",
    "who acted in": "ACTED_IN",
}
_PEOPLE = """
MATCH (film:Movie {name: $film})<-[one:RATED]-(user:User) WHERE user.userId <> $user
OPTIONAL MATCH (user)-[two:RATED]->(:Movie {movieId: $movie})
RETURN film.movieId AS id, count(user) AS saw, count(two) AS too,
       count(CASE WHEN 0 < two.position - one.position <= $steps THEN 1 END) AS soon
"""
_STARS = "MATCH (:User {userId: $user})-[r:RATED]->(:Movie {name: $film}) RETURN r.rating AS stars"
_TIES = """
MATCH (:Person {name: $name})-[tie]->(movie:Movie)
WHERE movie.movieId = $movie OR movie.name = $film
RETURN movie.movieId = $movie AS this, type(tie) AS type
"""
_SHARING = """
MATCH (movie:Movie)
WHERE ALL(name IN $genres WHERE EXISTS { (movie)-[:IN_GENRE]->(:Genre {name: name}) })
RETURN count(movie) AS some, COUNT { (:Movie) } AS all,
       sum(CASE WHEN movie.movieId = $movie OR movie.name = $film THEN 1 ELSE 0 END) >= 2 AS both
"""
_ALIKE = """
MATCH (user:User {userId: $user})-[mine:RATED]->(film:Movie)
WITH user, film, mine ORDER BY mine.position DESC LIMIT $last
WITH user, collect(film) AS last
MATCH (user)-[alike:WATCHED_ALIKE]->(other:User) WHERE alike.weight IS NOT NULL
MATCH (other)-[then:RATED]->(:Movie {movieId: $movie})
WHERE alike.position < then.position <= alike.position + $steps
RETURN COUNT { MATCH (other)-[r:RATED]->(film) WHERE film IN last
               AND alike.position - $compared < r.position <= alike.position } AS shared
"""
_WATCHERS = """
MATCH (:Movie {movieId: $movie})<-[:RATED]-(user)
RETURN count(user) AS some, COUNT { MATCH (u:User) WHERE EXISTS { (u)-[:RATED]->() } } AS all
"""


def check_claims(graph: Graph, explanation: Explanation) -> int:
    """Check each sentence that claims something and return their number.

    Raises:
        AssertionError: a claim is false, or no known kind of sentence.
    """
    assert abs(sum(map(abs, explanation.shares)) - 1) < 0.35 or min(explanation.shares) < 0
    return sum(_check(graph, explanation, sentence) for sentence in explanation.sentences)


def _check(graph: Graph, explanation: Explanation, sentence: str) -> bool:
    found = _SHARE.match(sentence)
    assert found, sentence
    text = found[1]
    values = {"user": explanation.user_id, "movie": explanation.movie_id}
    for pattern, check in _CHECKS.items():
        claim = pattern.match(text)
        if claim:
            said = claim.groupdict()
            assert check(graph, said, values), sentence
            if said.get("stars"):
                rows = _read(graph, _STARS, user=values["user"], film=said["film"])
                assert float(said["stars"]) in [row["stars"] for row in rows], sentence
            return True
    assert text.startswith(
        ("Your taste", "Mostly your taste", "Against it", "Weaker paths", "The rest", "No one else")
    ), text
    return False


def _read(graph: Graph, text: str, **parameters: Any) -> list[dict[str, Any]]:
    return list(graph.read(Query("claims", text, "", frozenset(parameters)), **parameters))


def _number(text: str | None) -> int | None:
    return None if text is None else int(text.replace(",", ""))


def _watched(graph: Graph, said: dict[str, Any], values: dict[str, int]) -> bool:
    some, of_all = _number(said["some"]) or 1, _number(said["all"]) or 1
    soon = _number(said["soon"])
    rows = _read(graph, _PEOPLE, film=said["film"], steps=STEPS, **values)
    return any(  # some films have the same name
        (some, of_all) == (row["soon" if said["next"] else "too"], row["saw"])
        and soon in (None, row["soon"])
        for row in rows
    )


def _person(graph: Graph, said: dict[str, Any], values: dict[str, int]) -> bool:
    ties = _read(graph, _TIES, name=said["name"], film=said["film"], movie=values["movie"])
    this = {row["type"] for row in ties if row["this"]}
    other = {row["type"] for row in ties if not row["this"]}
    wanted = _RELATION[said["did"]]
    return wanted in this and _RELATION.get(said["also"], wanted) in other


def _genres(graph: Graph, said: dict[str, Any], values: dict[str, int]) -> bool:
    genres = re.split(r", | and ", said["genres"])
    (row,) = _read(graph, _SHARING, genres=genres, film=said["film"], movie=values["movie"])
    counts = _number(said["some"]), _number(said["all"])
    return counts == (row["some"], row["all"]) and row["both"]


def _users(graph: Graph, said: dict[str, Any], values: dict[str, int]) -> bool:
    rows = _read(graph, _ALIKE, last=int(said["last"]), compared=COMPARED, steps=STEPS, **values)
    shared = [row["shared"] for row in rows]
    low = int(said["low"])
    high = int(said["high"] or low)
    fitting = [number for number in shared if low <= number <= high]
    return len(fitting) >= int(said["people"] or 1) and low in shared and high in shared


def _seen(graph: Graph, said: dict[str, Any], values: dict[str, int]) -> bool:
    (row,) = _read(graph, _WATCHERS, movie=values["movie"])
    return (_number(said["some"]), _number(said["all"])) == (row["some"], row["all"])


_CHECKS = {
    _WATCHED: _watched,
    _PERSON: _person,
    _GENRES: _genres,
    _USERS: _users,
    _SEEN: _seen,
}
