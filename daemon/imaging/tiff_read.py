"""Reads TIFF: directories and completeness here, strips and tiles through libtiff.

libtiff (by Pillow) gets a plain file made here of the picture's own segments. It therefore
never sees a hostile field, and 16-bit samples, which Pillow cannot hold in colour, pass
through it as rows of bytes: every byte-wise compression works for every depth that way.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daemon.imaging import tiff_tags as t
from daemon.imaging.jpeg import estimate_quality
from daemon.imaging.limits import Budget, Limits, broken, truncated, unsupported
from daemon.imaging.pillow_arrays import decoded, to_array
from daemon.imaging.probe import Raw, Source

BYTEWISE = frozenset({1, 5, 8, 32946, 32773, 34925, 50000})
"""None, LZW, deflate (two numbers), PackBits, LZMA, Zstandard."""
BY_LIBTIFF = frozenset({2, 3, 4, 7, 32771})
"""Fax compressions and JPEG."""
MAX_SEGMENTS = 1_000_000

_CARRIED = (
    t.FILL_ORDER, t.T4_OPTIONS, t.T6_OPTIONS, t.COLOUR_MAP, t.EXTRA_SAMPLES, t.JPEG_TABLES,
    t.CHROMA_FACTORS, t.CHROMA_PLACE, t.REFERENCE,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Layout:
    """How one page stores its samples."""

    width: int
    height: int
    bits: int
    samples: int
    compression: int
    photometric: int
    planar: bool
    predictor: bool
    tile: tuple[int, int] | None
    rows: int
    segments: tuple[tuple[int, int], ...]

    @property
    def dtype_bytes(self) -> int:
        return self.bits // 8

    @property
    def planes(self) -> int:
        return self.samples if self.planar else 1

    @property
    def inner(self) -> int:
        """Samples that stand together."""
        return 1 if self.planar else self.samples

    @property
    def tiles_across(self) -> int:
        return -(-self.width // self.tile[0]) if self.tile else 1

    @property
    def per_plane(self) -> int:
        rows = self.tile[1] if self.tile else self.rows
        return self.tiles_across * -(-self.height // rows)


def read(source: Source, limits: Limits) -> list[Raw]:
    """Decode all pages of a TIFF; reduced copies of a page are left out.

    Raises:
        InputError: Whatever is wrong with it.
    """
    pages = Pages(source, Budget(limits, source.size))
    raws = [pages.read(index) for index in range(len(pages))]
    if pages.reduced:
        raws[0].note("reduced_copies_dropped")
    return raws


class Pages:
    """The pages of a TIFF, each decoded when it is asked for.

    Args:
        source: The file.
        budget: Told the size of every page before one is decoded.

    Attributes:
        reduced: How many reduced copies of pages were left out.

    Raises:
        InputError: Whatever is wrong with the directories.
    """

    def __init__(self, source: Source, budget: Budget) -> None:
        order, self._big, at = t.first_directory(source)
        self._pages: list[tuple[t.Directory, _Layout]] = []
        self.reduced = 0
        seen: set[int] = set()
        while at:
            if at in seen or len(seen) > budget.limits.max_pages * 4:
                raise broken("the list of pages runs in a circle or never ends")
            seen.add(at)
            page = t.directory(source, order, at, big=self._big)
            at = page.next_at
            if page.number(t.SUBFILE, 0) & 1 and self._pages:
                self.reduced += 1
                continue
            budget.page(page.number(t.WIDTH, 0), page.number(t.HEIGHT, 0))
            self._pages.append((page, _layout(page)))
        if not self._pages:
            raise broken("no page in it")

    def __len__(self) -> int:
        return len(self._pages)

    def read(self, index: int) -> Raw:
        """One page.

        Raises:
            InputError: Whatever is wrong with it.
        """
        return _read_page(*self._pages[index], big=self._big)


def _layout(page: t.Directory) -> _Layout:
    bits = page.numbers(t.BITS) or (1,)
    samples = page.number(t.SAMPLES, 1)
    width, height = page.number(t.WIDTH, 0), page.number(t.HEIGHT, 0)
    formats = page.numbers(t.SAMPLE_FORMAT) or (1,)
    compression = page.number(t.COMPRESSION, 1)
    if not 1 <= samples <= 8 or len(set(bits)) != 1 or len(bits) not in {1, samples}:
        raise unsupported(f"TIFF with {samples} samples of {bits[:8]} bits")
    if set(formats) != {1} or bits[0] not in {1, 4, 8, 16}:
        raise unsupported(f"TIFF with {bits[0]}-bit samples of format {formats[0]}")
    if compression not in BYTEWISE | BY_LIBTIFF:
        raise unsupported(f"TIFF with compression {compression}")
    if compression in BY_LIBTIFF and bits[0] == 16:
        raise unsupported(f"16-bit TIFF with compression {compression}")
    predictor = page.number(t.PREDICTOR, 1)
    if predictor not in {1, 2} or page.number(t.FILL_ORDER, 1) not in {1, 2}:
        raise unsupported(f"TIFF with predictor {predictor}")
    tile = _tile(page)
    rows = min(page.number(t.ROWS_PER_STRIP, height), height) or height
    layout = _Layout(
        width, height, bits[0], samples, compression, page.number(t.PHOTOMETRIC, 1),
        page.number(t.PLANAR, 1) == 2 and samples > 1,
        predictor == 2 and compression not in {1, 32773}, tile, rows, _segments(page, tile),
    )  # fmt: skip
    _check_segments(page, layout)
    return layout


def _tile(page: t.Directory) -> tuple[int, int] | None:
    if t.TILE_WIDTH not in page.where:
        return None
    tile = page.number(t.TILE_WIDTH, 0), page.number(t.TILE_HEIGHT, 0)
    if not (0 < tile[0] <= 65_536 and 0 < tile[1] <= 65_536 and tile[0] * tile[1] <= 1 << 26):
        raise broken("tiles of an absurd size")
    return tile


def _segments(page: t.Directory, tile: tuple[int, int] | None) -> tuple[tuple[int, int], ...]:
    names = (t.TILE_OFFSETS, t.TILE_BYTES) if tile else (t.STRIP_OFFSETS, t.STRIP_BYTES)
    offsets, sizes = page.numbers(names[0]), page.numbers(names[1])
    if not offsets or len(offsets) > MAX_SEGMENTS:
        raise broken("no picture data")
    if not sizes and len(offsets) == 1 and page.number(t.COMPRESSION, 1) == 1:
        sizes = (page.source.size - offsets[0],)
    if len(sizes) != len(offsets):
        raise broken("as many offsets as sizes are needed")
    return tuple(zip(offsets, sizes, strict=True))


def _check_segments(page: t.Directory, layout: _Layout) -> None:
    wanted = layout.per_plane * layout.planes
    if len(layout.segments) < wanted:
        raise truncated(f"{len(layout.segments)} of {wanted} strips or tiles")
    for offset, size in layout.segments[:wanted]:
        if size <= 0 or offset <= 0:
            raise truncated("a strip or tile is empty")
        if offset + size > page.source.size:
            raise truncated(f"picture data need byte {offset + size} of {page.source.size}")


def _read_page(page: t.Directory, layout: _Layout, *, big: bool) -> Raw:
    if layout.bits in {8, 16} and layout.compression in BYTEWISE and layout.photometric != 6:
        raw = _interpret(page, layout, _bytewise(page, layout))
    else:
        raw = _by_libtiff(page, layout)
    _describe(raw, page, layout, big=big)
    return raw


def _data(page: t.Directory, span: tuple[int, int]) -> bytes:
    return page.source.at(*span)


def _bytewise(page: t.Directory, layout: _Layout) -> NDArray[Any]:
    """Samples ``(H, W, samples)`` in native byte order, predictor undone."""
    dtype = np.dtype(np.uint8 if layout.bits == 8 else page.order + "u2")
    shape = (layout.height, layout.width, layout.samples)
    samples = np.empty(shape, dtype.newbyteorder("="))
    for plane in range(layout.planes):
        first = plane * layout.per_plane
        spans = layout.segments[first : first + layout.per_plane]
        part = _plane(page, layout, spans, dtype)
        samples[:, :, plane : plane + layout.inner] = part
    return samples


def _plane(
    page: t.Directory, layout: _Layout, spans: tuple[tuple[int, int], ...], dtype: np.dtype[Any]
) -> NDArray[Any]:
    across, rows = layout.tile or (layout.width, layout.rows)
    height = rows * len(spans) if layout.tile else layout.height
    row_bytes = across * layout.inner * layout.dtype_bytes
    if layout.compression == 1:
        plain = _uncompressed(page, spans, (row_bytes, rows, height))
    else:
        plain = _decompressed(page, layout, spans, (row_bytes, rows, height))
    values = plain.view(dtype).reshape(height, across, layout.inner).astype(dtype.newbyteorder("="))
    if layout.predictor:
        np.cumsum(values, axis=1, dtype=values.dtype, out=values)
    if not layout.tile:
        return values
    grid = values.reshape(-1, layout.tiles_across, rows, across, layout.inner).swapaxes(1, 2)
    whole = grid.reshape(-1, layout.tiles_across * across, layout.inner)
    return whole[: layout.height, : layout.width]


def _uncompressed(
    page: t.Directory, spans: tuple[tuple[int, int], ...], measures: tuple[int, int, int]
) -> NDArray[np.uint8]:
    row_bytes, rows, height = measures
    plain = np.empty((height, row_bytes), np.uint8)
    for index, (offset, size) in enumerate(spans):
        top = index * rows
        wanted = min(rows, height - top) * row_bytes
        if size < wanted:
            raise truncated(f"a strip or tile has {size} of {wanted} bytes")
        piece = np.frombuffer(page.source.at(offset, wanted), np.uint8)
        plain[top : top + rows] = piece.reshape(-1, row_bytes)
    return plain


def _decompressed(
    page: t.Directory,
    layout: _Layout,
    spans: tuple[tuple[int, int], ...],
    measures: tuple[int, int, int],
) -> NDArray[np.uint8]:
    row_bytes, rows, height = measures
    compression = 8 if layout.compression == 32946 else layout.compression
    entries = _plain_entries((row_bytes, height), 8, compression, 1)
    entries.append(t.longs("<", t.ROWS_PER_STRIP, [rows]))
    segments = [_data(page, span) for span in spans]
    image = decoded(t.assemble("<", [t.TiffPage(entries, segments)]), "TIFF")
    if image.mode != "L" or image.size != (row_bytes, height):
        raise broken("the decoder found another size than the header says")
    return to_array(image)[:, :, 0]


def _plain_entries(
    size: tuple[int, int], bits: int, compression: int, photometric: int, samples: int = 1
) -> list[t.Entry]:
    return [
        t.longs("<", t.WIDTH, [size[0]]),
        t.longs("<", t.HEIGHT, [size[1]]),
        t.shorts("<", t.BITS, [bits] * samples),
        t.shorts("<", t.COMPRESSION, [compression]),
        t.shorts("<", t.PHOTOMETRIC, [photometric]),
        t.shorts("<", t.SAMPLES, [samples]),
    ]


def _interpret(page: t.Directory, layout: _Layout, samples: NDArray[Any]) -> Raw:
    """Sort samples into colour and alpha by the photometric interpretation."""
    colours = {0: 1, 1: 1, 2: 3, 3: 1, 5: 4}.get(layout.photometric)
    if colours is None or layout.samples < colours:
        raise unsupported(f"TIFF with photometric interpretation {layout.photometric}")
    kinds = page.numbers(t.EXTRA_SAMPLES)
    pixels = samples if layout.samples == colours else np.ascontiguousarray(samples[:, :, :colours])
    has_alpha = layout.samples > colours and bool(kinds) and kinds[0] in {1, 2}
    raw = Raw(pixels, samples[:, :, colours].copy() if has_alpha else None)
    raw.mode = {1: "L", 3: "RGB", 4: "CMYK"}[colours]
    if layout.samples > colours + has_alpha:
        raw.note("extra_samples_dropped")
    if has_alpha and kinds[0] == 1:
        raw.extra["associated_alpha"] = True
    if layout.photometric == 0:
        raw.pixels = np.iinfo(pixels.dtype).max - pixels
        raw.extra["min_is_white"] = True
    elif layout.photometric == 3:
        raw.pixels, raw.mode = _through_palette(page, pixels), "P"
    return raw


def _through_palette(page: t.Directory, indices: NDArray[Any]) -> NDArray[np.uint8]:
    colours = np.array(page.numbers(t.COLOUR_MAP), np.uint16)
    if indices.dtype != np.uint8 or colours.size != 768:
        raise unsupported("TIFF with a palette of other than 256 colours")
    shift = 8 if int(colours.max()) > 255 else 0
    table = (colours >> shift).astype(np.uint8).reshape(3, 256).T
    return np.ascontiguousarray(table[indices[:, :, 0]])


def _by_libtiff(page: t.Directory, layout: _Layout) -> Raw:
    """Fax, JPEG and packed pixels: the page alone, decoded by libtiff as a whole."""
    order = page.order
    entries = [
        t.longs(order, t.WIDTH, [layout.width]),
        t.longs(order, t.HEIGHT, [layout.height]),
        t.shorts(order, t.BITS, [layout.bits] * layout.samples),
        t.shorts(order, t.COMPRESSION, [layout.compression]),
        t.shorts(order, t.PHOTOMETRIC, [layout.photometric]),
        t.shorts(order, t.SAMPLES, [layout.samples]),
        t.shorts(order, t.PLANAR, [2 if layout.planar else 1]),
    ]
    entries += [entry for tag in _CARRIED if (entry := page.entry(tag))]
    if layout.tile:
        entries += [t.longs(order, t.TILE_WIDTH, [layout.tile[0]])]
        entries += [t.longs(order, t.TILE_HEIGHT, [layout.tile[1]])]
    else:
        entries += [t.longs(order, t.ROWS_PER_STRIP, [layout.rows])]
    if layout.compression == 7:
        for span in layout.segments:
            _check_jpeg_segment(_data(page, span))
    segments = [_data(page, span) for span in layout.segments]
    content = t.assemble(order, [t.TiffPage(entries, segments, tiled=layout.tile is not None)])
    image = decoded(content, "TIFF")
    if image.size != (layout.width, layout.height):
        raise broken("the decoder found another size than the header says")
    return _from_pillow(image, layout)


def _check_jpeg_segment(data: bytes) -> None:
    if not data.rstrip(b"\0").endswith(b"\xff\xd9"):
        raise truncated("a strip or tile stops before its end marker")


def _from_pillow(image: Any, layout: _Layout) -> Raw:
    if image.mode in {"P", "PA"}:
        return Raw(to_array(image.convert("RGB")), mode="P")
    if image.mode in {"1", "L"}:
        raw = Raw(to_array(image.convert("L")), mode="L")
        if layout.bits < 8:
            raw.extra["grey_bits"] = layout.bits
        return raw
    if image.mode == "CMYK":
        return Raw(to_array(image), mode="CMYK")
    if image.mode == "RGBA":
        samples = to_array(image)
        return Raw(np.ascontiguousarray(samples[:, :, :3]), samples[:, :, 3].copy())
    if image.mode in {"RGB", "RGBX", "YCbCr"}:
        return Raw(to_array(image.convert("RGB")))
    raise unsupported(f"TIFF with colours of kind {image.mode}")


def _describe(raw: Raw, page: t.Directory, layout: _Layout, *, big: bool) -> None:
    orientation = page.number(t.ORIENTATION, 1)
    raw.orientation = orientation if 1 <= orientation <= 8 else 1
    raw.exif = t.exif_block(page, big=big)
    raw.icc = page.optional(t.ICC)
    for name, tag in (("xmp", t.XMP), ("photoshop", t.PHOTOSHOP), ("iptc", t.IPTC)):
        value = page.optional(tag)
        if value:
            raw.extra[name] = value
    across, down = page.rational(t.X_RESOLUTION), page.rational(t.Y_RESOLUTION)
    scale = {2: 1.0, 3: 2.54}.get(page.number(t.UNIT, 2))
    if across and down and scale:
        raw.dpi = (across * scale, down * scale)
    raw.extra["tiff"] = {
        "compression": layout.compression,
        "predictor": layout.predictor,
        "photometric": layout.photometric,
    }
    if layout.compression == 7:
        raw.quality = _jpeg_quality(page, layout)


def _jpeg_quality(page: t.Directory, layout: _Layout) -> int | None:
    tables = (page.optional(t.JPEG_TABLES) or b"") + _data(page, layout.segments[0])[:2048]
    at = tables.find(b"\xff\xdb")
    if at < 0 or len(tables) < at + 69 or tables[at + 4] & 0xF0:
        return None
    # The file keeps the table in zigzag order; only its sum decides here.
    values = sorted(struct.unpack("64B", tables[at + 5 : at + 69]))
    return estimate_quality(values) if values else None
