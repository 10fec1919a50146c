"""``PHOTO.why.jpg`` of privacy masking: boxes with the names of types, on the masked page."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from daemon.domain.artifact import Reason
from daemon.domain.codes import explain
from daemon.domain.privacy.find import Finder
from daemon.domain.privacy.page import Quad
from daemon.imaging.annotate import BAD, GOOD, Mark, annotated
from daemon.imaging.geometry import Box
from daemon.imaging.masking import Patch, covered
from daemon.routes.privacy.places import Place, Source
from daemon.routes.privacy.proof import Check, Doubt

_WORDS = {
    "face": {"zh": "人脸", "en": "face"},
    "unread": {"zh": "未读出", "en": "not read"},
    "rectangle": {"zh": "指定区域", "en": "area"},
    "signature": {"zh": "签名", "en": "signature"},
    "seal": {"zh": "印章", "en": "seal"},
}
_LEFT = {"zh": "未能证明已遮盖", "en": "not proved"}
VEIL_CELLS = 40
"""A line of an A4 page is a third of a square then."""
_MOST_MARKS = 150
_SAME = 0.5  # so much of a mask within a doubtful place: the doubt is about it
_NO_POINTS = np.zeros((0, 2), np.float32)


def why_picture(  # noqa: PLR0913, PLR0917 - the picture, what is on it, and in whose words
    masked: NDArray[np.uint8],
    places: Sequence[Place],
    doubts: Sequence[Doubt],
    reason: Reason,
    finder: Finder,
    language: str,
) -> NDArray[np.uint8]:
    """The masked page with everything that is still doubtful covered as well.

    Args:
        masked: ``(H, W, 3)`` uint8 RGB, already painted: the clear page must not come here.
        places: What was covered.
        doubts: Of this page.
        reason: Why it is not published.
        finder: Knows the types' names.
        language: ``zh`` or ``en``.

    Returns:
        ``(H, W, 3)`` uint8 RGB.
    """
    left = [Patch(quad).grown(0.3, 0.3, 0.3, 0.3) for doubt in doubts for quad in doubt.quads]
    unseen = any(doubt.check is Check.READING for doubt in doubts)
    shown = covered(veiled(masked) if unseen else masked, left)
    doubtful = [_around(patch.quad) for patch in left]
    boxes = ((_around(place.quads[0]), place) for place in places)
    marks = [
        Mark(box, _NO_POINTS, _name(place, finder), GOOD)
        for box, place in boxes
        if not any(box.share_of_smaller(other) > _SAME for other in doubtful)
    ]
    # Last of all: what a person must look at lies over what is in order.
    marks = marks[: max(0, _MOST_MARKS - len(left))]
    marks += [Mark(box, _NO_POINTS, _LEFT, BAD) for box in doubtful]
    headline = {spoken: explain(reason, spoken)[0] for spoken in ("zh", "en")}
    return annotated(shown, marks, headline, language)


def veiled(page: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A page of which only the layout can be seen: nobody knows what stands on it.

    Args:
        page: ``(H, W, 3)`` uint8 RGB.

    Returns:
        The same size, in at most ``VEIL_CELLS`` squares across.
    """
    height, width = page.shape[:2]
    cell = max(height, width) / VEIL_CELLS
    size = max(1, round(width / cell)), max(1, round(height / cell))
    cells = cv2.resize(page, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(cells, (width, height), interpolation=cv2.INTER_NEAREST), np.uint8)


def _around(quad: Quad) -> Box:
    xs, ys = zip(*quad.corners, strict=True)
    return Box(max(0.0, min(xs)), max(0.0, min(ys)), max(xs), max(ys))


def _name(place: Place, finder: Finder) -> dict[str, str]:
    if place.source is Source.TEXT:
        entity = finder.entity(place.entity)
        return {spoken: entity.label(spoken).strip("[]") for spoken in ("zh", "en")}
    return _WORDS.get(place.entity, {"zh": place.entity, "en": place.entity})
