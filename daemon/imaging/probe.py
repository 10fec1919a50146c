"""Looks at a file's bytes: bounded reading, and the format found from the content."""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass, field
from typing import Any

from daemon.imaging.limits import truncated

HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
"""Source: ISO/IEC 23008-12:2022, annexes B and E."""
AVIF_BRANDS = frozenset({b"avif", b"avis"})
"""Source: AV1 Image File Format v1.1.0, section 6."""

_OTHERS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "PDF"),
    (b"PK\x03\x04", "ZIP"),
    (b"8BPS", "PSD"),
    (b"\x00\x00\x00\x0cjP  ", "JPEG 2000"),
    (b"\xff\x4f\xff\x51", "JPEG 2000"),
    (b"\xff\x0a", "JPEG XL"),
    (b"\x00\x00\x00\x0cJXL ", "JPEG XL"),
    (b"\x00\x00\x01\x00", "ICO"),
    (b"II\x55\x00", "RAW"),
    (b"IIRO", "RAW"),
    (b"FUJIFILM", "RAW"),
    (b"<svg", "SVG"),
    (b"<?xml", "XML"),
    (b"\x7fELF", "ELF"),
    (b"MZ", "EXE"),
)


class Source:
    """A file read piecewise, so that a header never costs more than its own bytes."""

    def __init__(self, handle: int, size: int) -> None:
        self._handle = handle
        self.size = size
        self._whole: bytes | None = None

    def at(self, offset: int, count: int) -> bytes:
        """Exactly ``count`` bytes from ``offset``.

        Raises:
            InputError: ``TRUNCATED``; the file ends before.
        """
        if offset < 0 or count < 0 or offset + count > self.size:
            raise truncated(f"needs byte {offset + count} of {self.size}")
        if self._whole is not None:
            return self._whole[offset : offset + count]
        piece = os.pread(self._handle, count, offset)
        if len(piece) != count:
            raise truncated(f"needs byte {offset + count} of {self.size}")
        return piece

    def head(self, count: int) -> bytes:
        """Up to ``count`` bytes from the start."""
        return self.at(0, min(count, self.size))

    def numbers(self, layout: str, offset: int) -> tuple[Any, ...]:
        """Numbers unpacked by ``struct`` from ``offset``."""
        return struct.unpack(layout, self.at(offset, struct.calcsize(layout)))

    def whole(self) -> bytes:
        """All bytes; to be asked for only after the limits have been checked."""
        if self._whole is None:
            parts, offset = [], 0
            while offset < self.size:
                part = os.pread(self._handle, min(self.size - offset, 1 << 26), offset)
                if not part:
                    raise truncated(f"ends at byte {offset} of {self.size}")
                parts.append(part)
                offset += len(part)
            self._whole = b"".join(parts) if len(parts) != 1 else parts[0]
        return self._whole


class Memory(Source):
    """A source over bytes that are in memory already."""

    def __init__(self, content: bytes) -> None:
        super().__init__(-1, len(content))
        self._whole = content


def sniff(head: bytes) -> str | None:
    """The format a file's first 64 bytes speak of; ``None`` where the booth opens none such.

    Returns:
        ``JPEG``, ``PNG``, ``WEBP``, ``TIFF``, ``BMP``, ``GIF``, ``HEIF`` or ``AVIF``.
    """
    for start, name in _STARTS:
        if head.startswith(start):
            return name if _is_ours(name, head) else None
    return _sniff_boxes(head)


_STARTS: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"RIFF", "WEBP"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"II+\x00", "TIFF"),
    (b"MM\x00+", "TIFF"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"BM", "BMP"),
)
_BMP_HEADER_SIZES = frozenset(
    struct.pack("<I", size) for size in (12, 16, 40, 52, 56, 64, 108, 124)
)


def _is_ours(name: str, head: bytes) -> bool:
    if name == "WEBP":
        return head[8:12] == b"WEBP"
    if name == "BMP":
        return head[14:18] in _BMP_HEADER_SIZES
    return name != "TIFF" or head[8:10] != b"CR"


def _sniff_boxes(head: bytes) -> str | None:
    if head[4:8] != b"ftyp":
        return None
    length = max(8, min(int.from_bytes(head[:4], "big"), len(head)))
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, length, 4))]
    if any(brand in AVIF_BRANDS for brand in brands):
        return "AVIF"
    return "HEIF" if any(brand in HEIF_BRANDS for brand in brands) else None


def unknown_name(head: bytes) -> str:
    """What to call a file that is none of ours, for the person who dropped it."""
    if head[4:8] == b"ftyp":
        brand = head[8:12].decode("ascii", "replace").strip()
        return f"ISO {brand}" if brand.isprintable() else "ISO media"
    if head[:2] in {b"II", b"MM"} and head[8:10] == b"CR":
        return "RAW"
    for start, name in _OTHERS:
        if head.lstrip().startswith(start):
            return name
    return "unknown"


@dataclass(slots=True)
class Raw:
    """One page as a format's reader hands it over, not yet upright.

    Attributes:
        pixels: ``(H, W, C)`` uint8 or uint16, C = 1, 3 or 4 (CMYK, 0: no ink).
        alpha: ``(H, W)`` of the same dtype, or ``None``.
        mode: As ``Container.mode``.
        orientation: EXIF number 1..8 that the pixels still have to be turned by.
        extra: As ``Container.extra``; ``extra["notes"]`` lists what was left out and why.
    """

    pixels: Any
    alpha: Any = None
    mode: str = "RGB"
    orientation: int = 1
    quality: int | None = None
    subsampling: int | None = None
    icc: bytes | None = None
    exif: bytes | None = None
    dpi: tuple[float, float] | None = None
    extra: dict[str, Any] = field(default_factory=dict)

    def note(self, text: str) -> None:
        """Record something that the result will not carry."""
        self.extra.setdefault("notes", []).append(text)
