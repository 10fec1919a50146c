"""The identity guard: is the person still the same?

Distances are Euclidean, between a recogniser's descriptions of the face before and after; what
they mean is for the recogniser to say (``Recogniser.limits``). How it was found when a distance
means anything is in docs/decisions/0011.
"""

from __future__ import annotations

import enum
from typing import Final

from daemon.engines.base import IdentityLimits
from daemon.routes.restore.options import Options
from daemon.routes.restore.selection import Candidate

MEASURABLE_WIDTH_PX: Final = 48.0
MEASURABLE_LOST_AT_48: Final = 0.11
# Where identity cannot be measured, the result keeps its size, and the face is one of many small
# ones, nothing can be drawn that the photo does not hold: half the blend, and no review.
_SMALL_IN_PICTURE: Final = 1 / 8


class Ruling(enum.StrEnum):
    """What to do with a restored face."""

    DELIVER = "deliver"
    HALVE = "halve"
    KEEP_ORIGINAL = "keep_original"


class Measurable(enum.StrEnum):
    """Whether the distance of a face means anything."""

    YES = "yes"
    NO = "no"
    SMALL_IN_CROWD = "small_in_crowd"


def ruling(distance: float, limits: IdentityLimits, *, halved: bool) -> Ruling:
    """What a distance means, at the first look or after the blend was halved."""
    if distance <= limits.deliver_within:
        return Ruling.DELIVER
    # Written so that a distance that is no number keeps the original.
    if halved or not distance <= limits.keep_beyond:
        return Ruling.KEEP_ORIGINAL
    return Ruling.HALVE


def measurable(candidate: Candidate, size: tuple[int, int], options: Options) -> Measurable:
    """Whether a face is large and sharp enough for its distance to be more than noise.

    Args:
        candidate: The face.
        size: Width and height of the photo.
        options: The upscale factor matters.
    """
    assert candidate.detail is not None
    large = candidate.width_px >= MEASURABLE_WIDTH_PX
    if large and candidate.detail.lost_at(48) >= MEASURABLE_LOST_AT_48:
        return Measurable.YES
    in_crowd = not large and candidate.width_px < _SMALL_IN_PICTURE * min(size)
    return Measurable.SMALL_IN_CROWD if in_crowd and options.upscale == 1 else Measurable.NO
