"""A person drops a photo in the browser, watches it end, and looks at what became of it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.fakes.panel_booth import PanelBooth, portrait

# xdist reads the groups before this folder's conftest could add them.
pytestmark = pytest.mark.xdist_group("browser")

FOLLOWED = re.compile(r"/dropped/[\w-]+$")
HEX_ID = re.compile(r"/jobs/[0-9a-f]{22}$")


def drop(page: Page, served: PanelBooth, *names: str, inbox: str, instruct: str = "") -> None:
    """Send photos of those names, and come to the page that follows them."""
    page.goto(f"{served.url}/drop")
    page.locator("select[name=inbox]").select_option(inbox)
    page.locator("input[type=file]").set_input_files(
        [
            {"name": name, "mimeType": "image/jpeg", "buffer": portrait(400 + number)}
            for number, name in enumerate(names)
        ]
    )
    if instruct:
        page.locator("input[name=instruct]").fill(instruct)
    page.locator("form[enctype='multipart/form-data'] button.primary").click()
    expect(page).to_have_url(FOLLOWED)


def test_photos_are_dropped_watched_and_compared(page: Page, served: PanelBooth) -> None:
    names = ("my portrait.jpg", "第二张 (2).jpg")
    drop(page, served, *names, inbox="studio")
    # The page is fetched again by the panel's own script until every photo has ended.
    for name in names:
        row = page.get_by_role("row").filter(has_text=name)
        expect(row).to_contain_text("done", ignore_case=True, timeout=40_000)
    page.get_by_role("link", name=names[0], exact=True).click()
    expect(page).to_have_url(HEX_ID)
    expect(page.get_by_role("heading", level=1)).to_have_text(names[0])
    slider = page.get_by_role("slider")
    before, after = page.locator("img.over-before"), page.locator("img.over-after")
    for picture in (before, after):
        expect(picture).to_be_visible()
        assert picture.evaluate("image => image.complete && image.naturalWidth") > 0
    assert before.get_attribute("src") != after.get_attribute("src")
    shown = page.locator(".stage").evaluate("stage => stage.style.getPropertyValue('--cut')")
    slider.focus()
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    moved = page.locator(".stage").evaluate("stage => stage.style.getPropertyValue('--cut')")
    assert (shown, moved) == ("50%", "60%")


def test_an_instruction_is_read_while_it_is_typed(page: Page, served: PanelBooth) -> None:
    page.goto(f"{served.url}/drop")
    page.locator("select[name=inbox]").select_option("people")
    page.locator("input[name=instruct]").press_sequentially("一寸 <b>white</b>")
    expect(page.locator("#understood")).to_contain_text("295")
    assert page.locator("#understood b").count() == 0
