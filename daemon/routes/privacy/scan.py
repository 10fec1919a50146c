"""What the route would cover in a file, without covering it: types and places, never a value."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from daemon.domain.privacy.filename import masked_name
from daemon.domain.privacy.page import Quad
from daemon.engines.registry import Engines
from daemon.imaging.carried import Carried, carried_by
from daemon.imaging.clean import CleanPage, open_clean
from daemon.imaging.limits import Limits
from daemon.routes.privacy.looking import Eyes, Seen, look_at
from daemon.routes.privacy.options import parse
from daemon.routes.privacy.places import Place, Source
from daemon.routes.privacy.policy import finder_for, policy_for
from daemon.routes.privacy.proof import is_unread, waives_reading

MOST_PLACES = 2000
"""Places that are told one by one; all are counted."""


@dataclass(frozen=True, slots=True)
class Scanned:
    """A page as it was seen.

    Attributes:
        size: Width and height, px.
        seen: What is on it.
        unseen: Whether there is ink on it and nobody saw a line: its text is not known.
        see_through: Whether it has parts that other programs may show in another colour.
        spent_s: Seconds it took.
    """

    size: tuple[int, int]
    seen: Seen
    unseen: bool
    see_through: bool
    spent_s: float


def scan(  # noqa: PLR0913 - the file, what to look for, and with what
    path: Path,
    raw: Mapping[str, object],
    limits: Limits,
    engines: Engines,
    *,
    name: str,
    told: Callable[[int, int], None],
) -> dict[str, Any]:
    """Look at every page as the route does at its first look; nothing is written.

    Args:
        path: The file.
        raw: Options of the route.
        limits: What it may measure.
        engines: Reader, face sweeper and code finder are asked.
        name: The file's own name.
        told: Called with pages done and pages in all.

    Returns:
        What ``docs/privacy.md`` says under "Scan", JSON values.

    Raises:
        InputError: The file cannot be read.
        EngineError: An engine is missing or failed.
        UsageError: An option is unknown or out of range.
    """
    options = parse(raw)
    # No key: a report is for whoever asks, and tags would let them compare values.
    eyes = Eyes(options, policy_for(options).profile, finder_for(options, b""), engines)
    with open_clean(path, limits, pdf_dpi=options.pdf_dpi) as source:
        shape, pages = source.shape, []
        for page in source.pages():
            told(page.index, shape.pages)
            pages.append(_scanned(page, eyes))
        told(shape.pages, shape.pages)
    carried = carried_by(path, shape.source, limits)
    return {
        "profile": options.profile,
        "format": shape.source,
        "clean": not carried.telling and not any(map(_is_noted, pages)),
        "found": _counts([place for page in pages for place in page.seen.places]),
        "faces": _count(pages, Source.FACE),
        "codes": _count(pages, Source.CODE),
        "unread": sum(page.seen.unread for page in pages),
        "name": masked_name(name, eyes.finder) != name,
        "pages": _pages(pages),
        "carried": _carried_json(carried),
    }


def _scanned(page: CleanPage, eyes: Eyes) -> Scanned:
    begin_s = time.perf_counter()
    seen = look_at(page, eyes)
    unseen = not waives_reading(seen, eyes) and is_unread(seen.pages, page.srgb)
    spent_s = time.perf_counter() - begin_s
    return Scanned(page.size, seen, unseen, page.on_black is not None, spent_s)


def _is_noted(page: Scanned) -> bool:
    return bool(page.seen.places or page.seen.unread or page.unseen)


def _counts(places: Sequence[Place]) -> dict[str, int]:
    return dict(sorted(Counter(place.entity for place in places).items()))


def _count(pages: Sequence[Scanned], source: Source) -> int:
    return sum(place.source is source for page in pages for place in page.seen.places)


def _pages(pages: Sequence[Scanned]) -> list[dict[str, Any]]:
    told, left = [], MOST_PLACES
    for number, page in enumerate(pages, 1):
        places = page.seen.places
        told.append(
            {
                "page": number,
                "width_px": page.size[0],
                "height_px": page.size[1],
                "lines": page.seen.lines,
                "found": _counts(places),
                "unread": page.seen.unread,
                "unseen": page.unseen,
                "see_through": page.see_through,
                "places": [_place_json(place, page.size) for place in places[: max(0, left)]],
                "seconds": round(page.spent_s, 3),
            }
        )
        left -= len(places)
    return told


def _place_json(place: Place, size: tuple[int, int]) -> dict[str, Any]:
    return {
        "source": str(place.source),
        "type": place.entity,
        "boxes": [box_of(quad, size) for quad in place.quads],
        "score": round(place.score, 3),
        "reason": str(place.reason),
    }


def box_of(quad: Quad, size: tuple[int, int]) -> list[float]:
    """Left, top, right and bottom of what would be covered, in shares 0..1 of the page."""
    across = [min(1.0, max(0.0, x / size[0])) for x, _ in quad.corners]
    down = [min(1.0, max(0.0, y / size[1])) for _, y in quad.corners]
    return [round(one, 4) for one in (min(across), min(down), max(across), max(down))]


def _carried_json(carried: Carried) -> dict[str, Any]:
    return {
        "complete": carried.complete,
        "telling": carried.telling,
        "found": [leak.as_json() for leak in carried.leaks],
    }
