"""Faces put back as ModelScope's portrait pipeline does it, for those who compare with it.

Source of the numbers: that library's ``image_portrait_enhancement_pipeline.py``. What is and
what is not the same stands in docs/restore.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from daemon.engines.assessing import Assessor
from daemon.engines.base import IdentityLimits
from daemon.engines.rating import FaceRater, Rating
from daemon.imaging.align import CROP_PX, Alignment
from daemon.imaging.geometry import Box
from daemon.imaging.paste import Region
from daemon.imaging.template import ARCFACE_PX, narrow_template_112, similarity, warped
from daemon.routes.restore.drawing import Drawn
from daemon.routes.restore.face import Ending, FaceResult, Workplace, measured, on_canvas
from daemon.routes.restore.guard import Measurable
from daemon.routes.restore.selection import Candidate

MIN_QUALITY: Final = 0.1
"""Faces that score less are left alone."""
MOST_DISTANCE: Final = 0.15
"""A face further from the original, as a cosine distance, is not put back."""

# Margins around the face in a drawn crop of 256 pixels: top, bottom, left, right.
_CUT_256: Final = (35, 33, 32, 36)
_FACES_AT_ONCE: Final = 32
_MARGIN_PX, _KERNEL_PX, _SIGMA_PX = 26, 101, 4.0


def rated(faces: Sequence[Candidate], srgb: NDArray[np.uint8], rater: FaceRater) -> list[Rating]:
    """The photo's faces, rated as that pipeline rates them: red and blue are exchanged.

    It turns the crop to RGB, and then the function that rates it exchanges them once more. The
    drawn face comes to that function in BGR and is seen in RGB. Its limits are of such numbers,
    so they are made likewise.

    Args:
        faces: Those that can be aligned.
        srgb: ``(H, W, 3)`` uint8 RGB photo.
        rater: The engine.

    Raises:
        EngineError: The engine failed.
    """
    return [rating for some in _pieces(faces, srgb) for rating in rater.rate_crops(some)]


def _pieces(faces: Sequence[Candidate], srgb: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
    for start in range(0, len(faces), _FACES_AT_ONCE):
        crops = [_crop_112(face, srgb) for face in faces[start : start + _FACES_AT_ONCE]]
        yield np.ascontiguousarray(np.stack(crops)[..., ::-1])


def _crop_112(face: Candidate, srgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    matrix = similarity(face.face.landmarks, narrow_template_112())
    # What can be brought onto one template can be brought onto any.
    assert matrix is not None
    return warped(srgb, matrix, ARCFACE_PX)


def distance_of(drawn: Drawn, before: Rating | None, rater: FaceRater | None) -> float | None:
    """Cosine distance of a drawn face to the photo's; ``None`` where nobody rates faces.

    Raises:
        EngineError: The engine failed.
    """
    if before is None or rater is None:
        return None
    (after,) = rater.rate_crops(drawn_112(drawn.after)[None])
    return _cosine_distance(before.feature, after.feature)


def drawn_112(after: NDArray[np.float32]) -> NDArray[np.uint8]:
    """``(112, 112, 3)`` uint8 RGB of a drawn crop, cut out by that pipeline's fixed margins.

    Args:
        after: ``(S, S, 3)`` float32 RGB, 0..255, S a multiple of 256.
    """
    top, bottom, left, right = (side * after.shape[0] // 256 for side in _CUT_256)
    inner = np.floor(after).astype(np.uint8)[top:-bottom, left:-right]
    return np.asarray(cv2.resize(inner, (ARCFACE_PX, ARCFACE_PX)), np.uint8)


def poor(
    candidate: Candidate,
    srgb: NDArray[np.uint8],
    rating: Rating | None,
    assessor: Assessor | None,
) -> bool:
    """Whether a face is too poor to be drawn; without a rating or an assessor none is.

    Raises:
        EngineError: The assessor failed.
    """
    if rating is not None:
        return rating.quality < MIN_QUALITY
    if assessor is None:
        return False
    score = assessor.assess(srgb, candidate.face.landmarks).score
    return score is not None and score < MIN_QUALITY


def deliver(
    result: FaceResult, drawn: Drawn, place: Workplace, judged: float | None = None
) -> FaceResult:
    """Lay a drawn face over the picture as a whole, and take it back where it is another's.

    Light, colour and grain are the engine's. Where this booth's recogniser has a limit for
    another person that is nearer, that one holds, and a face too small or too blurred for any
    distance to mean something is for a person to look at.

    Args:
        result: The face.
        drawn: As an engine drew it.
        place: Where it goes.
        judged: Cosine distance by EQ-Face; ``None``: that of this booth's recogniser counts.
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
    distance = _cosine_distance(before, after) if judged is None else judged
    looked = replace(measured(result, place), blend_used=drawn.blend, distance=distance)
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
