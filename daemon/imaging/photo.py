"""The picture that travels through a plan, decoded once and encoded once."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Mapping

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Container:
    """What the file was, so that the result can be written as its like.

    Attributes:
        format: ``JPEG``, ``PNG``, ``WEBP``, ``TIFF``, ``BMP``, ``GIF``, ``HEIF`` or ``AVIF``,
            found from the content.
        mode: ``RGB``, ``L`` (grey), ``P`` (palette) or ``CMYK``: how the file stored colour.
        bits: Bits per channel of the samples, 8 or 16; a 10- or 12-bit HEIC or AVIF is held in
            16, its own depth is ``extra["depth"]``.
        quality: Quality class of a lossy file, 1..100, read from its quantisers (JPEG, WebP)
            or estimated from its bits a pixel (HEIF, AVIF); ``None`` for lossless files.
        subsampling: JPEG chroma subsampling as Pillow names it (0: 4:4:4, 1: 4:2:2,
            2: 4:2:0), or ``None``.
        icc: The embedded profile, or ``None``.
        exif: EXIF block with orientation reset, as the encoder may write it; ``None`` without.
        dpi: Horizontal and vertical resolution, or ``None``.
        pages: Number of pages or frames in the file.
        extra: What else a format needs to be written as its like (tables, compression, XMP …),
            and ``notes``: a tuple of short names of what was found but not taken over
            (``animation_dropped``, ``icc_ignored:damaged`` …), for the record.
    """

    format: str
    mode: str = "RGB"
    bits: int = 8
    quality: int | None = None
    subsampling: int | None = None
    icc: bytes | None = None
    exif: bytes | None = None
    dpi: tuple[float, float] | None = None
    pages: int = 1
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Photo:
    """One decoded picture, upright.

    Attributes:
        pixels: The file's own samples, upright: ``(H, W, C)`` uint8 or uint16 in the file's
            own colour space, C = 1 (grey), 3 (RGB, palette expanded) or 4 (CMYK). The routes
            change these by adding what they changed in sRGB, so that what they leave alone
            stays bit-equal.
        srgb: ``(H, W, 3)`` uint8 sRGB RGB view of ``pixels`` for detectors and networks. For
            8-bit sRGB files it *is* ``pixels``: never write into either.
        alpha: ``(H, W)`` of the same dtype as ``pixels``, or ``None``.
        container: What the file was.
        rest: Further pages of a multi-page file, upright, in the same terms.
    """

    pixels: Array
    srgb: NDArray[np.uint8]
    alpha: Array | None
    container: Container
    rest: tuple[Photo, ...] = ()

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return int(self.srgb.shape[1]), int(self.srgb.shape[0])

    def with_pixels(self, pixels: Array, srgb: NDArray[np.uint8], **changes: Any) -> Photo:
        """A copy with other pixels; other fields may be replaced too."""
        return replace(self, pixels=pixels, srgb=srgb, **changes)
