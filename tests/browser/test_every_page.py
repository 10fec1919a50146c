"""Every page, in both languages: axe finds nothing grave, nothing sticks out of a phone.

The same loop takes the pictures of every page that people look at.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from admin.pages.navigation import PAGES
from admin.wording import WORDS
from tests.browser.conftest import DOUBTFUL, GATE, REJECTED, STUDIO, Window
from tests.fakes.panel_booth import OPERATOR, PanelAlone, PanelBooth
from tests.fakes.shown_pages import SCHEMES, grave_findings, sticking_out, take_pictures

# xdist reads the groups before this folder's conftest could add them.
pytestmark = pytest.mark.xdist_group("browser")

LOCALES = {"en": "en-GB", "zh": "zh-CN"}
JOBS = {"job-done": STUDIO, "job-accepted": GATE, "job-rejected": REJECTED[1]}
# Pages that no page's head leads to.
MORE = {
    "rejects-hours": "/rejects/hours",
    "rejects-limits": "/rejects/limits",
    "photos": "/photos?code=FACE_NOT_FOUND",
    "jobs-none": "/jobs?text=no+such+photo",
    "api-docs": "/api/v1/docs",
}
_LINK = re.compile(r'(?:href|src)="(/[^"]*)"')
_NUMBERS = re.compile(r"[0-9a-f]{22}|\d+")


def _examine(page: Any, name: str) -> None:
    wrong = []
    # Colours are those of the other language: once is enough for the dark ones.
    for scheme in SCHEMES if name.endswith("-en") else SCHEMES[:1]:
        page.emulate_media(color_scheme=scheme)
        wrong += [f"{scheme}: {finding}" for finding in grave_findings(page)]
    page.set_viewport_size({"width": 390, "height": 844})
    wrong += sticking_out(page)
    take_pictures(page, name)
    assert not wrong, "\n".join([name, *wrong])


@pytest.fixture(params=sorted(LOCALES))
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def opened(window: Window, language: str) -> Any:
    return window.open(locale=LOCALES[language], viewport={"width": 1280, "height": 900})


@pytest.mark.parametrize("endpoint", sorted(PAGES))
def test_a_page_is_fit_for_everybody(
    opened: Any, served: PanelBooth, language: str, endpoint: str
) -> None:
    opened.goto(served.url)
    label = WORDS[language][PAGES[endpoint]]
    opened.locator("header nav").get_by_role("link", name=label, exact=True).click()
    opened.wait_for_load_state("load")
    assert opened.locator("html").get_attribute("lang") == language
    _examine(opened, f"{endpoint.rsplit('.', maxsplit=1)[-1]}-{language}")


@pytest.mark.parametrize("name", sorted(JOBS))
def test_the_page_of_a_job_is_fit_for_everybody(
    opened: Any, served: PanelBooth, language: str, name: str
) -> None:
    opened.goto(f"{served.url}/jobs/{served.job_id(JOBS[name])}")
    opened.wait_for_load_state("networkidle")
    _examine(opened, f"{name}-{language}")


@pytest.mark.parametrize("name", sorted(MORE))
def test_a_page_behind_another_is_fit_for_everybody(
    opened: Any, served: PanelBooth, language: str, name: str
) -> None:
    opened.goto(f"{served.url}{MORE[name]}")
    _examine(opened, f"{name}-{language}")


def test_the_page_of_a_decision_is_fit_for_everybody(
    opened: Any, served: PanelBooth, language: str
) -> None:
    opened.goto(f"{served.url}/review/{served.job_id(DOUBTFUL)}")
    opened.keyboard.press("r")
    opened.keyboard.press("Escape")
    _examine(opened, f"review-photo-{language}")


def test_signing_in_and_what_is_not_there_are_fit_for_everybody(
    opened: Any, window: Window, closed: PanelAlone, language: str
) -> None:
    window.allowed.append("404")
    opened.goto(closed.url)
    _examine(opened, f"login-{language}")
    opened.set_viewport_size({"width": 1280, "height": 900})
    opened.locator("input[name=name]").fill(OPERATOR[0])
    opened.locator("input[name=password]").fill(OPERATOR[1])
    opened.locator("main button").click()
    opened.goto(f"{closed.url}/no-such-page")
    _examine(opened, f"not-found-{language}")


def test_no_link_of_the_panel_is_dead(page: Any, served: PanelBooth) -> None:
    """Every kind of address that pages link to answers; orders are forms, and none is followed."""
    ask: Callable[..., Any] = page.request.get
    todo, seen, dead = ["/"], set(), []
    while todo:
        path = todo.pop().replace("&amp;", "&")
        kind = _NUMBERS.sub("#", path)
        if kind in seen:
            continue
        seen.add(kind)
        answer = ask(f"{served.url}{path}", max_redirects=0)
        if answer.status == 303:
            todo.append(answer.headers["location"])
        elif answer.status >= 300:
            dead.append(f"{path}: {answer.status}")
        elif answer.headers["content-type"].startswith("text/html"):
            todo += _LINK.findall(answer.text())
        assert len(seen) < 500, "pages without end"
    assert len(seen) > 20
    assert not dead, dead


def test_axe_and_the_ruler_notice_what_is_wrong(page: Any) -> None:
    """The two judges of this file are not blind."""
    page.set_content(
        "<html><body><img src='data:,'><p style='width: 3000px'>wide</p></body></html>"
    )
    found = " ".join(grave_findings(page))
    assert "image-alt" in found
    assert "html-has-lang" in found
    assert sticking_out(page)
