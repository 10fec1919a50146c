"""Restores the faces of one page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daemon.engines.base import Face
from daemon.engines.registry import Engines
from daemon.imaging import colour
from daemon.imaging.align import align
from daemon.imaging.paste import Canvas
from daemon.imaging.photo import Photo
from daemon.imaging.similarity import luma, similarity_map
from daemon.routes.restore.crowd import left_alone, restore_faces
from daemon.routes.restore.enlarged import enlarged, restore_background
from daemon.routes.restore.face import Ending, FaceResult, Workplace
from daemon.routes.restore.hands import Hands, background_wish, hands_for
from daemon.routes.restore.options import Options
from daemon.routes.restore.selection import Candidate, Choice, choose

Progress = Callable[[str, int, int], None]

_BAND_PX = 512
_ROWS = 64
_OUTSIDE_PX = 512  # longest side at which a changed background is compared


@dataclass(frozen=True)
class PageResult:
    """One page, worked on.

    Attributes:
        photo: The result.
        faces: Every face, largest first.
        measures: About the page as a whole, JSON values.
        is_embedded: Its faces were drawn by the embedded engine; ``None`` where none was drawn.
    """

    photo: Photo
    faces: tuple[FaceResult, ...]
    measures: dict[str, Any]
    is_embedded: bool | None = None


def restore_page(
    photo: Photo, options: Options, engines: Engines, progress: Progress
) -> PageResult:
    """Find, choose, restore, paste, check."""
    progress("detect", 0, 1)
    found = engines.finder.find(photo.srgb)
    chosen = choose(photo.srgb, found, options)
    progress("detect", 1, 1)
    wanted = any(c.choice is Choice.WANTED for c in chosen)
    held = colour.in_colour(photo) if options.is_colouring and wanted else photo
    base = enlarged(held, options.upscale)
    with_background = options.background == "upscale" and options.strength > 0
    if not wanted and not with_background:
        alone = tuple(left_alone(candidate) for candidate in chosen)
        return PageResult(base, alone, _measures((photo, base), None, found, with_background=False))
    canvas = Canvas.of(base.srgb)
    hands = hands_for(photo.srgb, options, engines) if wanted else None
    faces = _faces(chosen, hands, (photo, base, canvas), (options, engines, progress))
    if held is not photo and not any(face.ending is Ending.RESTORED for face in faces):
        base = enlarged(photo, options.upscale)  # nobody was coloured: the file stays what it is
        canvas = Canvas.of(base.srgb)
    coloured = canvas.touched > 0 if options.is_colouring else None
    if with_background:
        _restore_background(photo, canvas, found, (options, engines, progress))
    _keep_tone(photo, base, canvas, coloured)
    result = colour.apply_srgb_change(base, canvas.srgb, canvas.touched)
    measures = _measures((photo, base), (canvas, result), found, with_background=with_background)
    is_embedded = None if hands is None else hands.drawer.is_embedded
    return PageResult(result, faces, measures, is_embedded)


def _faces(
    chosen: list[Candidate],
    hands: Hands | None,
    pictures: tuple[Photo, Photo, Canvas],
    work: tuple[Options, Engines, Progress],
) -> tuple[FaceResult, ...]:
    if hands is None:
        return tuple(left_alone(candidate) for candidate in chosen)
    photo, base, canvas = pictures
    options, engines, progress = work
    place = Workplace(canvas, base.srgb, photo.srgb, engines.recogniser, options)
    return restore_faces(chosen, hands, place, progress)


def _restore_background(
    photo: Photo,
    canvas: Canvas,
    found: list[Face],
    work: tuple[Options, Engines, Progress],
) -> None:
    options, engines, progress = work
    aligned = [align(face.landmarks) for face in found]
    shielded = [a.scaled(float(options.upscale)) for a in aligned if a is not None]

    def tell(done: int, total: int) -> None:
        progress("background", done, total)

    enlarger = engines.background(background_wish(options)) or engines.enlarger
    restore_background(photo.srgb, canvas, shielded, (enlarger, options, tell))


def _keep_tone(
    photo: Photo, base: Photo, canvas: Canvas, coloured: NDArray[np.bool_] | None
) -> None:
    """Grey stays grey and sepia sepia: changed pixels get the colour of their brightness.

    Args:
        photo: As it came.
        base: Of the result's size, before any work.
        canvas: After it.
        coloured: ``(H, W)``: where colours were asked for; ``None``: nowhere.
    """
    curve = colour.tint(photo.srgb)
    if curve is None:
        return
    for top in range(0, canvas.srgb.shape[0], _BAND_PX):
        rows = slice(top, top + _BAND_PX)
        changed = (canvas.srgb[rows] != base.srgb[rows]).any(axis=2)
        if coloured is not None:
            changed &= ~coloured[rows]
        if changed.any():
            toned = colour.project_tone(canvas.srgb[rows], curve)
            canvas.srgb[rows][changed] = toned[changed]


def _measures(
    pictures: tuple[Photo, Photo],
    work: tuple[Canvas, Photo] | None,
    found: list[Face],
    *,
    with_background: bool,
) -> dict[str, Any]:
    photo, base = pictures
    result = base if work is None else work[1]
    return {
        "detected": len(found),
        "size_before": list(photo.size),
        "size_after": list(result.size),
        "tone": _tone_of(photo.srgb),
        "profile": "embedded" if photo.container.icc else "none",
        "bits": photo.container.bits,
        "outside": {"equal": True, "ssim": 1.0}
        if work is None
        else _outside(base, work, with_background=with_background),
    }


def _tone_of(srgb: NDArray[np.uint8]) -> str:
    if colour.is_grey(srgb):
        return "grey"
    return "toned" if colour.tint(srgb) is not None else "colour"


def _outside(base: Photo, work: tuple[Canvas, Photo], *, with_background: bool) -> dict[str, Any]:
    """Proof that nothing changed outside the masks: equality, or how alike it still is.

    Where a face fills the photo, nothing is outside, and nothing of it changed.
    """
    canvas, result = work
    if not with_background:
        equal = _equal_outside(base, result, canvas.touched)
        return {"equal": equal, "ssim": 1.0 if equal else None}
    alike = similarity_map(luma(base.srgb, _OUTSIDE_PX), luma(result.srgb, _OUTSIDE_PX))
    return {"equal": False, "ssim": round(float(alike.mean()), 4)}


def _equal_outside(base: Photo, result: Photo, touched: NDArray[np.uint8]) -> bool:
    """Whether every sample outside the masks is what it was, compared few rows at a time."""
    for top in range(0, touched.shape[0], _ROWS):
        rows = slice(top, top + _ROWS)
        before, after = base.pixels[rows], result.pixels[rows]
        # Most rows have no face at all, and whole rows are compared at the memory's own speed.
        if np.array_equal(before, after):
            continue
        outside = touched[rows] == 0
        if not np.array_equal(before[outside], after[outside]):
            return False
    return True
