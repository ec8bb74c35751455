"""The examples of docs/api.md, and those in the docstrings of the interface, are true."""

import doctest
import re
from pathlib import Path

import pytest

from pipeline.api import film_graph, reader
from pipeline.api.film_graph import FilmGraph
from pipeline.api.reader import FilmReader
from tests.support.shop import described, make_shop

PAGE = Path(__file__).parents[3] / "docs/api.md"
OWN = "\n## A graph of your own\n"


def run(test):
    """The examples of one docstring or page, which must all hold."""
    printed: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS, verbose=False)
    result = runner.run(test, out=printed.append, clear_globs=False)
    assert not result.failed, "".join(printed)
    return result.attempted


def examples(text):
    """The examples of a part of the page, as one test."""
    blocks = re.findall(r"^```python\n(.*?)^```$", text, flags=re.M | re.S)
    parser = doctest.DocTestParser()
    return parser.get_doctest("\n".join(blocks), {}, PAGE.name, str(PAGE), 0)


def parts():
    """The page without the section on a graph of one's own, and that section."""
    before, heading, after = PAGE.read_text().partition(OWN)
    assert heading
    own, next_heading, rest = after.partition("\n## ")
    return before + next_heading + rest, own


@pytest.mark.slow
def test_the_examples_of_the_page_hold(workplace):
    films, _ = parts()
    assert run(examples(films)) > 20


def test_the_examples_of_a_graph_of_ones_own_hold(workplace, graph, tmp_path):
    make_shop(graph)
    (tmp_path / "shop.toml").write_text(described().to_toml(), encoding="utf-8")
    _, own = parts()
    assert run(examples(own)) == 6


@pytest.fixture
def films(workplace):
    """An open graph with a run."""
    with FilmGraph.open() as films:
        films.load("my-folder")
        films.train(epochs=1, settings={"history.epochs": 1, "history.refit_epochs": 1})
        films.recommend()
        yield films


@pytest.mark.slow
def test_the_examples_of_the_docstrings_hold(films):
    finder = doctest.DocTestFinder(exclude_empty=True)
    tests = [
        test
        for module in (film_graph, reader)
        for test in finder.find(module, globs={"films": films, "FilmGraph": FilmGraph})
        if test.examples
    ]
    assert sum(map(run, tests)) > 10


def test_every_question_and_every_action_has_an_example_on_the_page():
    names = [
        name
        for each in (FilmReader, FilmGraph)
        for name, member in vars(each).items()
        if callable(member) and not name.startswith("_")
    ]
    assert len(names) > 8
    assert not [name for name in names if f".{name}(" not in PAGE.read_text()]
