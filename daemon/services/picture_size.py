"""How large a picture is, from its header alone: bounded reading, no decoder.

What people dropped is decoded in the worker only; to lay a box over a picture it is enough to
know its width and height as a browser shows it.
"""

from __future__ import annotations

import struct
from typing import BinaryIO

# A header is found within this, or the picture has none for us.
MOST_BYTES = 1 << 20
_SOI, _SOS, _EOI, _APP1 = 0xD8, 0xDA, 0xD9, 0xE1
# Start of frame, all kinds of coding; C4, C8 and CC are something else.
_SOF = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_BARE = frozenset({0x01, *range(0xD0, 0xD8)})
_ORIENTATION = 0x0112
_TURNED = frozenset({5, 6, 7, 8})


def size_px(content: BinaryIO) -> tuple[int, int] | None:
    """Width and height, upright as a browser shows it; ``None`` where it cannot be told.

    Args:
        content: The picture; read from where it stands, at most ``MOST_BYTES``.
    """
    head = content.read(MOST_BYTES)
    try:
        found = _of(head)
    except (struct.error, IndexError):
        return None
    return found if found is not None and min(found) > 0 else None


def _of(head: bytes) -> tuple[int, int] | None:
    if head.startswith(b"\xff\xd8\xff"):
        return _jpeg(head)
    if head.startswith(b"\x89PNG\r\n\x1a\n") and head[12:16] == b"IHDR":
        width, height = struct.unpack(">II", head[16:24])
        return width, height
    if head.startswith((b"GIF87a", b"GIF89a")):
        width, height = struct.unpack("<HH", head[6:10])
        return width, height
    return None


def _jpeg(head: bytes) -> tuple[int, int] | None:
    at, is_turned = 2, False
    while at < len(head):
        if head[at] != 0xFF:
            return None
        kind = head[at + 1]
        if kind == 0xFF:  # filling
            at += 1
            continue
        if kind in _BARE:
            at += 2
            continue
        if kind in {_SOS, _EOI, _SOI}:
            return None
        (length,) = struct.unpack(">H", head[at + 2 : at + 4])
        if length < 2:
            return None
        body = head[at + 4 : at + 2 + length]
        if kind == _APP1 and body.startswith(b"Exif\0\0"):
            is_turned = _orientation(body[6:]) in _TURNED
        if kind in _SOF:
            height, width = struct.unpack(">HH", body[1:5])
            return (height, width) if is_turned else (width, height)
        at += 2 + length
    return None


def _orientation(tiff: bytes) -> int:
    """What the first directory says; 1 where it says nothing."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return 1
    (start,) = struct.unpack(f"{order}I", tiff[4:8])
    entries = tiff[start : start + 2]
    if len(entries) < 2:
        return 1
    (count,) = struct.unpack(f"{order}H", entries)
    for number in range(min(count, 200)):
        at = start + 2 + 12 * number
        entry = tiff[at : at + 12]
        if len(entry) < 12:
            return 1
        tag, kind = struct.unpack(f"{order}HH", entry[:4])
        if tag == _ORIENTATION and kind == 3:
            (value,) = struct.unpack(f"{order}H", entry[8:10])
            return int(value)
    return 1
