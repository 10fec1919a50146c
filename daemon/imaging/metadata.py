"""EXIF, XMP, IPTC and Photoshop blocks: read what matters, take out what must not travel.

An EXIF block is edited *in place*: entries are removed and what they pointed to is zeroed,
nothing is moved. Offsets inside maker notes, which no tool knows in full, so stay right.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

EXIF_HEADER = b"Exif\0\0"
XMP_HEADER = b"http://ns.adobe.com/xap/1.0/\0"
PHOTOSHOP_HEADER = b"Photoshop 3.0\0"

ORIENTATION, GPS_IFD, EXIF_IFD = 0x0112, 0x8825, 0x8769
_SIZE_TAGS = {0x0100: 0, 0x0101: 1, 0xA002: 0, 0xA003: 1}
TYPE_BYTES = {
    1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4,
    16: 8, 17: 8, 18: 8,
}  # fmt: skip
"""Bytes of one value by field type. Source: TIFF 6.0 section 2; BigTIFF for 16..18."""

MAX_ENTRIES = 2000
_JPEG_INSIDE = re.compile(rb"\xff\xd8\xff[\xdb\xe0\xe1\xc0\xc4\xfe]")


@dataclass(slots=True)
class Found:
    """Metadata met while walking a file.

    Attributes:
        exif: TIFF-style EXIF block without the ``Exif`` header, orientation untouched.
        xmp: XMP packet.
        photoshop: Photoshop image resources (IPTC lives in them).
        comment: Free comment.
        text: Further PNG text chunks to be written again as they were.
        notes: What was left out and why.
    """

    exif: bytes | None = None
    xmp: bytes | None = None
    photoshop: bytes | None = None
    comment: bytes | None = None
    notes: list[str] = field(default_factory=list)

    def take_app(self, marker: int, body: bytes) -> None:
        """Take a JPEG application segment."""
        if marker == 0xE1 and body.startswith(EXIF_HEADER):
            self.exif = self.exif or body[len(EXIF_HEADER) :]
        elif marker == 0xE1 and body.startswith(XMP_HEADER):
            self.xmp = self.xmp or body[len(XMP_HEADER) :]
        elif marker == 0xED and body.startswith(PHOTOSHOP_HEADER):
            self.photoshop = (self.photoshop or b"") + body[len(PHOTOSHOP_HEADER) :]
        elif marker == 0xE1 and body.startswith(b"http://ns.adobe.com/xmp/extension/"):
            _once(self.notes, "extended_xmp_dropped")
        elif marker != 0xE0:
            _once(self.notes, f"app{marker - 0xE0}_dropped")

    def as_extra(self) -> dict[str, Any]:
        """The part of ``Container.extra`` that this fills."""
        named = {"xmp": self.xmp, "photoshop": self.photoshop, "comment": self.comment}
        extra: dict[str, Any] = {name: value for name, value in named.items() if value}
        if self.notes:
            extra["notes"] = list(self.notes)
        return extra


def _once(notes: list[str], note: str) -> None:
    if note not in notes:
        notes.append(note)


@dataclass(frozen=True, slots=True)
class _Entry:
    at: int
    tag: int
    kind: int
    count: int

    @property
    def bytes(self) -> int:
        return TYPE_BYTES.get(self.kind, 1) * self.count


class ExifEditor:
    """In-place editor of one EXIF block.

    A block that cannot be followed makes every method do nothing; ``is_sound`` then is false.
    """

    def __init__(self, block: bytes) -> None:
        self.data = bytearray(block)
        self.order = {b"II": "<", b"MM": ">"}.get(bytes(block[:2]), "")
        self.is_sound = bool(self.order) and len(block) >= 8 and self._u16(2) == 42
        self.first = self._u32(4) if self.is_sound else 0
        self.is_sound = self.is_sound and bool(list(self.entries(self.first)))

    def _u16(self, at: int) -> int:
        return int(struct.unpack_from(self.order + "H", self.data, at)[0])

    def _u32(self, at: int) -> int:
        return int(struct.unpack_from(self.order + "I", self.data, at)[0])

    def entries(self, ifd: int) -> Iterator[_Entry]:
        """Entries of a directory that lie inside the block."""
        if not 8 <= ifd <= len(self.data) - 2:
            return
        for index in range(min(self._u16(ifd), MAX_ENTRIES)):
            at = ifd + 2 + 12 * index
            if at + 12 > len(self.data):
                return
            yield _Entry(at, self._u16(at), self._u16(at + 2), self._u32(at + 4))

    def number(self, ifd: int, tag: int) -> int | None:
        """A single SHORT or LONG value."""
        for entry in self.entries(ifd):
            if entry.tag == tag and entry.count == 1 and entry.kind in {3, 4, 13}:
                return self._u16(entry.at + 8) if entry.kind == 3 else self._u32(entry.at + 8)
        return None

    def put_number(self, ifd: int, tag: int, value: int) -> None:
        """Replace a single SHORT or LONG value where the directory has one."""
        for entry in self.entries(ifd):
            if entry.tag == tag and entry.count == 1 and entry.kind in {3, 4}:
                layout = "H" if entry.kind == 3 else "I"
                if entry.kind == 4 or value < 1 << 16:
                    struct.pack_into(self.order + layout, self.data, entry.at + 8, value)

    def sub_ifd(self, tag: int = EXIF_IFD) -> int:
        """Offset of a directory that the first one points to; 0 without."""
        return self.number(self.first, tag) or 0

    def next_ifd(self) -> int:
        """Offset of the second directory (the thumbnail's); 0 without."""
        at = self._link()
        return self._u32(at) if at else 0

    def _link(self) -> int:
        if not self.is_sound:
            return 0
        at = self.first + 2 + 12 * self._u16(self.first)
        return at if at + 4 <= len(self.data) else 0

    def wipe_ifd(self, ifd: int) -> None:
        """Zero a directory and every value it points to."""
        entries = list(self.entries(ifd))
        for entry in entries:
            if entry.bytes > 4:
                self.wipe(self._u32(entry.at + 8), entry.bytes)
        if entries:
            self.wipe(ifd, 2 + 12 * len(entries) + 4)

    def wipe(self, at: int, count: int) -> None:
        """Zero bytes, as far as they lie inside the block."""
        if 8 <= at < len(self.data):
            end = min(at + count, len(self.data))
            self.data[at:end] = bytes(end - at)

    def trimmed(self) -> bytes:
        """The block without trailing zeros that no entry needs."""
        ifds = (self.first, self.sub_ifd(), self.sub_ifd(GPS_IFD), self.next_ifd())
        ends = [len(bytes(self.data).rstrip(b"\0"))]
        for ifd in ifds:
            for entry in self.entries(ifd):
                ends.append(entry.at + 12 + 4)
                if entry.bytes > 4:
                    ends.append(self._u32(entry.at + 8) + entry.bytes)
                elif entry.tag == 0x0201:
                    start, count = self._u32(entry.at + 8), self.number(ifd, 0x0202) or 0
                    ends.append(start + count)
        return bytes(self.data[: max(ends)])

    def remove_entry(self, ifd: int, tag: int) -> None:
        """Take an entry out of a directory, keeping the link to the next one."""
        count = self._u16(ifd)
        for entry in self.entries(ifd):
            end = ifd + 2 + 12 * count + 4
            if entry.tag != tag or end > len(self.data):
                continue
            self.data[entry.at : end] = self.data[entry.at + 12 : end] + bytes(12)
            struct.pack_into(self.order + "H", self.data, ifd, count - 1)
            return


def orientation_of(exif: bytes | None) -> int:
    """The orientation 1..8 that an EXIF block asks for; 1 where it says nothing usable."""
    if not exif:
        return 1
    editor = ExifEditor(exif)
    value = editor.number(editor.first, ORIENTATION) if editor.is_sound else None
    return value if value is not None and 1 <= value <= 8 else 1


def upright_exif(exif: bytes | None) -> bytes | None:
    """The block with its orientations reset; ``None`` for one that cannot be followed."""
    if not exif:
        return None
    editor = ExifEditor(exif)
    if not editor.is_sound:
        return None
    editor.put_number(editor.first, ORIENTATION, 1)
    editor.put_number(editor.next_ifd(), ORIENTATION, 1)
    return bytes(editor.data)


def clean_exif(
    exif: bytes, size: tuple[int, int], *, keep_gps: bool, keep_thumbnail: bool
) -> tuple[bytes, list[str]]:
    """An EXIF block fit to travel with the result.

    Args:
        exif: Block as ``Container.exif`` holds it.
        size: Width and height of the result, written where the block states a size.
        keep_gps: Leave the place where the photo was taken.
        keep_thumbnail: Leave the small picture of the photo as it was.

    Returns:
        The block, and what was taken out.
    """
    editor = ExifEditor(exif)
    if not editor.is_sound:
        return b"", ["exif_dropped:unreadable"]
    notes = []
    for tag, axis in _SIZE_TAGS.items():
        editor.put_number(editor.first, tag, size[axis])
        editor.put_number(editor.sub_ifd(), tag, size[axis])
    if not keep_gps and any(e.tag == GPS_IFD for e in editor.entries(editor.first)):
        editor.wipe_ifd(editor.sub_ifd(GPS_IFD))
        editor.remove_entry(editor.first, GPS_IFD)
        notes.append("gps_dropped")
    if not keep_thumbnail and _drop_thumbnail(editor):
        notes.append("thumbnail_dropped")
    return editor.trimmed(), notes


def _drop_thumbnail(editor: ExifEditor) -> bool:
    second, link = editor.next_ifd(), editor._link()  # noqa: SLF001 - same module, one idea
    if second and link:
        start, count = editor.number(second, 0x0201), editor.number(second, 0x0202)
        editor.wipe(start or 0, count or 0)
        editor.wipe_ifd(second)
        struct.pack_into(editor.order + "I", editor.data, link, 0)
    return _wipe_previews(editor) or bool(second)


def _wipe_previews(editor: ExifEditor) -> bool:
    """Zero whole JPEG pictures that maker notes carry."""
    found = False
    for match in _JPEG_INSIDE.finditer(bytes(editor.data)):
        end = editor.data.find(b"\xff\xd9", match.end())
        if end > 0 and editor.data[match.start()] == 0xFF:
            editor.wipe(match.start(), end + 2 - match.start())
            found = True
    return found


_XMP_ORIENTATION = re.compile(rb"(tiff:Orientation(?:=[\"']|>))[1-8]")
_XMP_GPS = (
    re.compile(rb"\s+[\w-]+:GPS\w+=(?:\"[^\"]*\"|'[^']*')"),
    re.compile(rb"<([\w-]+:GPS\w+)(?:\s[^>]*)?(?:/>|>.*?</\1\s*>)", re.DOTALL),
)
_XMP_THUMBNAILS = re.compile(rb"<([\w-]+:Thumbnails)(?:\s[^>]*)?(?:/>|>.*?</\1\s*>)", re.DOTALL)
_XMP_TRAILING_DATA = (b"ns.google.com/photos/1.0", b"hdr-gain-map", b"MicroVideo")


def clean_xmp(xmp: bytes, *, keep_gps: bool, keep_thumbnail: bool) -> tuple[bytes, list[str]]:
    """An XMP packet fit to travel; empty where it cannot be cleaned with certainty."""
    if b"\0" in xmp or b"<" not in xmp:
        return b"", ["xmp_dropped:encoding"]
    if any(mark in xmp for mark in _XMP_TRAILING_DATA):
        return b"", ["xmp_dropped:describes_data_not_kept"]
    notes = []
    xmp = _XMP_ORIENTATION.sub(rb"\g<1>1", xmp)
    if not keep_gps and b"GPS" in xmp:
        for pattern in _XMP_GPS:
            xmp = pattern.sub(b"", xmp)
        if b"GPS" in xmp:
            return b"", ["xmp_dropped:gps"]
        notes.append("xmp_gps_dropped")
    if not keep_thumbnail and b"Thumbnails" in xmp:
        xmp = _XMP_THUMBNAILS.sub(b"", xmp)
        if b"Thumbnails" in xmp:
            return b"", ["xmp_dropped:thumbnails"]
        notes.append("xmp_thumbnail_dropped")
    return xmp, notes


_RESOURCE_THUMBNAILS = frozenset({1033, 1036})
_RESOURCE_TWINS = frozenset({1058, 1059, 1060})
"""EXIF and XMP once more, with everything that we have just taken out of the first copy."""


def clean_photoshop(block: bytes, *, keep_thumbnail: bool) -> tuple[bytes, list[str]]:
    """Photoshop resources without thumbnails and without second copies of EXIF and XMP."""
    kept, notes, at = [], [], 0
    while at + 12 <= len(block):
        if block[at : at + 4] != b"8BIM":
            return b"", ["iptc_dropped:unreadable"]
        number = int.from_bytes(block[at + 4 : at + 6], "big")
        name_bytes = (block[at + 6] + 2) & ~1
        start = at + 6 + name_bytes + 4
        count = int.from_bytes(block[start - 4 : start], "big")
        end = start + count + (count & 1)
        if start + count > len(block):
            return b"", ["iptc_dropped:unreadable"]
        if number in _RESOURCE_THUMBNAILS and not keep_thumbnail:
            notes.append("photoshop_thumbnail_dropped")
        elif number not in _RESOURCE_TWINS:
            kept.append(block[at:end])
        at = end
    return b"".join(kept), notes
