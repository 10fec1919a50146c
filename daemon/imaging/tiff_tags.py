"""TIFF directories: reading them within bounds, writing them, and EXIF blocks made of them."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from daemon.errors import InputError
from daemon.imaging.limits import broken, truncated
from daemon.imaging.metadata import EXIF_IFD, GPS_IFD, TYPE_BYTES
from daemon.imaging.probe import Memory, Source

MAX_ENTRIES = 1000
MAX_VALUE_BYTES = 16 * 1024 * 1024
"""Strip tables of a gigapixel scan stay under a megabyte, profiles and XMP under a few."""

WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC, FILL_ORDER = 256, 257, 258, 259, 262, 266
STRIP_OFFSETS, ORIENTATION, SAMPLES, ROWS_PER_STRIP, STRIP_BYTES = 273, 274, 277, 278, 279
X_RESOLUTION, Y_RESOLUTION, PLANAR, T4_OPTIONS, T6_OPTIONS, UNIT = 282, 283, 284, 292, 293, 296
PREDICTOR, COLOUR_MAP, TILE_WIDTH, TILE_HEIGHT, TILE_OFFSETS, TILE_BYTES = (
    317,
    320,
    322,
    323,
    324,
    325,
)
EXTRA_SAMPLES, SAMPLE_FORMAT, JPEG_TABLES, CHROMA_FACTORS, CHROMA_PLACE, REFERENCE = (
    338, 339, 347, 530, 531, 532,
)  # fmt: skip
SUBFILE, XMP, IPTC, PHOTOSHOP, ICC = 254, 700, 33723, 34377, 34675

DESCRIPTIVE = frozenset({269, 270, 271, 272, 285, 305, 306, 315, 316, 33432, 36867})
"""Name, description, maker, model, page name, software, date, artist, host, copyright."""

_NUMBER = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 13: "I", 16: "Q", 17: "q", 18: "Q"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One field: raw value bytes in the file's byte order."""

    tag: int
    kind: int
    count: int
    raw: bytes


@dataclass(slots=True)
class Directory:
    """One directory; values are read when asked for."""

    source: Source
    order: str
    where: dict[int, tuple[int, int, int]] = field(default_factory=dict)
    next_at: int = 0

    def raw(self, tag: int) -> bytes | None:
        """Value bytes of a field.

        Raises:
            InputError: The field is longer than any honest one, or lies outside the file.
        """
        if tag not in self.where:
            return None
        kind, count, at = self.where[tag]
        size = TYPE_BYTES.get(kind, 1) * count
        if size > MAX_VALUE_BYTES:
            if size > self.source.size:
                raise truncated(f"field {tag} is larger than the file")
            raise broken(f"field {tag} is absurdly long")
        return self.source.at(at, size)

    def numbers(self, tag: int) -> tuple[int, ...]:
        """Whole numbers of a field; empty without it."""
        raw = self.raw(tag)
        if raw is None:
            return ()
        kind, count, _ = self.where[tag]
        layout = _NUMBER.get(kind)
        if layout is None:
            raise broken(f"field {tag} has the wrong type")
        return struct.unpack(f"{self.order}{count}{layout}", raw)

    def number(self, tag: int, default: int) -> int:
        """The first number of a field."""
        values = self.numbers(tag)
        return values[0] if values else default

    def rational(self, tag: int) -> float | None:
        """The first fraction of a field, if it is one."""
        if tag not in self.where or self.where[tag][0] != 5:
            return None
        raw = self.raw(tag) or b""
        if len(raw) < 8:
            return None
        over, under = struct.unpack(self.order + "II", raw[:8])
        return over / under if under else None

    def optional(self, tag: int) -> bytes | None:
        """Value bytes of a field that a picture can do without; ``None`` if unreadable."""
        try:
            return self.raw(tag)
        except InputError:
            return None

    def entry(self, tag: int) -> Entry | None:
        """A field as it is, for writing it again."""
        raw = self.optional(tag)
        if raw is None or self.where[tag][0] > 12:
            return None
        return Entry(tag, self.where[tag][0], self.where[tag][1], raw)


def first_directory(source: Source) -> tuple[str, bool, int]:
    """Byte order, whether it is BigTIFF, and the offset of the first directory."""
    head = source.at(0, 8)
    order = "<" if head[:2] == b"II" else ">"
    if struct.unpack(order + "H", head[2:4])[0] == 43:
        return order, True, source.numbers(order + "Q", 8)[0]
    return order, False, struct.unpack(order + "I", head[4:8])[0]


def directory(source: Source, order: str, at: int, *, big: bool) -> Directory:
    """Read the directory at an offset."""
    count_layout, entry_bytes, link = ("Q", 20, "Q") if big else ("H", 12, "I")
    (count,) = source.numbers(order + count_layout, at)
    if not 0 < count <= MAX_ENTRIES:
        if count == 0 and not any(source.at(at, min(64, source.size - at))):
            raise truncated("the file is filled with zeros")
        raise broken("a directory with an absurd number of fields")
    found = Directory(source, order)
    start = at + struct.calcsize("<" + count_layout)
    table = source.at(start, count * entry_bytes)
    for index in range(count):
        piece = table[index * entry_bytes : (index + 1) * entry_bytes]
        tag, kind, number = struct.unpack_from(order + ("HHQ" if big else "HHI"), piece)
        inline = 8 if big else 4
        value_at = start + index * entry_bytes + entry_bytes - inline
        if TYPE_BYTES.get(kind, 1) * number > inline:
            (value_at,) = struct.unpack(order + link, piece[-inline:])
        found.where.setdefault(tag, (kind, number, value_at))
    (found.next_at,) = source.numbers(order + link, start + count * entry_bytes)
    return found


def exif_block(page: Directory, *, big: bool) -> bytes | None:
    """The descriptive fields of a page, with its EXIF and GPS directories, as an EXIF block."""
    main = [entry for tag in sorted(DESCRIPTIVE) if (entry := page.entry(tag))]
    subs: dict[int, list[Entry]] = {}
    for tag in (EXIF_IFD, GPS_IFD):
        if tag not in page.where:
            continue
        try:
            inner = directory(page.source, page.order, page.number(tag, 0), big=big)
        except InputError:
            continue
        entries = [entry for t in sorted(inner.where) if (entry := inner.entry(t)) and t != 0xA005]
        if entries:
            subs[tag] = entries
    if not main and not subs:
        return None
    mark = b"II*\0" if page.order == "<" else b"MM\0*"
    return mark + struct.pack(page.order + "I", 8) + build(page.order, main, subs, 8)


def build(
    order: str, entries: Iterable[Entry], subs: dict[int, list[Entry]], base: int, next_at: int = 0
) -> bytes:
    """A directory that will stand at offset ``base``, with its values and sub-directories."""
    rows = [*entries, *(Entry(tag, 4, 1, b"") for tag in subs)]
    rows.sort(key=lambda entry: entry.tag)
    head_bytes = 2 + 12 * len(rows) + 4
    table, values = [struct.pack(order + "H", len(rows))], bytearray()
    for entry in rows:
        raw = entry.raw
        if entry.tag in subs and not raw:
            at = base + head_bytes + len(values)
            values += build(order, subs[entry.tag], {}, at)
            raw = struct.pack(order + "I", at)
        elif len(raw) > 4:
            at = base + head_bytes + len(values)
            values += raw + bytes(len(raw) & 1)
            raw = struct.pack(order + "I", at)
        table.append(struct.pack(order + "HHI", entry.tag, entry.kind, entry.count))
        table.append(raw.ljust(4, b"\0"))
    table.append(struct.pack(order + "I", next_at))
    return b"".join(table) + bytes(values)


def shorts(order: str, tag: int, values: Sequence[int]) -> Entry:
    """A field of 16-bit numbers."""
    return Entry(tag, 3, len(values), struct.pack(f"{order}{len(values)}H", *values))


def longs(order: str, tag: int, values: Sequence[int]) -> Entry:
    """A field of 32-bit numbers."""
    return Entry(tag, 4, len(values), struct.pack(f"{order}{len(values)}I", *values))


def opaque(tag: int, raw: bytes, kind: int = 7) -> Entry:
    """A field of bytes."""
    return Entry(tag, kind, len(raw), raw)


@dataclass(frozen=True, slots=True)
class TiffPage:
    """What one page of a file to be written consists of."""

    entries: list[Entry]
    segments: list[bytes]
    subs: dict[int, list[Entry]] = field(default_factory=dict)
    tiled: bool = False


def assemble(order: str, pages: Sequence[TiffPage]) -> bytes:
    """A classic TIFF file."""
    parts: list[bytes] = [b"II*\0" if order == "<" else b"MM\0*", b""]
    at, links = 8, []
    for page in pages:
        offsets = []
        for segment in page.segments:
            offsets.append(at)
            parts.append(segment + bytes(len(segment) & 1))
            at += len(parts[-1])
        names = (TILE_OFFSETS, TILE_BYTES) if page.tiled else (STRIP_OFFSETS, STRIP_BYTES)
        sizes = [len(segment) for segment in page.segments]
        entries = [*page.entries, longs(order, names[0], offsets), longs(order, names[1], sizes)]
        table = build(order, entries, page.subs, at)
        links.append((len(parts), at, 2 + 12 * (len(entries) + len(page.subs))))
        parts.append(table + bytes(len(table) & 1))
        at += len(parts[-1])
    parts[1] = struct.pack(order + "I", links[0][1])
    for (index, _, link_at), (_, next_at, _) in pairwise(links):
        table = parts[index]
        parts[index] = table[:link_at] + struct.pack(order + "I", next_at) + table[link_at + 4 :]
    return b"".join(parts)


def parse_block(block: bytes) -> tuple[str, list[Entry], dict[int, list[Entry]]]:
    """An EXIF block taken apart again: byte order, main fields, EXIF and GPS fields."""
    source = Memory(block)
    order, big, at = first_directory(source)
    main = directory(source, order, at, big=big)
    subs: dict[int, list[Entry]] = {}
    for tag in (EXIF_IFD, GPS_IFD):
        if tag in main.where:
            inner = directory(source, order, main.number(tag, 0), big=big)
            subs[tag] = [e for t in sorted(inner.where) if (e := inner.entry(t)) and t != 0xA005]
    entries = [e for tag in sorted(main.where) if tag in DESCRIPTIVE and (e := main.entry(tag))]
    return order, entries, subs


def rational(order: str, tag: int, value: float) -> Entry:
    """A field of one fraction."""
    return Entry(tag, 5, 1, struct.pack(order + "II", round(value * 10_000), 10_000))
