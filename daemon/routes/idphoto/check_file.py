"""Measures the written file itself: size, resolution tag, bytes, structure.

Everything is read from the file that will be delivered, never from the picture in memory.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path

from daemon.imaging.exact_file import LEAST_QUALITY, SizeBand
from daemon.imaging.photo import Container, Photo
from daemon.routes.idphoto.rows import Row, Severity

_SUFFIXES = {"JPEG": (".jpg", ".jpeg"), "PNG": (".png",)}
# A PNG holds dots per metre: 300 dpi comes back as 299.999.
_DPI_SLACK = 0.5
_NO_LIMIT = math.inf


@dataclass(frozen=True, slots=True)
class FileRule:
    """What the file must be.

    Attributes:
        width_px: Least and most pixels across.
        height_px: Least and most pixels down.
        form: ``JPEG`` or ``PNG``.
        dpi: What the resolution tag must say; ``None``: no matter.
        band: Bytes allowed.
        most_compression: Raw bytes per byte of file, at most; ``None``: no rule.
    """

    width_px: tuple[int, int]
    height_px: tuple[int, int]
    form: str = "JPEG"
    dpi: int | None = 300
    band: SizeBand = field(default_factory=SizeBand)
    most_compression: float | None = None


def file_rows(path: Path, name: str, photo: Photo, rule: FileRule) -> list[Row]:
    """Compare a file with its rule.

    Args:
        path: The file.
        name: The name it will have, for its suffix.
        photo: What the booth's own reader made of it.
        rule: What it must be.
    """
    container, size = photo.container, path.stat().st_size
    width, height = photo.size
    rows = [
        _row("width", width, "px", *rule.width_px, code="ID_PIXEL_SIZE"),
        _row("height", height, "px", *rule.height_px, code="ID_PIXEL_SIZE"),
        _bytes(size, rule.band),
        _yes("type_matches_name", _type_matches(container, name)),
        _yes("type_as_asked", container.format == rule.form),
        _yes("rgb_8_bit", container.mode == "RGB" and container.bits == 8),
        _row("bytes_behind_end", _trailing(container), "bytes", None, 0, code="ID_FILE_STRUCTURE"),
        _yes("not_progressive", not container.extra.get("progressive")),
        _yes("no_original_metadata", _is_bare(container)),
        _row("padding", len(container.extra.get("comment", b"")), "bytes", None, None,
             code="ID_FILE_STRUCTURE", severity=Severity.INFO),
    ]  # fmt: skip
    if rule.dpi is not None:
        low, high = rule.dpi - _DPI_SLACK, rule.dpi + _DPI_SLACK
        for axis, value in zip(("dpi_x", "dpi_y"), container.dpi or (math.nan,) * 2, strict=True):
            rows.append(_row(axis, value, "dpi", low, high, code="ID_RESOLUTION_TAG"))
    if container.format == "JPEG":
        quality = math.nan if container.quality is None else container.quality
        rows.append(_row("jpeg_quality", quality, "", LEAST_QUALITY, None, code="ID_COMPRESSION"))
    if rule.most_compression is not None:
        ratio = width * height * 3 / size
        rows.append(
            _row("compression", ratio, "", None, rule.most_compression, code="ID_COMPRESSION")
        )
    return rows


def _row(  # noqa: PLR0913 - the columns of a row, in their order
    name: str,
    value: float,
    unit: str,
    low: float | None,
    high: float | None,
    *,
    code: str,
    severity: Severity = Severity.FAIL,
) -> Row:
    return Row(name, float(value), unit, low, high, severity, code, is_repairable=True)


def _yes(name: str, holds: bool) -> Row:  # noqa: FBT001 - the measured value itself
    return _row(name, float(holds), "", 1, None, code="ID_FILE_STRUCTURE")


def _bytes(size: int, band: SizeBand) -> Row:
    most = None if band.most is None else band.most / 1000
    low = band.least / 1000 or None
    return _row("size", size / 1000, "kB", low, most, code="ID_FILE_SIZE")


def _type_matches(container: Container, name: str) -> bool:
    return Path(name).suffix.lower() in _SUFFIXES.get(container.format, ())


def _trailing(container: Container) -> int:
    notes = container.extra.get("notes", ())
    found = [note for note in notes if note.startswith("trailing_bytes:")]
    return int(found[0].partition(":")[2]) if found else 0


def _is_bare(container: Container) -> bool:
    """No EXIF (place, time, camera, thumbnail), no XMP, no Photoshop block of the original."""
    return not container.exif and not {"xmp", "photoshop"} & set(container.extra)
