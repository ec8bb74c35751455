"""A real web browser opens the printed link: titles on nodes, a short picture, guide and page.

Skipped where no Chromium is installed. With SCREENSHOTS=FOLDER it saves the pictures of docs/.
"""

import os
import re
import shutil
from pathlib import Path

import pytest

from pipeline.explanation.browsing import browse
from pipeline.explanation.explain import explain
from pipeline.explanation.guide import serve_guide
from pipeline.explanation.history import read_history
from pipeline.explanation.page import page_of, write_page
from pipeline.recommendation.picture import MOST_RELATIONSHIPS
from pipeline.recommendation.recommend import recommend
from pipeline.server.credentials import read_password
from tests.support.film_history import save_history_network
from tests.support.narrowing import present

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
WAIT = 60_000  # ms

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")


@pytest.fixture
def page():
    """An empty page of a headless Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        opened = browser.new_page(viewport={"width": 1300, "height": 900})
        opened.set_default_timeout(WAIT)
        yield opened
        browser.close()


@pytest.fixture
def recommended(graph, films, place):
    save_history_network(graph, place)
    recommend(graph, place)
    return graph


def log_in(page, server):
    page.fill("input[type=password]", read_password(present(server.password_file)))
    page.click("[data-testid=connect]")
    page.wait_for_selector("text=You are connected as user")


def keep_picture(page, name):
    """Save a screenshot if someone asked for those of the documentation."""
    folder = os.environ.get("SCREENSHOTS")
    if folder:
        page.screenshot(path=str(Path(folder) / f"{name}.png"))


def test_the_link_draws_the_explanation_with_titles(recommended, server, page):
    (first, *_) = explain(recommended, 1)
    shown = browse(recommended, server, 1, first.movie_id)
    page.goto(present(shown.link))
    log_in(page, server)
    page.click("[data-testid=editor-Run]")
    page.wait_for_selector("svg g.node text.caption")
    captions = " ".join(page.locator("svg g.node").all_text_contents())
    assert "user 1" in captions
    assert first.movie.split()[0] in captions
    assert not re.fullmatch(r"[\d\s]*", captions), "captions are ids"
    arrows = page.locator("svg g.relationship").count()
    assert 2 <= arrows <= MOST_RELATIONSHIPS
    assert "%" in " ".join(page.locator("svg g.relationship").all_text_contents())
    keep_picture(page, "browser-explanation")


def test_the_guide_opens_and_its_queries_run(recommended, server, page):
    with serve_guide(recommended, server, 1) as guide:
        page.goto(present(guide.view.link))
        log_in(page, server)
        page.wait_for_selector("text=recommendations and their reasons")
        keep_picture(page, "browser-guide")
        page.click("[data-testid=nextSlide]")
        page.wait_for_selector("text=Every user, film, person and genre is a node")


def test_the_page_renders_without_a_network(recommended, page, tmp_path):
    explanations = explain(recommended, 1)
    history = read_history(recommended, 1)
    file = tmp_path / "page.html"
    write_page(file, page_of(explanations, history, dataset="films"))
    page.context.set_offline(True)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    assert explanations[0].movie in page.inner_text("body")
    assert page.locator("svg").count() >= 1
    assert all(url.startswith("file:") for url in asked)
    keep_picture(page, "page")
