"""What was covered and proved, for the record: types, places, sureness; never a value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from daemon.domain.privacy.page import Quad
from daemon.imaging.clean import CleanShape
from daemon.routes.privacy.looking import Eyes, Seen
from daemon.routes.privacy.places import Place
from daemon.routes.privacy.proof import Check, Doubt, not_asked

MOST_PLACES = 2000
"""Places of a file that are written down one by one; all are counted."""


def as_json(
    eyes: Eyes,
    shape: CleanShape,
    pages: Sequence[Seen],
    doubts: Sequence[Sequence[Doubt]],
    timings_s: dict[str, float],
) -> dict[str, Any]:
    """For the record.

    Args:
        eyes: What the pages were looked at with.
        shape: The file.
        pages: What was seen on each.
        doubts: Of the first attempt, and of the second where there was one.
        timings_s: Seconds by part.
    """
    options, waived = eyes.options, not_asked(pages, eyes)
    places = [(number, place) for number, seen in enumerate(pages) for place in seen.places]
    over = [(number, place) for number, seen in enumerate(pages) for place in seen.passed_over]
    counts = Counter(place.entity for _, place in places)
    return {
        "profile": options.profile,
        "pages": shape.pages,
        "source": shape.source,
        "written_as": shape.writes,
        "left_behind": list(shape.notes),
        "covered": dict(sorted(counts.items())),
        "masks": sum(len(place.quads) for _, place in places),
        "unread": sum(seen.unread for seen in pages),
        "places": [_place_json(number, place) for number, place in places[:MOST_PLACES]],
        "taken_for_text": [_place_json(number, place) for number, place in over[:MOST_PLACES]],
        "tags": str(eyes.tags),
        "attempts": len(doubts),
        "reversible": options.fill != "solid",
        "proof": {
            "passed": [] if doubts[-1] else [str(one) for one in Check if one not in waived],
            "not_asked": [str(one) for one in waived],
            "doubts": [[doubt.as_json() for doubt in attempt] for attempt in doubts],
        },
        "seconds": {name: round(spent, 3) for name, spent in timings_s.items()},
    }


def _place_json(number: int, place: Place) -> dict[str, Any]:
    return {
        "page": number + 1,
        "source": str(place.source),
        "type": place.entity,
        "quads": [_corners(quad) for quad in place.quads],
        "score": round(place.score, 3),
        "reason": str(place.reason),
        **({"hmac": place.tag} if place.tag else {}),
    }


def _corners(quad: Quad) -> list[list[float]]:
    return [[round(x, 1), round(y, 1)] for x, y in quad.corners]
