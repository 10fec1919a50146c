"""Formats made of boxes with a length each: HEIF and AVIF (ISO media), WebP (RIFF)."""

from __future__ import annotations

from daemon.domain.readiness import Whole
from daemon.files.window import Window

_MAX_BOXES = 10_000
# A stretch of zeros this long at the end of coded picture data: its writer set the size first.
_BLANK_TAIL = 1024

_PICTURE_BRANDS = frozenset({
    b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"hevm", b"hevs",
    b"mif1", b"mif2", b"msf1", b"avif", b"avis", b"avio",
})  # fmt: skip


def iso_boxes(window: Window) -> Whole:
    """HEIF and AVIF: the boxes add up to the file, with a ``meta`` box among them.

    Source: ISO/IEC 14496-12 4.2.
    """
    position, names, open_ended = 0, set[bytes](), False
    for _ in range(_MAX_BOXES):
        # Fewer bytes than a box header may trail; readers pass over them.
        if window.size - position < 8:
            break
        length, name = window.number(position, 4), window.read(position + 4, 4)
        if length == 1:
            length = window.number(position + 8, 8)
        elif length == 0 and name != b"\0\0\0\0":
            length, open_ended = window.size - position, True
        if length < 8 or position + length > window.size:
            return Whole.PARTIAL
        names.add(name)
        if name == b"mdat" and _ends_blank(window, position + length, length):
            return Whole.PARTIAL
        position += length
    if window.read(8, 4) in _PICTURE_BRANDS and not {b"meta", b"moov"} & names:
        return Whole.PARTIAL
    whole = not open_ended and window.first_hole() >= window.size
    return Whole.PROVEN if whole else Whole.ACCEPTED


def riff_webp(window: Window) -> Whole:
    """WebP: the declared length is there, and the chunks inside add up to it.

    Source: RFC 9649, 2.3–2.7.
    """
    end = window.number(4, 4, big=False) + 8
    if end > window.size or end < 20:
        return Whole.PARTIAL
    position = 12
    for _ in range(_MAX_BOXES):
        if end - position < 8:
            break
        name, length = window.read(position, 4), window.number(position + 4, 4, big=False)
        position += 8 + length + (length & 1)
        # Some writers forget the padding byte of the last chunk.
        if not name.strip(b"\0") or position > end + 1:
            return Whole.PARTIAL
        if name in {b"VP8 ", b"VP8L"} and _ends_blank(window, position, length):
            return Whole.PARTIAL
    return Whole.PROVEN if window.first_hole() >= end else Whole.ACCEPTED


def _ends_blank(window: Window, end: int, length: int) -> bool:
    return length >= 4 * _BLANK_TAIL and window.is_blank(end - _BLANK_TAIL, _BLANK_TAIL)
