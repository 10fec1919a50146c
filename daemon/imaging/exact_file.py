"""Writes a file that must meet a rule: exact pixels, a resolution tag, a size within a band.

Such rules come from portals that refuse a photo for a wrong byte count. Padding therefore goes
into comment segments before the picture: bytes behind the end marker are refused by some.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from daemon.imaging.baggage import Baggage
from daemon.imaging.jpeg_write import MAX_BODY, with_segments
from daemon.imaging.pillow_arrays import to_image

BEST_QUALITY = 95
"""Above it a JPEG grows fast and shows nothing more; used only to reach a least size."""
LEAST_QUALITY = 60
"""Below it a face shows blocks. Source: GA 461 and the diploma rule ask for 60 to 70."""
_TOP_QUALITY = 100
_FULL_CHROMA, _HALF_CHROMA = 0, 2
_SEGMENT_HEAD = 4  # marker and length
_PAD = b" "


@dataclass(frozen=True, slots=True)
class SizeBand:
    """Bytes a file may have, both ends included.

    Attributes:
        least: At least so many; 0: no limit.
        most: At most so many; ``None``: no limit.
    """

    least: int = 0
    most: int | None = None

    @classmethod
    def of_kb(cls, least_kb: float | None, most_kb: float | None) -> SizeBand:
        """A band in kB that holds whether the reader counts 1,000 or 1,024 bytes to one."""
        most = None if most_kb is None else int(most_kb * 1000)
        return cls(int((least_kb or 0) * 1024), most)

    def holds(self, size: int) -> bool:
        return self.least <= size and (self.most is None or size <= self.most)


class SizeUnreachableError(Exception):
    """No quality that shows a face decently gives a file within the band.

    Attributes:
        band: What was asked for.
        reached: Bytes of the nearest file.
    """

    def __init__(self, band: SizeBand, reached: int) -> None:
        super().__init__(f"{reached} bytes, allowed are {band.least} to {band.most}")
        self.band = band
        self.reached = reached


@dataclass(frozen=True, slots=True)
class ExactFile:
    """The bytes, and how they came about.

    Attributes:
        content: The file.
        suffix: ``.jpg`` or ``.png``.
        quality: JPEG quality 1..100; ``None`` for PNG.
        subsampling: 0 (4:4:4) or 2 (4:2:0); ``None`` for PNG.
        padding: Bytes of comment segments added to reach the least size.
    """

    content: bytes
    suffix: str
    quality: int | None = None
    subsampling: int | None = None
    padding: int = 0


def write_exact(  # noqa: PLR0913 - the rule's terms, by name
    rgb: NDArray[np.uint8],
    *,
    form: Literal["jpeg", "png"],
    dpi: int,
    band: SizeBand | None = None,
    alpha: NDArray[np.uint8] | None = None,
    comment: str = "",
) -> ExactFile:
    """Write a picture as the rule wants it; the same input gives the same bytes.

    Args:
        rgb: ``(H, W, 3)`` uint8 sRGB; its size is the file's.
        form: ``jpeg`` (baseline, no EXIF, no profile) or ``png``.
        dpi: Resolution tag, dots per inch.
        band: Bytes the file may have; default: any.
        alpha: ``(H, W)`` uint8, PNG only.
        comment: Said in a comment segment (JPEG) or text chunk (PNG): what was edited.

    Raises:
        SizeUnreachableError: See there.
        ValueError: A JPEG with alpha.
    """
    band = band or SizeBand()
    if form == "png":
        return _png(rgb, alpha, dpi, band, comment)
    if alpha is not None:
        msg = "a JPEG cannot be transparent"
        raise ValueError(msg)
    chosen = _best_below(_Encoder(rgb, dpi, comment), band)
    return _padded(chosen, band) if len(chosen.content) < band.least else chosen


class _Encoder:
    """Encodes one picture at any quality, each only once."""

    def __init__(self, rgb: NDArray[np.uint8], dpi: int, comment: str) -> None:
        self._image = to_image(rgb)
        self._dpi = dpi
        self._comment = comment.encode("ascii", "backslashreplace")[:MAX_BODY]
        self.at = cache(self._encoded)

    def _encoded(self, quality: int, subsampling: int) -> ExactFile:
        buffer = io.BytesIO()
        self._image.save(
            buffer, "JPEG", quality=quality, subsampling=subsampling, optimize=True,
            dpi=(self._dpi, self._dpi),
        )  # fmt: skip
        content = with_segments(buffer.getvalue(), Baggage(comment=self._comment))
        return ExactFile(content, ".jpg", quality, subsampling)


def _best_below(encoder: _Encoder, band: SizeBand) -> ExactFile:
    """The best file not above the band, and not needlessly below it."""
    best = encoder.at(BEST_QUALITY, _FULL_CHROMA)
    if len(best.content) < band.least:
        # More bytes of picture are worth more than bytes of padding.
        return _largest(encoder, _FULL_CHROMA, (BEST_QUALITY, _TOP_QUALITY), band) or best
    for subsampling in (_FULL_CHROMA, _HALF_CHROMA):
        found = _largest(encoder, subsampling, (LEAST_QUALITY, BEST_QUALITY), band)
        if found is not None:
            return found
    reached = len(encoder.at(LEAST_QUALITY, _HALF_CHROMA).content)
    raise SizeUnreachableError(band, reached)


def _largest(
    encoder: _Encoder, subsampling: int, between: tuple[int, int], band: SizeBand
) -> ExactFile | None:
    """The highest quality between two, both included, whose file is not above the band."""
    low, high = between
    found = None
    while low <= high:
        quality = (low + high) // 2
        tried = encoder.at(quality, subsampling)
        if band.most is None or len(tried.content) <= band.most:
            found, low = tried, quality + 1
        else:
            high = quality - 1
    return found


def _padded(file: ExactFile, band: SizeBand) -> ExactFile:
    """The same picture with comment segments that bring it to the least size."""
    missing = max(band.least - len(file.content), _SEGMENT_HEAD)
    content, left = file.content, missing
    while left > 0:
        body = min(max(left - _SEGMENT_HEAD, 0), MAX_BODY)
        content = with_segments(content, Baggage(comment=_PAD * max(body, 1)))
        left = band.least - len(content)
    if not band.holds(len(content)):
        raise SizeUnreachableError(band, len(content))
    padding = len(content) - len(file.content)
    return ExactFile(content, file.suffix, file.quality, file.subsampling, padding)


def _png(
    rgb: NDArray[np.uint8],
    alpha: NDArray[np.uint8] | None,
    dpi: int,
    band: SizeBand,
    comment: str,
) -> ExactFile:
    from PIL.PngImagePlugin import PngInfo  # noqa: PLC0415 - one of two forms needs it

    info = PngInfo()
    if comment:
        info.add_text("Comment", comment.encode("ascii", "backslashreplace").decode())
    buffer = io.BytesIO()
    to_image(rgb, alpha).save(buffer, "PNG", dpi=(dpi, dpi), pnginfo=info, optimize=True)
    content = buffer.getvalue()
    if not band.holds(len(content)):
        raise SizeUnreachableError(band, len(content))
    return ExactFile(content, ".png")
