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
from daemon.routes.restore import face as faces_of
from daemon.routes.restore.enlarged import enlarged, restore_background
from daemon.routes.restore.face import Ending, FaceResult, Workplace
from daemon.routes.restore.options import Options
from daemon.routes.restore.selection import Candidate, Choice, choose

Progress = Callable[[str, int, int], None]

_BAND_PX = 512
_OUTSIDE_PX = 512  # longest side at which a changed background is compared


@dataclass(frozen=True)
class PageResult:
    """One page, worked on.

    Attributes:
        photo: The result.
        faces: Every face, largest first.
        measures: About the page as a whole, JSON values.
    """

    photo: Photo
    faces: tuple[FaceResult, ...]
    measures: dict[str, Any]


def restore_page(
    photo: Photo, options: Options, engines: Engines, progress: Progress
) -> PageResult:
    """Find, choose, restore, paste, check."""
    progress("detect", 0, 1)
    found = engines.finder.find(photo.srgb)
    chosen = choose(photo.srgb, found, options)
    progress("detect", 1, 1)
    base = enlarged(photo, options.upscale)
    wanted = sum(c.choice is Choice.WANTED for c in chosen)
    with_background = options.background == "upscale" and options.strength > 0
    if not wanted and not with_background:
        alone = tuple(_left_alone(candidate) for candidate in chosen)
        return PageResult(base, alone, _measures(photo, base, None, found))
    canvas = Canvas.of(base.srgb)
    place = Workplace(canvas, base.srgb, photo.size, engines.enlarger, engines.recogniser, options)
    faces = _restore_faces(chosen, place, progress)
    if with_background:
        _restore_background(photo, canvas, found, (options, engines, progress))
    _keep_tone(photo, base, canvas)
    result = colour.apply_srgb_change(base, canvas.srgb, canvas.touched)
    return PageResult(result, faces, _measures(photo, base, (canvas, result), found))


def _restore_faces(
    chosen: list[Candidate], place: Workplace, progress: Progress
) -> tuple[FaceResult, ...]:
    wanted = sum(c.choice is Choice.WANTED for c in chosen)
    results: list[FaceResult] = []
    done = 0
    for candidate in chosen:
        if candidate.choice is not Choice.WANTED:
            results.append(_left_alone(candidate))
            continue
        progress("face", done, wanted)
        results.append(faces_of.restore(candidate, place))
        done += 1
    progress("face", done, max(wanted, 1))
    return tuple(results)


def _left_alone(candidate: Candidate) -> FaceResult:
    return FaceResult(candidate, Ending.LEFT_ALONE, candidate.choice.value)


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

    restore_background(photo.srgb, canvas, shielded, (engines.enlarger, options, tell))


def _keep_tone(photo: Photo, base: Photo, canvas: Canvas) -> None:
    """Grey stays grey and sepia sepia: changed pixels get the colour of their brightness."""
    curve = colour.tint(photo.srgb)
    if curve is None:
        return
    for top in range(0, canvas.srgb.shape[0], _BAND_PX):
        rows = slice(top, top + _BAND_PX)
        changed = (canvas.srgb[rows] != base.srgb[rows]).any(axis=2)
        if changed.any():
            toned = colour.project_tone(canvas.srgb[rows], curve)
            canvas.srgb[rows][changed] = toned[changed]


def _measures(
    photo: Photo, base: Photo, work: tuple[Canvas, Photo] | None, found: list[Face]
) -> dict[str, Any]:
    result = base if work is None else work[1]
    return {
        "detected": len(found),
        "size_before": list(photo.size),
        "size_after": list(result.size),
        "tone": _tone_of(photo.srgb),
        "profile": "embedded" if photo.container.icc else "none",
        "bits": photo.container.bits,
        "outside": {"equal": True, "ssim": 1.0} if work is None else _outside(base, work),
    }


def _tone_of(srgb: NDArray[np.uint8]) -> str:
    if colour.is_grey(srgb):
        return "grey"
    return "toned" if colour.tint(srgb) is not None else "colour"


def _outside(base: Photo, work: tuple[Canvas, Photo]) -> dict[str, Any]:
    """Proof that nothing changed outside the masks: equality, or how alike it still is."""
    canvas, result = work
    outside = canvas.touched == 0
    if outside.any():
        equal = all(
            np.array_equal(base.pixels[i][outside[i]], result.pixels[i][outside[i]])
            for i in range(base.pixels.shape[0])
        )
        return {"equal": equal, "ssim": 1.0 if equal else None}
    alike = similarity_map(luma(base.srgb, _OUTSIDE_PX), luma(result.srgb, _OUTSIDE_PX))
    return {"equal": False, "ssim": round(float(alike.mean()), 4)}
