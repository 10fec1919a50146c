"""One face out of what a detector saw of it at several scales."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from daemon.engines.base import Face

SAME_FACE_SHARE = 0.5
_SCORE_SLACK = 0.12
# A network sees the points of a face coarsely where it has few pixels, and badly where it has many.
# Eyes against a third detector's, on 27 photos: off by 0.06 to 0.10 of their distance where the
# face is 64 to 256 px wide in the view, by 0.2 beyond 360 px, often with the best score of all.
_BEST_FACE_PX = 140.0


@dataclass(frozen=True)
class Seen:
    """A face in one view.

    Attributes:
        face: In coordinates of the picture.
        seen_px: The face's width in the view that the network saw.
    """

    face: Face
    seen_px: float


def merged(seen: list[Seen]) -> list[Face]:
    """One face for each group of boxes that share more than half of the smaller one.

    Boxes of different scales never agree to the pixel, and a false twin may lie inside the
    true box with an IoU of a third only, so ordinary suppression would keep both.

    Args:
        seen: Of all views.

    Returns:
        Surest first, with the surest view's box and score.
    """
    groups: list[list[Seen]] = []
    for one in sorted(seen, key=lambda s: -s.face.score):
        for group in groups:
            if group[0].face.box.share_of_smaller(one.face.box) > SAME_FACE_SHARE:
                group.append(one)
                break
        else:
            groups.append([one])
    return [_averaged(group) for group in groups]


def _averaged(group: list[Seen]) -> Face:
    """The surest, with the mean of all views' landmarks; middling views count most."""
    best = group[0].face
    alike = group[:1] + [
        one
        for one in group[1:]
        if best.score - one.face.score <= _SCORE_SLACK and _same_size(best, one.face)
    ]
    away = np.log2([max(one.seen_px, 1.0) / _BEST_FACE_PX for one in alike])
    points = np.stack([one.face.landmarks for one in alike])
    # Of equals the nearest counts in full, so that the weights never all vanish.
    weights = np.exp(np.min(away**2) - away**2)
    return Face(best.box, np.average(points, 0, weights).astype(np.float32), best.score)


def _same_size(one: Face, other: Face) -> bool:
    return 0.75 <= one.box.width / max(other.box.width, 1e-6) <= 1.33
