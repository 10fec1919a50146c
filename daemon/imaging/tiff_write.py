"""Writes TIFF: directories by us, strips by zlib or, for other compressions, by libtiff.

libtiff (through Pillow) compresses rows of bytes, or whole JPEG and fax pages; we take its
strips over. So depth, predictor, profile, EXIF and GPS are ours to decide on for every page.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from daemon.imaging import tiff_tags as t
from daemon.imaging.baggage import Baggage
from daemon.imaging.palette import indexed, is_bilevel
from daemon.imaging.photo import Photo
from daemon.imaging.pillow_arrays import to_image
from daemon.imaging.probe import Memory

STRIP_BYTES = 1 << 18
_PILLOW = {5: "tiff_lzw", 32773: "packbits", 34925: "lzma", 50000: "zstd"}
_FAX = {2: "tiff_ccitt", 3: "group3", 4: "group4"}
FALLBACK_QUALITY = 90


def write_tiff(pages: Sequence[tuple[Photo, Baggage]]) -> bytes:
    """A TIFF of all pages, each in the compression and depth that it came in."""
    order = _order(pages[0][1])
    return t.assemble(order, [_page(order, photo, bag) for photo, bag in pages])


def _order(bag: Baggage) -> str:
    # EXIF values are copied as they stand, so the file takes their byte order.
    return ">" if bag.exif[:2] == b"MM" else "<"


def _page(order: str, photo: Photo, bag: Baggage) -> t.TiffPage:
    entries = [
        t.longs(order, t.WIDTH, [photo.size[0]]),
        t.longs(order, t.HEIGHT, [photo.size[1]]),
        t.shorts(order, t.ORIENTATION, [1]),
        t.shorts(order, t.PLANAR, [1]),
    ]
    picture, segments = _picture(order, photo, bag)
    subs = _describe(order, bag, entries)
    taken = {entry.tag for entry in picture}
    return t.TiffPage([e for e in entries if e.tag not in taken] + picture, segments, subs)


def _describe(order: str, bag: Baggage, entries: list[t.Entry]) -> dict[int, list[t.Entry]]:
    if bag.dpi is not None:
        entries += [
            t.rational(order, t.X_RESOLUTION, bag.dpi[0]),
            t.rational(order, t.Y_RESOLUTION, bag.dpi[1]),
            t.shorts(order, t.UNIT, [2]),
        ]
    for tag, block, kind in (
        (t.ICC, bag.icc, 7),
        (t.XMP, bag.xmp, 1),
        (t.PHOTOSHOP, bag.photoshop, 1),
    ):
        if block:
            entries.append(t.opaque(tag, block, kind))
    if not bag.exif:
        return {}
    exif_order, main, subs = t.parse_block(bag.exif)
    if exif_order != order:
        bag.note("exif_dropped:byte_order")
        return {}
    entries += main
    return subs


def _picture(order: str, photo: Photo, bag: Baggage) -> tuple[list[t.Entry], list[bytes]]:
    """Fields that describe the samples, and the strips."""
    facts = photo.container.extra.get("tiff", {})
    compression = int(facts.get("compression", 8))
    one_bit = photo.container.extra.get("grey_bits") == 1 and is_bilevel(photo.pixels)
    if compression in _FAX or compression == 32771:
        if one_bit and compression in _FAX and photo.alpha is None:
            return _by_pillow(order, _bilevel(photo), _FAX[compression], None)
        bag.note("fax_written_as_lzw")
        compression = 5
    if compression == 7:
        if photo.alpha is None and photo.pixels.dtype == np.uint8 and photo.container.mode != "P":
            quality = photo.container.quality or FALLBACK_QUALITY
            return _by_pillow(order, to_image(photo.pixels), "jpeg", quality)
        bag.note("jpeg_written_as_lzw")
        compression = 5
    if one_bit and photo.alpha is None:
        packed = np.packbits(photo.pixels[:, :, 0] >= 128, axis=1)
        return _rows(order, packed, _fields(order, 1, 1, 1), (compression, False, 1))
    return _samples(order, photo, bag, compression)


def _bilevel(photo: Photo) -> Image.Image:
    return to_image(photo.pixels).convert("1", dither=Image.Dither.NONE)


def _samples(
    order: str, photo: Photo, bag: Baggage, compression: int
) -> tuple[list[t.Entry], list[bytes]]:
    extra = photo.container.extra
    samples, colours = photo.pixels, photo.pixels.shape[2]
    bits = 8 * samples.dtype.itemsize
    photometric = {1: 1, 3: 2, 4: 5}[colours]
    fields: list[t.Entry] = []
    if photo.container.mode == "P":
        found = indexed(samples, None) if photo.alpha is None else None
        if found is None:
            bag.note("palette_expanded")
        else:
            samples, photometric = found[0][:, :, None], 3
            fields.append(_colour_map(order, found[1]))
    elif extra.get("min_is_white"):
        samples, photometric = np.iinfo(samples.dtype).max - samples, 0
    if photo.alpha is not None:
        samples = np.concatenate([samples, photo.alpha[:, :, None]], axis=2)
        fields.append(t.shorts(order, t.EXTRA_SAMPLES, [1 if extra.get("associated_alpha") else 2]))
    channels = samples.shape[2]
    fields += _fields(order, bits, channels, photometric)
    wants = bool(extra.get("tiff", {}).get("predictor")) and compression not in {1, 32773}
    predictor = wants and photometric != 3
    how = (compression, predictor, channels)
    return _rows(order, samples.reshape(samples.shape[0], -1), fields, how)


def _fields(order: str, bits: int, channels: int, photometric: int) -> list[t.Entry]:
    return [
        t.shorts(order, t.BITS, [bits] * channels),
        t.shorts(order, t.SAMPLES, [channels]),
        t.shorts(order, t.PHOTOMETRIC, [photometric]),
    ]


def _colour_map(order: str, rows: NDArray[np.uint8]) -> t.Entry:
    table = np.zeros((256, 3), np.uint16)
    table[: len(rows)] = rows[:, :3].astype(np.uint16) * 257
    return t.shorts(order, t.COLOUR_MAP, table.T.reshape(-1).tolist())


def _rows(
    order: str, rows: NDArray[Any], fields: list[t.Entry], how: tuple[int, bool, int]
) -> tuple[list[t.Entry], list[bytes]]:
    """Strips of byte-wise compressed rows ``(H, W · channels)``, with the fields they need."""
    compression, predictor, channels = how
    height, row_bytes = rows.shape[0], rows.shape[1] * rows.dtype.itemsize
    per_strip = max(1, min(height, STRIP_BYTES // max(1, row_bytes)))
    strips = [
        _compressed(_plain(rows[top : top + per_strip], order, predictor, channels), compression)
        for top in range(0, height, per_strip)
    ]
    fields = [
        *fields,
        t.shorts(order, t.COMPRESSION, [compression]),
        t.longs(order, t.ROWS_PER_STRIP, [per_strip]),
    ]
    if predictor:
        fields.append(t.shorts(order, t.PREDICTOR, [2]))
    return fields, strips


def _plain(rows: NDArray[Any], order: str, predictor: bool, channels: int) -> NDArray[np.uint8]:  # noqa: FBT001 - a property of the rows
    if predictor:
        rows = rows.copy()
        rows[:, channels:] -= rows[:, :-channels].copy()
    if rows.dtype == np.uint16:
        rows = rows.astype(order + "u2")
    return np.ascontiguousarray(rows).view(np.uint8).reshape(rows.shape[0], -1)


def _compressed(plain: NDArray[np.uint8], compression: int) -> bytes:
    if compression == 1:
        return plain.tobytes()
    if compression in {8, 32946}:
        return zlib.compress(plain.tobytes(), 6)
    options = {"compression": _PILLOW[compression], "strip_size": plain.size}
    _, strips = _saved(to_image(plain[:, :, None]), options)
    return strips[0]


def _saved(image: Image.Image, options: dict[str, Any]) -> tuple[t.Directory, list[bytes]]:
    """Directory and strips of a page that libtiff encodes."""
    buffer = io.BytesIO()
    image.save(buffer, "TIFF", **options)
    source = Memory(buffer.getvalue())
    order, big, at = t.first_directory(source)
    page = t.directory(source, order, at, big=big)
    spans = zip(page.numbers(t.STRIP_OFFSETS), page.numbers(t.STRIP_BYTES), strict=True)
    return page, [source.at(*span) for span in spans]


_TAKEN_OVER = (
    t.BITS, t.COMPRESSION, t.PHOTOMETRIC, t.FILL_ORDER, t.SAMPLES, t.ROWS_PER_STRIP, t.T4_OPTIONS,
    t.T6_OPTIONS, t.JPEG_TABLES, t.CHROMA_FACTORS, t.CHROMA_PLACE, t.REFERENCE,
)  # fmt: skip


def _by_pillow(
    order: str, image: Image.Image, compression: str, quality: int | None
) -> tuple[list[t.Entry], list[bytes]]:
    """Strips and fields of a page that libtiff encodes as a whole."""
    options: dict[str, Any] = {"compression": compression}
    if quality is not None:
        options["quality"] = quality
    page, strips = _saved(image, options)
    entries = [entry for tag in _TAKEN_OVER if (entry := page.entry(tag))]
    return [_in_order(entry, page.order, order) for entry in entries], strips


_UNIT_BYTES = {3: 2, 4: 4, 5: 4, 8: 2, 9: 4}


def _in_order(entry: t.Entry, theirs: str, ours: str) -> t.Entry:
    unit = _UNIT_BYTES.get(entry.kind)
    if theirs == ours or unit is None:
        return entry
    swapped = np.frombuffer(entry.raw, f"{theirs}u{unit}").astype(f"{ours}u{unit}").tobytes()
    return t.Entry(entry.tag, entry.kind, entry.count, swapped)
