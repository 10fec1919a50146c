"""The panel in a real browser: one booth and one Chromium for every test of this folder.

They share an xdist group, so that one process has them all. Where Chromium or Playwright is
missing they skip by name, and fail in CI.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from daemon.domain.job import Verdict
from tests.fakes.panel_booth import PanelAlone, PanelBooth, faceless, portrait, wished

GATE, STUDIO, DOUBTFUL = "gate-1.jpg", "studio-1.jpg", "doubtful.jpg"
# What a person wrote beside a photo.
NOTE = '"><script>alert(2)</script><img src=x onerror=alert(3)> {{7*7}}'
# Names as they come: with markup, spaces and Chinese.
REJECTED = ("empty room 1.jpg", "<img src=x onerror=alert(1)> &amp;.jpg", "空房间.jpg")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser/" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)
            # The first one waits for a whole booth with its engines.
            item.add_marker(pytest.mark.timeout(180))


def _missing(what: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} is missing, and this is CI")
    pytest.skip(f"{what} is not on this machine")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The system's browser, started once."""
    path = shutil.which("chromium") or shutil.which("google-chrome") or ""
    if not path:
        _missing("Chromium")
    try:
        from playwright.sync_api import expect, sync_playwright
    except ImportError:
        _missing("Playwright")
    # A machine that tests many things at once may need long for a page.
    expect.set_options(timeout=15_000)
    # Chromium's own sandbox cannot be had as root in a container.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def served(chromium: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PanelBooth]:
    """A booth at work, with a few photos that ended in different ways."""
    booth = PanelBooth(tmp_path_factory.mktemp("browser"))
    try:
        booth.start_serving()
        booth.put("gate", f"{GATE}.txt", NOTE.encode())
        booth.put("gate", GATE, portrait())
        booth.put("in", DOUBTFUL, wished(portrait(200), Verdict.REVIEW))
        booth.put("studio", STUDIO, portrait(320))
        for number, name in enumerate(REJECTED):
            booth.put("gate", name, faceless(number))
        booth.wait_ended(3 + len(REJECTED), patience_s=120)
        yield booth
        booth.stop()
    finally:
        booth.end()


@pytest.fixture(scope="session")
def closed(chromium: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PanelAlone]:
    """A panel that asks for a password."""
    panel = PanelAlone(tmp_path_factory.mktemp("closed"))
    panel.start()
    yield panel
    panel.stop()


@dataclass
class Window:
    """Browsers of their own, and what their pages complained about.

    Whatever a page says to its console as an error (a breach of the content security policy, a
    picture that is not there), throws, or asks by a dialog, fails the test at its end; ``allowed``
    lists parts of what is meant.
    """

    chromium: Any
    contexts: list[Any] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    allowed: list[str] = field(default_factory=list)

    def open(self, **options: Any) -> Any:
        """A page in a browser without cookies: ``open(locale="zh-CN")``."""
        context = self.chromium.new_context(**{"locale": "en-GB", **options})
        self.contexts.append(context)
        context.set_default_timeout(15_000)
        context.on("page", self._listen)
        return context.new_page()

    def _listen(self, page: Any) -> None:
        page.on("console", lambda m: self.said.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("dialog", self._refuse)

    def _refuse(self, dialog: Any) -> None:
        self.said.append(f"a dialog: {dialog.message}")
        dialog.dismiss()

    def close(self) -> None:
        for context in self.contexts:
            context.close()
        wrong = [text for text in self.said if not any(part in text for part in self.allowed)]
        assert not wrong, wrong


@pytest.fixture
def window(chromium: Any) -> Iterator[Window]:
    opened = Window(chromium)
    yield opened
    opened.close()


@pytest.fixture
def page(window: Window) -> Any:
    return window.open()
