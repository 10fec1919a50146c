"""From a ``Photo`` to the bytes of a file like the one it came from.

The same photo always gives the same bytes. What a format cannot hold is left out and named in
``Encoded.notes``; nothing is dropped in silence.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from daemon.imaging import heif_write, tiff_write
from daemon.imaging.baggage import Baggage, Keep, pack
from daemon.imaging.colour import to_eight_bits
from daemon.imaging.jpeg_write import write_jpeg
from daemon.imaging.palette import fitted, is_bilevel
from daemon.imaging.photo import Photo
from daemon.imaging.pillow_arrays import to_image
from daemon.imaging.png_write import write_png

PICTURE_QUALITY = 90
WEBP_MAX_SIDE_PX = 16_383
"""Source: RFC 9649, section 3.4 (14-bit dimensions)."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """A file's worth of bytes.

    Attributes:
        content: The bytes.
        suffix: Usual file name suffix with its dot, such as ``.jpg``.
        format: ``JPEG``, ``PNG``, ``WEBP``, ``TIFF``, ``BMP``, ``HEIF`` or ``AVIF``: what was
            written, which is another than the container's where that cannot be written.
        notes: What the file does not carry, or carries differently, by short name.
    """

    content: bytes
    suffix: str
    format: str
    notes: tuple[str, ...] = ()


def encode_photo(photo: Photo, *, keep_gps: bool = False, keep_thumbnail: bool = False) -> Encoded:
    """Write a photo as its container says: same format, quality class, depth and profile.

    Args:
        photo: The photo; ``pixels``, ``alpha``, ``container`` and ``rest`` count.
        keep_gps: Keep the place where it was taken.
        keep_thumbnail: Keep embedded small copies (they show the picture as it was before).

    Returns:
        The bytes, and what they do not carry.
    """
    keep = Keep(keep_gps, keep_thumbnail)
    bag = pack(photo, keep)
    if photo.container.format == "TIFF":
        return _tiff(photo, bag, keep)
    if photo.rest:
        bag.note("further_pages_dropped")
    return _WRITERS[photo.container.format](photo, bag)


def encode_picture(rgb: NDArray[np.uint8]) -> bytes:
    """A JPEG of quality 90 of a picture that we drew.

    Args:
        rgb: ``(H, W, 3)`` uint8 sRGB.
    """
    buffer = io.BytesIO()
    to_image(rgb).save(buffer, "JPEG", quality=PICTURE_QUALITY, subsampling=0)
    return buffer.getvalue()


def _jpeg(photo: Photo, bag: Baggage) -> Encoded:
    return Encoded(write_jpeg(photo, bag), ".jpg", "JPEG", tuple(bag.notes))


def _png(photo: Photo, bag: Baggage) -> Encoded:
    return Encoded(write_png(photo, bag), ".png", "PNG", tuple(bag.notes))


def _gif(photo: Photo, bag: Baggage) -> Encoded:
    # docs/decisions/0006-gif-comes-back-as-png.md
    bag.note("gif_written_as_png")
    return _png(photo, bag)


def _webp(photo: Photo, bag: Baggage) -> Encoded:
    if max(photo.size) > WEBP_MAX_SIDE_PX:
        bag.note("webp_written_as_png:side")
        return _png(photo, bag)
    pixels = to_eight_bits(photo.pixels)
    alpha = None if photo.alpha is None else to_eight_bits(photo.alpha)
    if pixels.shape[2] == 1:
        pixels = np.repeat(pixels, 3, axis=2)
    lossless = bool(photo.container.extra.get("lossless", photo.container.quality is None))
    buffer = io.BytesIO()
    to_image(pixels, alpha).save(
        buffer, "WEBP", lossless=lossless, exact=True, method=4,
        quality=80 if lossless else photo.container.quality or 90,
        icc_profile=bag.icc, exif=bag.exif, xmp=bag.xmp,
    )  # fmt: skip
    return Encoded(buffer.getvalue(), ".webp", "WEBP", tuple(bag.notes))


def _bmp(photo: Photo, bag: Baggage) -> Encoded:
    if photo.alpha is not None or photo.container.bits > 8:
        bag.note("bmp_written_as_png")
        return _png(photo, bag)
    image: Image.Image | None = None
    if photo.container.mode == "P":
        image = fitted(photo.pixels, None)
        if image is None:
            bag.note("palette_expanded")
    elif photo.container.extra.get("grey_bits") == 1 and is_bilevel(photo.pixels):
        image = to_image(photo.pixels).convert("1", dither=Image.Dither.NONE)
    buffer = io.BytesIO()
    options = {} if bag.dpi is None else {"dpi": bag.dpi}
    (image or to_image(photo.pixels)).save(buffer, "BMP", **options)
    return Encoded(buffer.getvalue(), ".bmp", "BMP", tuple(bag.notes))


def _tiff(photo: Photo, bag: Baggage, keep: Keep) -> Encoded:
    pages = [(photo, bag), *((page, pack(page, keep)) for page in photo.rest)]
    content = tiff_write.write_tiff(pages)
    notes = dict.fromkeys(note for _, page_bag in pages for note in page_bag.notes)
    return Encoded(content, ".tif", "TIFF", tuple(notes))


def _heif(photo: Photo, bag: Baggage) -> Encoded:
    if not heif_write.can_write_heif():
        bag.note("heif_written_as_jpeg")
        return _jpeg(photo, bag)
    return Encoded(heif_write.write_heif(photo, bag), ".heic", "HEIF", tuple(bag.notes))


def _avif(photo: Photo, bag: Baggage) -> Encoded:
    if not heif_write.can_write_avif():
        bag.note("avif_written_as_jpeg")
        return _jpeg(photo, bag)
    return Encoded(heif_write.write_avif(photo, bag), ".avif", "AVIF", tuple(bag.notes))


_WRITERS: Mapping[str, Callable[[Photo, Baggage], Encoded]] = {
    "JPEG": _jpeg,
    "PNG": _png,
    "WEBP": _webp,
    "BMP": _bmp,
    "GIF": _gif,
    "HEIF": _heif,
    "AVIF": _avif,
}
