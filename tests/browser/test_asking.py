"""Questions to the booth in a browser: two photos compared, the doctor called."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import STUDIO
from tests.fakes.panel_booth import PanelBooth, portrait
from tests.fakes.shown_pages import grave_findings, sticking_out, take_pictures

# xdist reads the groups before this folder's conftest could add them.
pytestmark = pytest.mark.xdist_group("browser")


def _is_fit(page: Page, name: str) -> None:
    found = grave_findings(page)
    page.set_viewport_size({"width": 390, "height": 844})
    found += sticking_out(page)
    take_pictures(page, name)
    assert not found, found


def test_a_photo_is_compared_with_that_of_a_job(page: Page, served: PanelBooth) -> None:
    page.goto(f"{served.url}/compare")
    page.locator("input[type=file]").first.set_input_files(
        {"name": "one.jpg", "mimeType": "image/jpeg", "buffer": portrait(500)}
    )
    page.locator("input[name=job_b]").fill(served.job_id(STUDIO))
    page.locator("main button.primary").click()
    # The very same person; how sure that is may differ where the photos of the project are away.
    answer = re.compile("One person|A person must look")
    expect(page.locator("main")).to_contain_text(answer, timeout=40_000)
    for picture in page.locator("main img").all():
        assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    _is_fit(page, "compare-answer-en")


def test_the_doctor_looks_and_says_what_was_found(page: Page, served: PanelBooth) -> None:
    page.goto(f"{served.url}/doctor")
    page.locator("main").get_by_role("button").first.click()
    expect(page.locator("main time")).to_be_visible(timeout=40_000)
    if (good := page.locator("main summary")).count():
        good.click()
    expect(page.locator("main table").last).to_be_visible()
    _is_fit(page, "doctor-found-en")
