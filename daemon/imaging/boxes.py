"""Walks the boxes of HEIF and AVIF: what they declare, and whether all of it is there."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from daemon.imaging.limits import broken, truncated
from daemon.imaging.probe import Source

MAX_BOXES = 20_000
MAX_META_BYTES = 16 * 1024 * 1024
ZERO_TAIL_BYTES = 512
"""HEVC never holds three zero bytes in a row and AV1 practically never hundreds: a payload
that ends in this many zeros is a copy that was given its size before its content."""


@dataclass(slots=True)
class Declared:
    """What the boxes say.

    Attributes:
        sizes: Every size declared for any item (tiles and thumbnails too), in pixels.
        primary_id: The item that is the picture.
        associations: Item → one-based numbers of its properties.
        properties: Kind and body of each property.
        kinds: Item → its type.
        extents: Item, offset and length of each stretch of data.
    """

    sizes: list[tuple[int, int]] = field(default_factory=list)
    primary_id: int = 0
    associations: dict[int, list[int]] = field(default_factory=dict)
    properties: list[tuple[bytes, bytes]] = field(default_factory=list)
    kinds: dict[int, bytes] = field(default_factory=dict)
    extents: list[tuple[int, int, int]] = field(default_factory=list)

    def primary_property(self, kind: bytes) -> bytes | None:
        """Body of a property of the primary item."""
        for index in self.associations.get(self.primary_id, []):
            if 0 < index <= len(self.properties) and self.properties[index - 1][0] == kind:
                return self.properties[index - 1][1]
        return None


def declared(source: Source) -> Declared:
    """Walk the top-level boxes.

    Raises:
        InputError: ``TRUNCATED`` where a box or an item reaches past the end of the file,
            ``INVALID_IMAGE`` where the boxes contradict themselves.
    """
    found, at, count = Declared(), 0, 0
    meta: bytes | None = None
    while at < source.size:
        count += 1
        if count > MAX_BOXES:
            raise broken("too many boxes")
        kind, start, end = _box(source, at)
        if kind == b"meta" and meta is None:
            if end - start > MAX_META_BYTES:
                raise broken("the meta box is absurdly large")
            meta = source.at(start, end - start)
        at = end
    if meta is None:
        raise broken("no meta box")
    _take_meta(meta, found)
    _check_extents(source, found)
    return found


def _box(source: Source, at: int) -> tuple[bytes, int, int]:
    size, kind = source.numbers(">I4s", at)
    start = at + 8
    if size == 1:
        size, start = source.numbers(">Q", at + 8)[0], at + 16
    elif size == 0:
        if kind == b"\0\0\0\0":
            raise truncated("the file is filled with zeros")
        size = source.size - at
    if size < start - at:
        raise broken("a box is smaller than its head")
    if at + size > source.size:
        raise truncated(f"box {kind!r} needs byte {at + size} of {source.size}")
    return kind, start, at + size


def _inner(body: bytes, at: int = 0) -> Iterator[tuple[bytes, bytes]]:
    for _ in range(MAX_BOXES):
        if at + 8 > len(body):
            return
        size, kind = struct.unpack_from(">I4s", body, at)
        if size == 0:
            size = len(body) - at
        if size < 8 or at + size > len(body):
            raise broken(f"box {kind!r} does not fit")
        yield kind, body[at + 8 : at + size]
        at += size


def _take_meta(meta: bytes, found: Declared) -> None:
    for kind, body in _inner(meta, 4):
        if kind == b"pitm":
            found.primary_id = int.from_bytes(body[4 : 6 if body[:1] == b"\0" else 8], "big")
        elif kind == b"iinf":
            _take_items(body, found)
        elif kind == b"iprp":
            _take_properties(body, found)
        elif kind == b"iloc":
            _take_locations(body, found)


def _take_items(body: bytes, found: Declared) -> None:
    start = 6 if body[:1] == b"\0" else 8
    for kind, entry in _inner(body, start):
        if kind == b"infe" and entry[0] >= 2:
            end = 6 if entry[0] == 2 else 8
            found.kinds[int.from_bytes(entry[4:end], "big")] = entry[end + 2 : end + 6]


def _take_properties(body: bytes, found: Declared) -> None:
    for kind, inner in _inner(body):
        if kind == b"ipma":
            _take_associations(inner, found)
        if kind != b"ipco":
            continue
        for name, value in _inner(inner):
            found.properties.append((name, value))
            if name == b"ispe":
                found.sizes.append(struct.unpack_from(">II", value, 4))


def _take_associations(body: bytes, found: Declared) -> None:
    version, wide = body[0], body[3] & 1
    (entries,) = struct.unpack_from(">I", body, 4)
    at = 8
    for _ in range(min(entries, MAX_BOXES)):
        item = int.from_bytes(body[at : at + (4 if version else 2)], "big")
        at += 4 if version else 2
        count = body[at]
        at += 1
        step = 2 if wide else 1
        mask = 0x7FFF if wide else 0x7F
        ids = [
            int.from_bytes(body[at + i * step : at + (i + 1) * step], "big") for i in range(count)
        ]
        found.associations.setdefault(item, []).extend(value & mask for value in ids)
        at += count * step


def _take_locations(body: bytes, found: Declared) -> None:
    version, sizes = body[0], struct.unpack_from(">BB", body, 4)
    offset_bytes, length_bytes = sizes[0] >> 4, sizes[0] & 15
    base_bytes, index_bytes = sizes[1] >> 4, sizes[1] & 15 if version else 0
    wide = 4 if version == 2 else 2
    cursor = _Cursor(body, 6)
    for _ in range(min(cursor.take(wide), MAX_BOXES)):
        item = cursor.take(wide)
        method = cursor.take(2) & 15 if version else 0
        cursor.take(2)
        base = cursor.take(base_bytes)
        for _ in range(min(cursor.take(2), MAX_BOXES)):
            cursor.take(index_bytes)
            offset, length = cursor.take(offset_bytes), cursor.take(length_bytes)
            if method == 0:
                found.extents.append((item, base + offset, length))
            if len(found.extents) > MAX_BOXES:
                raise broken("too many extents")


@dataclass(slots=True)
class _Cursor:
    body: bytes
    at: int

    def take(self, count: int) -> int:
        if self.at + count > len(self.body):
            raise broken("a box ends inside a number")
        self.at += count
        return int.from_bytes(self.body[self.at - count : self.at], "big")


_NO_PICTURES = frozenset({b"Exif", b"mime", b"uri "})


def _check_extents(source: Source, found: Declared) -> None:
    for item, offset, length in found.extents:
        if offset + length > source.size:
            raise truncated(f"an item needs byte {offset + length} of {source.size}")
        if length > ZERO_TAIL_BYTES and found.kinds.get(item) not in _NO_PICTURES:
            tail = source.at(offset + length - ZERO_TAIL_BYTES, ZERO_TAIL_BYTES)
            if not any(tail):
                raise truncated("the picture data end in zeros")
