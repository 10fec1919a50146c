"""``PHOTO.why.jpg`` of privacy masking: boxes with the names of types, on the masked page."""

from __future__ import annotations

from collections.abc import Sequence

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
from daemon.routes.privacy.proof import Doubt

_WORDS = {
    "face": {"zh": "人脸", "en": "face"},
    "unread": {"zh": "未读出", "en": "not read"},
    "rectangle": {"zh": "指定区域", "en": "area"},
    "signature": {"zh": "签名", "en": "signature"},
    "seal": {"zh": "印章", "en": "seal"},
}
_LEFT = {"zh": "未能证明已遮盖", "en": "not proved"}
_MOST_MARKS = 150
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
    left = [quad for doubt in doubts for quad in doubt.quads]
    shown = covered(masked, [Patch(quad).grown(0.3, 0.3, 0.3, 0.3) for quad in left])
    marks = [Mark(_around(quad), _NO_POINTS, _LEFT, BAD) for quad in left]
    marks += [
        Mark(_around(place.quads[0]), _NO_POINTS, _name(place, finder), GOOD)
        for place in places[: max(0, _MOST_MARKS - len(marks))]
    ]
    headline = {spoken: explain(reason, spoken)[0] for spoken in ("zh", "en")}
    return annotated(shown, marks, headline, language)


def _around(quad: Quad) -> Box:
    xs, ys = zip(*quad.corners, strict=True)
    return Box(max(0.0, min(xs)), max(0.0, min(ys)), max(xs), max(ys))


def _name(place: Place, finder: Finder) -> dict[str, str]:
    if place.source is Source.TEXT:
        entity = finder.entity(place.entity)
        return {"zh": entity.zh, "en": entity.en}
    return _WORDS.get(place.entity, {"zh": place.entity, "en": place.entity})
