"""Reads WebP: chunks, size and completeness here, samples by Pillow.

Of an animation the first frame is used. The quality class of a lossy file is read from the
quantiser in its frame header.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from daemon.imaging.limits import Budget, Limits, broken, truncated
from daemon.imaging.metadata import Found, orientation_of
from daemon.imaging.pillow_arrays import decoded, to_array
from daemon.imaging.probe import Raw, Source

MAX_CHUNKS = 100_000
ZERO_TAIL_BYTES = 512
"""Arithmetic-coded data never end in this many zeros."""


@dataclass(slots=True)
class _Chunks:
    frame_kind: bytes = b""
    frame_head: bytes = b""
    sizes: list[tuple[int, int]] = field(default_factory=list)
    frames: int = 0
    has_alpha: bool = False
    icc: bytes | None = None
    found: Found = field(default_factory=Found)
    last: tuple[int, int] = (0, 0)


def read(source: Source, limits: Limits) -> list[Raw]:
    """Decode a WebP.

    Raises:
        InputError: Whatever is wrong with it.
    """
    chunks = _walk(source, Budget(limits, source.size))
    start, length = chunks.last
    if length > ZERO_TAIL_BYTES and not any(
        source.at(start + length - ZERO_TAIL_BYTES, ZERO_TAIL_BYTES)
    ):
        raise truncated("the picture data end in zeros")
    image = decoded(source.whole(), "WEBP")
    samples = to_array(image if image.mode in {"RGB", "RGBA"} else image.convert("RGBA"))
    if (samples.shape[1], samples.shape[0]) != chunks.sizes[0]:
        raise broken("the decoder found another size than the header says")
    has_alpha = samples.shape[2] == 4
    raw = Raw(
        np.ascontiguousarray(samples[:, :, :3]),
        samples[:, :, 3].copy() if has_alpha else None,
        icc=chunks.icc,
        exif=chunks.found.exif,
        orientation=orientation_of(chunks.found.exif),
    )
    if chunks.frames > 1:
        chunks.found.notes.append("animation_dropped")
    raw.extra.update(chunks.found.as_extra())
    raw.extra["lossless"] = chunks.frame_kind == b"VP8L"
    if chunks.frame_kind == b"VP8 ":
        raw.quality = estimate_quality(chunks.frame_head)
    return [raw]


def _walk(source: Source, budget: Budget) -> _Chunks:
    (claimed,) = source.numbers("<I", 4)
    end = claimed + 8
    chunks = _Chunks()
    for start, length, kind in _pieces(source, 12, min(end, source.size)):
        _take(source, chunks, kind, (start, length))
        if chunks.sizes and budget.pages == 0:
            budget.page(*chunks.sizes[0])
    if not chunks.sizes:
        if end > source.size:
            raise truncated(f"{source.size} of {end} bytes")
        raise broken("no picture in it")
    if max(chunks.sizes) != chunks.sizes[0]:
        budget.pages = 0
        for size in chunks.sizes[1:]:
            Budget(budget.limits, source.size).page(*size)
    if end > source.size:
        raise truncated(f"{source.size} of {end} bytes")
    return chunks


def _pieces(source: Source, at: int, end: int) -> list[tuple[int, int, bytes]]:
    found = []
    while at + 8 <= end:
        kind, length = source.numbers("<4sI", at)
        if kind == b"\0\0\0\0":
            raise truncated("the file is filled with zeros")
        found.append((at + 8, length, kind))
        if len(found) > MAX_CHUNKS:
            raise broken("too many chunks")
        at += 8 + length + (length & 1)
    return found


def _take(source: Source, chunks: _Chunks, kind: bytes, where: tuple[int, int]) -> None:
    start, length = where
    if kind == b"VP8X":
        body = source.at(start, 10)
        chunks.has_alpha = bool(body[0] & 0x10)
        size = int.from_bytes(body[4:7], "little"), int.from_bytes(body[7:10], "little")
        chunks.sizes.append((size[0] + 1, size[1] + 1))
    elif kind in {b"VP8 ", b"VP8L"}:
        _take_frame(source, chunks, kind, where)
    elif kind == b"ANMF":
        chunks.frames += 1
        if chunks.frames == 1 and length > 16:
            for inner in _pieces(source, start + 16, min(start + length, source.size)):
                if inner[2] in {b"VP8 ", b"VP8L"}:
                    _take_frame(source, chunks, inner[2], (inner[0], inner[1]))
    elif start + length <= source.size and length < 1 << 23:
        _take_metadata(chunks, kind, source.at(start, length))


def _take_frame(source: Source, chunks: _Chunks, kind: bytes, where: tuple[int, int]) -> None:
    start, length = where
    head = source.at(start, min(length, 64, source.size - start))
    if kind == b"VP8 ":
        if len(head) < 10 or head[3:6] != b"\x9d\x01\x2a":
            raise broken("no key frame")
        width, height = int.from_bytes(head[6:8], "little"), int.from_bytes(head[8:10], "little")
        chunks.sizes.append((width & 0x3FFF, height & 0x3FFF))
    else:
        if len(head) < 5 or head[0] != 0x2F:
            raise broken("no lossless frame")
        bits = int.from_bytes(head[1:5], "little")
        chunks.sizes.append(((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1))
    chunks.frame_kind = chunks.frame_kind or kind
    chunks.frame_head = chunks.frame_head or head
    chunks.last = where


def _take_metadata(chunks: _Chunks, kind: bytes, body: bytes) -> None:
    if kind == b"EXIF":
        chunks.found.exif = chunks.found.exif or body.removeprefix(b"Exif\0\0")
    elif kind == b"XMP ":
        chunks.found.xmp = chunks.found.xmp or body
    elif kind == b"ICCP":
        chunks.icc = chunks.icc or body
    elif kind not in {b"ALPH", b"ANIM"}:
        chunks.found.notes.append("webp_chunk_dropped")


class _BoolReader:
    """The arithmetic decoder of VP8 headers. Source: RFC 6386, section 7."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 2
        self._value = int.from_bytes(data[:2], "big")
        self._range, self._bits = 255, 0

    def bit(self, probability: int = 128) -> int:
        split = 1 + ((self._range - 1) * probability >> 8)
        one = self._value >= split << 8
        if one:
            self._range -= split
            self._value -= split << 8
        else:
            self._range = split
        while self._range < 128:
            self._value <<= 1
            self._range <<= 1
            self._bits += 1
            if self._bits == 8:
                self._bits = 0
                self._value |= self._data[self._at] if self._at < len(self._data) else 0
                self._at += 1
        return int(one)

    def number(self, bits: int) -> int:
        value = 0
        for _ in range(bits):
            value = value << 1 | self.bit()
        return value

    def signed(self, bits: int) -> int:
        value = self.number(bits)
        return -value if self.bit() else value

    def optional(self, bits: int) -> int:
        return self.signed(bits) if self.bit() else 0


def estimate_quality(frame: bytes) -> int:
    """The libwebp quality, 1..100, that leads to a VP8 key frame's quantiser.

    Source: RFC 6386 section 9.3..9.6 for the header; the curve is libwebp's, quantiser =
    127 · (1 − cbrt(c)) with c = 2q/3 below 0.75 and 2q − 1 above, q = quality / 100.
    """
    index = _mean_quantiser(_BoolReader(frame[10:]))
    compression = max(0.0, 1.0 - index / 127.0) ** 3
    share = compression * 1.5 if compression < 0.5 else (compression + 1.0) / 2.0
    return max(1, min(100, round(share * 100)))


def _mean_quantiser(reader: _BoolReader) -> float:
    reader.number(2)
    segments: list[int] = []
    absolute = 0
    if reader.bit():
        update_map, update_data = reader.bit(), reader.bit()
        if update_data:
            absolute = reader.bit()
            segments = [reader.optional(7) for _ in range(4)]
            for _ in range(4):
                reader.optional(6)
        if update_map:
            for _ in range(3):
                if reader.bit():
                    reader.number(8)
    reader.number(1 + 6 + 3)
    if reader.bit() and reader.bit():
        for _ in range(8):
            reader.optional(6)
    reader.number(2)
    base = reader.number(7)
    if not segments:
        return float(base)
    values = segments if absolute else [base + value for value in segments]
    return float(np.clip(np.mean(values), 0, 127))
