"""Walks a JPEG. Source of the structure: ITU-T T.81, annex B; JFIF 1.02."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from daemon.imaging.leaks_found import Data, Leak, LeakKind, Size, Torn, check_pages

_SOI, _EOI, _SOS = 0xD8, 0xD9, 0xDA
_FRAMES = frozenset({0xC0, 0xC1, 0xC2})
_DQT, _DHT, _DRI, _APP0 = 0xDB, 0xC4, 0xDD, 0xE0
_SCAN_END = re.compile(rb"\xff[^\x00\xd0-\xd7]")
_JFIF_BYTES = 16
MAX_SEGMENTS = 1000
_NAMES = {0xE1: "EXIF or XMP", 0xE2: "profile or MPF", 0xED: "IPTC", 0xFE: "comment", 0xEE: "Adobe"}


@dataclass
class _State:
    found: list[Leak]
    sizes: list[Size] = field(default_factory=list)
    has_jfif: bool = False


def walk_jpeg(data: Data, sizes: Sequence[Size], found: list[Leak]) -> None:
    """A file that is one JPEG; see ``leaks_of``."""
    end, seen = walk_stream(data, 0, found)
    if end != len(data):
        found.append(Leak(LeakKind.TRAILING, f"{len(data) - end} bytes behind the end marker"))
        if data.find(b"\xff\xd8\xff", end) >= 0:
            found.append(Leak(LeakKind.SECOND_PICTURE, "a JPEG behind the end marker"))
    check_pages(found, sizes, seen)


def walk_stream(data: Data, at: int, found: list[Leak]) -> tuple[int, list[Size]]:
    """One JPEG stream from its start marker.

    Returns:
        The offset behind its end marker, and the sizes of its frames.

    Raises:
        Torn: It ends before that, or is none.
    """
    if data[at : at + 2] != b"\xff\xd8":
        raise Torn("no start marker")
    state, at = _State(found), at + 2
    for _ in range(MAX_SEGMENTS):
        if data[at] != 0xFF:
            raise Torn(f"no marker at byte {at}")
        marker = data[at + 1]
        if marker == _EOI:
            return at + 2, state.sizes
        if marker in {0xFF, _SOI}:
            raise Torn(f"marker {marker:02X} at byte {at}")
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        body = data[at + 4 : at + 2 + length]
        if length < 2 or len(body) != length - 2:
            raise Torn(f"segment {marker:02X} is cut short")
        _judge(state, marker, body)
        at += 2 + length
        if marker == _SOS:
            match = _SCAN_END.search(data, at)
            if match is None:
                raise Torn("no end marker")
            at = match.start()
    raise Torn("too many segments")


def _judge(state: _State, marker: int, body: bytes) -> None:
    if marker in _FRAMES:
        _judge_frame(state, body)
    elif marker == _APP0:
        _judge_jfif(state, body)
    elif marker == _DQT:
        _exact(state, _tables_bytes(body), body, "DQT")
    elif marker == _DHT:
        _exact(state, _codes_bytes(body), body, "DHT")
    elif marker == _DRI:
        _exact(state, 2, body, "DRI")
    elif marker == _SOS:
        _exact(state, 4 + 2 * body[0], body, "SOS")
    else:
        _strange(state, marker, body)


def _strange(state: _State, marker: int, body: bytes) -> None:
    kind = LeakKind.FIELD
    if marker in {0xE1, 0xED, 0xFE}:
        kind = LeakKind.METADATA
    elif marker == 0xE2:
        is_index = body[:4] == b"MPF\0"
        kind = LeakKind.SECOND_PICTURE if is_index else LeakKind.PROFILE
    name = _NAMES.get(marker, "segment")
    state.found.append(Leak(kind, f"marker {marker:02X} ({name})"))
    if b"\xff\xd8\xff" in body:
        state.found.append(Leak(LeakKind.SECOND_PICTURE, f"a JPEG in marker {marker:02X}"))


def _judge_frame(state: _State, body: bytes) -> None:
    if len(body) < 6 or len(body) != 6 + 3 * body[5]:
        raise Torn("a frame header of a wrong length")
    height, width = int.from_bytes(body[1:3], "big"), int.from_bytes(body[3:5], "big")
    state.sizes.append((width, height))
    if body[5] not in {1, 3}:
        state.found.append(Leak(LeakKind.FIELD, f"{body[5]} components"))


def _judge_jfif(state: _State, body: bytes) -> None:
    plain = body[:5] == b"JFIF\0" and len(body) == _JFIF_BYTES - 2 and body[12:14] == b"\0\0"
    if body[:5] == b"JFXX\0" or (body[:5] == b"JFIF\0" and not plain):
        state.found.append(Leak(LeakKind.SECOND_PICTURE, "a thumbnail in APP0"))
    elif not plain or state.has_jfif:
        state.found.append(Leak(LeakKind.FIELD, "marker E0"))
    state.has_jfif = True


def _tables_bytes(body: bytes) -> int:
    at = 0
    while at < len(body):
        at += 1 + (128 if body[at] >> 4 else 64)
    return at


def _codes_bytes(body: bytes) -> int:
    at = 0
    while at < len(body):
        at += 17 + sum(body[at + 1 : at + 17])
    return at


def _exact(state: _State, wanted: int, body: bytes, name: str) -> None:
    if wanted != len(body):
        state.found.append(Leak(LeakKind.UNREFERENCED, f"{len(body)} bytes in {name}"))
