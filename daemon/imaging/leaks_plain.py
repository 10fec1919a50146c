"""Walks BMP and WebP: few fields each, and all of them known.

Source of the structures: BITMAPFILEHEADER and BITMAPINFOHEADER, Windows GDI; RFC 9649, section
2; the headers of the frames from RFC 6386, 9.1, and RFC 9649, 3.4.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

import numpy as np

from daemon.imaging.leaks_found import Data, Leak, LeakKind, Size, Torn, check_pages

_BMP_HEADER_BYTES, _INFO_BYTES = 54, 40
_WEBP_KINDS = {
    b"EXIF": LeakKind.METADATA, b"XMP ": LeakKind.METADATA, b"ICCP": LeakKind.PROFILE,
    b"ALPH": LeakKind.ALPHA, b"ANIM": LeakKind.SECOND_PICTURE, b"ANMF": LeakKind.SECOND_PICTURE,
}  # fmt: skip
MAX_CHUNKS = 1000


def walk_bmp(data: Data, sizes: Sequence[Size], found: list[Leak]) -> None:
    """A BMP of 1, 8 or 24 bits; see ``leaks_of``."""
    if len(data) < _BMP_HEADER_BYTES:
        raise Torn("a header cut short")
    size, reserved, start, head, width, height = struct.unpack("<IIIIii", data[2:26])
    planes, bits, compression, _, _, _, colours, important = struct.unpack(
        "<HHIIiiII", data[26:_BMP_HEADER_BYTES]
    )
    check_pages(found, sizes, [(width, abs(height))])
    if bits not in {1, 8, 24} or head != _INFO_BYTES or compression or planes != 1:
        raise Torn(f"{bits} bits, header of {head}, compression {compression}")
    table = 4 * (colours or (1 << bits if bits <= 8 else 0))
    if reserved or start != _BMP_HEADER_BYTES + table or important > 256:
        found.append(Leak(LeakKind.UNREFERENCED, f"picture data at {start}"))
    stride = (width * bits + 31) // 32 * 4
    end = start + stride * abs(height)
    if end != len(data) or size != len(data):
        found.append(Leak(LeakKind.TRAILING, f"{len(data)} bytes, {end} used, {size} declared"))
    used = -(-width * bits // 8)
    if end <= len(data) and used < stride:
        rows = np.frombuffer(data[start:end], np.uint8).reshape(-1, stride)
        if rows[:, used:].any():
            found.append(Leak(LeakKind.UNREFERENCED, "bytes between the rows"))


def walk_webp(data: Data, sizes: Sequence[Size], found: list[Leak]) -> None:
    """A still WebP of one frame and nothing else; see ``leaks_of``."""
    if data[8:12] != b"WEBP":
        raise Torn("not a WebP")
    end = 8 + int.from_bytes(data[4:8], "little")
    if end != len(data):
        found.append(Leak(LeakKind.TRAILING, f"{len(data)} bytes, {end} declared"))
    seen: list[Size] = []
    at = 12
    for _ in range(MAX_CHUNKS):
        if at + 8 > min(end, len(data)):
            break
        kind, length = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        head = data[at + 8 : at + 8 + min(length, 16)]
        if kind in {b"VP8 ", b"VP8L"}:
            seen.append(_frame(found, kind, head))
        else:
            name = kind.decode("ascii", "replace").strip()
            found.append(Leak(_WEBP_KINDS.get(kind, LeakKind.FIELD), f"chunk {name}"))
        at += 8 + length + (length & 1)
        if length & 1 and at <= len(data) and data[at - 1] != 0:
            found.append(Leak(LeakKind.UNREFERENCED, "a padding byte"))
    if at != end:
        found.append(Leak(LeakKind.UNREFERENCED, f"chunks end at {at} of {end}"))
    check_pages(found, sizes, seen)


def _frame(found: list[Leak], kind: bytes, head: bytes) -> Size:
    if kind == b"VP8L":
        if head[0] != 0x2F:
            raise Torn("no lossless frame")
        bits = int.from_bytes(head[1:5], "little")
        if bits >> 28 & 1:
            found.append(Leak(LeakKind.ALPHA, "VP8L with alpha"))
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if head[3:6] != b"\x9d\x01\x2a":
        raise Torn("no key frame")
    width, height = int.from_bytes(head[6:8], "little"), int.from_bytes(head[8:10], "little")
    return width & 0x3FFF, height & 0x3FFF
