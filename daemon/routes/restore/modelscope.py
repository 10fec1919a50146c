"""Faces put back as ModelScope's portrait pipeline does it, for those who compare with it.

Source of the numbers: that library's ``image_portrait_enhancement_pipeline.py``. What is and
what is not the same stands in docs/restore.md.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from daemon.engines.assessing import Assessor
from daemon.engines.base import IdentityLimits
from daemon.imaging.align import CROP_PX, Alignment
from daemon.imaging.geometry import Box
from daemon.imaging.paste import Region
from daemon.routes.restore.drawing import Drawn
from daemon.routes.restore.face import Ending, FaceResult, Workplace, measured, on_canvas
from daemon.routes.restore.guard import Measurable
from daemon.routes.restore.selection import Candidate

MIN_QUALITY: Final = 0.1
"""Faces that score less are left alone."""
MOST_DISTANCE: Final = 0.15
"""A face further from the original, as a cosine distance, is not put back."""

_MARGIN_PX, _KERNEL_PX, _SIGMA_PX = 26, 101, 4.0


def poor(candidate: Candidate, srgb: NDArray[np.uint8], assessor: Assessor | None) -> bool:
    """Whether a face is too poor to be drawn; without an assessor none is.

    Raises:
        EngineError: The assessor failed.
    """
    if assessor is None:
        return False
    score = assessor.assess(srgb, candidate.face.landmarks).score
    return score is not None and score < MIN_QUALITY


def deliver(result: FaceResult, drawn: Drawn, place: Workplace) -> FaceResult:
    """Lay a drawn face over the picture as a whole, and take it back where it is another's.

    Light, colour and grain are the engine's. The distance is that of this booth's recogniser;
    where its own limit for another person is nearer, that one holds, and a face too small or
    too blurred for any distance to mean something is for a person to look at.
    """
    result = replace(result, mask="rectangle")
    alignment = on_canvas(drawn.alignment, place)
    region = rectangle(alignment)
    window = place.canvas.window(region)
    if window is None:
        return replace(result, ending=Ending.KEPT_ORIGINAL, reason="outside_the_picture")
    kept = place.canvas.keep(window)
    ffhq = on_canvas(result.candidate.alignment, place)
    before = place.recogniser.embed(place.before, ffhq)
    # The reference cuts the network's output off to whole numbers; it does not round.
    place.canvas.lay(np.floor(drawn.after), alignment, region, drawn.blend)
    after = place.recogniser.embed(place.canvas.srgb, ffhq)
    looked = replace(
        measured(result, place), blend_used=drawn.blend, distance=_cosine_distance(before, after)
    )
    assert result.limits is not None
    looked = replace(looked, limits=_limits(result.limits))
    own = float(np.linalg.norm(after - before))
    # Written so that a distance that is no number keeps the original.
    if _within(looked.distance) and own <= result.limits.keep_beyond:
        unsure = result.measurable is Measurable.NO
        return replace(looked, reason="identity_not_measurable") if unsure else looked
    place.canvas.put_back(kept)
    return replace(looked, ending=Ending.KEPT_ORIGINAL, reason="identity_changed", blend_used=0.0)


def rectangle(alignment: Alignment) -> Region:
    """The soft rectangle of an engine's crop."""
    side = alignment.side_px
    layer = cv2.resize(_rectangle_512(), (side, side))
    return Region(alignment, np.asarray(layer, dtype=np.float32), Box(0, 0, side, side))


@lru_cache(maxsize=1)
def _rectangle_512() -> NDArray[np.float32]:
    layer = np.zeros((CROP_PX, CROP_PX), dtype=np.float32)
    layer[_MARGIN_PX : CROP_PX - _MARGIN_PX + 1, _MARGIN_PX : CROP_PX - _MARGIN_PX + 1] = 1
    for _ in range(2):
        layer = np.asarray(cv2.GaussianBlur(layer, (_KERNEL_PX, _KERNEL_PX), _SIGMA_PX))
    layer.flags.writeable = False
    return layer


def _limits(own: IdentityLimits) -> IdentityLimits:
    return IdentityLimits(MOST_DISTANCE, MOST_DISTANCE, f"ModelScope, by cosine; {own.source}")


def _within(distance: float | None) -> bool:
    return distance is not None and distance <= MOST_DISTANCE


def _cosine_distance(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    lengths = float(np.linalg.norm(one) * np.linalg.norm(other))
    return 1 - float(one @ other) / lengths if lengths > 0 else float("nan")
