"""A person drops a photo in the browser, watches it end, and looks at what became of it."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.fakes.panel_booth import PanelBooth, portrait

HEX_ID = re.compile(r"/jobs/[0-9a-f]{22}$")


def drop(page: Page, served: PanelBooth, name: str, inbox: str, instruct: str = "") -> None:
    page.goto(f"{served.url}/drop")
    page.get_by_label("Inbox").select_option(inbox)
    page.locator("input[type=file]").set_input_files(
        {"name": name, "mimeType": "image/jpeg", "buffer": portrait(400)}
    )
    if instruct:
        page.locator("input[name=instruct]").fill(instruct)
    page.locator("form.card button").click()


def test_a_photo_is_dropped_watched_and_compared(page: Page, served: PanelBooth) -> None:
    drop(page, served, "my portrait.jpg", "studio")
    expect(page).to_have_url(f"{served.url}/jobs?inbox=studio")
    expect(page.get_by_role("status")).to_be_visible()
    # The list is fetched again by the page's own script until the photo has a row, and ended.
    row = page.get_by_role("row").filter(has_text="my portrait.jpg")
    expect(row).to_contain_text("done", ignore_case=True, timeout=40_000)
    row.get_by_role("link").first.click()
    expect(page).to_have_url(HEX_ID)
    expect(page.get_by_role("heading", level=1)).to_have_text("my portrait.jpg")
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
