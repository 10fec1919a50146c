"""How faces are drawn anew: by the embedded engine face by face, by others several in a pass."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from daemon.domain.sayings import say, unavailable
from daemon.engines.base import Enlarger, FaceRestorer
from daemon.errors import GpuExhausted
from daemon.imaging.align import CROP_PX, Alignment, align_to
from daemon.imaging.mask import SUPPORT, inner_face
from daemon.imaging.sharpness import noise_of
from daemon.routes.restore import calibration
from daemon.routes.restore.calibration import Treatment
from daemon.routes.restore.options import Options
from daemon.routes.restore.selection import Candidate

# What the embedded engine sees of the crop: the mask's support and a little more, so that its
# border effects stay outside the mask.
_SEEN_MARGIN_PX = 8
_FLAT_SHARE = 0.2  # of the input's contrast; a real restoration never loses four fifths of it
# Faces go to an engine together, up to so many pixels: 32 faces of 512, 200 MB in and out.
_MOST_PIXELS = 32 * 512 * 512
# Widths of faces in the result, and the crop that holds so much: see docs/decisions/0040.
_SMALL_BELOW_PX, _LARGE_ABOVE_PX = 128, 700
_SMALL_CROP_PX, _USUAL_CROP_PX, _LARGE_CROP_PX = 256, 512, 1024


@dataclass(frozen=True)
class Drawn:
    """A face as an engine drew it.

    Attributes:
        alignment: Photo → the crop it was drawn in.
        before: ``(side, side, 3)`` float32 RGB, 0..255: what the engine was given.
        after: The same, from the engine.
        seen: ``(512, 512, 3)`` float32: ``after`` by the FFHQ template.
        blend: Share of it that is wanted in the result.
        noise: Standard deviation of noise in ``before``, in steps of 255.
        working_px: Side to which the embedded engine shrank the crop.
        size_px: Side of the crop that another engine drew.
        problem: Why ``after`` is no picture, or ``None`` where it is one.
    """

    alignment: Alignment
    before: NDArray[np.float32]
    after: NDArray[np.float32]
    seen: NDArray[np.float32]
    blend: float
    noise: float
    working_px: int | None = None
    size_px: int | None = None
    problem: str | None = None


class Drawer(Protocol):
    """Draws chosen faces.

    Attributes:
        is_embedded: It draws nothing outside the oval.
    """

    is_embedded: bool

    def draw(self, faces: Sequence[Candidate]) -> Iterator[list[tuple[Candidate, Drawn]]]:
        """Every face once, in groups of those that were drawn together."""
        ...


class EmbeddedDrawer:
    """Draws by shrinking a face to the scale its sharpness asks for and enlarging it again.

    Args:
        enlarger: The engine.
        options: As asked.
    """

    is_embedded = True

    def __init__(self, enlarger: Enlarger, options: Options) -> None:
        self._enlarger = enlarger
        self._options = options

    def draw(self, faces: Sequence[Candidate]) -> Iterator[list[tuple[Candidate, Drawn]]]:
        """See ``Drawer.draw``: one face at a time."""
        for face in faces:
            yield [(face, self._drawn(face))]

    def _drawn(self, face: Candidate) -> Drawn:
        assert face.alignment is not None
        assert face.crop is not None
        assert face.detail is not None
        source_px = CROP_PX / face.alignment.scale
        lost = face.detail.lost_at(128)
        treatment = calibration.treatment(self._options.strength, lost, source_px)
        after = through_engine(face.crop, treatment, self._enlarger)
        return Drawn(
            face.alignment,
            face.crop,
            after,
            after,
            treatment.blend,
            face.detail.noise,
            working_px=treatment.working_px,
            problem=unusable(face.crop, after),
        )


class NetworkDrawer:
    """Draws with a network of faces: all faces of one size in one call.

    Args:
        restorer: The engine.
        srgb: ``(H, W, 3)`` uint8 RGB, the photo that crops are cut from.
        options: As asked.

    Raises:
        EngineUnavailable: A size was asked for that the engine has no weights for.
    """

    is_embedded = False

    def __init__(self, restorer: FaceRestorer, srgb: NDArray[np.uint8], options: Options) -> None:
        if options.size_px not in {"auto", *restorer.sizes_px}:
            has = ", ".join(map(str, restorer.sizes_px))
            no_size = say("no_size", size_px=options.size_px, has=has)
            raise unavailable(no_size, engine=f"{options.engine} {options.size_px}")
        self._restorer = restorer
        self._srgb = srgb
        self._options = options

    def draw(self, faces: Sequence[Candidate]) -> Iterator[list[tuple[Candidate, Drawn]]]:
        """See ``Drawer.draw``: by size, in the order in which sizes first come up."""
        by_size: dict[int, list[Candidate]] = {}
        for face in faces:
            by_size.setdefault(self._size_px(face), []).append(face)
        for size_px, alike in by_size.items():
            many = max(1, _MOST_PIXELS // size_px**2)
            for start in range(0, len(alike), many):
                yield self._fitted(alike[start : start + many], size_px)

    def _fitted(self, faces: list[Candidate], size_px: int) -> list[tuple[Candidate, Drawn]]:
        """Drawn at this size, or at the next smaller one where the GPU has no room for one face.

        Raises:
            GpuExhausted: There is no smaller one, or this one was asked for.
        """
        smaller = [side for side in self._restorer.sizes_px if side < size_px]
        try:
            return self._drawn(faces, size_px)
        except GpuExhausted:
            if self._options.size_px != "auto" or not smaller:
                raise
        return self._fitted(faces, max(smaller))

    def _size_px(self, face: Candidate) -> int:
        if self._options.size_px != "auto":
            return self._options.size_px
        return size_for(face.width_px * self._options.upscale, self._restorer.sizes_px)

    def _drawn(self, faces: list[Candidate], size_px: int) -> list[tuple[Candidate, Drawn]]:
        template = self._restorer.template(size_px)
        places = [_aligned(face, template, size_px) for face in faces]
        before = np.stack([place.crop(self._srgb) for place in places])
        after = self._restorer.restore(before, fidelity=self._options.fidelity)
        return [
            (face, self._one(face, place, before[i], after[i]))
            for i, (face, place) in enumerate(zip(faces, places, strict=True))
        ]

    def _one(
        self,
        face: Candidate,
        place: Alignment,
        before: NDArray[np.float32],
        after: NDArray[np.float32],
    ) -> Drawn:
        assert face.alignment is not None
        assert face.crop is not None
        problem, picture, seen = "engine_output_not_finite", before, face.crop
        if np.isfinite(after).all():
            picture = np.clip(after, 0, 255).astype(np.float32)
            rounded = np.rint(picture).astype(np.uint8)
            seen = face.alignment.seen_from(place).crop(rounded)
            problem = unusable(face.crop, seen) or ""
        return Drawn(
            place,
            before,
            picture,
            seen,
            self._options.strength,
            _noise(face.alignment, place, before),
            size_px=place.side_px,
            problem=problem or None,
        )


def size_for(width_px: float, sizes_px: Sequence[int]) -> int:
    """The crop for a face so wide in the result: the smallest that holds it, else the largest."""
    if width_px < _SMALL_BELOW_PX:
        wanted = _SMALL_CROP_PX
    else:
        wanted = _LARGE_CROP_PX if width_px > _LARGE_ABOVE_PX else _USUAL_CROP_PX
    return min((side for side in sizes_px if side >= wanted), default=max(sizes_px))


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
    """Why an engine's output is no picture, or ``None`` where it is one; both 512 px, FFHQ."""
    inside = inner_face()
    if not np.isfinite(restored[inside]).all():
        return "engine_output_not_finite"
    contrast = float(restored[inside].std(axis=0).mean())
    if contrast < _FLAT_SHARE * float(before[inside].std(axis=0).mean()):
        return "engine_output_flat"
    return None


def _aligned(face: Candidate, template: NDArray[np.float64], size_px: int) -> Alignment:
    found = align_to(face.face.landmarks, template, size_px)
    # What can be brought onto one template can be brought onto any.
    assert found is not None
    return found


def _noise(ffhq: Alignment, place: Alignment, crop: NDArray[np.float32]) -> float:
    """Noise of a crop by any template, measured where it is measured in every crop."""
    side = place.side_px
    inside = cv2.warpAffine(
        inner_face().astype(np.uint8),
        place.seen_from(ffhq).matrix,
        (side, side),
        flags=cv2.INTER_NEAREST,
    )
    luma = cv2.cvtColor(np.clip(crop, 0, 255), cv2.COLOR_RGB2GRAY)
    return noise_of(np.asarray(luma, dtype=np.float32), inside > 0)
