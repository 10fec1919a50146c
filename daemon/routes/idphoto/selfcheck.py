"""Opens the written file and measures it against its rule; the array in memory is not asked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from daemon.engines.registry import Engines
from daemon.imaging.colour import to_eight_bits
from daemon.imaging.decode import read_photo
from daemon.imaging.limits import Limits
from daemon.imaging.photo import Photo
from daemon.routes.idphoto import check_background
from daemon.routes.idphoto.check_background import background_rows, distance_to
from daemon.routes.idphoto.check_file import file_rows
from daemon.routes.idphoto.check_geometry import GeometryRule, Seen, geometry_rows, look
from daemon.routes.idphoto.rows import Row, Severity
from daemon.routes.idphoto.target import Target

_WHITE = 255.0
# Mean distance of a JPEG of the least quality from its picture is about 2 levels of 255, and it
# keeps nine tenths of such texture.
_AS_MADE = 4.0
_TEXTURE = (0.8, 1.25)
_INSIDE = 0.95
LIMITS = Limits(max_pixels=100_000_000, max_side_px=10_000)
"""Any finished photo or sheet is below this; a reader without limits is none."""


@dataclass(frozen=True)
class Meant:
    """What the maker knows and the file cannot tell.

    Attributes:
        painted: ``(H, W, 3)`` float32 sRGB: the background as it was meant.
        rgb: ``(H, W, 3)`` uint8 sRGB: the pixels that were to be written; ``None``: nobody knows.
        person: ``(H, W)`` float32 0..1, where the person was put; ``None``: nobody knows.
        written_over: ``(H, W)`` bool: a watermark's pixels, ``None`` without one.
        enlarged: Finished pixels per pixel of the photo.
        limits: Of the background, where it was not painted.
    """

    painted: NDArray[np.float32]
    rgb: NDArray[np.uint8] | None = None
    person: NDArray[np.float32] | None = None
    written_over: NDArray[np.bool_] | None = None
    enlarged: float = 1.0
    limits: check_background.Limits | None = None


@dataclass(frozen=True)
class Report:
    """What a file was found to be.

    Attributes:
        rows: Every measurement with its band.
        seen: The face in it, ``None`` where none was seen.
        distance: ``(H, W)`` float32, how far each pixel is from the painted background.
    """

    rows: tuple[Row, ...]
    seen: Seen | None
    distance: NDArray[np.float32]

    @property
    def failing(self) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if row.verdict == Severity.FAIL.value)

    @property
    def warning(self) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if row.verdict == Severity.WARN.value)


def examine(path: Path, name: str, target: Target, meant: Meant, engines: Engines) -> Report:
    """Measure a file.

    Args:
        path: The file.
        name: The name it will have.
        target: What it must be.
        meant: What was meant to be in it.
        engines: Two detectors that share nothing.

    Raises:
        InputError: It cannot be opened as a picture.
    """
    photo = read_photo(path, LIMITS)
    rows = file_rows(path, name, photo, target.file)
    if target.ground.mode == "transparent":
        # Palette and alpha are what was asked for, and a reader shows what shines through.
        rows = [row for row in rows if row.name != "rgb_8_bit"]
    shown = on_white(photo)
    if shown.shape != meant.painted.shape:
        # Nothing else can be compared with what was meant; the size says so already.
        return Report(tuple(rows), None, np.zeros(shown.shape[:2], np.float32))
    plain = _without_watermark(shown, meant)
    distance = distance_to(plain, meant.painted)
    if target.ground.mode == "keep":
        # No painted colour to tell the person from: only the maker's matte knows.
        distance = _by_matte(meant, distance)
    elif target.ground.mode != "transparent":
        rows += background_rows(
            plain, meant.painted, meant.limits or _limits(target), meant.person, target.people
        )
    rows += _made_rows(shown, meant)
    seen = look(shown, engines.finder, engines.judge)
    rows += geometry_rows(seen, distance, _geometry(target, meant.enlarged))
    return Report(tuple(rows), seen, distance)


def _made_rows(shown: NDArray[np.uint8], meant: Meant) -> list[Row]:
    """Whether the file shows what was to be written: not mirrored, not blurred, not another."""
    if meant.rgb is None or meant.person is None:
        return []
    away = np.abs(shown.astype(np.float32) - meant.rgb).mean()
    kept = _texture(shown, meant.person) / max(_texture(meant.rgb, meant.person), 1e-3)
    low, high = _TEXTURE
    code = "ID_FILE_STRUCTURE"
    return [
        Row("as_made", float(away), "levels", None, _AS_MADE, Severity.FAIL, code),
        Row("texture_kept", kept, "share", low, high, Severity.FAIL, code),
    ]


def _texture(rgb: NDArray[np.uint8], person: NDArray[np.float32]) -> float:
    """Spread of what is 1 to 3 pixels wide, well inside the person."""
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32)
    band = cv2.GaussianBlur(grey, (0, 0), 1.0) - cv2.GaussianBlur(grey, (0, 0), 3.0)
    inside = person > _INSIDE
    return float(band[inside].std()) if inside.any() else 0.0


def _geometry(target: Target, enlarged: float) -> GeometryRule:
    return GeometryRule(
        frame=target.frame,
        people=target.people,
        crown=target.crown,
        yaw_deg=target.yaw_deg,
        eyes_apart_px=target.eyes_apart_px,
        enlarged=enlarged,
    )


def _limits(target: Target) -> check_background.Limits:
    if target.ground.mode == "gradient":
        return check_background.GRADIENT
    return check_background.PNG if target.file.form == "PNG" else check_background.JPEG


def on_white(photo: Photo) -> NDArray[np.uint8]:
    """``(H, W, 3)`` uint8 sRGB, as it is printed and as most readers show it."""
    if photo.alpha is None:
        return photo.srgb
    share = to_eight_bits(photo.alpha)[..., None].astype(np.float32) / 255
    mixed = photo.srgb.astype(np.float32) * share + _WHITE * (1 - share)
    return np.asarray(np.rint(mixed), np.uint8)


def _without_watermark(shown: NDArray[np.uint8], meant: Meant) -> NDArray[np.uint8]:
    """The words were asked for; what they cover of the background is taken as painted."""
    if meant.written_over is None:
        return shown
    behind = np.ones(shown.shape[:2], bool) if meant.person is None else meant.person < 0.01
    covered = (meant.written_over & behind)[..., None]
    return np.where(covered, np.rint(meant.painted), shown).astype(np.uint8)


def _by_matte(meant: Meant, distance: NDArray[np.float32]) -> NDArray[np.float32]:
    return distance if meant.person is None else meant.person * np.float32(100)
