"""Pages as a browser shows them: how wide they are, what axe finds, and pictures of them."""

from __future__ import annotations

import os
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

WIDTHS_PX = (1280, 390)
SCHEMES = ("light", "dark")
GRAVE = {"serious", "critical"}
_HEIGHT_PX = 900
_MOST_PX = 2400  # of a long page's picture

# Elements that stick out of the window; those inside something that scrolls by itself do not.
_STICKING_OUT = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  const wide = [...document.querySelectorAll("body *")].filter(
    element => element.getBoundingClientRect().right > width + 1);
  return [`${document.documentElement.scrollWidth} > ${width}`,
          ...wide.slice(0, 5).map(element => element.outerHTML.slice(0, 120))];
}"""


@cache
def _axe() -> str:
    return resources.files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")


def grave_findings(page: Any) -> list[str]:
    """What axe finds on the page as it stands, of weight serious or critical.

    The script is evaluated by the debugger, which no content security policy concerns.
    """
    page.evaluate(_axe())
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{rule['id']}: {node['html'][:200]} ({node['failureSummary'][:200]})"
        for rule in found["violations"]
        if rule["impact"] in GRAVE
        for node in rule["nodes"]
    ]


def sticking_out(page: Any) -> list[str]:
    """Nothing, or how wide the page is and what makes it so."""
    found: list[str] = page.evaluate(_STICKING_OUT)
    return found


def take_pictures(page: Any, name: str) -> None:
    """The page wide and narrow, where ``BOOTHD_TEST_ARTEFACTS`` names a folder.

    One of the two is light and the other dark; in the other language (a name that ends in
    ``-zh``) it is the other way round, so that nothing is left unseen at half the cost.
    """
    folder = os.environ.get("BOOTHD_TEST_ARTEFACTS")
    if not folder:
        return
    Path(folder).mkdir(parents=True, exist_ok=True)
    schemes = SCHEMES[::-1] if name.endswith("-zh") else SCHEMES
    for width, scheme in zip(WIDTHS_PX, schemes, strict=True):
        page.set_viewport_size({"width": width, "height": _HEIGHT_PX})
        page.emulate_media(color_scheme=scheme)
        height = min(_MOST_PX, page.evaluate("document.documentElement.scrollHeight"))
        clip = {"x": 0, "y": 0, "width": width, "height": height}
        # Playwright would write the file in a thread of its own, and keep that.
        picture = page.screenshot(full_page=True, clip=clip)
        (Path(folder) / f"{name}-{width}-{scheme}.png").write_bytes(picture)
