"""Who comes in, in a browser: the form, a wrong password, a forged order, the way out."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Window
from tests.fakes.panel_booth import OPERATOR, VIEWER, PanelAlone

# xdist reads the groups before this folder's conftest could add them.
pytestmark = pytest.mark.xdist_group("browser")


def sign_in(page: Page, name: str, password: str) -> None:
    page.locator("input[name=name]").fill(name)
    page.locator("input[name=password]").fill(password)
    page.locator("main button").click()


def test_the_right_password_opens_the_page_that_was_wanted(page: Page, closed: PanelAlone) -> None:
    page.goto(f"{closed.url}/audit")
    expect(page).to_have_url(f"{closed.url}/login")
    sign_in(page, *OPERATOR)
    expect(page).to_have_url(f"{closed.url}/audit")
    expect(page.locator(".session")).to_contain_text(OPERATOR[0])


def test_a_wrong_password_opens_nothing(window: Window, page: Page, closed: PanelAlone) -> None:
    window.allowed.append("40")  # the form comes back as a refusal
    page.goto(closed.url)
    sign_in(page, OPERATOR[0], "not this one at all")
    expect(page.get_by_role("alert")).to_be_visible()
    page.goto(f"{closed.url}/jobs")
    expect(page).to_have_url(f"{closed.url}/login")
    # The right one afterwards: the count of wrong ones begins anew for the other tests.
    sign_in(page, *OPERATOR)
    expect(page).to_have_url(f"{closed.url}/jobs")


def test_signing_out_ends_the_session_for_copies_of_the_cookie_too(
    page: Page, window: Window, closed: PanelAlone
) -> None:
    page.goto(closed.url)
    before = page.context.cookies()
    sign_in(page, *OPERATOR)
    expect(page.locator("header nav")).to_be_visible()
    cookies = page.context.cookies()
    assert {cookie["value"] for cookie in before}.isdisjoint(c["value"] for c in cookies)
    assert all(cookie["httpOnly"] and cookie["sameSite"] == "Strict" for cookie in cookies)
    page.locator(".session").get_by_role("button").click()
    expect(page).to_have_url(f"{closed.url}/login")
    thief = window.open()
    thief.context.add_cookies(cookies)
    thief.goto(f"{closed.url}/jobs")
    expect(thief).to_have_url(f"{closed.url}/login")


def test_a_viewer_finds_no_order_to_give(page: Page, closed: PanelAlone) -> None:
    page.goto(closed.url)
    sign_in(page, *VIEWER)
    expect(page.locator("header nav")).to_be_visible()
    for path in ("/", "/jobs", "/drop", "/inboxes"):
        page.goto(f"{closed.url}{path}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert page.locator("main form[method=post]").count() == 0, path


def test_an_order_with_a_forged_word_is_refused(
    window: Window, page: Page, closed: PanelAlone
) -> None:
    window.allowed.append("403")
    page.goto(closed.url)
    sign_in(page, *OPERATOR)
    order = page.locator("main form[method=post]").first
    order.locator("input[name=csrf]").evaluate("input => input.value = 'x'.repeat(43)")
    order.get_by_role("button").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("That is not allowed.")
    page.goto(f"{closed.url}/audit")
    expect(page.locator("main")).not_to_contain_text("pause")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_an_order_from_another_page_is_refused(
    window: Window, page: Page, closed: PanelAlone, host: str
) -> None:
    """Another program's page on this machine, of the same name and of another, with the word."""
    window.allowed.append("403")
    page.goto(closed.url)
    sign_in(page, *OPERATOR)
    word = page.locator("input[name=csrf]").first.get_attribute("value")
    lure = f"http://{host}:9/"
    form = (
        f"<form method=post action='{closed.url}/orders/pause'>"
        f"<input name=csrf value='{word}'><input name=inbox value=''><button>win</button></form>"
    )
    page.route(lure, lambda route: route.fulfill(body=form, content_type="text/html"))
    page.goto(lure)
    with page.expect_response(re.compile("/orders/pause")) as answer:
        page.get_by_role("button").click()
    assert answer.value.status == 403
    page.goto(f"{closed.url}/audit")
    expect(page.locator("main")).not_to_contain_text("pause")
