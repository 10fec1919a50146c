"""Puts a face that was drawn into the picture, under the identity guard."""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from daemon.engines.base import IdentityLimits, Recogniser
from daemon.imaging import tone
from daemon.imaging.align import Alignment
from daemon.imaging.mask import BOX_SUPPORT, SUPPORT, box_mask, cut_to, face_mask
from daemon.imaging.paste import Canvas, Region
from daemon.imaging.sharpness import Detail
from daemon.imaging.similarity import luma, similarity_map
from daemon.routes.restore import guard
from daemon.routes.restore.drawing import Drawn
from daemon.routes.restore.guard import Measurable, Ruling
from daemon.routes.restore.options import Options
from daemon.routes.restore.selection import Candidate

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
        covered: Share of the face that something else hides; ``None`` where no engine looked.
        quality: Of the photo's face, 0..1, where ModelScope's gates were asked for and EQ-Face
            is there.
        is_drawn: An engine drew it.
        working_px: Side the crop was shrunk to for the embedded engine.
        size_px: Side of the crop that another engine drew.
        mask: Where it could change: ``oval``, ``parsing``, ``occlusion`` or
            ``rectangle``.
        blend_asked: Share of the restored face the options ask for.
        blend_used: Share in the result; 0 where the original stands.
        measurable: Whether the distance means anything.
        limits: What the distances mean.
        distance: Identity distance before → after, of the blend that was judged last.
        similarity: Luminance SSIM inside the face, before → after, at 128 px.
        detail_after: Sharpness as ``Detail.lost_at(128)`` after the work.
    """

    candidate: Candidate
    ending: Ending
    reason: str
    covered: float | None = None
    quality: float | None = None
    is_drawn: bool = False
    working_px: int | None = None
    size_px: int | None = None
    mask: str | None = None
    blend_asked: float = 0.0
    blend_used: float = 0.0
    measurable: Measurable | None = None
    limits: IdentityLimits | None = None
    distance: float | None = None
    similarity: float | None = None
    detail_after: float | None = None


@dataclass(frozen=True)
class Workplace:
    """What putting faces back needs.

    Attributes:
        canvas: The picture of the result's size, changed in place.
        before: ``(H, W, 3)`` uint8 RGB of the same size, as it was before any face.
        photo: ``(H, W, 3)`` uint8 RGB of the photo itself.
        recogniser: The identity engine.
        options: As asked.
    """

    canvas: Canvas
    before: NDArray[np.uint8]
    photo: NDArray[np.uint8]
    recogniser: Recogniser
    options: Options

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the photo itself."""
        return int(self.photo.shape[1]), int(self.photo.shape[0])


def outset(candidate: Candidate, drawn: Drawn, place: Workplace) -> FaceResult:
    """What can be said of a drawn face before it is looked at in the picture."""
    result = FaceResult(
        candidate,
        Ending.RESTORED,
        "restored",
        is_drawn=True,
        working_px=drawn.working_px,
        size_px=drawn.size_px,
        blend_asked=drawn.blend,
        measurable=guard.measurable(candidate, place.size, place.options),
        limits=place.recogniser.limits,
    )
    if drawn.problem:
        return replace(result, ending=Ending.KEPT_ORIGINAL, reason=drawn.problem)
    return result


def region_of(
    candidate: Candidate,
    drawn: Drawn,
    place: Workplace,
    allowed: NDArray[np.bool_] | None,
) -> Region:
    """Where a face may change: the oval, or what a parser allows.

    Args:
        candidate: The face.
        drawn: What an engine made of it; the embedded one draws nothing outside the oval.
        place: For the result's size.
        allowed: ``(512, 512)`` bool in the FFHQ crop, or ``None`` for the oval.
    """
    alignment = on_canvas(candidate.alignment, place)
    if allowed is None:
        return Region.oval(alignment)
    if drawn.size_px is None:
        return Region(alignment, cut_to(allowed, face_mask()), SUPPORT)
    return Region(alignment, cut_to(allowed, box_mask()), BOX_SUPPORT)


def visible_region(candidate: Candidate, place: Workplace, visible: NDArray[np.bool_]) -> Region:
    """The oval, less what hides the face: what lies beside the face is nobody's to tell here.

    Args:
        candidate: The face.
        place: For the result's size.
        visible: ``(512, 512)`` bool in the FFHQ crop.
    """
    alignment = on_canvas(candidate.alignment, place)
    return Region(alignment, cut_to(visible, face_mask()), SUPPORT)


def deliver(result: FaceResult, drawn: Drawn, region: Region, place: Workplace) -> FaceResult:
    """Paste, look, and paste again at half the blend where the guard says so.

    Returns:
        How it ended; a face that is refused leaves the canvas as it was.
    """
    window = place.canvas.window(region)
    if window is None:
        return replace(result, ending=Ending.KEPT_ORIGINAL, reason="outside_the_picture")
    candidate = result.candidate
    change = _change(candidate, drawn, place)
    alignment = on_canvas(candidate.alignment, place)
    kept = place.canvas.keep(window)
    gentle = result.measurable is Measurable.SMALL_IN_CROWD
    looks = (
        [(result.blend_asked / 2, True)]
        if gentle
        else [(result.blend_asked, False), (result.blend_asked / 2, True)]
    )
    described = place.recogniser.embed(place.before, alignment)
    for blend, halved in looks:
        added = change * np.float32(blend)
        if not place.options.is_colouring:  # brightness, and the grain in it, stays what it is
            added = tone.with_grain(drawn.before, added, drawn.noise)
        place.canvas.add(added, on_canvas(drawn.alignment, place), region)
        distance = float(
            np.linalg.norm(place.recogniser.embed(place.canvas.srgb, alignment) - described)
        )
        looked = replace(measured(result, place), blend_used=blend, distance=distance)
        judged = _judged(looked, distance, halved=halved)
        if judged is not None and judged.ending is Ending.RESTORED:
            return judged
        place.canvas.put_back(kept)
        if judged is not None:
            return judged
    raise AssertionError  # the last look always rules


def _change(candidate: Candidate, drawn: Drawn, place: Workplace) -> NDArray[np.float32]:
    """What is put back of a drawn face: detail, or where colour is wanted that alone."""
    if place.options.is_colouring:
        return tone.coloured_change(drawn.before, drawn.after)
    return tone.matched_change(drawn.before, drawn.after, _times_ffhq(candidate, drawn))


def _times_ffhq(candidate: Candidate, drawn: Drawn) -> float:
    """How many times as large the face is in the engine's crop as in the FFHQ crop."""
    assert candidate.alignment is not None
    return drawn.alignment.scale / candidate.alignment.scale


def _judged(result: FaceResult, distance: float, *, halved: bool) -> FaceResult | None:
    """The end, or ``None`` to halve the blend and look again."""
    assert result.limits is not None
    if result.measurable is Measurable.SMALL_IN_CROWD:
        return replace(result, reason="restored_gently")
    if result.measurable is Measurable.NO:
        return replace(result, reason="identity_not_measurable")
    match guard.ruling(distance, result.limits, halved=halved):
        case Ruling.DELIVER:
            return replace(result, reason="blend_halved" if halved else "restored")
        case Ruling.HALVE:
            return None
        case Ruling.KEEP_ORIGINAL:
            return replace(
                result, ending=Ending.KEPT_ORIGINAL, reason="identity_changed", blend_used=0.0
            )


def on_canvas(alignment: Alignment | None, place: Workplace) -> Alignment:
    """Where a crop of the photo lies in the result."""
    assert alignment is not None
    return alignment.scaled(float(place.options.upscale))


def measured(result: FaceResult, place: Workplace) -> FaceResult:
    """With likeness and sharpness of the face as it now lies in the picture."""
    alignment = on_canvas(result.candidate.alignment, place)
    before, after = alignment.crop(place.before), alignment.crop(place.canvas.srgb)
    alike = similarity_map(luma(before, _SIMILARITY_PX), luma(after, _SIMILARITY_PX))
    weight = cv2.resize(face_mask(), alike.shape[::-1], interpolation=cv2.INTER_AREA)
    return replace(
        result,
        similarity=float((alike * weight).sum() / weight.sum()),
        detail_after=Detail(after).lost_at(128),
    )
