import pytest

from pipeline.sources.titles import article_first, split_year, title_variants


@pytest.mark.parametrize(
    ("title", "name", "year"),
    [
        ("Quiet Harbour (1995)", "Quiet Harbour", 1995),
        ("Quiet Harbour (1995) ", "Quiet Harbour", 1995),
        ("Quiet Harbour (1995) (V)", "Quiet Harbour", 1995),
        ("Quiet Harbour (2006–2007)", "Quiet Harbour", 2006),
        ("Quiet Harbour (2014-)", "Quiet Harbour", 2014),
        ("2046 (2004)", "2046", 2004),
        ("Harbour (Hafen, Der) (1931)", "Harbour (Hafen, Der)", 1931),
        ("1984", "1984", None),
        ("Space (9999)", "Space (9999)", None),
        ("Void (0000)", "Void (0000)", None),
        ("(1999)", "(1999)", None),
        ("unknown", "unknown", None),
    ],
)
def test_year_is_split_off(title: str, name: str, year: int | None) -> None:
    assert split_year(title) == (name, year)


@pytest.mark.parametrize(
    ("title", "readable"),
    [
        ("Harbour, The", "The Harbour"),
        ("Harbour: Part II, The", "The Harbour: Part II"),
        ("Good, The Bad and The Tired, The", "The Good, The Bad and The Tired"),
        ("Hour in Turin, An", "An Hour in Turin"),
        ("Porto, Il", "Il Porto"),
        ("Hiver, L'", "L'Hiver"),
        ("Hafen, Der", "Der Hafen"),
        ("Vecchi, I", "I Vecchi"),
        ("Harbour, The (Port, Le)", "The Harbour (Le Port)"),
        ("Porto, O", "O Porto"),
        ("Me, Myself, I", "Me, Myself, I"),  # a list, not an article
        ("Live, Laugh, Die", "Live, Laugh, Die"),
        ("The Harbour", "The Harbour"),
        ("Withnail and I", "Withnail and I"),
    ],
)
def test_article_comes_first(title: str, readable: str) -> None:
    assert article_first(title) == readable
    assert article_first(readable) == readable


def test_variants_are_the_main_name_its_aliases_and_the_whole() -> None:
    assert title_variants("Harbour") == ["Harbour"]
    assert title_variants("Harbour (a.k.a. Le Port)") == [
        "Harbour",
        "Le Port",
        "Harbour (a.k.a. Le Port)",
    ]
    assert title_variants("(500) Days") == ["(500) Days"]
