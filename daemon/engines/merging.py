"""One face out of what a detector saw of it at several scales."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from daemon.engines.base import Face

SAME_FACE_SHARE = 0.5
# A network sees landmarks coarsely on a face of few pixels: where a larger view of the same
# face scores about as well, its points are the better ones.
_FINE_FACE_PX = 64.0
_SCORE_SLACK = 0.12
# Nor does it see them well on a large one. Eyes against a third detector's, on 27 photos: off by
# 0.06 to 0.08 of their distance where the face is 64 to 256 px wide in the view, by 0.10 up to
# 360 px and by 0.2 beyond, with the surest score of all.
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


Choose = Callable[[list[Seen]], Face]


def merged(seen: list[Seen], choose: Choose | None = None) -> list[Face]:
    """One face for each group of boxes that share more than half of the smaller one.

    Boxes of different scales never agree to the pixel, and a false twin may lie inside the
    true box with an IoU of a third only, so ordinary suppression would keep both.

    Args:
        seen: Of all views.
        choose: What to make of a group, surest first; ``finest`` where nothing is said.

    Returns:
        Surest first.
    """
    groups: list[list[Seen]] = []
    for one in sorted(seen, key=lambda s: -s.face.score):
        for group in groups:
            if group[0].face.box.share_of_smaller(one.face.box) > SAME_FACE_SHARE:
                group.append(one)
                break
        else:
            groups.append([one])
    return [(choose or finest)(group) for group in groups]


def finest(group: list[Seen]) -> Face:
    """The surest, or one about as sure whose view was large enough to see its points."""
    best = group[0]
    if best.seen_px >= _FINE_FACE_PX:
        return best.face
    for other in group[1:]:
        close = best.face.score - other.face.score <= _SCORE_SLACK
        if close and other.seen_px >= 1.5 * best.seen_px and _same_size(best.face, other.face):
            return other.face
    return best.face


def averaged(group: list[Seen]) -> Face:
    """The surest, with the mean of all views' landmarks; middling views count most."""
    best = group[0].face
    alike = [
        one
        for one in group
        if best.score - one.face.score <= _SCORE_SLACK and _same_size(best, one.face)
    ]
    away = np.log2([max(one.seen_px, 1.0) / _BEST_FACE_PX for one in alike])
    points = np.stack([one.face.landmarks for one in alike])
    # Of equals the nearest counts in full, so that the weights never all vanish.
    weights = np.exp(np.min(away**2) - away**2)
    return Face(best.box, np.average(points, 0, weights).astype(np.float32), best.score)


def _same_size(one: Face, other: Face) -> bool:
    return 0.75 <= one.box.width / max(other.box.width, 1e-6) <= 1.33
