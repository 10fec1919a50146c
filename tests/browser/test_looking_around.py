"""From a chart to a photo, from one language to the other, and all of it without JavaScript."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import GATE, NOTE, REJECTED, Window
from tests.browser.test_photos import HEX_ID, drop
from tests.fakes.booth_process import wait_until
from tests.fakes.panel_booth import PanelBooth

# xdist reads the groups before this folder's conftest could add them.
pytestmark = pytest.mark.xdist_group("browser")


def test_a_bar_of_the_overview_leads_to_the_photos_behind_it(
    page: Page, served: PanelBooth
) -> None:
    page.goto(served.url)
    chart = page.locator("figure.chart").filter(has_text="FACE_NOT_FOUND")
    chart.locator("svg a[href*=FACE_NOT_FOUND]").click()
    expect(page).to_have_url(re.compile("code=FACE_NOT_FOUND"))
    for name in REJECTED:
        expect(page.get_by_role("link", name=name, exact=True)).to_be_visible()
    page.get_by_role("link", name=REJECTED[1], exact=True).click()
    expect(page).to_have_url(HEX_ID)
    # The name is shown as it is; nothing of it became part of the page.
    expect(page.get_by_role("heading", level=1)).to_have_text(REJECTED[1])
    assert page.locator("main img[src=x]").count() == 0


def test_a_note_with_script_is_shown_as_it_was_written(page: Page, served: PanelBooth) -> None:
    page.goto(f"{served.url}/jobs/{served.job_id(GATE)}")
    expect(page.locator("q").first).to_have_text(NOTE)
    assert page.locator("script:not([src])").count() == 0
    assert page.locator("img[src=x]").count() == 0


def test_the_table_beside_a_chart_says_and_links_the_same(page: Page, served: PanelBooth) -> None:
    page.goto(served.url)
    chart = page.locator("figure.chart").filter(has_text="FACE_NOT_FOUND")
    bars = {a.get_attribute("href") for a in chart.locator("svg a").all()}
    chart.locator("summary").click()
    cells = {a.get_attribute("href") for a in chart.locator("table a").all()}
    assert bars
    assert bars <= cells


def test_the_language_is_switched_and_kept(page: Page, served: PanelBooth) -> None:
    page.goto(f"{served.url}/jobs?inbox=gate")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.get_by_role("link", name="中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh")
    expect(page).to_have_url(re.compile("inbox=gate"))
    page.goto(f"{served.url}/inboxes")
    expect(page.get_by_role("link", name="English")).to_be_visible()
    page.get_by_role("link", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_without_javascript_a_photo_is_dropped_found_and_shown(
    window: Window, served: PanelBooth
) -> None:
    page = window.open(java_script_enabled=False)
    drop(page, served, "without script.jpg", inbox="gate")
    wait_until(lambda: served.has_ended("without script.jpg"), "it did not end")
    page.reload()
    page.get_by_role("link", name="without script.jpg", exact=True).click()
    pictures = page.locator("[data-side] img")
    expect(pictures).to_have_count(2)
    for picture in pictures.all():
        assert page.request.get(f"{served.url}{picture.get_attribute('src')}").ok
    assert page.get_by_role("slider").count() == 0


def test_without_javascript_filters_work_and_orders_are_taken(
    window: Window, served: PanelBooth
) -> None:
    page = window.open(java_script_enabled=False)
    page.goto(f"{served.url}/jobs")
    page.locator("select[name=state]").select_option("rejected")
    page.locator("input[name=text]").fill("empty room")
    page.get_by_role("button", name="Filter").click()
    expect(page.get_by_role("link", name=REJECTED[0], exact=True)).to_be_visible()
    assert page.get_by_role("link", name=GATE, exact=True).count() == 0
    page.goto(served.url)
    switch = page.locator("form").filter(has_text="studio:")
    switch.locator("input[name=why]").fill("<i>lunch</i>")
    switch.get_by_role("button", name="Pause").click()
    expect(page.locator("main")).to_contain_text("<i>lunch</i>")
    page.locator("form").filter(has_text="studio").get_by_role("button", name="Resume").click()
    expect(page.locator("main")).not_to_contain_text("<i>lunch</i>")
    page.goto(f"{served.url}/audit")
    expect(page.locator("main")).to_contain_text("<i>lunch</i>")


def test_the_keyboard_reaches_the_content_first(page: Page, served: PanelBooth) -> None:
    page.goto(served.url)
    page.keyboard.press("Tab")
    focused = page.locator(":focus")
    expect(focused).to_have_attribute("href", "#content")
    expect(focused).to_be_visible()
