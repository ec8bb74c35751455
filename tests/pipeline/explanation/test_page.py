"""The page of explanations: what it shows, and that no title can break it."""

import re
import unicodedata
from dataclasses import replace
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.explanation.drawing import MAX_EDGES, NARROW, WIDE, Drawing
from pipeline.explanation.explain import ExplainedPath, Explanation, PathStep
from pipeline.explanation.page import ExplainedFilm, Page, WatchedFilm, page_of, to_html, write_page

USER = PathStep("User", 1, "user 1", "RATED")
HISTORY = [WatchedFilm("Heat (1995)", 4.5, 2), WatchedFilm("Toy Story (1995)", None, 1)]
HOSTILE = (
    "<script>alert(1)</script>",
    "\"' onload=x",
    "</title></style><img src=http://x.example/>",
    "]]> -->",
    "{{ 1 + 1 }}",
    "שלום \u202eevil\u2066",
    "\x00\x1b\x85\x9f\ud800\ufffe",
    "&lt;&#0;",
    "",
)


def movie(key, name, relation=None):
    return PathStep("Movie", key, name, relation)


def over(*steps, weight=1.0):
    return ExplainedPath(weight, [USER, *steps])


RONIN = movie(9, "Ronin (1998)")
NEXT = over(movie(1, "Heat (1995)", "WATCHED_NEXT"), RONIN, weight=0.5)
DE_NIRO = over(
    movie(1, "Heat (1995)", "ACTED_IN"),
    PathStep("Person", "nm1", "Robert De Niro", "ACTED_IN"),
    RONIN,
    weight=0.25,
)
FILM = ExplainedFilm(
    movie="Ronin (1998)",
    rank=1,
    score=2.5,
    reasons=[
        ("7 of the 9 other people who saw Heat (1995) watched this one (+75%).", 0.75),
        ("Against it: your taste as a whole (-25%).", -0.25),
    ],
    summands=[("Your taste", -1.0), ("Watched next", 2.0), ("Actors", 1.0)],
    paths=[NEXT, DE_NIRO],
)
PAGE = Page("films", "run-1", 1, [FILM], HISTORY)
EXPLANATION = Explanation(
    run_id="run-1",
    user_id=1,
    movie_id=9,
    movie="Ronin (1998)",
    rank=1,
    score=2.5,
    closeness=None,
    sentences=["One (+50%).", "Two (+50%)."],
    shares=[0.5, 0.5],
    paths=[NEXT, DE_NIRO],
    taste=-1.0,
    popularity=0.5,
    kinds={"WATCHED_NEXT": 3.0, "SOMETHING": 0.0},
    films={},
)


def read(page):
    """The page as strict XML."""
    return ElementTree.fromstring(to_html(page).encode())


def texts(root, tag):
    return [" ".join("".join(each.itertext()).split()) for each in root.iter(tag)]


def of_class(root, name):
    return [each for each in root.iter() if name in each.get("class", "").split()]


def drawing(paths, size=WIDE, stars=None):
    return Drawing.of(paths, stars or {}, size)


# Content


def test_a_page_is_made_of_explanations():
    page = page_of([EXPLANATION], HISTORY, dataset="films")
    assert (page.dataset, page.run_id, page.user_id, page.history) == ("films", "run-1", 1, HISTORY)
    (film,) = page.recommendations
    assert (film.movie, film.rank, film.score) == ("Ronin (1998)", 1, 2.5)
    assert film.reasons == [("One (+50%).", 0.5), ("Two (+50%).", 0.5)]
    assert film.summands == [
        ("Your taste", -1.0),
        ("Popularity", 0.5),
        ("Watched next", 3.0),
        ("SOMETHING", 0.0),
    ]
    assert film.paths == [NEXT, DE_NIRO]


def test_a_score_that_is_no_sum_has_no_summands():
    page = page_of([replace(EXPLANATION, taste=None, popularity=None)], [], dataset="films")
    assert page.recommendations[0].summands == []
    assert "The score is not a sum of parts" in to_html(page)


def test_each_sentence_needs_a_share():
    with pytest.raises(ValueError, match="zip"):
        page_of([replace(EXPLANATION, shares=[1.0])], [], dataset="films")


def test_the_page_shows_film_reasons_parts_and_history():
    root = read(PAGE)
    assert texts(root, "h1") == ["Recommended to user 1"]
    assert texts(root, "h2") == ["1. Ronin (1998)", "History of user 1: 2 films, newest first"]
    assert [texts(each, "span")[0] for each in of_class(root, "reasons")[0]] == ["+75%", "−25%"]
    assert texts(of_class(root, "reasons")[0], "li")[1].endswith("your taste as a whole.")
    assert texts(of_class(root, "legend")[0], "li") == [
        "Your taste −1.00",
        "Watched next +2.00",
        "Actors +1.00",
        "Together 2.50",
    ]
    (details,) = root.iter("details")
    assert texts(details, "li") == ["Heat (1995) ★ 4.5 stars → no. 1", "Toy Story (1995)"]
    assert [each.get("value") for each in details.iter("li")] == ["3", "2"]


def test_a_sentence_keeps_another_number_in_brackets():
    film = replace(FILM, reasons=[("It has a share (+10%).", 0.5)])
    assert "It has a share (+10%)." in to_html(replace(PAGE, recommendations=[film]))


def test_bars_share_one_zero_and_negative_ones_go_left():
    def of(styles):
        return [tuple(map(float, re.findall(r"([\d.]+)%", style))) for style in styles]

    root = read(PAGE)
    zeros = [each.get("style") for each in of_class(root, "bar")]
    assert zeros == ["--zero:25.00%"] * 3
    bars = of([each.get("style") for each in root.iter("i")])
    assert bars[:2] == [(25, 75), (0, 25)]
    assert bars[2:] == [(0, 25), (25, 50), (75, 25)]  # stacked: taste, watched next, actors


def test_bars_of_nothing_have_no_size():
    film = replace(FILM, reasons=[("Nothing (+0%).", 0.0)], summands=[("Your taste", 0.0)])
    (bar,) = read(replace(PAGE, recommendations=[film])).iter("i")
    assert bar.get("style") == "left:0.00%;width:0.00%"


@pytest.mark.parametrize("count", [1, 2, 10])
def test_contents_link_to_each_of_several_films(count):
    films = [replace(FILM, rank=rank) for rank in range(1, count + 1)]
    root = read(replace(PAGE, recommendations=films))
    targets = {each.get("id") for each in root.iter() if each.get("id")}
    links = [each.get("href") for nav in root.iter("nav") for each in nav.iter("a")]
    assert len(links) == (0 if count == 1 else count + 1)
    assert all(link[1:] in targets for link in (each.get("href") for each in root.iter("a")))
    ids = [each.get("id") for each in root.iter() if each.get("id")]
    assert len(ids) == len(set(ids))


def test_headings_never_skip_a_level():
    film = replace(FILM, rank=2)
    root = read(replace(PAGE, recommendations=[FILM, film]))
    levels = [int(each.tag[1]) for each in root.iter() if re.fullmatch("h[1-6]", each.tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(later <= level + 1 for level, later in pairwise(levels))


def test_a_film_without_paths_and_a_user_without_history():
    page = replace(PAGE, recommendations=[replace(FILM, paths=[])], history=[])
    root = read(page)
    assert list(root.iter("svg")) == list(root.iter("details")) == []
    assert "No path is stored for this film." in to_html(page)


def test_the_file_is_written_whole(tmp_path):
    file = tmp_path / "new" / "page.html"
    write_page(file, PAGE)
    assert file.read_text("utf-8") == to_html(PAGE)
    assert [each.name for each in file.parent.iterdir()] == ["page.html"]


# Drawings


def test_nodes_on_several_paths_are_drawn_once():
    drawn = drawing([NEXT, DE_NIRO])
    names = [node.lines for node in drawn.nodes if node.style != "label"]
    assert sorted(names) == [["Heat (1995)"], ["Robert De Niro"], ["Ronin (1998)"], ["user 1"]]
    assert len(drawn.lines) == 4  # user - Heat, Heat - De Niro - Ronin, Heat - Ronin


def test_columns_lead_from_the_user_to_the_film():
    drawn = drawing([NEXT, DE_NIRO], stars={"Heat (1995)": 4.5})
    places = {node.lines[0]: (node.x, node.style, node.caption) for node in drawn.nodes}
    assert sorted(places, key=places.__getitem__) == [
        "user 1",
        "Heat (1995)",
        *sorted(["Robert De Niro", "watched next"], key=places.__getitem__),
        "Ronin (1998)",
    ]
    assert places["Heat (1995)"][1:] == ("movie", "★ 4.5")
    assert places["Robert De Niro"][1:] == ("person", "actor")
    assert places["Robert De Niro"][0] == places["watched next"][0]
    assert places["Ronin (1998)"][1] == "target"


def test_a_line_is_as_thick_as_the_paths_on_it_are_heavy():
    lines = {line["tooltip"]: line for line in drawing([NEXT, DE_NIRO]).lines}
    rated = lines["user 1 → RATED → Heat (1995), weight 0.75"]
    watched = lines["Heat (1995) → WATCHED_NEXT → Ronin (1998), weight 0.5"]
    acted = lines["Heat (1995) → ACTED_IN → Robert De Niro, weight 0.25"]
    assert rated["thickness"] == WIDE.thickest
    assert rated["thickness"] > watched["thickness"] > acted["thickness"] > 1
    assert [each["colour"] for each in (rated, watched, acted)] == [
        "rated",
        "watched_next",
        "actor",
    ]


def test_the_first_paths_are_drawn_as_far_as_lines_remain():
    paths = [over(movie(key, f"Film {key}", "SIMILAR"), RONIN) for key in range(20, 30)]
    drawn = drawing(paths)
    assert (drawn.count, len(drawn.lines)) == (6, MAX_EDGES)
    html = to_html(replace(PAGE, recommendations=[replace(FILM, paths=paths)]))
    assert "6 of 10 stored paths from user 1 to this film." in html


def test_a_path_of_five_hops_has_six_columns():
    chain = over(
        movie(1, "Heat (1995)", "ACTED_IN"),
        PathStep("Person", "nm1", "Robert De Niro", "ACTED_IN"),
        movie(5, "Casino (1995)", "DIRECTED"),
        PathStep("Person", "nm2", "Martin Scorsese", "DIRECTED"),
        RONIN,
    )
    drawn = drawing([chain, NEXT])
    assert drawn.columns == 6
    assert len({node.x for node in drawn.nodes}) == 6
    assert drawn.width < 1050


def test_nodes_of_a_drawing_do_not_overlap_and_stay_inside():
    name = "Adventures of Priscilla, Queen of the Desert, The (Las aventuras de Priscilla) (1994)"
    paths = [over(movie(key, name, "SIMILAR"), movie(9, name)) for key in range(20, 26)]
    for size in (WIDE, NARROW):
        drawn = drawing([*paths, NEXT, DE_NIRO], size)
        for node in drawn.nodes:
            assert node.x >= 0 and node.x + node.width <= drawn.width
            assert node.y >= 0 and node.y + node.height <= drawn.height
            assert len(node.lines) <= size.lines
        for one in drawn.nodes:
            for other in drawn.nodes:
                apart = (
                    one.x != other.x
                    or abs(one.middle - other.middle) >= (one.height + other.height) / 2
                )
                assert one is other or apart


def test_drawings_are_described_and_have_tooltips():
    for svg in read(PAGE).iter("svg"):
        assert svg.get("role") == "img"
        assert svg.get("aria-label") == (
            "Drawing of paths to Ronin (1998): user 1, Heat (1995), 4.5 stars, watched next, "
            "Ronin (1998); user 1, Heat (1995), 4.5 stars, Robert De Niro, Ronin (1998)."
        )
        assert "Heat (1995), 4.5 stars" in texts(svg, "title")


# Safety


def hostile_page(name):
    """A page that has a text wherever one can be."""
    end = movie(9, name)
    paths = [
        over(movie(name, name, "SIMILAR"), end),
        over(movie(2, name, "IN_GENRE"), PathStep("Genre", name, name, "IN_GENRE"), end),
        over(movie(3, name, name), PathStep("Person", 4, name, name), end),
    ]
    film = ExplainedFilm(name, 1, 1.0, [(name, 1.0)], [(name, 1.0)], paths)
    return Page(name, name, 1, [film, film], [WatchedFilm(name, 4.0, 0)])


def check_safe(page):
    html = to_html(page)
    root = ElementTree.fromstring(html.encode())  # raises if it is not well-formed
    assert not {"script", "img", "iframe", "object", "link", "base", "form"} & {
        each.tag for each in root.iter()
    }
    assert "<script" not in html.lower()
    for each in root.iter():
        assert not [name for name in each.attrib if name.startswith("on") or name == "src"]
        assert each.get("href", "#").startswith("#")
        assert "url(" not in each.get("style", "")
    assert not [
        letter for letter in html if letter != "\n" and unicodedata.category(letter) in ("Cc", "Cs")
    ]
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", html)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_titles(name):
    check_safe(hostile_page(name))


@given(st.text(st.characters(), max_size=60) | st.sampled_from(HOSTILE))
def test_any_title(name):
    check_safe(hostile_page(name))


WEIGHTS = st.floats(-1e6, 1e6)
FILMS = st.builds(movie, st.integers(1, 4), st.text(max_size=8))
BETWEEN = st.builds(
    PathStep,
    st.sampled_from(["Person", "User", "Genre", "Movie"]),
    st.integers(1, 3),
    st.text(),
    st.just("DIRECTED"),
)
PATHS = st.builds(
    lambda first, others, weight: over(
        replace(first, relation="SIMILAR"), *others, RONIN, weight=weight
    ),
    FILMS,
    st.lists(BETWEEN, max_size=4),
    WEIGHTS,
)


@given(st.lists(PATHS, max_size=12), st.lists(st.tuples(st.text(), WEIGHTS)))
def test_any_paths_and_figures(paths, figures):
    film = replace(FILM, paths=paths, reasons=figures, summands=figures)
    page = replace(PAGE, recommendations=[film])
    check_safe(page)
    assert len(drawing(paths).lines) <= MAX_EDGES
    assert "nan" not in "".join(each.get("style", "") for each in read(page).iter())


def test_nothing_is_loaded():
    html = to_html(PAGE)
    assert not re.search(r"""(src|href)\s*=\s*["']?(https?:|//)""", html)
    assert not re.search(r"url\(|@import|https?://", html)
    (policy,) = [
        each.get("content")
        for each in read(PAGE).iter("meta")
        if each.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_of_words_and_bars_have_contrast(scheme):
    def luminance(colour):
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    def contrast(one, other):
        low, high = sorted([luminance(one), luminance(other)])
        return (high + 0.05) / (low + 0.05)

    blocks = re.findall(r":root \{(.*?)\}", to_html(PAGE), re.DOTALL)
    colour = dict(re.findall(r"--(\w+): (#\w{6})", blocks[scheme == "dark"]))
    for words in ("text", "soft", "link"):
        for ground in ("page", "card", "tint"):
            assert contrast(colour[words], colour[ground]) >= 4.5, (words, ground)
    kinds = set(colour) - {"page", "card", "text", "soft", "line", "tint", "link", "edge", "on"}
    for bar in kinds:
        assert contrast(colour[bar], colour["card"]) >= 3, bar
        assert contrast(colour[bar], colour["on"]) >= 4.5, bar
