"""Names with and without typos, by words that may hold anything."""

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pipeline.errors import ConfigError, GraphContentError
from pipeline.explanation.search import lucene_query, search
from tests.support.film_graph import BIG, BUG, HEAT, TOY, load_films, query


def names(graph, *words, **options):
    return [each.name for each in search(graph, words, **options)]


def test_a_movie_has_its_year_its_id_and_the_ratings_of_training(graph, films):
    [found] = search(graph, ["toy"])
    assert (found.kind, found.key, found.name) == ("Movie", TOY, "Toy Story (1995)")
    assert found.ratings == 3
    [big] = search(graph, ["big"], limit=1)
    assert (big.key, big.ratings) == (BIG, 2)  # user 2's rating is held out


def test_a_person_has_what_they_did(graph, films):
    [found] = search(graph, ["lasseter"])
    assert (found.kind, found.key, found.name) == ("Person", "nm1", "John Lasseter")
    assert (found.directed, found.wrote, found.acted, found.ratings) == (2, 1, 0, 0)
    assert not found.is_movie


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (["toy", "storry"], "Toy Story (1995)"),
        (["TOY STORY"], "Toy Story (1995)"),
        (["bugs life"], "A Bug's Life (1998)"),
        (["casinno"], "Casino (1995)"),
        (["laseter"], "John Lasseter"),
        (["Tóm Hänks"], "Tom Hanks"),
        (["de", "niro"], "Robert De Niro"),
        (["ronn"], "Ronin (1998)"),
    ],
)
def test_typos_case_and_accents_are_forgiven(graph, films, words, name):
    assert names(graph, *words)[0] == name


def test_what_is_nothing_like_a_name_finds_nothing(graph, films):
    assert names(graph, "zzzzzzzz") == []
    assert names(graph, "") == names(graph, "  ") == []
    assert names(graph) == []


def test_exact_names_come_before_near_ones(graph, films):
    graph.write(query("MATCH (m:Movie {movieId: 9}) SET m.title = 'Hear'"))
    assert names(graph, "heat")[:2] == ["Heat (1995)", "Hear (2002)"]


def test_of_equal_names_the_one_with_more_ratings_comes_first(graph, films):
    graph.write(query("MATCH (m:Movie {movieId: 8}) SET m.title = 'Big'"))
    assert names(graph, "big") == ["Big (1988)", "Big (2001)"]
    assert names(graph, "big", limit=1) == ["Big (1988)"]


def test_movies_and_people_are_found_together(graph, films):
    graph.write(query("MATCH (m:Movie {movieId: 9}) SET m.title = 'Hanks'"))
    assert set(names(graph, "hanks")) == {"Tom Hanks", "Hanks (2002)"}


def test_the_first_search_creates_the_indexes(bare_graph, tmp_path):
    load_films(bare_graph, tmp_path)
    for _ in range(2):
        assert [each.key for each in search(bare_graph, ["heat"])] == [HEAT]


def test_an_index_knows_movies_that_come_later(graph, films):
    assert names(graph, "moonlight") == []
    graph.write(query("MATCH (m:Movie {movieId: 9}) SET m.title = 'Moonlight'"))
    assert names(graph, "moonlght") == ["Moonlight (2002)"]


def test_an_empty_graph_is_told_the_command(graph):
    with pytest.raises(GraphContentError, match="run: pipeline load-kg"):
        search(graph, ["toy"])


def test_no_results_cannot_be_asked_for(graph, films):
    with pytest.raises(ConfigError, match="limit = 0"):
        search(graph, ["toy"], limit=0)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", ""),
        ("up", "up"),
        ("Heat", "heat OR heat~1"),
        ("casino", "casino OR casino~2"),
        ("heat AND NOT", "heat OR heat~1 OR and OR not"),
        ("a*", r"a\*"),
        ("title:x", r"title\:x OR title\:x~2"),
        ('") OR *:*', r"\"\) OR or OR \*\:\*"),
        ("\ud83d", ""),
    ],
)
def test_no_word_is_an_operator(text, wanted):
    assert lucene_query(text) == wanted


@settings(
    max_examples=100,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
@given(text=st.text() | st.text(alphabet='+-&|!(){}[]^"~*?:\\/ aZ0', max_size=40))
@example(text="toy AND")
@example(text="\\")
@example(text='"toy')
@example(text="[a TO b]")
@example(text="/(a|/")
@example(text="word " * 2000)
@example(text="a-b." * 5000)
@example(text="字" * 3000)
@example(text=" ".join(["字" * 60] * 60))
@example(text="\x00 \ud800 \U0001f600")
def test_any_text_gives_matches_or_none(graph, text):
    if not graph.read(query("MATCH (d:Dataset) RETURN d.name AS name")):
        graph.write(query(_ONE_FILM))
    found = search(graph, [text])
    assert all(each.name == "Toy Story (1995)" for each in found)


_ONE_FILM = """
CREATE (:Dataset {name: 'one', dataHash: 'x', status: 'complete', testFraction: 0.0, numUsers: 0,
                  numMovies: 1, numEntities: 1, split: 'per-user'}),
       (:Entity:Movie {movieId: 1, entityId: 0, title: 'Toy Story', year: 1995})
"""


def test_a_bug_is_found_with_its_apostrophe(graph, films):
    assert search(graph, ["bug's"])[0].key == BUG


def test_a_name_like_all_words_comes_before_one_with_a_rarer_word(graph, films):
    graph.write(query("CREATE (:Person {personId: 'nm7', name: 'Malcolm Storry'})"))
    assert names(graph, "toy storry")[:2] == ["Toy Story (1995)", "Malcolm Storry"]


def test_a_year_tells_films_of_one_name_apart(graph, films):
    graph.write(query("MATCH (m:Movie {movieId: 8}) SET m.title = 'Big'"))
    assert names(graph, "big 1988") == ["Big (1988)", "Big (2001)"]
    assert names(graph, "Big (2001)") == ["Big (2001)", "Big (1988)"]


def test_a_title_of_common_words_is_found(graph, films):
    graph.write(query("MATCH (m:Movie {movieId: 9}) SET m.title = 'It'"))
    assert names(graph, "it") == ["It (2002)"]
