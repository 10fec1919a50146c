"""Reads PNG: chunks, checksums and completeness here, samples by Pillow or OpenCV (16 bit).

Decoders get the critical chunks alone, so a text chunk or profile that inflates to gigabytes
is never inflated by them, and here only as far as its bound.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from daemon.imaging.limits import Budget, Limits, broken, truncated, unsupported
from daemon.imaging.metadata import Found, orientation_of
from daemon.imaging.pillow_arrays import decoded, to_array
from daemon.imaging.probe import Raw, Source

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MAX_CHUNKS = 500_000
MAX_TEXT_BYTES = 64 * 1024
MAX_XMP_BYTES = 4 * 1024 * 1024
MAX_PROFILE_BYTES = 4 * 1024 * 1024
"""Far past any display or press profile (the largest common one has 2.7 MB)."""

_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_DEPTHS = {0: {1, 2, 4, 8, 16}, 2: {8, 16}, 3: {1, 2, 4, 8}, 4: {8, 16}, 6: {8, 16}}
_CRITICAL = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND"})
_COLOUR = (b"cHRM", b"gAMA", b"sRGB", b"cICP")
_TEXT = (b"tEXt", b"zTXt", b"iTXt")
_ADAM7 = (
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)


@dataclass(frozen=True, slots=True)
class _Header:
    width: int
    height: int
    depth: int
    colour: int
    interlaced: int

    @property
    def scanline_bytes(self) -> int:
        """Bytes that the inflated picture data must have."""
        passes = _ADAM7 if self.interlaced else ((0, 0, 1, 1),)
        bits = self.depth * _CHANNELS[self.colour]
        total = 0
        for left, top, across, down in passes:
            columns = max(0, -(-(self.width - left) // across))
            rows = max(0, -(-(self.height - top) // down))
            total += rows * (1 + (columns * bits + 7) // 8) if columns else 0
        return total


@dataclass(slots=True)
class _Chunks:
    header: _Header
    palette: bytes = b""
    data: list[memoryview] = field(default_factory=list)
    others: dict[bytes, bytes] = field(default_factory=dict)
    text: list[tuple[bytes, bytes]] = field(default_factory=list)
    found: Found = field(default_factory=Found)


def read(source: Source, limits: Limits) -> list[Raw]:
    """Decode a PNG (of an animated one, the still picture).

    Raises:
        InputError: Whatever is wrong with it.
    """
    header = _header(source)
    Budget(limits, source.size).page(header.width, header.height)
    chunks = _chunks(source, header)
    _check_inflates(chunks)
    pixels, alpha, mode = _decode(chunks)
    raw = Raw(pixels, alpha, mode)
    _describe(raw, chunks)
    return [raw]


def _header(source: Source) -> _Header:
    length, kind = source.numbers(">I4s", 8)
    if kind == b"\0\0\0\0":
        raise truncated("the file is filled with zeros")
    if kind != b"IHDR" or length != 13:
        raise broken("no header chunk")
    width, height, depth, colour, method, filters, interlaced = source.numbers(">IIBBBBB", 16)
    if depth not in _DEPTHS.get(colour, ()) or method or filters or interlaced > 1:
        raise broken("the header holds values that do not exist")
    return _Header(width, height, depth, colour, interlaced)


def _chunks(source: Source, header: _Header) -> _Chunks:
    chunks, at = _Chunks(header), 8
    view = memoryview(source.whole())
    for _ in range(MAX_CHUNKS):
        length, kind = source.numbers(">I4s", at)
        if kind == b"\0\0\0\0":
            raise truncated("the file is filled with zeros")
        if not kind.isalpha():
            raise broken("not a chunk")
        (checksum,) = source.numbers(">I", at + 8 + length)
        body = view[at + 8 : at + 8 + length]
        sound = zlib.crc32(view[at + 4 : at + 8 + length]) == checksum
        if kind == b"IEND":
            return chunks
        if not sound and kind in _CRITICAL:
            raise broken(f"checksum of {kind.decode()} is wrong")
        if sound:
            _take(chunks, kind, body)
        else:
            chunks.found.notes.append(f"{kind.decode()}_dropped:checksum")
        at += 12 + length
    raise broken("too many chunks")


def _take(chunks: _Chunks, kind: bytes, body: memoryview) -> None:
    if kind == b"IDAT":
        chunks.data.append(body)
    elif kind == b"PLTE":
        chunks.palette = bytes(body)
    elif kind in _TEXT:
        _take_text(chunks, kind, bytes(body))
    elif kind[0] & 32 == 0 and kind != b"IHDR":
        raise unsupported(f"PNG with chunk {kind.decode()}")
    elif kind not in chunks.others:
        chunks.others[kind] = bytes(body)


def _take_text(chunks: _Chunks, kind: bytes, body: bytes) -> None:
    keyword, _, rest = body.partition(b"\0")
    if keyword == b"XML:com.adobe.xmp" and kind == b"iTXt":
        compressed = rest[:1] == b"\x01"
        text = rest[2:].split(b"\0", 2)[-1]
        xmp = inflate(text, MAX_XMP_BYTES) if compressed else text
        chunks.found.xmp = chunks.found.xmp or xmp
        return
    private = keyword.startswith((b"Raw profile type", b"Thumb::"))
    big = len(body) > MAX_TEXT_BYTES
    if kind == b"zTXt" and not big:
        big = inflate(rest[1:], MAX_TEXT_BYTES) is None
    if kind == b"iTXt" and not big and rest[:1] == b"\x01":
        big = inflate(rest[2:].split(b"\0", 2)[-1], MAX_TEXT_BYTES) is None
    if private or big or len(chunks.text) >= 100:
        chunks.found.notes.append("png_text_dropped:" + ("private" if private else "size"))
    else:
        chunks.text.append((kind, body))


def inflate(packed: bytes, most: int) -> bytes | None:
    """Inflated bytes, or ``None`` where they are damaged or more than ``most``."""
    inflater = zlib.decompressobj()
    try:
        plain = inflater.decompress(packed, most + 1)
    except zlib.error:
        return None
    return plain if inflater.eof and len(plain) <= most else None


def _check_inflates(chunks: _Chunks) -> None:
    """The data must hold every row: decoders leave missing ones black without a word."""
    wanted, inflater = chunks.header.scanline_bytes, zlib.decompressobj()
    got = 0
    try:
        for body in chunks.data:
            piece: Any = body
            while piece and got < wanted and not inflater.eof:
                got += len(inflater.decompress(piece, 1 << 20))
                piece = inflater.unconsumed_tail
            while got < wanted and not inflater.eof and (more := inflater.decompress(b"", 1 << 20)):
                got += len(more)
    except zlib.error as error:
        raise broken(str(error)) from error
    if got < wanted:
        raise truncated(f"{got} of {wanted} bytes of picture data")


def _decode(chunks: _Chunks) -> tuple[NDArray[Any], NDArray[Any] | None, str]:
    header = chunks.header
    if header.colour == 3 and (not chunks.palette or len(chunks.palette) % 3):
        raise broken("a palette picture without a palette")
    if header.depth == 16:
        return _decode_deep(chunks)
    image = decoded(_minimal(chunks), "PNG")
    if header.colour == 3:
        has_alpha = b"tRNS" in chunks.others
        samples = to_array(image.convert("RGBA" if has_alpha else "RGB"))
        return _split(samples, "P", has_alpha=has_alpha)
    if image.mode == "1":
        image = image.convert("L")
    return _sorted(chunks, to_array(image))


_MODES = {0: "L", 4: "L", 2: "RGB", 6: "RGB"}


def _split(
    samples: NDArray[Any], mode: str, *, has_alpha: bool
) -> tuple[NDArray[Any], NDArray[Any] | None, str]:
    if not has_alpha:
        return samples, None, mode
    return np.ascontiguousarray(samples[:, :, :-1]), samples[:, :, -1].copy(), mode


def _decode_deep(chunks: _Chunks) -> tuple[NDArray[Any], NDArray[Any] | None, str]:
    packed = np.frombuffer(_minimal(chunks), np.uint8)
    samples = cv2.imdecode(packed, cv2.IMREAD_UNCHANGED)
    colour = chunks.header.colour
    size = (chunks.header.height, chunks.header.width)
    if samples is None or samples.dtype != np.uint16 or samples.shape[:2] != size:
        raise broken("the picture data cannot be decoded")
    if samples.ndim == 2:
        samples = samples[:, :, None]
    if samples.shape[2] >= 3 and colour in {2, 6}:
        samples[:, :, :3] = samples[:, :, 2::-1].copy()
    elif colour == 4 and samples.shape[2] == 4:
        samples = samples[:, :, [0, 3]]
    if samples.shape[2] != _CHANNELS[colour]:
        raise broken("the decoder found other channels than the header says")
    return _sorted(chunks, np.ascontiguousarray(samples))


def _sorted(
    chunks: _Chunks, samples: NDArray[Any]
) -> tuple[NDArray[Any], NDArray[Any] | None, str]:
    colour = chunks.header.colour
    return _with_key(chunks, *_split(samples, _MODES[colour], has_alpha=colour in {4, 6}))


def _with_key(
    chunks: _Chunks, pixels: NDArray[Any], alpha: NDArray[Any] | None, mode: str
) -> tuple[NDArray[Any], NDArray[Any] | None, str]:
    """Turn a transparent colour into an alpha plane."""
    key = chunks.others.get(b"tRNS")
    channels = pixels.shape[2]
    if key is None or alpha is not None or len(key) < 2 * channels:
        return pixels, alpha, mode
    wanted = np.array(struct.unpack(f">{channels}H", key[: 2 * channels]), np.int64)
    if chunks.header.depth < 8:
        wanted = wanted * 255 // ((1 << chunks.header.depth) - 1)
    opaque = (pixels != wanted).any(axis=2)
    return pixels, np.where(opaque, np.iinfo(pixels.dtype).max, 0).astype(pixels.dtype), mode


def _minimal(chunks: _Chunks) -> bytes:
    header = chunks.header
    first = struct.pack(
        ">IIBBBBB",
        header.width,
        header.height,
        header.depth,
        header.colour,
        0,
        0,
        header.interlaced,
    )
    parts = [SIGNATURE, chunk(b"IHDR", first)]
    if header.colour == 3:
        parts.append(chunk(b"PLTE", chunks.palette))
        if b"tRNS" in chunks.others:
            parts.append(chunk(b"tRNS", chunks.others[b"tRNS"]))
    parts += [chunk(b"IDAT", b"".join(chunks.data)), chunk(b"IEND", b"")]
    return b"".join(parts)


def chunk(kind: bytes, body: bytes) -> bytes:
    """One PNG chunk with length and checksum."""
    checksum = zlib.crc32(body, zlib.crc32(kind))
    return b"".join([struct.pack(">I", len(body)), kind, body, struct.pack(">I", checksum)])


def _describe(raw: Raw, chunks: _Chunks) -> None:
    others = chunks.others
    if b"eXIf" in others:
        raw.exif = others[b"eXIf"].removeprefix(b"Exif\0\0")
        raw.orientation = orientation_of(raw.exif)
    if b"pHYs" in others and len(others[b"pHYs"]) == 9:
        across, down, unit = struct.unpack(">IIB", others[b"pHYs"])
        if unit == 1 and across and down:
            raw.dpi = (across * 0.0254, down * 0.0254)
    if b"iCCP" in others:
        packed = others[b"iCCP"].partition(b"\0")[2][1:]
        raw.icc = inflate(packed, MAX_PROFILE_BYTES)
        if raw.icc is None:
            chunks.found.notes.append("icc_dropped:damaged_or_too_large")
    if b"acTL" in others:
        chunks.found.notes.append("animation_dropped")
    raw.extra.update(chunks.found.as_extra())
    raw.extra["png_colour"] = tuple((kind, others[kind]) for kind in _COLOUR if kind in others)
    raw.extra["png_text"] = tuple(chunks.text)
    if chunks.header.depth < 8 and chunks.header.colour == 0:
        raw.extra["grey_bits"] = chunks.header.depth
