"""Check whether attributes stand on the right items, by who chose the items.

Items that share a maker, or another attribute that few have, are chosen by the same users more
often than other items. Facts that stand on wrong items leave them at chance. No second catalogue is
needed, and no other attribute: those of one file may all be wrong in the same way.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from itertools import combinations

import numpy as np
from scipy.sparse import csr_matrix

from model.arrays import Floats, Integers
from pipeline.description import AttributePart
from pipeline.schema import Role
from pipeline.sources.described import DescribedTables, Key
from pipeline.sources.link_checks import compare_genres
from pipeline.sources.link_reports import FEWEST_PAIRS, MOST_ALIKE, FactsCheck

_RARE, _RARE_SHARE = 30, 0.1  # most items of an attribute that says much of them
_ITEMS = 2_000  # items that are compared; a few more, so that no attribute is cut
_USERS = 20_000  # users whose choices are compared
_DRAWS = 199  # times that the facts are given to other items
_AS_POPULAR = 20  # items among which the facts of one are given to another


def check_attributes(tables: DescribedTables) -> list[FactsCheck]:
    """Check the facts of each file, where there are enough to conclude anything.

    The likeness of two items is the cosine of their users. By chance, facts are given to other
    items that about as many users chose. Where that leaves too much to chance, the genres of
    another file are compared, as in check_people. All interactions count, also those that will be
    held out: nothing is learned from them.
    """
    found = []
    for file in dict.fromkeys(tables.origins):
        rng = np.random.default_rng(0)
        check = _by_users(tables, file, rng) or _by_genres(tables, file, rng)
        found += [] if check is None else [check]
    return found


def _groups(
    tables: DescribedTables,
    file: str,
    roles: Container[Role],
    known: Container[Key],
    rng: np.random.Generator,
) -> list[list[Key]]:
    """Return the items of each rare attribute of a file, drawn until there are _ITEMS of them.

    Args:
        tables: what the folder holds.
        file: the file.
        roles: roles of the attributes that count.
        known: the items that can be compared.
        rng: the source of randomness.
    """
    sharing: dict[tuple[int, Key], list[Key]] = {}
    for place, (part, rows, origin) in enumerate(_parts(tables)):
        if origin == file and part.role in roles:
            for item, key, _ in rows:
                sharing.setdefault((place, key), []).append(item)
    most = min(_RARE, _RARE_SHARE * len(tables.items))
    rare = [
        [item for item in items if item in known]
        for items in sharing.values()
        if 1 < len(items) <= most
    ]
    groups: list[list[Key]] = []
    taken: set[Key] = set()
    for place in rng.permutation(len(rare)).tolist():
        if len(taken) < _ITEMS:
            groups.append(rare[place])
            taken.update(rare[place])
    return groups


def _by_users(tables: DescribedTables, file: str, rng: np.random.Generator) -> FactsCheck | None:
    """Compare the users of items; None if that proves nothing.

    It does not where the items are no more alike than others, but chance alone could also make them
    more alike by a fifth. Few users prove nothing either: many items then have the very same ones.
    """
    chosen = {item for listed in tables.interactions.values() for item, _, _ in listed}
    groups = _groups(tables, file, set(Role), chosen, rng)
    row_of = {item: row for row, item in enumerate(dict.fromkeys(_flat(groups)))}
    pairs = _pairs(groups, row_of)
    if min(len(pairs), len(tables.interactions)) < FEWEST_PAIRS:
        return None
    cosines, popularity = _cosines(tables, row_of, rng)
    order = np.argsort(popularity, kind="stable")
    blocks = np.array_split(order, max(len(order) // _AS_POPULAR, 1))
    chance = np.empty(_DRAWS)
    for draw in range(_DRAWS):
        other = np.empty(len(order), dtype=np.int64)
        for block in blocks:
            other[block] = rng.permutation(block)
        chance[draw] = cosines[other[pairs[:, 0]], other[pairs[:, 1]]].mean()
    by_chance, highest = float(chance.mean()), float(chance.max())
    alike = float(cosines[pairs[:, 0], pairs[:, 1]].mean())
    if alike <= highest and highest > MOST_ALIKE * by_chance:
        return None
    items = tables.described.item.plural
    return FactsCheck(file, items, "their users", len(pairs), alike, by_chance, highest)


def _cosines(
    tables: DescribedTables, row_of: dict[Key, int], rng: np.random.Generator
) -> tuple[Floats, Integers]:
    """Return the cosines of the users of items, float32 [n, n], and the numbers of users, [n]."""
    users = list(tables.interactions.values())
    if len(users) > _USERS:
        users = [users[each] for each in rng.choice(len(users), _USERS, replace=False).tolist()]
    rows: list[int] = []
    columns: list[int] = []
    for column, listed in enumerate(users):
        own = {row_of[item] for item, _, _ in listed if item in row_of}
        rows += own
        columns += [column] * len(own)
    ones = np.ones(len(rows), dtype=np.float32)
    matrix = csr_matrix((ones, (rows, columns)), shape=(len(row_of), len(users)))
    popularity = np.diff(matrix.indptr).astype(np.int64)
    length = np.sqrt(np.maximum(popularity, 1)).astype(np.float32)
    return (matrix @ matrix.T).toarray() / length[:, None] / length[None, :], popularity


def _by_genres(tables: DescribedTables, file: str, rng: np.random.Generator) -> FactsCheck | None:
    """Compare the genres, of another file, of items with one maker; None if they are too few."""
    genres: dict[Key, set[str]] = {}
    for part, rows, origin in _parts(tables):
        if part.role is Role.GENRE and origin != file:
            for item, key, _ in rows:
                genres.setdefault(item, set()).add(f"{part.type} {key}")
    groups = _groups(tables, file, {Role.MAKER, Role.ACTOR}, genres, rng)
    pairs = _pairs(groups, {item: row for row, item in enumerate(genres)})
    sets = {row: frozenset(names) for row, names in enumerate(genres.values())}
    listed = [(first, second) for first, second in pairs.tolist()]
    found = compare_genres(np.unique(pairs), listed, sets)
    if not found.enough:
        return None
    highest = MOST_ALIKE * found.by_chance
    items = tables.described.item.plural
    return FactsCheck(file, items, "genre", found.pairs, found.alike, found.by_chance, highest)


_Part = tuple[AttributePart, list[tuple[Key, Key, str | None]], str]


def _parts(tables: DescribedTables) -> Iterable[_Part]:
    """Return the attributes with their facts and the file that these are from."""
    return zip(tables.described.attributes, tables.attributes, tables.origins, strict=True)


def _flat(groups: Iterable[list[Key]]) -> Iterable[Key]:
    return (item for items in groups for item in items)


def _pairs(groups: Iterable[list[Key]], row_of: dict[Key, int]) -> Integers:
    """Return the different pairs of items that share an attribute, as rows, int64 [pairs, 2]."""
    found = {
        pair for items in groups for pair in combinations(sorted({row_of[i] for i in items}), 2)
    }
    return np.array(sorted(found), dtype=np.int64).reshape(-1, 2)
