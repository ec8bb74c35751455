"""Drawings of the paths that explain a recommendation, as the parts of an SVG picture."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from pipeline.explanation.explain import ExplainedPath, PathStep
from pipeline.explanation.lettering import clean, wrapped
from pipeline.schema import MOVIELENS, GraphSchema

MAX_EDGES = 12  # lines of one drawing
SUMMANDS = {
    "taste": "Your taste",
    "popularity": "Popularity",
    "watched_next": "Watched next",
    "similar": "Watched too",
    "maker": "Directors and writers",
    "actor": "Actors",
    "genre": "Genres",
    "users": "Other users",
    "people": "People over two films",
    "linked": "Linked",
    "known": "People you know",
}


def summands(schema: GraphSchema) -> dict[str, str]:
    """Return what the summands of a score are called in a graph, as SUMMANDS does for films."""
    if schema is MOVIELENS:
        return SUMMANDS
    seen = schema.words.seen.capitalize()
    return SUMMANDS | {
        "watched_next": f"{seen} next",
        "similar": f"{seen} too",
        "maker": "Makers",
        "people": f"Attributes over two {schema.words.items}",
    }


# Drawings. A node's key is its column, kind and key; the recommended film has the column -1.
_Key = tuple[int, str, int | str]
_Line = tuple[_Key, _Key, str]  # from, to, type of the relationship
_USUAL = 4  # columns of paths of at most 3 hops
_BOLD = 1.14  # width of bold letters, relative to others


@dataclass(frozen=True)
class _Size:
    """Lengths of a drawing, in pixels.

    Attributes:
        name: its class in the page's style.
        user: width of the user's node.
        film: width of the films in the second and the last column.
        between: width of the other nodes.
        space: width of the space between columns.
        font: size of the letters.
        lines: most lines of a name.
        thickest: thickness of the line with the most weight.
        shrunk: factor on widths where there are more than the usual columns.
    """

    name: str
    user: int
    film: int
    between: int
    space: int
    font: int
    lines: int
    thickest: float
    shrunk: float

    @property
    def line(self) -> float:
        return self.font * 1.3

    @property
    def padding(self) -> float:
        return self.font * 0.55

    def width(self, column: int, columns: int) -> float:
        if column == 0:
            return self.user
        width = self.film if column in (1, columns - 1) else self.between
        return width if columns <= _USUAL else width * self.shrunk

    def gap(self, columns: int) -> float:
        return self.space if columns <= _USUAL else min(self.space, 2.0 * self.font)


WIDE = _Size(
    "wide", user=88, film=224, between=176, space=76, font=14, lines=3, thickest=9, shrunk=0.82
)
NARROW = _Size(
    "narrow", user=46, film=102, between=84, space=12, font=11, lines=6, thickest=5, shrunk=1.0
)


@dataclass
class _Node:
    """A node, or the space that a line needs in a column that it passes."""

    style: str
    lines: list[str]
    caption: str
    tooltip: str
    width: float
    height: float
    x: float = 0.0
    y: float = 0.0

    @property
    def middle(self) -> float:
        return self.y + self.height / 2


@dataclass
class Drawing:
    """The paths of one film: nodes in columns from the user, on the left, to the film.

    Attributes:
        size: its lengths.
        count: the number of paths in it.
        columns: the number of columns.
        width: its width in pixels.
        height: its height in pixels.
        nodes: the nodes.
        lines: the lines between them, with outline, thickness, colour and tooltip.
    """

    size: _Size
    count: int = 0
    columns: int = 0
    width: float = 0.0
    height: float = 0.0
    nodes: list[_Node] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def of(
        cls,
        paths: Sequence[ExplainedPath],
        stars: Mapping[str, float],
        size: _Size,
        schema: GraphSchema = MOVIELENS,
    ) -> Drawing:
        """Draw the first paths, as many as ``MAX_EDGES`` lines show."""
        drawn = drawn_paths(paths)
        if not drawn:
            return cls(size)
        last = max(3, *(len(path.steps) - 1 for path in drawn))
        weights: dict[_Line, float] = {}
        steps: dict[_Key, PathStep] = {}
        for path in drawn:
            steps.update(zip(_keys(path), path.steps, strict=True))
            for line in _lines_of(path):
                weights[line] = weights.get(line, 0.0) + abs(path.weight)
        nodes = {
            key: _node(key, step, weights, stars, size, last, schema) for key, step in steps.items()
        }
        colours, called = _colours(schema), summands(schema)
        labels = {each: called[colours[each]].lower() for each in schema.derived_relations}
        routes = {line: _route(line, nodes, size, last, labels) for line in weights}
        columns = _columns(nodes, list(routes.values()), last)
        drawing = cls(size, len(drawn), last + 1, nodes=list(nodes.values()))
        drawing._place([[nodes[key] for key in column] for column in columns])
        ends = _ends(routes.values(), nodes)
        heaviest = max(weights.values()) or 1.0
        for line, route in routes.items():
            source, target, relation = line
            names = f"{steps[source].name} → {relation} → {steps[target].name}"
            thickness = 1.2 + (size.thickest - 1.2) * weights[line] / heaviest
            first = source[1] == schema.user and source[0] == 0
            drawing.lines.append(
                {
                    "outline": _outline(route, nodes, ends),
                    "thickness": thickness,
                    "colour": "rated" if first else colours.get(relation, "other"),
                    "tooltip": f"{names}, weight {weights[line]:.3g}",
                }
            )
        return drawing

    def _place(self, columns: list[list[_Node]]) -> None:
        """Stack the nodes of each column around a common middle line."""
        space = self.size.font
        heights = [
            sum(node.height for node in column) + space * (len(column) - 1) for column in columns
        ]
        self.height = max(heights) + 2
        x = 1.0
        for place, (column, height) in enumerate(zip(columns, heights, strict=True)):
            y = (self.height - height) / 2
            for node in column:
                node.x, node.y = x, y
                y += node.height + space
            x += self.size.width(place, len(columns)) + self.size.gap(len(columns))
        self.width = x - self.size.gap(len(columns)) + 1


def _colours(schema: GraphSchema) -> dict[str, str]:
    """Return the colour of lines by the type of the relationship."""
    derived = {schema.watched_next: "watched_next", schema.similar: "similar"}
    roles = {relation: str(role) for relation, role in schema.roles.items()}
    return {**derived, **roles, schema.rated: "users"}


def drawn_paths(paths: Sequence[ExplainedPath]) -> list[ExplainedPath]:
    """Return the first paths, leaving out those for which no lines remain."""
    chosen, lines = [], set[_Line]()
    for path in paths:
        together = lines.union(_lines_of(path))
        if len(together) <= MAX_EDGES:
            chosen.append(path)
            lines = together
    return chosen


def _keys(path: ExplainedPath) -> list[_Key]:
    end = len(path.steps) - 1
    return [
        (-1 if place == end else place, step.kind, step.key)
        for place, step in enumerate(path.steps)
    ]


def _lines_of(path: ExplainedPath) -> list[_Line]:
    keys = _keys(path)
    relations = (step.relation or "" for step in path.steps[:-1])
    return list(zip(keys[:-1], keys[1:], relations, strict=True))


def in_words(
    path: ExplainedPath, stars: Mapping[str, float], schema: GraphSchema = MOVIELENS
) -> str:
    """Return a path as read aloud: "user 1, Heat (1995), 4 stars, watched next, Ronin (1998)"."""
    words = []
    for place, step in enumerate(path.steps):
        words.append(step.name)
        if place == 1 and step.name in stars:
            words.append(stars_text(stars[step.name]))
        if step.relation in schema.derived_relations:
            words.append(summands(schema)[_colours(schema)[step.relation]].lower())
    return ", ".join(words)


def _node(
    key: _Key,
    step: PathStep,
    lines: Iterable[_Line],
    stars: Mapping[str, float],
    size: _Size,
    last: int,
    schema: GraphSchema,
) -> _Node:
    column = key[0] if key[0] >= 0 else last
    relations = {relation for start, end, relation in lines if key in (start, end)}
    style, caption, tooltip = schema.field_of(step.kind), "", clean(step.name)
    if key[0] == -1:
        style, caption = "target", "recommended"
    elif column == 0:
        style = "you"
    elif step.kind == schema.movie:
        if column == 1 and step.name in stars:
            caption = f"★ {stars[step.name]:g}"
            tooltip += f", {stars_text(stars[step.name])}"
    else:
        nouns = [each.noun for each in schema.attributes if each.type in relations]
        nouns += ["another user"] if schema.rated in relations else []
        caption = ", ".join(nouns)
    width = size.width(column, last + 1)
    room = (width - 2 * size.padding) / size.font / (_BOLD if style == "target" else 1.0)
    texts = wrapped(step.name, room, size.lines)
    height = size.line * (len(texts) + bool(caption)) + 2 * size.padding
    tooltip += "" if caption.startswith("★") or not caption else f", {caption}"
    return _Node(style, texts, caption, tooltip, width, height)


def _route(
    line: _Line,
    nodes: dict[_Key, _Node],
    size: _Size,
    last: int,
    labels: Mapping[str, str],
) -> list[_Key]:
    """Return the keys that a line passes; it gets a space of its own in columns that it skips.

    The first of these spaces holds the line's label.
    """
    source, target, relation = line
    end = target[0] if target[0] >= 0 else last
    route = [source]
    for column in range(source[0] + 1, end):
        label = "" if len(route) > 1 else labels.get(relation, "")
        key = (column, "line", f"{source} {relation} {target}")
        width = size.width(column, last + 1)
        nodes[key] = _Node("label", [label] if label else [], "", "", width, size.line * 1.4)
        route.append(key)
    return [*route, target]


def _columns(nodes: Iterable[_Key], routes: list[list[_Key]], last: int) -> list[list[_Key]]:
    """Return the keys by column, ordered so that few lines cross.

    Each column in turn is sorted by the mean place of its neighbours on one side (Sugiyama et al.,
    IEEE Transactions on Systems, Man and Cybernetics 1981).
    """
    columns: list[list[_Key]] = [[] for _ in range(last + 1)]
    for key in nodes:
        columns[key[0]].append(key)
    before: dict[_Key, list[_Key]] = {}
    after: dict[_Key, list[_Key]] = {}
    for route in routes:
        for source, target in pairwise(route):
            before.setdefault(target, []).append(source)
            after.setdefault(source, []).append(target)
    for sweep in range(8):
        beside = before if sweep % 2 else after
        for column in columns if sweep % 2 else reversed(columns):
            place = {key: (at + 0.5) / len(each) for each in columns for at, key in enumerate(each)}
            means = {
                key: sum(place[other] for other in beside.get(key, [key]))
                / len(beside.get(key, [key]))
                for key in column
            }
            column.sort(key=means.__getitem__)
    return columns


def _ends(
    routes: Iterable[list[_Key]], nodes: Mapping[_Key, _Node]
) -> dict[tuple[_Key, _Key, bool], float]:
    """Return the heights at which lines leave (True) and reach (False) nodes, side by side."""
    sides: dict[tuple[_Key, bool], list[_Key]] = {}
    for route in routes:
        for source, target in pairwise(route):
            sides.setdefault((source, True), []).append(target)
            sides.setdefault((target, False), []).append(source)
    found = {}
    for (key, leaves), others in sides.items():
        node = nodes[key]
        others.sort(key=lambda other: nodes[other].middle)
        step = min(14.0, (node.height - 12) / len(others))
        for place, other in enumerate(others):
            found[key, other, leaves] = node.middle + (place - (len(others) - 1) / 2) * step
    return found


def _outline(
    route: list[_Key],
    nodes: Mapping[_Key, _Node],
    ends: Mapping[tuple[_Key, _Key, bool], float],
) -> str:
    """Return the line as the ``d`` of an SVG path: straight across nodes, curved between them."""
    parts: list[str] = []
    for source, target in pairwise(route):
        x, y = nodes[source].x + nodes[source].width, ends[source, target, True]
        to_x, to_y = nodes[target].x, ends[target, source, False]
        middle = (x + to_x) / 2
        parts.append(f"{'L' if parts else 'M'}{x:.1f} {y:.1f}")
        parts.append(f"C{middle:.1f} {y:.1f} {middle:.1f} {to_y:.1f} {to_x:.1f} {to_y:.1f}")
    return "".join(parts)


def stars_text(stars: float) -> str:
    """Return "1 star" or "4.5 stars"."""
    return f"{stars:g} star" + ("" if stars == 1 else "s")
