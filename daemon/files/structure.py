"""Whether a picture file is whole, by its structure alone; no pixel is decoded.

A quiet file need not be whole: copies that set the size first, and copies that broke off, stay
quiet. Each known format says where it ends; a file that ends elsewhere is partial. Formats not
known here are accepted, the worker refuses them with a code.

Limits accepted on purpose: damage inside a stretch that the format does not describe (a zeroed
block within pixel data) is not seen here but when the picture is decoded. Where a hint is not
proof (a last page of zeros, an index that points past the end) the file is accepted but not
called proven, so that it has to be quiet for its full time.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from daemon.domain.readiness import Whole
from daemon.files.structure_boxes import iso_boxes, riff_webp
from daemon.files.structure_pdf import pdf_end
from daemon.files.structure_tiff import tiff_offsets
from daemon.files.structure_zip import ZIP_HEADS, zip_end
from daemon.files.window import SPAN, Cut, Window

# Nothing above this is walked through: the worker refuses such files by their size.
MAX_WALK_BYTES = 512 * 1024 * 1024
_MAX_CHUNKS = 200_000
_HEAD = 16

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_END = b"\0\0\0\0IEND\xaeB`\x82"
_SIGNATURES = (
    b"\xff\xd8\xff", _PNG_SIGNATURE, b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*", b"PK\x03\x04",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Structure:
    """What was found.

    Attributes:
        kind: ``jpeg``, ``png``, ``gif``, ``webp``, ``tiff``, ``bmp``, ``heif``, ``pdf``, ``zip``;
            ``blank`` where nothing but zeros was written yet; ``unknown``.
        whole: Whether it is all there.
    """

    kind: str
    whole: Whole


def examine(descriptor: int, size: int) -> Structure:
    """Tell whether the picture in an open file is whole.

    Args:
        descriptor: The file, opened for reading.
        size: Its length in bytes.
    """
    window = Window(descriptor, size)
    head = window.read(0, _HEAD)
    if window.is_blank(0, _HEAD):
        return Structure("blank", Whole.PARTIAL)
    kind, walk = _format_of(head)
    if walk is None:
        started = len(head) < _HEAD and any(s.startswith(head) for s in _SIGNATURES)
        return Structure(kind, Whole.PARTIAL if started else Whole.ACCEPTED)
    if size > MAX_WALK_BYTES and walk is not zip_end:
        return Structure(kind, Whole.ACCEPTED)
    try:
        return Structure(kind, walk(window))
    except Cut:
        return Structure(kind, Whole.PARTIAL)


def _format_of(  # noqa: PLR0911 - one line a format
    head: bytes,
) -> tuple[str, Callable[[Window], Whole] | None]:
    if head.startswith(b"\xff\xd8"):
        return "jpeg", _jpeg
    if head.startswith(_PNG_SIGNATURE):
        return "png", _png
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "gif", _gif
    if head.startswith(b"RIFF") and head[8:12] in {b"WEBP", b""}:
        return "webp", riff_webp
    if head.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")):
        return "tiff", tiff_offsets
    if head[4:8] == b"ftyp":
        return "heif", iso_boxes
    if head.startswith(b"BM"):
        return "bmp", _bmp
    if head.startswith(b"%PDF-"):
        return "pdf", pdf_end
    if head.startswith(ZIP_HEADS):
        return "zip", zip_end
    return "unknown", None


# ── JPEG ──────────────────────────────────────────────────────────────────────────────────────
# Source: ITU-T T.81 annex B. Inside scan data FF is followed by 00 or a restart marker only.

_SCAN_ENDS = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})


def _jpeg(window: Window) -> Whole:
    position, has_scan, doubtful = 2, False, False
    ends_well = window.read(window.size - 2, 2) == b"\xff\xd9"
    for _ in range(_MAX_CHUNKS):
        marker, position = _next_marker(window, position)
        if marker == 0xD9:
            return _jpeg_end(window, position, has_scan=has_scan, doubtful=doubtful)
        if marker in _ALONE:
            continue
        length = window.number(position, 2)
        doubtful = doubtful or (marker == 0xE2 and _index_overruns(window, position, length))
        position += max(2, length)
        if marker != 0xDA:
            continue
        has_scan = True
        # The end mark cannot occur within scan data, so where it ends the file, all is here.
        if ends_well and window.first_hole() >= window.size:
            return Whole.ACCEPTED if doubtful else Whole.PROVEN
        position = _end_of_scan(window, position)
    return Whole.ACCEPTED


def _jpeg_end(window: Window, end: int, *, has_scan: bool, doubtful: bool) -> Whole:
    if not has_scan or window.first_hole() < end:
        return Whole.PARTIAL
    return Whole.ACCEPTED if doubtful else Whole.PROVEN


def _next_marker(window: Window, position: int) -> tuple[int, int]:
    # Some writers leave stray bytes between segments; decoders skip them, within reason.
    for skipped in range(4096):
        byte = window.number(position + skipped, 1)
        if byte != 0xFF:
            continue
        marker = window.number(position + skipped + 1, 1)
        if marker not in {0x00, 0xFF}:
            return marker, position + skipped + 2
    raise Cut


def _end_of_scan(window: Window, position: int) -> int:
    while position < window.size:
        piece = window.read(position, SPAN)
        found = _SCAN_ENDS.search(piece)
        if found:
            return position + found.start()
        # One byte again: a marker may lie across two pieces.
        position += max(1, len(piece) - 1)
        if len(piece) <= 1:
            break
    raise Cut


def _index_overruns(window: Window, position: int, length: int) -> bool:
    """Whether a multi-picture index names pictures past the end of the file.

    Source: CIPA DC-007 (MPF) 5.2. An editor may have dropped the further pictures and kept the
    index, so this casts doubt and is no proof.
    """
    if window.read(position + 2, 4) != b"MPF\0" or length < 24:
        return False
    try:
        return _further_pictures_overrun(window, position + 6)
    except Cut:
        return True


def _further_pictures_overrun(window: Window, base: int) -> bool:
    big = window.read(base, 2) == b"MM"
    entry = base + window.number(base + 4, 4, big=big)
    for index in range(min(64, window.number(entry, 2, big=big))):
        field = entry + 2 + 12 * index
        if window.number(field, 2, big=big) != 0xB002:
            continue
        pictures = window.number(field + 4, 4, big=big) // 16
        table = base + window.number(field + 8, 4, big=big)
        return any(
            _picture_end(window, table + 16 * number, base, big=big) > window.size
            for number in range(1, min(64, pictures))
        )
    return False


def _picture_end(window: Window, entry: int, base: int, *, big: bool) -> int:
    size = window.number(entry + 4, 4, big=big)
    return base + window.number(entry + 8, 4, big=big) + size


# ── PNG ───────────────────────────────────────────────────────────────────────────────────────
# Source: W3C PNG (third edition) 5.3.


def _png(window: Window) -> Whole:
    hole = window.first_hole()
    if window.read(window.size - len(_PNG_END), len(_PNG_END)) == _PNG_END:
        return Whole.PROVEN if hole >= window.size else Whole.ACCEPTED
    position = len(_PNG_SIGNATURE)
    for _ in range(_MAX_CHUNKS):
        length, name = window.number(position, 4), window.read(position + 4, 4)
        position += 12 + length
        if not name.isalpha() or position > window.size:
            return Whole.PARTIAL
        if name == b"IEND":
            return Whole.PROVEN if hole >= position else Whole.ACCEPTED
    return Whole.ACCEPTED


# ── GIF ───────────────────────────────────────────────────────────────────────────────────────
# Source: GIF89a specification, 17–27.


def _gif(window: Window) -> Whole:
    position = 13 + _colour_table_bytes(window.number(10, 1))
    has_picture = False
    for _ in range(_MAX_CHUNKS):
        kind = window.number(position, 1)
        if kind == 0x3B:
            return Whole.PROVEN if has_picture else Whole.PARTIAL
        if kind == 0x2C:
            has_picture = True
            position += 10 + _colour_table_bytes(window.number(position + 9, 1)) + 1
        elif kind == 0x21:
            position += 2
        else:
            return Whole.PARTIAL
        position = _after_blocks(window, position)
    return Whole.ACCEPTED


def _colour_table_bytes(packed: int) -> int:
    return 3 * 2 ** ((packed & 7) + 1) if packed & 0x80 else 0


def _after_blocks(window: Window, position: int) -> int:
    while length := window.number(position, 1):
        position += 1 + length
    return position + 1


# ── BMP ───────────────────────────────────────────────────────────────────────────────────────
# Source: BITMAPFILEHEADER and BITMAPINFOHEADER, Windows GDI.


def _bmp(window: Window) -> Whole:
    declared = window.number(2, 4, big=False)
    start, header = window.number(10, 4, big=False), window.number(14, 4, big=False)
    if header < 40:
        return Whole.PROVEN if 26 < declared <= window.size else Whole.PARTIAL
    width, height = window.number(18, 4, big=False), window.number(22, 4, big=False)
    bits, compression = window.number(28, 2, big=False), window.number(30, 4, big=False)
    rows = height if height < 1 << 31 else (1 << 32) - height
    # Only plain pixels have a length that follows from the header; a wrong declared size is
    # common there and harmless.
    needed = start + (width * bits + 31) // 32 * 4 * rows if compression in {0, 3} else declared
    if needed > window.size:
        return Whole.PARTIAL
    return Whole.PROVEN if window.first_hole() >= window.size else Whole.ACCEPTED
