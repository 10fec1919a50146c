"""TIFF and BigTIFF: every offset that the directories name lies inside the file.

Source: TIFF revision 6.0, section 2; the BigTIFF layout as libtiff 4.0 writes it. Camera raw
files of the same build (DNG, NEF, CR2) are walked alike.
"""

from __future__ import annotations

from dataclasses import dataclass

from daemon.domain.readiness import Whole
from daemon.files.window import Cut, Window

_MAX_DIRECTORIES = 1024
_MAX_ENTRIES = 4096
_MAX_STRIPS = 65_536

# Bytes of one value by field type.
_TYPE_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8,
               13: 4, 16: 8, 17: 8, 18: 8}  # fmt: skip

_STRIP_OFFSETS, _STRIP_BYTES = 273, 279
_TILE_OFFSETS, _TILE_BYTES = 324, 325


@dataclass(frozen=True, slots=True)
class _Layout:
    """Widths of this file's numbers: classic TIFF or BigTIFF, either byte order."""

    big_endian: bool
    offset_bytes: int
    count_bytes: int

    @property
    def entry_bytes(self) -> int:
        return 4 + 2 * self.offset_bytes


@dataclass(frozen=True, slots=True)
class _Field:
    """One directory entry: where its values lie and how wide they are."""

    start: int
    count: int
    width: int


def tiff_offsets(window: Window) -> Whole:
    """Whether every directory, value and strip lies inside the file."""
    big_endian = window.read(0, 2) == b"MM"
    is_big = window.number(2, 2, big=big_endian) == 43
    layout = _Layout(big_endian, 8 if is_big else 4, 8 if is_big else 2)
    directory = window.number(8 if is_big else 4, layout.offset_bytes, big=big_endian)
    seen: set[int] = set()
    while directory and directory not in seen and len(seen) < _MAX_DIRECTORIES:
        seen.add(directory)
        fields, directory = _directory(window, layout, directory)
        for offsets, lengths in ((_STRIP_OFFSETS, _STRIP_BYTES), (_TILE_OFFSETS, _TILE_BYTES)):
            if offsets in fields and lengths in fields:
                _check_pieces(window, layout, fields[offsets], fields[lengths])
    if not seen:
        return Whole.PARTIAL
    return Whole.PROVEN if window.first_hole() >= window.size else Whole.ACCEPTED


def _directory(window: Window, layout: _Layout, start: int) -> tuple[dict[int, _Field], int]:
    big = layout.big_endian
    count = window.number(start, layout.count_bytes, big=big)
    if not 0 < count <= _MAX_ENTRIES:
        raise Cut
    fields: dict[int, _Field] = {}
    position = start + layout.count_bytes
    for _ in range(count):
        tag, kind = window.number(position, 2, big=big), window.number(position + 2, 2, big=big)
        values = window.number(position + 4, layout.offset_bytes, big=big)
        width = _TYPE_BYTES.get(kind, 1)
        place = position + 4 + layout.offset_bytes
        if values * width > layout.offset_bytes:
            place = window.number(place, layout.offset_bytes, big=big)
            if place + values * width > window.size:
                raise Cut
        fields[tag] = _Field(place, values, width)
        position += layout.entry_bytes
    return fields, window.number(position, layout.offset_bytes, big=big)


def _check_pieces(window: Window, layout: _Layout, offsets: _Field, lengths: _Field) -> None:
    for index in range(min(offsets.count, lengths.count, _MAX_STRIPS)):
        start = _value(window, layout, offsets, index)
        # 0 bytes at offset 0 is how a sparse TIFF leaves a piece out.
        if start + _value(window, layout, lengths, index) > window.size:
            raise Cut


def _value(window: Window, layout: _Layout, field: _Field, index: int) -> int:
    return window.number(field.start + index * field.width, field.width, big=layout.big_endian)
