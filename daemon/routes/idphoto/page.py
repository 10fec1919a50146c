"""``PHOTO.why.jpg`` of an ID photo: the faces that were seen and what is the matter."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from daemon.domain.artifact import Reason
from daemon.domain.codes import explain
from daemon.engines.base import Face
from daemon.imaging.annotate import BAD, NEUTRAL, Mark, annotated

_FACE = {"zh": "人脸(把握 {score:.0%})", "en": "face ({score:.0%} sure)"}


def why_picture(
    srgb: NDArray[np.uint8], faces: Sequence[Face], reasons: Sequence[Reason], language: str
) -> NDArray[np.uint8]:
    """What keeps a photo from becoming an ID photo, drawn into a copy of it.

    Args:
        srgb: ``(H, W, 3)`` uint8, the photo.
        faces: Those that count.
        reasons: Gravest first.
        language: ``zh`` or ``en``.

    Returns:
        ``(H, W, 3)`` uint8 RGB.
    """
    colour = BAD if any(reason.code == "ID_FACE_COUNT" for reason in reasons) else NEUTRAL
    marks = [
        Mark(
            face.box,
            face.landmarks,
            {spoken: text.format(score=face.score) for spoken, text in _FACE.items()},
            colour,
        )
        for face in faces
    ]
    headline = {
        spoken: "\n".join(dict.fromkeys(explain(reason, spoken)[0] for reason in reasons))
        for spoken in ("zh", "en")
    }
    return annotated(srgb, marks, headline, language)
