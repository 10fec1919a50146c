"""One face out of what a detector saw of it at several scales."""

from __future__ import annotations

from dataclasses import dataclass

from daemon.engines.base import Face

SAME_FACE_SHARE = 0.5
# A network sees landmarks coarsely on a face of few pixels: where a larger view of the same
# face scores about as well, its points are the better ones.
_FINE_FACE_PX = 64.0
_SCORE_SLACK = 0.12


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
    return [_finest(group) for group in groups]


def _finest(group: list[Seen]) -> Face:
    best = group[0]
    if best.seen_px >= _FINE_FACE_PX:
        return best.face
    for other in group[1:]:
        close = best.face.score - other.face.score <= _SCORE_SLACK
        if close and other.seen_px >= 1.5 * best.seen_px and _same_size(best.face, other.face):
            return other.face
    return best.face


def _same_size(one: Face, other: Face) -> bool:
    return 0.75 <= one.box.width / max(other.box.width, 1e-6) <= 1.33
