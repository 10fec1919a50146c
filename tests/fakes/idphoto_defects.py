"""Each defect of acceptance 6.7, seeded into a good ID photo.

A defect is put into the written file: into its pixels, encoded again at a high quality with the
same tags and within the same size band, or into its bytes. One defect at a time: whatever else
the rule asks for still holds, so that nothing is caught for another reason.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from daemon.imaging.baggage import Baggage
from daemon.imaging.jpeg_write import with_segments
from daemon.routes.idphoto.check_background import distance_to
from tests.fakes.idphoto_good import Good, encoded, padded

GREEN_WALL, GREY_WALL = (50, 120, 70), (150, 150, 150)
_OTHER = (110, 80, 60)
_HEAD, _EYES, _CENTRE, _ROLL_DEG = 0.08, 0.05, 0.07, 4.0
_BLOB, _AWAY_DE00, _HALO_PX = 0.002, 4.0, 3
_SMOOTH_SIGMA_PX = 2.0

_Rgb8 = NDArray[np.uint8]


@dataclass(frozen=True)
class Defect:
    """One way in which a photo can be wrong.

    Attributes:
        name: What is wrong.
        spoil: The file with the defect; ``None`` where the rule knows no such defect.
        rows: Rows of which one must tell, whatever else is told.
        is_seen_elsewhere: It shows without knowing what was meant.
        breaks: Whether the rule of this photo is broken by it; a head may grow by 8 % of the
            frame and still be within a wide band.
    """

    name: str
    spoil: Callable[[Good], bytes | None]
    rows: frozenset[str]
    is_seen_elsewhere: bool = True
    breaks: Callable[[Good], bool] = lambda _good: True


# ---- where the head is ----------------------------------------------------------------------


def _moved(good: Good, matrix: NDArray[np.float64]) -> bytes:
    """The picture through a matrix; what comes in is what was at its edge."""
    height, width = good.rgb.shape[:2]
    moved = cv2.warpAffine(
        good.rgb, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return encoded(good, np.asarray(moved, np.uint8))


def _eyes(good: Good) -> tuple[float, float]:
    seen = good.made.report.seen
    assert seen is not None
    x, y = seen.eyes.mean(axis=0)
    return float(x), float(y)


def head_grown(good: Good, by: float) -> bytes:
    """The head larger by a share of the frame's height, the eyes where they were."""
    head = good.row("head_height").value
    return _moved(good, cv2.getRotationMatrix2D(_eyes(good), 0, (head + by) / head))


def eyes_raised(good: Good, by: float) -> bytes:
    """Everything higher by a share of the frame's height."""
    return _moved(good, np.array(((1.0, 0.0, 0.0), (0.0, 1.0, -by * good.rgb.shape[0]))))


def _beyond(good: Good, name: str, by: float) -> float | None:
    """By how much a figure must change to lie so far outside its band; ``None`` without one."""
    rule = good.target.frame
    band = {"head_height": rule.head, "eye_line": rule.eye_line}[name]
    if band is None:
        return None
    edge = band.high if by > 0 else band.low
    return edge + by - good.row(name).value


def _head_beyond(by: float) -> Callable[[Good], bytes | None]:
    def spoil(good: Good) -> bytes | None:
        change = _beyond(good, "head_height", by)
        return None if change is None else head_grown(good, change)

    return spoil


def _eyes_beyond(by: float) -> Callable[[Good], bytes | None]:
    def spoil(good: Good) -> bytes | None:
        change = _beyond(good, "eye_line", by)
        return None if change is None else eyes_raised(good, change)

    return spoil


def _leaves(by_name: dict[str, float]) -> Callable[[Good], bool]:
    """Whether one of these figures, so much changed, is outside what its row allows."""

    def leaves(good: Good) -> bool:
        for name, by in by_name.items():
            row = good.row(name)
            value = row.value + by
            if (row.low is not None and value < row.low) or (
                row.high is not None and value > row.high
            ):
                return True
        return False

    return leaves


def tilted(good: Good, degrees: float = _ROLL_DEG) -> bytes:
    """Turned about the point between the eyes."""
    return _moved(good, cv2.getRotationMatrix2D(_eyes(good), degrees, 1.0))


def _is_tilted(by: float) -> Callable[[Good], bool]:
    """Whether eyes that were a little off level are beyond what is allowed once turned."""

    def is_tilted(good: Good) -> bool:
        seen, row = good.made.report.seen, good.row("roll")
        assert seen is not None
        assert row.high is not None
        x, y = seen.eyes[1] - seen.eyes[0]
        # OpenCV turns against the clock, an eye line that falls to the right is positive.
        return bool(abs(np.degrees(np.arctan2(y, x)) - by) > row.high)

    return is_tilted


def off_centre(good: Good, by: float = _CENTRE) -> bytes:
    """The eyes that share of the width right of the middle."""
    width = good.rgb.shape[1]
    shift = by * width - (_eyes(good)[0] - width / 2)
    return _moved(good, np.array(((1.0, 0.0, shift), (0.0, 1.0, 0.0))))


def mirrored(good: Good) -> bytes:
    """Left and right exchanged."""
    return encoded(good, good.rgb[:, ::-1])


def two_faces(good: Good) -> bytes:
    """The photo twice, side by side in one frame."""
    height, width = good.rgb.shape[:2]
    half = np.asarray(cv2.resize(good.rgb, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA))
    out = np.rint(good.meant.painted).astype(np.uint8)
    tall, wide = half.shape[:2]
    out[height - tall :, :wide] = half
    out[height - tall :, width - wide :] = half
    return encoded(good, out)


# ---- what is behind it, and its colours -----------------------------------------------------


def other_background(good: Good, away: float = _AWAY_DE00) -> bytes:
    """The background so far (CIEDE2000) from what it was to be."""
    painted = good.meant.painted
    one = painted[:1, :1]
    low, high = 0.0, 1.0
    for _ in range(30):
        share = (low + high) / 2
        tried = np.rint(one + share * (128 - one)).astype(np.uint8)
        is_near = float(distance_to(tried, one)[0, 0]) < away
        low, high = (share, high) if is_near else (low, share)
    change = (1 - good.person[..., None]) * high * (128 - painted)
    return encoded(good, np.clip(np.rint(good.rgb + change), 0, 255).astype(np.uint8))


def blob(good: Good, share: float = _BLOB) -> bytes:
    """Something round that is left over, as far from the person as there is room."""
    behind = (good.person < 0.01).astype(np.uint8)
    # A frame's edge is no wall: room ends there.
    room = cv2.distanceTransform(np.pad(behind, 1), cv2.DIST_L2, 5)[1:-1, 1:-1]
    row, column = np.unravel_index(int(room.argmax()), room.shape)
    radius = round(float(np.sqrt(share * behind.size / np.pi)))
    out = good.rgb.copy()
    cv2.circle(out, (int(column), int(row)), radius, _OTHER, -1, cv2.LINE_AA)
    return encoded(good, out)


def halo(good: Good, colour: tuple[int, int, int], width_px: int = _HALO_PX) -> bytes:
    """A ring of the old background's colour around the person."""
    is_person = (good.person > 0.5).astype(np.uint8)
    out_px = cv2.distanceTransform(1 - is_person, cv2.DIST_L2, 5)
    ring = (out_px > 0) & (out_px <= width_px)
    out = good.rgb.copy()
    out[ring] = colour
    return encoded(good, out)


def swapped_channels(good: Good) -> bytes:
    """Red for blue."""
    return encoded(good, good.rgb[..., ::-1])


def over_smoothed(good: Good, sigma_px: float = _SMOOTH_SIGMA_PX) -> bytes:
    """The person without what is finer than a few pixels."""
    soft = cv2.GaussianBlur(good.rgb, (0, 0), sigma_px).astype(np.float32)
    share = good.person[..., None]
    return encoded(good, np.rint(soft * share + good.rgb * (1 - share)).astype(np.uint8))


# ---- the file -------------------------------------------------------------------------------


def other_size(good: Good) -> bytes:
    """A tenth fewer pixels."""
    return encoded(good, np.asarray(cv2.resize(good.rgb, None, fx=0.9, fy=0.9)))


def one_pixel_short(good: Good) -> bytes:
    """The last row is missing."""
    return encoded(good, good.rgb[:-1])


def other_dpi(good: Good) -> bytes:
    """A resolution tag that is not the rule's; the picture's bytes stay."""
    at = good.content.index(b"JFIF\0") + 7  # behind the version: units, then two densities
    return good.content[:at] + b"\x01\x00\x60\x00\x60" + good.content[at + 5 :]


def too_many_bytes(good: Good) -> bytes | None:
    """Comments until the file is above its band."""
    most = good.target.file.band.most
    return None if most is None else padded(good.content, most + 2000)


def too_few_bytes(good: Good) -> bytes | None:
    """The same pixels in a file below its band."""
    least = good.target.file.band.least
    if not least:
        return None
    for quality in range(95, 59, -5):
        buffer = io.BytesIO()
        dpi = (good.target.dpi,) * 2
        Image.fromarray(good.rgb).save(buffer, "JPEG", quality=quality, dpi=dpi)
        if len(buffer.getvalue()) < least:
            return buffer.getvalue()
    return None


def bytes_behind_end(good: Good) -> bytes:
    """Padding where it must not be."""
    return good.content + b"\0" * 500


def upside_down(good: Good) -> bytes:
    """A tag that tells every reader to turn the photo on its head."""
    exif = Image.Exif()
    exif[0x0112] = 3
    return with_segments(good.content, Baggage(exif=exif.tobytes().removeprefix(b"Exif\0\0")))


_FILE_SIZE = frozenset({"size"})
DEFECTS: tuple[Defect, ...] = (
    Defect("head 8 % larger", lambda good: head_grown(good, _HEAD), frozenset({"head_height"}),
           breaks=_leaves({"head_height": _HEAD})),
    Defect("head 8 % smaller", lambda good: head_grown(good, -_HEAD), frozenset({"head_height"}),
           breaks=_leaves({"head_height": -_HEAD})),
    Defect("head 8 % above its band", _head_beyond(_HEAD), frozenset({"head_height"})),
    Defect("head 8 % below its band", _head_beyond(-_HEAD), frozenset({"head_height"})),
    Defect("eyes 5 % higher", lambda good: eyes_raised(good, _EYES),
           frozenset({"eye_line", "top_margin", "hair_margin"}),
           breaks=_leaves({"eye_line": _EYES, "top_margin": -_EYES, "hair_margin": -_EYES})),
    Defect("eyes 5 % lower", lambda good: eyes_raised(good, -_EYES),
           frozenset({"eye_line", "top_margin"}),
           breaks=_leaves({"eye_line": -_EYES, "top_margin": _EYES})),
    Defect("eyes 5 % above their band", _eyes_beyond(_EYES), frozenset({"eye_line"})),
    Defect("eyes 5 % below their band", _eyes_beyond(-_EYES), frozenset({"eye_line"})),
    Defect("tilted 4 deg", tilted, frozenset({"roll"}), breaks=_is_tilted(_ROLL_DEG)),
    Defect("tilted -4 deg", lambda good: tilted(good, -_ROLL_DEG), frozenset({"roll"}),
           breaks=_is_tilted(-_ROLL_DEG)),
    Defect("off centre 7 %", off_centre, frozenset({"off_centre"})),
    Defect("off centre -7 %", lambda good: off_centre(good, -_CENTRE), frozenset({"off_centre"})),
    Defect("background dE 4", other_background, frozenset({"background_mean"})),
    Defect("blob 0.2 %", blob, frozenset({"background_blobs"})),
    Defect("halo 3 px, green wall", lambda good: halo(good, GREEN_WALL),
           frozenset({"background_halo", "background_ring"})),
    Defect("halo 3 px, grey wall", lambda good: halo(good, GREY_WALL),
           frozenset({"background_halo", "background_ring"})),
    Defect("a tenth fewer pixels", other_size, frozenset({"width", "height"})),
    Defect("a row short", one_pixel_short, frozenset({"height"}),
           breaks=lambda good: good.row("height").low is not None),
    Defect("tagged 96 dpi", other_dpi, frozenset({"dpi_x", "dpi_y"})),
    Defect("too many bytes", too_many_bytes, _FILE_SIZE),
    Defect("too few bytes", too_few_bytes, _FILE_SIZE),
    Defect("bytes behind the end", bytes_behind_end, frozenset({"bytes_behind_end"})),
    Defect("mirrored", mirrored, frozenset({"as_made"}), is_seen_elsewhere=False),
    Defect("red for blue", swapped_channels, frozenset({"as_made", "background_mean"}),
           is_seen_elsewhere=False),
    Defect("over-smoothed", over_smoothed, frozenset({"texture_kept"}), is_seen_elsewhere=False),
    Defect("two faces", two_faces, frozenset({"faces"})),
    Defect("upside down by its tag", upside_down, frozenset({"no_original_metadata", "faces"})),
)  # fmt: skip
"""Every defect of acceptance 6.7."""
