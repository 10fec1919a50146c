"""Walks a TIFF: its directories by number, and every byte of it by who points there.

Source of the structure: TIFF revision 6.0, section 2.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from daemon.imaging.leaks_found import Data, Leak, LeakKind, Size, Torn, check_pages
from daemon.imaging.leaks_jpeg import walk_stream

_ALLOWED = frozenset({
    256, 257, 258, 259, 262, 266, 273, 274, 277, 278, 279, 282, 283, 284, 296, 317, 530,
})  # fmt: skip
"""Size, bits, compression, colours, strips, turn, resolution, predictor, chroma factors."""
_KINDS = {
    330: LeakKind.SECOND_PICTURE, 254: LeakKind.SECOND_PICTURE, 513: LeakKind.SECOND_PICTURE,
    514: LeakKind.SECOND_PICTURE, 34675: LeakKind.PROFILE, 338: LeakKind.ALPHA,
    270: LeakKind.METADATA, 271: LeakKind.METADATA, 272: LeakKind.METADATA,
    285: LeakKind.METADATA, 305: LeakKind.METADATA, 306: LeakKind.METADATA,
    315: LeakKind.METADATA, 316: LeakKind.METADATA, 700: LeakKind.METADATA,
    33432: LeakKind.METADATA, 33723: LeakKind.METADATA, 34377: LeakKind.METADATA,
    34665: LeakKind.METADATA, 34853: LeakKind.METADATA, 37724: LeakKind.METADATA,
    50341: LeakKind.METADATA,
}  # fmt: skip
_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_NUMBERS = {1: "B", 3: "H", 4: "I"}
MAX_PAGES = 10_000
_PIECE = 1 << 20


@dataclass
class _Walk:
    data: Data
    found: list[Leak]
    spans: list[tuple[int, int]] = field(default_factory=lambda: [(0, 8)])
    sizes: list[Size] = field(default_factory=list)


def walk_tiff(data: Data, sizes: Sequence[Size], found: list[Leak]) -> None:
    """A little-endian classic TIFF; see ``leaks_of``."""
    walk, seen = _Walk(data, found), set[int]()
    (at,) = struct.unpack("<I", data[4:8])
    while at:
        if at in seen or len(seen) > MAX_PAGES:
            raise Torn("the list of pages runs in a circle or never ends")
        seen.add(at)
        at = _page(walk, at)
    check_pages(found, sizes, walk.sizes)
    _judge_gaps(walk)


def _page(walk: _Walk, at: int) -> int:
    data, number = walk.data, len(walk.sizes) + 1
    (count,) = struct.unpack("<H", data[at : at + 2])
    end = at + 2 + 12 * count + 4
    if end > len(data):
        raise Torn("a directory cut short")
    walk.spans.append((at, end))
    fields: dict[int, tuple[int, ...]] = {}
    for index in range(count):
        tag, values = _field(walk, at + 2 + 12 * index)
        if tag in fields:
            walk.found.append(Leak(LeakKind.FIELD, f"page {number}: tag {tag} twice"))
        fields[tag] = values
        if tag not in _ALLOWED:
            kind = _KINDS.get(tag, LeakKind.FIELD)
            walk.found.append(Leak(kind, f"page {number}: tag {tag}"))
    if not {256, 257, 273, 279} <= fields.keys():
        raise Torn("a page without size or strips")
    walk.sizes.append((fields[256][0], fields[257][0]))
    _strips(walk, fields, number)
    return int(struct.unpack("<I", data[end - 4 : end])[0])


def _field(walk: _Walk, at: int) -> tuple[int, tuple[int, ...]]:
    data = walk.data
    tag, kind, count = struct.unpack("<HHI", data[at : at + 8])
    size = _BYTES.get(kind, 1) * count
    place = at + 8
    if size > 4:
        (place,) = struct.unpack("<I", data[at + 8 : at + 12])
        walk.spans.append((place, place + size))
        if place + size > len(data):
            raise Torn(f"tag {tag} lies outside")
    elif any(data[at + 8 + size : at + 12]):
        walk.found.append(Leak(LeakKind.UNREFERENCED, f"bytes beside the value of tag {tag}"))
    if kind not in _NUMBERS:
        return tag, ()
    return tag, struct.unpack(f"<{count}{_NUMBERS[kind]}", data[place : place + size])


def _strips(walk: _Walk, fields: dict[int, tuple[int, ...]], number: int) -> None:
    offsets, counts = fields[273], fields[279]
    if len(offsets) != len(counts):
        raise Torn("as many offsets as sizes are needed")
    compression = fields.get(259, (1,))[0]
    unpacked = 0
    for at, count in zip(offsets, counts, strict=True):
        if at + count > len(walk.data):
            raise Torn("a strip lies outside")
        walk.spans.append((at, at + count))
        if compression == 7:
            _jpeg_strip(walk, at, count, number)
        elif compression == 8:
            unpacked += _unpacked(walk, at, count, number)
    if compression == 8:
        width, height = walk.sizes[-1]
        wanted = height * ((width * sum(fields.get(258, (1,))) + 7) // 8)
        if unpacked != wanted:
            text = f"page {number}: {unpacked} bytes of picture data instead of {wanted}"
            walk.found.append(Leak(LeakKind.UNREFERENCED, text))


def _jpeg_strip(walk: _Walk, at: int, count: int, number: int) -> None:
    end, sizes = walk_stream(walk.data, at, walk.found)
    if end != at + count:
        walk.found.append(Leak(LeakKind.TRAILING, f"page {number}: behind a strip's end marker"))
    if sizes != [walk.sizes[-1]]:
        walk.found.append(Leak(LeakKind.SIZE, f"page {number}: a strip of another size"))


def _unpacked(walk: _Walk, at: int, count: int, number: int) -> int:
    unpacker, total = zlib.decompressobj(), 0
    piece = walk.data[at : at + count]
    try:
        while piece:
            total += len(unpacker.decompress(piece, _PIECE))
            piece = unpacker.unconsumed_tail
    except zlib.error as error:
        raise Torn("a strip that does not unpack") from error
    if unpacker.unused_data or not unpacker.eof:
        walk.found.append(Leak(LeakKind.UNREFERENCED, f"page {number}: behind a strip's data"))
    return total


def _judge_gaps(walk: _Walk) -> None:
    """Every byte belongs to one thing; a single zero may stand before one at an even offset."""
    end = 0
    for start, stop in sorted(walk.spans):
        if start < end:
            walk.found.append(Leak(LeakKind.FIELD, f"two things share byte {start}"))
        elif start > end:
            is_padding = start - end == 1 and start % 2 == 0 and walk.data[end] == 0
            if not is_padding:
                text = f"{start - end} bytes at {end}"
                walk.found.append(Leak(LeakKind.UNREFERENCED, text))
        end = max(end, stop)
    rest = walk.data[end : end + 2]
    if len(rest) > 1 or rest.strip(b"\0"):
        text = f"{len(walk.data) - end} bytes behind the last page"
        walk.found.append(Leak(LeakKind.TRAILING, text))
