"""From a file to a ``Photo``: limits, format by content, decoding, turning upright.

``read_photo`` is the only way in. Whatever the bytes are, it returns a whole picture or raises
``InputError``; half a picture is never returned, and nothing is decoded before its declared
size has passed the limits.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daemon.errors import InputError
from daemon.imaging import bitmap, heif, jpeg, png, tiff_read, webp
from daemon.imaging.colour import profile_problem, to_srgb
from daemon.imaging.limits import Limits, broken, check_bytes, truncated, unsupported
from daemon.imaging.metadata import upright_exif
from daemon.imaging.photo import Container, Photo
from daemon.imaging.probe import Raw, Source, sniff, unknown_name

_READERS: Mapping[str, Callable[[Source, Limits], list[Raw]]] = {
    "JPEG": jpeg.read,
    "PNG": png.read,
    "WEBP": webp.read,
    "TIFF": tiff_read.read,
    "BMP": bitmap.read_bmp,
    "GIF": bitmap.read_gif,
    "HEIF": heif.read_heif,
    "AVIF": heif.read_avif,
}


def read_photo(path: Path, limits: Limits) -> Photo:
    """Decode a photo file.

    Args:
        path: A regular file on local disk that nobody writes to any more.
        limits: What it may measure.

    Returns:
        The picture upright, with its further pages in ``rest``.

    Raises:
        InputError: ``EMPTY``, ``UNSUPPORTED_FORMAT``, ``TRUNCATED``, ``INVALID_IMAGE``,
            ``IMAGE_TOO_LARGE``, ``IMAGE_TOO_SMALL`` or ``DECOMPRESSION_BOMB``; the file's fault.
            ``OUT_OF_MEMORY`` where it passed the limits and still did not fit.
        OSError: The file cannot be read; not the photo's fault.
    """
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        source = Source(handle, os.fstat(handle).st_size)
        check_bytes(source.size, limits)
        head = source.head(64)
        format_name = sniff(head)
        if not any(head):
            raise truncated("the file is filled with zeros")
        if format_name is None:
            raise unsupported(unknown_name(head))
        raws = _decoded(_READERS[format_name], source, limits)
    finally:
        os.close(handle)
    return _assemble(format_name, raws)


def as_photo(format_name: str, raw: Raw, pages: int) -> Photo:
    """One page of a file that is read page by page, upright and with its sRGB view.

    Args:
        format_name: As ``Container.format``.
        raw: The page as its format's reader gave it.
        pages: How many the file has.
    """
    return _page(format_name, raw, pages)


def _decoded(
    reader: Callable[[Source, Limits], list[Raw]], source: Source, limits: Limits
) -> list[Raw]:
    try:
        return reader(source, limits)
    except (InputError, OSError):
        # Decoders' own OSErrors are named where they are called; what is left is the disk's.
        raise
    except MemoryError as error:
        raise InputError("OUT_OF_MEMORY") from error
    except Exception as error:
        # Five libraries and hostile bytes: whatever else they raise, the file is to blame.
        raise broken(f"{type(error).__name__}: {error}"[:200]) from error


def _assemble(format_name: str, raws: list[Raw]) -> Photo:
    pages = [_page(format_name, raw, len(raws)) for raw in raws]
    first, *rest = pages
    return Photo(first.pixels, first.srgb, first.alpha, first.container, tuple(rest))


def _page(format_name: str, raw: Raw, pages: int) -> Photo:
    icc = raw.icc
    problem = profile_problem(icc, raw.mode) if icc else None
    if problem:
        raw.note(f"icc_ignored:{problem}")
        icc = None
    exif = upright_exif(raw.exif)
    if raw.exif and exif is None:
        raw.note("exif_dropped:unreadable")
    turned = 5 <= raw.orientation <= 8
    pixels = upright(raw.pixels, raw.orientation)
    container = Container(
        format_name,
        raw.mode,
        8 * pixels.dtype.itemsize,
        quality=raw.quality,
        subsampling=raw.subsampling,
        icc=icc,
        exif=exif,
        dpi=(raw.dpi[1], raw.dpi[0]) if raw.dpi and turned else raw.dpi,
        pages=pages,
        extra={key: tuple(v) if isinstance(v, list) else v for key, v in raw.extra.items()},
    )
    alpha = None if raw.alpha is None else upright(raw.alpha, raw.orientation)
    raw.pixels = raw.alpha = None
    return Photo(pixels, to_srgb(pixels, container), alpha, container)


def upright(samples: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Samples turned as an EXIF orientation asks.

    Args:
        samples: ``(H, W)`` or ``(H, W, C)``.
        orientation: 1..8. Source: Exif 2.32, table 6.

    Returns:
        A contiguous array; the same one for 1.
    """
    if orientation == 1:
        return samples
    if orientation >= 5:
        samples = samples.swapaxes(0, 1)
    if orientation in {2, 3, 6, 7}:
        samples = samples[:, ::-1]
    if orientation in {3, 4, 7, 8}:
        samples = samples[::-1]
    return np.ascontiguousarray(samples)
