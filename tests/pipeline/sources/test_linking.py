import pytest

from pipeline.sources.linking import Candidate, TitleLinker, normalised


def candidate(
    imdb_id: str, name: str, year: int, kind: str = "movie", original: str = ""
) -> Candidate:
    return Candidate(imdb_id, kind, year, (name, original or name), "Drama")


def link(title: str, year: int, *candidates: Candidate) -> str | None:
    linker = TitleLinker([(1, title, year)])
    for one in candidates:  # one by one, as from different chunks
        linker.offer([one])
    found = linker.links.get(1)
    return found.imdb_id if found else None


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("Misérables, Les", "miserables les"),
        ("Salt & Pepper!", "salt and pepper"),
        ("Ulla's  Gold", "ullas gold"),
        ("Se7en_2: Part-II", "se7en 2 part ii"),
        ("Čapek – Straße", "capek strasse"),
        ("?!", ""),
    ],
)
def test_names_are_compared_without_case_accents_and_punctuation(name: str, plain: str) -> None:
    assert normalised(name) == plain


def test_same_name_and_year_is_linked() -> None:
    assert link("The Harbour", 1995, candidate("tt1", "Harbour!, THE", 1995)) is None
    assert link("The Harbour", 1995, candidate("tt1", "the harbour!", 1995)) == "tt1"
    assert link("Harbour, The", 1995, candidate("tt1", "The Harbour", 1995)) == "tt1"


def test_year_may_differ_by_one_only() -> None:
    for year, found in [(1993, None), (1994, "tt1"), (1996, "tt1"), (1997, None)]:
        assert link("The Harbour", 1995, candidate("tt1", "The Harbour", year)) == found


def test_one_letter_in_ten_may_differ() -> None:
    assert link("Lighthouse Keepers", 1995, candidate("tt1", "Lighthouse Keeper", 1995)) == "tt1"
    assert link("Lighthouse Keepers", 1995, candidate("tt1", "Lighthouse People", 1995)) is None
    assert link("Harbour", 1995, candidate("tt1", "Harpoon", 1995)) is None


def test_original_title_and_alias_count_too() -> None:
    foreign = candidate("tt1", "The Haven", 1995, original="Le Port")
    assert link("Port, Le", 1995, foreign) == "tt1"
    assert link("Dockland Story (Le Port)", 1995, foreign) == "tt1"


def test_sequels_are_told_apart_by_their_number() -> None:
    third = candidate("tt3", "Lighthouse Keepers III", 1995)
    assert link("Lighthouse Keepers II", 1995, third) is None
    assert link("Lighthouse Keepers 3", 1995, third) == "tt3"


def test_closest_name_wins_then_year_then_kind_then_the_older_id() -> None:
    name, year = "Lighthouse Keepers", 1995
    near = candidate("tt1", "Lighthouse Keeper", 1995)
    late = candidate("tt2", name, 1996)
    short = candidate("tt3", name, 1995, "short")
    new = candidate("tt10", name, 1995)
    old = candidate("tt9", name, 1995)
    everything = [near, late, short, new, old]
    for best in (old, new, short, late, near):
        for order in (everything, everything[::-1]):
            assert link(name, year, *order) == best.imdb_id
        everything.remove(best)


def test_movies_of_one_name_are_told_apart_by_year() -> None:
    linker = TitleLinker([(1, "Harbour", 1954), (2, "Harbour", 1995), (3, "Quay", 1995)])
    linker.offer([candidate("tt5", "Harbour", 1954), candidate("tt9", "Harbour", 1995)])
    assert {movie: found.imdb_id for movie, found in linker.links.items()} == {1: "tt5", 2: "tt9"}
    assert linker.years == {1953, 1954, 1955, 1994, 1995, 1996}
