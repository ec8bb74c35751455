"""The parameters of requests, and the models of responses."""

from __future__ import annotations

import dataclasses
import typing
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from pipeline.content.dataset import Dataset
from pipeline.explanation.explain import Explanation

Number = Annotated[int, Field(ge=1, le=1000)]
Name = Annotated[str, Field(min_length=1, max_length=300)]


class _Query(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class RecommendQuery(_Query):
    """Parameters of /recommend."""

    user: Name | None = None
    """userId or name; give either this or films."""
    films: Annotated[str, Field(min_length=1, max_length=1000)] | None = None
    """Titles or movieIds that someone who is not in the graph watched, oldest first, separated by
    commas."""
    genre: Name | None = None
    """Only films of this genre, in any case."""
    from_year: int | None = None
    """Only films from this year on."""
    to_year: int | None = None
    """Only films up to this year."""
    top_k: Number | None = None
    """Number of films, by default as the run is configured."""
    run_id: Name | None = None
    """The run, by default the one that finished last."""


class ExplainQuery(_Query):
    """Parameters of /explain."""

    user: Name
    """userId or name."""
    movie: Name | None = None
    """movieId or title of the only film to explain."""
    run_id: Name | None = None
    """The run, by default the newest with recommendations in the graph."""


class SimilarQuery(_Query):
    """Parameters of /similar."""

    film: Name
    """movieId or title."""
    limit: Number = 10
    """Maximum number of films."""


class SearchQuery(_Query):
    """Parameters of /search."""

    words: Name
    """Words of the names of films or people, also with typos."""
    limit: Number = 10
    """Maximum number of films and people."""


class NoQuery(_Query):
    """No parameters."""


@dataclass(frozen=True)
class Health:
    """The state of a service that can answer.

    Attributes:
        status: always "ok"; other states are errors.
        version: version of this program.
        neo4j: version of the database.
        dataset: the data set in the graph.
        run_id: the newest run with recommendations in the graph; None without any.
    """

    status: Literal["ok"]
    version: str
    neo4j: str
    dataset: Dataset
    run_id: str | None


def _with_properties(kind: type[Any], *names: str) -> Any:
    """Return a list of models with the fields of a dataclass and some of its properties."""
    hints = typing.get_type_hints(kind)
    fields: dict[str, Any] = {each.name: hints[each.name] for each in dataclasses.fields(kind)}
    for name in names:
        fields[name] = typing.get_type_hints(getattr(kind, name).fget)["return"]
    model = create_model(kind.__name__, __doc__=kind.__doc__, **fields)
    return list[model]  # type: ignore[valid-type]  # a model that is made at run time


Explanations = _with_properties(Explanation, "path_score", "path_share", "shown_share")
