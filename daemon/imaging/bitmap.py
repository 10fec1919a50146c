"""Reads BMP and GIF: size and completeness here, samples by Pillow.

Of a GIF the first frame is used, drawn on its screen.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from daemon.imaging.limits import Budget, Limits, broken, truncated
from daemon.imaging.pillow_arrays import decoded, to_array
from daemon.imaging.probe import Raw, Source

MAX_BLOCKS = 4_000_000


def read_bmp(source: Source, limits: Limits) -> list[Raw]:
    """Decode a BMP.

    Raises:
        InputError: Whatever is wrong with it.
    """
    (offset, head) = source.numbers("<II", 10)
    if head in {12, 16}:
        width, height = source.numbers("<HH" if head == 12 else "<II", 18)
    else:
        width, height = source.numbers("<ii", 18)
    bits_at = 24 if head == 12 else 28
    (bits,) = source.numbers("<H", bits_at)
    compression = source.numbers("<I", 30)[0] if head >= 40 else 0
    Budget(limits, source.size).page(width, abs(height))
    if compression in {0, 3, 6}:
        stride = (width * bits + 31) // 32 * 4
        if offset + stride * abs(height) > source.size:
            raise truncated(f"{source.size} of {offset + stride * abs(height)} bytes")
    image = decoded(source.whole(), "BMP")
    raw = _raw(image)
    dpi = image.info.get("dpi")
    raw.dpi = (float(dpi[0]), float(dpi[1])) if dpi and all(dpi) else None
    return [raw]


def _raw(image: Image.Image) -> Raw:
    if image.mode == "P":
        has_alpha = "transparency" in image.info
        samples, mode = to_array(image.convert("RGBA" if has_alpha else "RGB")), "P"
    elif image.mode in {"1", "L"}:
        samples, mode = to_array(image.convert("L")), "L"
    else:
        kept = image.mode in {"RGB", "RGBA"}
        samples, mode = to_array(image if kept else image.convert("RGB")), "RGB"
    raw = Raw(samples, mode=mode)
    if image.mode == "1":
        raw.extra["grey_bits"] = 1
    if samples.shape[2] == 4:
        raw.pixels, raw.alpha = np.ascontiguousarray(samples[:, :, :3]), _plane(samples, 3)
    return raw


def _plane(samples: NDArray[Any], index: int) -> NDArray[Any]:
    return samples[:, :, index].copy()


def read_gif(source: Source, limits: Limits) -> list[Raw]:
    """Decode the first frame of a GIF.

    Raises:
        InputError: Whatever is wrong with it.
    """
    width, height, flags = source.numbers("<HHB", 6)
    frame = _first_frame(source, 13 + _table_bytes(flags))
    Budget(limits, source.size).page(max(width, frame[0]), max(height, frame[1]))
    frames = _count_frames(source, 13 + _table_bytes(flags))
    raw = _raw(decoded(source.whole(), "GIF"))
    if frames > 1:
        raw.note("animation_dropped")
    return [raw]


def _table_bytes(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _first_frame(source: Source, at: int) -> tuple[int, int]:
    """Right and bottom edge of the first frame, found without reading its data."""
    for _ in range(MAX_BLOCKS):
        (kind,) = source.at(at, 1)
        if kind == 0x2C:
            left, top, width, height = source.numbers("<HHHH", at + 1)
            return left + width, top + height
        if kind != 0x21:
            raise _bad_block(kind)
        at = _skip(source, at + 2)
    raise broken("too many blocks")


def _bad_block(kind: int) -> Exception:
    return truncated("the file is filled with zeros") if kind == 0 else broken("not a block")


def _skip(source: Source, at: int) -> int:
    for _ in range(MAX_BLOCKS):
        (length,) = source.at(at, 1)
        at += 1 + length
        if length == 0:
            return at
    raise broken("too many blocks")


def _count_frames(source: Source, at: int) -> int:
    """Walk to the trailer, which must be there."""
    source.whole()
    frames = 0
    for _ in range(MAX_BLOCKS):
        (kind,) = source.at(at, 1)
        if kind == 0x3B:
            return frames
        if kind == 0x2C:
            frames += 1
            (flags,) = source.at(at + 9, 1)
            at = _skip(source, at + 11 + _table_bytes(flags))
        elif kind == 0x21:
            at = _skip(source, at + 2)
        else:
            raise _bad_block(kind)
    raise broken("too many blocks")
