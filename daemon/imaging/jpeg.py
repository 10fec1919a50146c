"""Reads JPEG: segments and completeness here, samples by Pillow.

The decoder is given the picture segments alone. What stands in EXIF, XMP, profiles, multi-picture
indexes and behind the end marker can therefore neither break it nor blow it up.

Limit accepted: damage inside the entropy-coded data that still decodes, in the middle of a
file with an intact end marker, cannot be told from a picture.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daemon.imaging.limits import Budget, Limits, broken, truncated, unsupported
from daemon.imaging.metadata import Found, orientation_of
from daemon.imaging.pillow_arrays import decoded, to_array
from daemon.imaging.probe import Raw, Source

_SOF = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_MARKER_IN_SCAN = re.compile(rb"\xff+([\x01-\xcf\xd8-\xfe])")
_RESTART = re.compile(rb"\xff[\xd0-\xd7]")
MAX_SEGMENTS = 8192
"""No encoder comes near; a file of empty segments would keep the walk busy for minutes."""

STANDARD_LUMA = (
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55,
    14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62,
    18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92,
    49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
)  # fmt: skip
"""Luminance table in natural order. Source: ITU-T T.81 (1992), table K.1."""


@dataclass(slots=True)
class _Frame:
    """What the start-of-frame segment says."""

    marker: int = 0
    width: int = 0
    height: int = 0
    factors: list[tuple[int, int, int]] = field(default_factory=list)

    @property
    def progressive(self) -> bool:
        return self.marker in {0xC2, 0xC6, 0xCA, 0xCE}

    @property
    def mcu_px(self) -> tuple[int, int]:
        """Width and height of one coded unit, in pixels."""
        if len(self.factors) == 1:
            return 8, 8
        return 8 * max(f[1] for f in self.factors), 8 * max(f[2] for f in self.factors)

    @property
    def mcus(self) -> int:
        across, down = self.mcu_px
        return -(-self.width // across) * -(-self.height // down)

    @property
    def blocks_per_mcu(self) -> int:
        return 1 if len(self.factors) == 1 else sum(f[1] * f[2] for f in self.factors)

    @property
    def subsampling(self) -> int | None:
        if len(self.factors) != 3:
            return None
        (_, h0, v0), *chroma = self.factors
        if any(f[1:] != (1, 1) for f in chroma):
            return 0
        return {(1, 1): 0, (2, 1): 1, (2, 2): 2}.get((h0, v0), 0)


@dataclass(slots=True)
class _Walk:
    """State of one pass over the segments."""

    frame: _Frame = field(default_factory=_Frame)
    picture: list[bytes] = field(default_factory=list)
    found: Found = field(default_factory=Found)
    restart_interval: int = 0
    adobe_transform: int | None = None
    jfif_dpi: tuple[float, float] | None = None
    scans: list[tuple[tuple[int, ...], int, int, int]] = field(default_factory=list)
    icc_parts: dict[int, bytes] = field(default_factory=dict)
    tail: bytes = b""


def read(source: Source, limits: Limits) -> list[Raw]:
    """Decode a JPEG.

    Raises:
        InputError: Whatever is wrong with it.
    """
    walk = _Walk()
    scan_at = _walk_header(source, walk)
    frame = walk.frame
    Budget(limits, source.size).page(frame.width, frame.height)
    _refuse_flavours(walk)
    end = _walk_scans(source, walk, scan_at)
    _check_complete(walk)
    content = b"".join([b"\xff\xd8", *walk.picture, source.whole()[scan_at:end]])
    image = decoded(content, "JPEG")
    if image.size != (frame.width, frame.height):
        raise broken("the decoder found another size than the header says")
    pixels = to_array(image)
    tables: dict[int, list[int]] = getattr(image, "quantization", {})
    _refuse_void_end(pixels, walk)
    return [_raw(pixels, tables, walk, source.size - end)]


def _raw(pixels: NDArray[Any], tables: dict[int, list[int]], walk: _Walk, trailing: int) -> Raw:
    channels = pixels.shape[2]
    raw = Raw(
        pixels,
        mode={1: "L", 3: "RGB", 4: "CMYK"}[channels],
        quality=estimate_quality(tables.get(0)),
        subsampling=walk.frame.subsampling,
        icc=_joined_profile(walk),
        exif=walk.found.exif,
        dpi=walk.jfif_dpi,
        orientation=orientation_of(walk.found.exif),
    )
    raw.extra.update(walk.found.as_extra())
    raw.extra["qtables"] = tuple(tuple(tables[key]) for key in sorted(tables))
    raw.extra["progressive"] = walk.frame.progressive
    ids = bytes(f[0] for f in walk.frame.factors)
    raw.extra["keep_rgb"] = channels == 3 and (
        walk.adobe_transform == 0 or (walk.adobe_transform is None and ids == b"RGB")
    )
    if trailing > 0:
        raw.note(f"trailing_bytes:{trailing}")
    return raw


def _walk_header(source: Source, walk: _Walk) -> int:
    """Collect segments up to the first scan; returns where that scan's marker stands."""
    at = 2
    for _ in range(MAX_SEGMENTS):
        marker, start = _next_marker(source, at)
        if marker == 0xDA:
            if not walk.frame.factors:
                raise broken("a scan comes before its frame")
            return at
        if marker == 0xD9:
            raise broken("ends before the first scan")
        length = source.numbers(">H", start)[0]
        if length < 2:
            raise broken("a segment has no length")
        _take_segment(source, walk, marker, (start + 2, length - 2))
        at = start + length
    raise broken("too many segments")


def _next_marker(source: Source, at: int) -> tuple[int, int]:
    first, marker = source.at(at, 2)
    if first != 0xFF:
        raise broken(f"no marker at byte {at}")
    while marker == 0xFF:
        at += 1
        marker = source.at(at + 1, 1)[0]
    if marker in {0x00, 0x01, 0xD8} or 0xD0 <= marker <= 0xD7:
        raise broken(f"marker {marker:02X} out of place")
    return marker, at + 2


def _take_segment(source: Source, walk: _Walk, marker: int, where: tuple[int, int]) -> None:
    is_app = 0xE0 <= marker <= 0xEF or marker == 0xFE
    body = source.at(*where)
    if marker in _SOF:
        _take_frame(walk, marker, body)
    elif marker == 0xDD and len(body) >= 2:
        walk.restart_interval = int.from_bytes(body[:2], "big")
    elif is_app:
        _take_app(walk, marker, body)
    if not is_app or (marker == 0xEE and body[:5] == b"Adobe") or body[:5] == b"JFIF\0":
        walk.picture.append(struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body)


def _take_frame(walk: _Walk, marker: int, body: bytes) -> None:
    if walk.frame.factors:
        raise broken("two frames in one picture")
    if len(body) < 6 or len(body) < 6 + 3 * body[5] or not 1 <= body[5] <= 4:
        raise broken("the frame header is cut short")
    bits, height, width, count = struct.unpack(">BHHB", body[:6])
    if bits != 8:
        raise unsupported(f"JPEG with {bits} bits")
    parts = [body[6 + 3 * i : 9 + 3 * i] for i in range(count)]
    factors = [(part[0], part[1] >> 4, part[1] & 15) for part in parts]
    if any(not 1 <= f[1] <= 4 or not 1 <= f[2] <= 4 for f in factors):
        raise broken("sampling factors out of range")
    walk.frame = _Frame(marker, width, height, factors)


def _take_app(walk: _Walk, marker: int, body: bytes) -> None:
    if marker == 0xE0 and body[:5] == b"JFIF\0" and len(body) >= 12:
        unit, across, down = struct.unpack(">BHH", body[7:12])
        scale = {1: 1.0, 2: 2.54}.get(unit)
        if scale and across and down:
            walk.jfif_dpi = (across * scale, down * scale)
    elif marker == 0xEE and body[:5] == b"Adobe" and len(body) >= 12:
        walk.adobe_transform = body[11]
    elif marker == 0xE2 and body[:12] == b"ICC_PROFILE\0" and len(body) > 14:
        walk.icc_parts.setdefault(body[12], body[14:])
    elif marker == 0xE2 and body[:4] == b"MPF\0":
        walk.found.notes.append("multi_picture_dropped")
    elif marker == 0xFE:
        walk.found.comment = walk.found.comment or body
    else:
        walk.found.take_app(marker, body)


def _joined_profile(walk: _Walk) -> bytes | None:
    parts = walk.icc_parts
    if not parts or sorted(parts) != list(range(1, len(parts) + 1)):
        return None
    return b"".join(parts[number] for number in sorted(parts))


def _refuse_flavours(walk: _Walk) -> None:
    if walk.frame.marker in {0xC3, 0xC5, 0xC6, 0xC7, 0xCB, 0xCD, 0xCE, 0xCF}:
        raise unsupported("JPEG lossless or hierarchical")
    if len(walk.frame.factors) == 2:
        raise unsupported("JPEG with two components")


def _walk_scans(source: Source, walk: _Walk, at: int) -> int:
    """Follow the scans to the end marker; returns the offset just behind it."""
    data = source.whole()
    for _ in range(MAX_SEGMENTS):
        marker, start = _next_marker(source, at)
        if marker == 0xD9:
            return start
        length = source.numbers(">H", start)[0]
        body = source.at(start + 2, max(0, length - 2))
        at = start + length
        if marker == 0xDD and len(body) >= 2:
            walk.restart_interval = int.from_bytes(body[:2], "big")
        if marker != 0xDA:
            if marker in _SOF or length < 2:
                raise broken(f"marker {marker:02X} between scans")
            continue
        begin = at
        at = _end_of_scan(data, begin)
        _take_scan(walk, body, data, (begin, at))
    raise broken("too many scans")


def _end_of_scan(data: bytes, begin: int) -> int:
    match = _MARKER_IN_SCAN.search(data, begin)
    if match is None:
        raise truncated("the end marker is missing")
    if match[1][0] not in {0xD9, 0xDA, 0xC4, 0xDB, 0xDD, 0xFE, *range(0xE0, 0xF0)}:
        raise broken(f"marker {match[1][0]:02X} inside a scan")
    return match.start()


def _take_scan(walk: _Walk, header: bytes, data: bytes, span: tuple[int, int]) -> None:
    count = header[0] if header else 0
    if not 1 <= count <= 4 or len(header) < 4 + 2 * count:
        raise broken("a scan header is cut short")
    ids = tuple(header[1 + 2 * i] for i in range(count))
    first, last, approximation = header[1 + 2 * count : 4 + 2 * count]
    walk.scans.append((ids, first, last, approximation & 15))
    walk.tail = data[max(span[0], span[1] - 65_536) : span[1]]
    if walk.restart_interval and count == len(walk.frame.factors):
        expected = -(-walk.frame.mcus // walk.restart_interval) - 1
        present = sum(1 for _ in _RESTART.finditer(data, *span))
        if present < expected:
            raise truncated(f"{expected - present} of {expected} restart intervals are missing")


def _check_complete(walk: _Walk) -> None:
    """Every coefficient of every component must have been sent to its last bit."""
    for identity, _, _ in walk.frame.factors:
        mine = [scan[1:] for scan in walk.scans if identity in scan[0]]
        if not mine:
            raise truncated("a colour component has no scan")
        if not walk.frame.progressive:
            continue
        low = [64] * 64
        for first, last, approximation in mine:
            for k in range(first, min(last, 63) + 1):
                low[k] = approximation
        if any(low):
            raise truncated("the last progressive scans are missing")


def _refuse_void_end(pixels: NDArray[Any], walk: _Walk) -> None:
    """Detect a scan that stops early although an end marker follows.

    libjpeg then fills the rest with exact mid-grey and keeps silent. A picture that really
    ends in mid-grey codes it as a short repeating bit pattern; a cut one ends in noise.
    """
    frame = walk.frame
    if frame.progressive or not np.isin(pixels[-1, -1], (127, 128)).all():
        return
    run = _void_mcus_at_end(pixels, frame.mcu_px)
    coded = _RESTART.split(walk.tail)[-1].replace(b"\xff\x00", b"\xff")
    if walk.restart_interval:
        run = min(run, (frame.mcus - 1) % walk.restart_interval + 1)
    # No block takes less than two bits; the first of the run still differs from its neighbour.
    needed = min(run * frame.blocks_per_mcu * 2 // 8 - 8, 256)
    if run < 24 or needed < 6:
        return
    tail = np.unpackbits(np.frombuffer(coded[-needed - 2 : -2], np.uint8))
    periods = range(1, tail.size // 2 + 1) if tail.size >= 8 * needed else ()
    if not any(np.array_equal(tail[p:], tail[:-p]) for p in periods):
        raise truncated("the picture data stop before the last rows")


def _void_mcus_at_end(pixels: NDArray[Any], mcu_px: tuple[int, int]) -> int:
    across, down = mcu_px
    height, width = pixels.shape[:2]
    run = 0
    for top in range((height - 1) // down * down, -1, -down):
        # Two rows and columns at the edge may carry chroma of a neighbour.
        rows = pixels[min(top + 2, height - 1) : top + down]
        void = (rows == pixels[-1, -1]).all(axis=(0, 2))
        columns = [
            bool(void[min(left + 2, width - 1) : left + across].all())
            for left in range(0, width, across)
        ]
        count = columns[::-1].index(False) if False in columns else len(columns)
        run += count
        if count < len(columns) or run > 20_000:
            break
    return run


def estimate_quality(table: Any) -> int | None:
    """The libjpeg quality, 1..100, whose luminance table comes nearest to this one."""
    if table is None or len(table) != 64:
        return None
    mine = np.asarray(table, np.int64)
    standard = np.asarray(STANDARD_LUMA, np.int64)
    best, best_error = 75, None
    for quality in range(1, 101):
        scale = 5000 // quality if quality < 50 else 200 - 2 * quality
        error = int(np.abs(np.clip((standard * scale + 50) // 100, 1, 255) - mine).sum())
        if best_error is None or error <= best_error:
            best, best_error = quality, error
    return best
