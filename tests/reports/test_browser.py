"""The page in a real browser: nothing runs or is fetched, an accessibility checker finds nothing, a phone fits it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from detector.reports.composition import Report
from detector.reports.formats import formats
from tests.reports.conftest import LANGUAGES

pytestmark = pytest.mark.needs_program("chromium")
WIDTHS = (1280, 360)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as player:
        program = player.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        yield program
        program.close()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory, reports: dict[str, Report]) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    for language in LANGUAGES:
        (folder / f"{language}.html").write_bytes(formats()["html"].write(reports[language].document))
    return {language: folder / f"{language}.html" for language in LANGUAGES}


@pytest.mark.parametrize(
    ("language", "width"),
    [
        ("zh", WIDTHS[0]),
        pytest.param("en", WIDTHS[-1], marks=pytest.mark.heavy),
        pytest.param("en", WIDTHS[0], marks=pytest.mark.heavy),
        pytest.param("zh", WIDTHS[-1], marks=pytest.mark.heavy),
    ],
)
def test_the_page_in_a_browser(browser: Any, pages: dict[str, Path], language: str, width: int) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = browser.new_page(viewport={"width": width, "height": 800})
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text))
    page.on("dialog", lambda dialog: told.append(f"dialog: {dialog.message}"))
    page.on("request", lambda request: told.append(request.url))
    page.goto(pages[language].as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    assert told == [pages[language].as_uri()]
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.evaluate("getComputedStyle(document.querySelector('header')).backgroundColor") == "rgb(18, 63, 102)"
    found = Axe().run(
        page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
    )
    wrong = [(one["id"], one["nodes"][0]["html"]) for one in found.response["violations"]]
    assert not wrong
    page.close()


def test_the_checker_would_find_something(browser: Any, pages: dict[str, Path]) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = browser.new_page()
    page.goto(pages["zh"].as_uri())
    page.evaluate("document.querySelectorAll('svg').forEach(one => one.removeAttribute('aria-labelledby'))")
    page.evaluate("document.querySelectorAll('svg title').forEach(one => one.remove())")
    found = Axe().run(page)
    assert "svg-img-alt" in {one["id"] for one in found.response["violations"]}
    page.close()
