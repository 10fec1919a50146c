"""Writes JPEG: samples by Pillow with the source's own tables, metadata segments by us."""

from __future__ import annotations

import io
import struct
from typing import Any

from daemon.imaging.baggage import Baggage
from daemon.imaging.colour import to_eight_bits
from daemon.imaging.metadata import EXIF_HEADER, PHOTOSHOP_HEADER, XMP_HEADER
from daemon.imaging.photo import Photo
from daemon.imaging.pillow_arrays import to_image

MAX_BODY = 65_533
_ICC_HEADER = b"ICC_PROFILE\0"
FALLBACK_QUALITY = 92


def write_jpeg(photo: Photo, bag: Baggage) -> bytes:
    """A JPEG with the quantisation tables, subsampling and scan order of its source."""
    if photo.alpha is not None:
        bag.note("alpha_dropped")
    pixels = photo.pixels
    if pixels.dtype != "uint8":
        bag.note("bits_reduced:8")
    buffer = io.BytesIO()
    to_image(to_eight_bits(pixels)).save(buffer, "JPEG", **_options(photo, bag))
    return with_segments(buffer.getvalue(), bag)


def _options(photo: Photo, bag: Baggage) -> dict[str, Any]:
    container = photo.container
    tables = container.extra.get("qtables") if container.format == "JPEG" else None
    options: dict[str, Any] = {
        "progressive": bool(container.extra.get("progressive")),
        "keep_rgb": bool(container.extra.get("keep_rgb")),
    }
    if container.subsampling is not None and not options["keep_rgb"]:
        options["subsampling"] = container.subsampling
    if tables:
        # Baseline tables have 8 bits; a 16-bit one belongs to a worse quality than 8 can say.
        options["qtables"] = [[min(value, 255) for value in table] for table in tables[:4]]
    else:
        options["quality"] = container.quality or FALLBACK_QUALITY
    if bag.dpi is not None:
        options["dpi"] = tuple(min(round(value), 65_535) for value in bag.dpi)
    return options


def with_segments(content: bytes, bag: Baggage) -> bytes:
    """A JPEG with our segments behind the JFIF segment, or behind the start where there is none."""
    at = 2
    if content[2:4] == b"\xff\xe0":
        at += 2 + int.from_bytes(content[4:6], "big")
    return b"".join([content[:at], *_segments(bag), content[at:]])


def _segments(bag: Baggage) -> list[bytes]:
    parts: list[bytes] = []
    if bag.exif and len(EXIF_HEADER + bag.exif) > MAX_BODY:
        bag.note("exif_dropped:size")
    elif bag.exif:
        parts.append(_segment(0xE1, EXIF_HEADER + bag.exif))
    if bag.xmp and len(XMP_HEADER + bag.xmp) > MAX_BODY:
        bag.note("xmp_dropped:size")
    elif bag.xmp:
        parts.append(_segment(0xE1, XMP_HEADER + bag.xmp))
    step = MAX_BODY - len(PHOTOSHOP_HEADER)
    parts += [
        _segment(0xED, PHOTOSHOP_HEADER + bag.photoshop[start : start + step])
        for start in range(0, len(bag.photoshop), step)
    ]
    parts += _profile(bag)
    if bag.comment:
        parts.append(_segment(0xFE, bag.comment[:MAX_BODY]))
    return parts


def _profile(bag: Baggage) -> list[bytes]:
    step = MAX_BODY - len(_ICC_HEADER) - 2
    pieces = [bag.icc[start : start + step] for start in range(0, len(bag.icc), step)]
    if len(pieces) > 255:
        bag.note("icc_dropped:size")
        return []
    return [
        _segment(0xE2, _ICC_HEADER + bytes([number, len(pieces)]) + piece)
        for number, piece in enumerate(pieces, 1)
    ]


def _segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body
