"""Photos that wait for a person, decided with the keyboard alone; two people, one decision."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from daemon.domain.job import Verdict
from tests.browser.conftest import Window
from tests.fakes.booth_process import wait_until
from tests.fakes.panel_booth import PanelBooth, portrait, wished

# xdist reads the groups before this folder's conftest could add them.
pytestmark = pytest.mark.xdist_group("browser")


def _dropped(served: PanelBooth, inbox: str, what: str) -> list[str]:
    """Four photos that wait for a decision, of names that only this test has."""
    names = [f"{what} {number}.jpg" for number in range(4)]
    for number, name in enumerate(names):
        served.put(inbox, name, wished(portrait(300 + number), Verdict.REVIEW))
    wait_until(lambda: all(map(served.has_ended, names)), "they did not end")
    return names


def _heading(page: Page) -> str:
    """The photo's name, once its page listens to keys."""
    text = page.get_by_role("heading", level=1).inner_text()
    page.wait_for_load_state("load")  # the script has run by then
    return text


def test_photos_are_decided_by_the_keyboard(page: Page, served: PanelBooth) -> None:
    # An inbox that no other test uses: whatever waits there is one of these.
    doubtful = _dropped(served, "desk", "by keyboard")
    page.goto(f"{served.url}/review?inbox=desk")
    page.keyboard.press("n")
    page.wait_for_url(re.compile(r"/review/[0-9a-f]{22}"))
    shown = [_heading(page)]
    assert shown[0] in doubtful
    # a: accepted, and the next photo comes by itself.
    page.keyboard.press("a")
    expect(page.get_by_role("heading", level=1)).not_to_have_text(shown[0])
    shown.append(_heading(page))
    # n: passed over, undecided.
    page.keyboard.press("n")
    expect(page.get_by_role("heading", level=1)).not_to_have_text(shown[1])
    shown.append(_heading(page))
    # x: a reason is chosen with the space bar, and Enter sends it.
    page.keyboard.press("x")
    expect(page.locator("input[name=code]").first).to_be_focused()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).not_to_have_text(shown[2])
    shown.append(_heading(page))
    assert sorted(shown) == sorted(doubtful)
    # r: with other words, which may hold the letters that are keys elsewhere.
    page.keyboard.press("r")
    expect(page.locator("input[name=instruct]")).to_be_focused()
    page.keyboard.type(" relax, narrow")
    page.keyboard.press("Enter")
    wanted = {shown[0]: "done", shown[1]: "review", shown[2]: "rejected"}
    wait_until(
        lambda: {name: served.state_of(name) for name in wanted} == wanted,
        lambda: f"{wanted} expected; {[(name, served.state_of(name)) for name in shown]}",
    )
    wait_until(
        lambda: "relax, narrow" in served.instruction_of(shown[3]),
        lambda: f"not redone: {served.instruction_of(shown[3])}",
    )


def test_the_second_person_is_told_that_the_first_decided(
    window: Window, served: PanelBooth
) -> None:
    doubtful = _dropped(served, "in", "of two people")
    window.allowed.append("409")
    first, second = window.open(), window.open()
    address = f"{served.url}/review/{served.job_id(doubtful[0])}"
    for page in (first, second):
        page.goto(address)
    first.keyboard.press("a")
    wait_until(lambda: served.state_of(doubtful[0]) == "done", "not accepted")
    second.keyboard.press("x")
    second.keyboard.press("Space")
    second.keyboard.press("Enter")
    expect(second.get_by_role("heading", level=1)).not_to_have_text(doubtful[0])
    expect(second.locator("main")).to_contain_text("panel:local")
    assert served.state_of(doubtful[0]) == "done"


def test_a_viewer_of_the_list_finds_each_photo_with_a_small_picture(
    page: Page, served: PanelBooth
) -> None:
    doubtful = _dropped(served, "in", "listed")
    page.goto(f"{served.url}/review?inbox=in")
    for name in doubtful:
        entry = page.get_by_role("listitem").filter(has_text=name)
        picture = entry.locator("img")
        picture.scroll_into_view_if_needed()
        expect(picture).to_be_visible()
        answer = page.request.get(f"{served.url}{picture.get_attribute('src')}")
        assert answer.ok
        assert answer.headers["content-type"].startswith("image/")
