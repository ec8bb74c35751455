"""The relationships that draw an explanation in Neo4j Browser, few enough to be read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from pipeline.recommendation.reasons import Reason
from pipeline.recommendation.sentences import Sentence, percent

MOST_RELATIONSHIPS = 12  # of a drawn explanation
_OF_FILM, _OF_BETWEEN = 2, 3  # relationships that a reason takes, without or with a node between


def because(sentences: Iterable[Sentence]) -> Iterator[dict[str, Any]]:
    """Yield the BECAUSE relationships of one recommendation, those of its first sentences.

    A relationship leads to the recommended movie from the last node before it on the leading path
    of a reason: the user's movie, or what is between (a person, a genre, another user).
    """
    room = MOST_RELATIONSHIPS - 1  # RECOMMENDED
    for sentence in sentences:
        reason = sentence.reason
        if reason is None:
            continue
        room -= _relationships(reason)
        if room < 0:
            return
        yield {
            "source": reason.paths[0][-2],
            "path": reason.place,
            "name": percent(sentence.share),
            "share": sentence.share,
            "sentence": sentence.text,
        }


def _relationships(reason: Reason) -> int:
    hops = len(reason.paths[0]) - 1
    return _OF_FILM if hops == _OF_FILM else max(hops, _OF_BETWEEN)
