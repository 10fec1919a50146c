"""Restores one face and puts it into the picture, under the identity guard."""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from daemon.engines.base import Enlarger, Recogniser
from daemon.imaging import tone
from daemon.imaging.align import CROP_PX, Alignment
from daemon.imaging.mask import SUPPORT, face_mask, inner_face
from daemon.imaging.paste import Canvas, Region
from daemon.imaging.sharpness import Detail
from daemon.imaging.similarity import luma, similarity_map
from daemon.routes.restore import calibration, guard
from daemon.routes.restore.calibration import Treatment
from daemon.routes.restore.guard import Measurable, Ruling
from daemon.routes.restore.options import Options
from daemon.routes.restore.selection import Candidate

# What the engine sees of the crop: the mask's support and a little more, so that its border
# effects stay outside the mask.
_SEEN_MARGIN_PX = 8
_FLAT_SHARE = 0.2  # of the input's contrast; a real restoration never loses four fifths of it
_SIMILARITY_PX = 128  # where the quality score is compared: noise and grain are averaged away


class Ending(enum.StrEnum):
    """What became of a face."""

    RESTORED = "restored"
    LEFT_ALONE = "left_alone"
    KEPT_ORIGINAL = "kept_original"  # restored, but not delivered


@dataclass(frozen=True)
class FaceResult:
    """One face of the record.

    Attributes:
        candidate: The face as chosen.
        ending: What became of it.
        reason: Why, in one word (a ``Choice`` or a rule of the guard).
        working_px: Side the crop was shrunk to for the engine.
        blend_asked: Share of the restored face the options ask for.
        blend_used: Share in the result; 0 where the original stands.
        measurable: Whether the distance means anything.
        distance: Identity distance before → after, of the blend that was judged last.
        similarity: Luminance SSIM inside the face, before → after, at 128 px.
        detail_after: Sharpness as ``Detail.lost_at(128)`` after the work.
    """

    candidate: Candidate
    ending: Ending
    reason: str
    working_px: int | None = None
    blend_asked: float = 0.0
    blend_used: float = 0.0
    measurable: Measurable | None = None
    distance: float | None = None
    similarity: float | None = None
    detail_after: float | None = None


@dataclass(frozen=True)
class Workplace:
    """What restoring a face needs.

    Attributes:
        canvas: The picture of the result's size, changed in place.
        before: ``(H, W, 3)`` uint8 RGB of the same size, as it was before any face.
        size: Width and height of the photo itself.
        enlarger: The restoring engine.
        recogniser: The identity engine.
        options: As asked.
    """

    canvas: Canvas
    before: NDArray[np.uint8]
    size: tuple[int, int]
    enlarger: Enlarger
    recogniser: Recogniser
    options: Options


def restore(candidate: Candidate, place: Workplace) -> FaceResult:
    """Restore a chosen face into the canvas.

    Returns:
        How it ended; a face that is refused leaves the canvas as it was.
    """
    assert candidate.alignment is not None
    assert candidate.crop is not None
    assert candidate.detail is not None
    lost = candidate.detail.lost_at(128)
    source_px = CROP_PX / candidate.alignment.scale
    treatment = calibration.treatment(place.options.strength, lost, source_px)
    result = FaceResult(
        candidate,
        Ending.RESTORED,
        "restored",
        working_px=treatment.working_px,
        blend_asked=treatment.blend,
        measurable=guard.measurable(candidate, place.size, place.options),
    )
    restored = through_engine(candidate.crop, treatment, place.enlarger)
    problem = unusable(candidate.crop, restored)
    if problem:
        return replace(result, ending=Ending.KEPT_ORIGINAL, reason=problem)
    change = tone.matched_change(candidate.crop, restored)
    return _deliver(result, change, place)


def through_engine(
    crop: NDArray[np.float32], treatment: Treatment, enlarger: Enlarger
) -> NDArray[np.float32]:
    """The crop with its face restored; what the mask cannot reach stays as it is."""
    left, top = round(SUPPORT.left) - _SEEN_MARGIN_PX, round(SUPPORT.top) - _SEEN_MARGIN_PX
    right, bottom = round(SUPPORT.right) + _SEEN_MARGIN_PX, round(SUPPORT.bottom) + _SEEN_MARGIN_PX
    piece = crop[top:bottom, left:right]
    by = treatment.working_px / CROP_PX
    size = round(piece.shape[1] * by), round(piece.shape[0] * by)
    small = np.asarray(cv2.resize(piece, size, interpolation=cv2.INTER_AREA), np.float32)
    large = enlarger.enlarge(small)
    how = cv2.INTER_AREA if large.shape[0] > piece.shape[0] else cv2.INTER_CUBIC
    out = crop.copy()
    back = cv2.resize(large, (piece.shape[1], piece.shape[0]), interpolation=how)
    if treatment.softness_px:
        back = cv2.GaussianBlur(back, (0, 0), treatment.softness_px)
    out[top:bottom, left:right] = np.clip(back, 0, 255)
    return out


def unusable(before: NDArray[np.float32], restored: NDArray[np.float32]) -> str | None:
    """Why an engine's output is no picture, or ``None`` where it is one."""
    inside = inner_face()
    if not np.isfinite(restored[inside]).all():
        return "engine_output_not_finite"
    contrast = float(restored[inside].std(axis=0).mean())
    if contrast < _FLAT_SHARE * float(before[inside].std(axis=0).mean()):
        return "engine_output_flat"
    return None


def _deliver(result: FaceResult, change: NDArray[np.float32], place: Workplace) -> FaceResult:
    """Paste, look, and paste again at half the blend where the guard says so."""
    candidate = result.candidate
    alignment = _on_canvas(candidate, place)
    window = place.canvas.window(Region.oval(alignment))
    if window is None:
        return replace(result, ending=Ending.KEPT_ORIGINAL, reason="outside_the_picture")
    kept = place.canvas.keep(window)
    gentle = result.measurable is Measurable.SMALL_IN_CROWD
    looks = (
        [(result.blend_asked / 2, True)]
        if gentle
        else [(result.blend_asked, False), (result.blend_asked / 2, True)]
    )
    described = place.recogniser.embed(place.before, alignment)
    for blend, halved in looks:
        _paste(change * np.float32(blend), candidate, alignment, place)
        distance = float(
            np.linalg.norm(place.recogniser.embed(place.canvas.srgb, alignment) - described)
        )
        looked = replace(_measured(result, alignment, place), blend_used=blend, distance=distance)
        judged = _judged(looked, distance, halved=halved)
        if judged is not None and judged.ending is Ending.RESTORED:
            return judged
        place.canvas.put_back(kept)
        if judged is not None:
            return judged
    raise AssertionError  # the last look always rules


def _judged(result: FaceResult, distance: float, *, halved: bool) -> FaceResult | None:
    """The end, or ``None`` to halve the blend and look again."""
    if result.measurable is Measurable.SMALL_IN_CROWD:
        return replace(result, reason="restored_gently")
    if result.measurable is Measurable.NO:
        return replace(result, reason="identity_not_measurable")
    match guard.ruling(distance, halved=halved):
        case Ruling.DELIVER:
            return replace(result, reason="blend_halved" if halved else "restored")
        case Ruling.HALVE:
            return None
        case Ruling.KEEP_ORIGINAL:
            return replace(
                result, ending=Ending.KEPT_ORIGINAL, reason="identity_changed", blend_used=0.0
            )


def _on_canvas(candidate: Candidate, place: Workplace) -> Alignment:
    assert candidate.alignment is not None
    return candidate.alignment.scaled(float(place.options.upscale))


def _paste(
    change: NDArray[np.float32], candidate: Candidate, alignment: Alignment, place: Workplace
) -> None:
    assert candidate.crop is not None
    assert candidate.detail is not None
    grainy = tone.with_grain(candidate.crop, change, candidate.detail.noise)
    place.canvas.add(grainy, alignment)


def _measured(result: FaceResult, alignment: Alignment, place: Workplace) -> FaceResult:
    before, after = alignment.crop(place.before), alignment.crop(place.canvas.srgb)
    alike = similarity_map(luma(before, _SIMILARITY_PX), luma(after, _SIMILARITY_PX))
    weight = cv2.resize(face_mask(), alike.shape[::-1], interpolation=cv2.INTER_AREA)
    return replace(
        result,
        similarity=float((alike * weight).sum() / weight.sum()),
        detail_after=Detail(after).lost_at(128),
    )
