"""How large a picture says it is, by its first bytes alone; no pixel is decoded.

Known are the formats that programs send most: JPEG, PNG, GIF, WebP, BMP. Others (TIFF, HEIF)
are told by their signature and have no size here; the worker measures them.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

_PNG = b"\x89PNG\r\n\x1a\n"
# Frame headers: every SOF but DHT (C4), JPG (C8) and DAC (CC). ITU-T T.81 table B.1.
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_MOST_SEGMENTS = 10_000


@dataclass(frozen=True, slots=True)
class Dimensions:
    """What the first bytes say.

    Attributes:
        suffix: Ending for its file, with the dot.
        width_px: Width, or ``None`` where it stands elsewhere.
        height_px: Height, likewise.
    """

    suffix: str
    width_px: int | None = None
    height_px: int | None = None

    @property
    def side_px(self) -> int:
        """The longer side; 0 where it is unknown."""
        return max(self.width_px or 0, self.height_px or 0)


def dimensions_of(content: bytes) -> Dimensions | None:
    """Tell the format, and the size where it is found; ``None``: no picture that we know."""
    try:
        return _told(content)
    except (struct.error, IndexError):
        return None


def _told(content: bytes) -> Dimensions | None:  # noqa: PLR0911 - one line for each format
    if content.startswith(b"\xff\xd8\xff"):
        return Dimensions(".jpg", *_jpeg(content))
    if content.startswith(_PNG):
        return Dimensions(".png", *struct.unpack_from(">II", content, 16))
    if content.startswith((b"GIF87a", b"GIF89a")):
        return Dimensions(".gif", *struct.unpack_from("<HH", content, 6))
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return Dimensions(".webp", *_webp(content))
    if content.startswith(b"BM") and len(content) >= 26:
        width, height = struct.unpack_from("<ii", content, 18)
        return Dimensions(".bmp", abs(width), abs(height))
    if content.startswith((b"II*\0", b"MM\0*")):
        return Dimensions(".tif")
    return _iso(content)


def _jpeg(content: bytes) -> tuple[int | None, int | None]:
    position = 2
    for _ in range(_MOST_SEGMENTS):
        while content[position] == 0xFF and content[position + 1] == 0xFF:
            position += 1
        if content[position] != 0xFF:
            return None, None
        marker = content[position + 1]
        if marker in _JPEG_FRAMES:
            height, width = struct.unpack_from(">HH", content, position + 5)
            return width, height
        position += 2
        if marker not in {0x01, *range(0xD0, 0xD8)}:
            position += struct.unpack_from(">H", content, position)[0]
    return None, None


def _webp(content: bytes) -> tuple[int | None, int | None]:
    """Source: RFC 9649; VP8 frame header RFC 6386 9.1."""
    kind = content[12:16]
    if kind == b"VP8X":
        width, height = content[24:27], content[27:30]
        return int.from_bytes(width, "little") + 1, int.from_bytes(height, "little") + 1
    if kind == b"VP8L":
        bits = struct.unpack_from("<I", content, 21)[0]
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", content, 26)
        return width & 0x3FFF, height & 0x3FFF
    return None, None


def _iso(content: bytes) -> Dimensions | None:
    if content[4:8] != b"ftyp":
        return None
    brand = content[8:12]
    if brand in {b"avif", b"avis"}:
        return Dimensions(".avif")
    is_heif = brand[:3] in {b"hei", b"hev"} or brand in {b"mif1", b"msf1"}
    return Dimensions(".heic") if is_heif else None
