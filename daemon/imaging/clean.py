"""A file as bare pages: opaque sRGB of 8 bits, upright, one at a time, nothing else carried.

For routes that publish a new file made from pixels alone. ``open_clean`` gives the pages of
any format the booth opens, and of PDF; ``clean_write`` makes the new file. A TIFF or PDF of
many pages is never held in memory: each page is decoded when it is asked for.
"""

from __future__ import annotations

import enum
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from daemon.errors import InputError
from daemon.imaging import tiff_read
from daemon.imaging.decode import as_photo, read_photo
from daemon.imaging.gamma import gamma_of, shown_by
from daemon.imaging.limits import Budget, Limits, broken, check_bytes, unsupported
from daemon.imaging.palette import is_bilevel
from daemon.imaging.pdf_read import PDF_DPI, PdfPages, is_pdf
from daemon.imaging.photo import Photo
from daemon.imaging.probe import Source, sniff

WHITE, BLACK = 255, 0
WEBP_MAX_SIDE_PX = 16_383
"""Source: RFC 9649, section 3.4 (14-bit dimensions)."""


class Tone(enum.StrEnum):
    """What a page needs to be stored as: fewer bits where the input had fewer."""

    BILEVEL = "bilevel"
    GREY = "grey"
    PALETTE = "palette"
    COLOUR = "colour"


@dataclass(frozen=True)
class CleanPage:
    """One page, bare.

    Attributes:
        index: 0-based.
        srgb: ``(H, W, 3)`` uint8 sRGB RGB, opaque (over white), upright. Do not write into it.
        on_black: The same over black, where the input had see-through parts; ``None`` without.
            White text on nothing is invisible in ``srgb`` and readable here. Of a PNG with an
            unusual gamma, the page as viewers show it that heed it.
        dpi: Horizontal and vertical resolution, or ``None``.
        tone: How it may be stored.
        is_lossy: The page came from a lossy coding (JPEG) and may go back to one.
    """

    index: int
    srgb: NDArray[np.uint8]
    on_black: NDArray[np.uint8] | None
    dpi: tuple[float, float] | None
    tone: Tone
    is_lossy: bool

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return int(self.srgb.shape[1]), int(self.srgb.shape[0])


@dataclass(frozen=True, slots=True)
class CleanShape:
    """What the file is, and what the new one will be.

    Attributes:
        source: Format of the input, as ``Container.format``, or ``PDF``.
        writes: Format of the new file: ``JPEG``, ``PNG``, ``WEBP``, ``TIFF``, ``BMP``, ``PDF``.
        suffix: Its usual ending, with the dot.
        pages: Number of pages.
        quality: Quality class of a lossy input, 1..100, or ``None``.
        notes: What of the input is left behind, by short name.
    """

    source: str
    writes: str
    suffix: str
    pages: int
    quality: int | None = None
    notes: tuple[str, ...] = ()


class _Reader(Protocol):
    def page(self, index: int) -> CleanPage: ...


@dataclass(frozen=True)
class CleanSource:
    """An opened file.

    Attributes:
        shape: What it is.
    """

    shape: CleanShape
    _reader: _Reader

    def pages(self) -> Iterator[CleanPage]:
        """Every page in order, one in memory at a time unless the caller keeps more.

        Raises:
            InputError: A page cannot be decoded.
        """
        for index in range(self.shape.pages):
            yield self._reader.page(index)

    def page(self, index: int) -> CleanPage:
        """One page, for a second look."""
        return self._reader.page(index)


_WRITES = {
    "JPEG": ("JPEG", ".jpg"), "PNG": ("PNG", ".png"), "GIF": ("PNG", ".png"),
    "BMP": ("BMP", ".bmp"), "WEBP": ("WEBP", ".webp"), "TIFF": ("TIFF", ".tif"),
    # Decision 33: their containers hold more places than we could vouch for.
    "HEIF": ("JPEG", ".jpg"), "AVIF": ("JPEG", ".jpg"), "PDF": ("PDF", ".pdf"),
}  # fmt: skip


@contextmanager
def open_clean(path: Path, limits: Limits, *, pdf_dpi: float = PDF_DPI) -> Iterator[CleanSource]:
    """Open a file for reading its pages bare.

    Args:
        path: A regular file on local disk that nobody writes to any more.
        limits: What it may measure; of TIFF and PDF ``max_pixels`` holds for each page, and
            ``max_pages`` for their number.
        pdf_dpi: Resolution at which the pages of a PDF are drawn.

    Raises:
        InputError: As ``read_photo``; ``ANIMATED`` for moving pictures; ``PDF_LOCKED``,
            ``PDF_TOO_COMPLEX`` for a PDF.
        OSError: The file cannot be read.
    """
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        source = Source(handle, os.fstat(handle).st_size)
        check_bytes(source.size, limits)
        head = source.head(1024)
        if is_pdf(head):
            with PdfPages(path, limits, pdf_dpi) as pages:
                yield CleanSource(CleanShape("PDF", "PDF", ".pdf", len(pages)), _Drawn(pages))
        elif sniff(head[:64]) == "TIFF":
            yield _streamed(source, limits)
        else:
            yield _whole(read_photo(path, limits))
    finally:
        os.close(handle)


class _EachPage(Budget):
    """Limits for pages that are never in memory together."""

    def page(self, width_px: int, height_px: int) -> None:
        self.pixels = 0
        Budget.page(self, width_px, height_px)


class _Drawn:
    def __init__(self, pages: PdfPages) -> None:
        self._pages = pages

    def page(self, index: int) -> CleanPage:
        srgb = self._pages.draw(index)
        return CleanPage(index, srgb, None, (self._pages.dpi,) * 2, _tone_of(srgb), is_lossy=True)


def _tone_of(srgb: NDArray[np.uint8]) -> Tone:
    if not (np.array_equal(srgb[:, :, 0], srgb[:, :, 1])
            and np.array_equal(srgb[:, :, 0], srgb[:, :, 2])):  # fmt: skip
        return Tone.COLOUR
    return Tone.BILEVEL if is_bilevel(srgb[:, :, :1]) else Tone.GREY


class _Tiff:
    def __init__(self, pages: tiff_read.Pages) -> None:
        self._pages = pages

    def page(self, index: int) -> CleanPage:
        photo = _guarded(self._pages, index)
        page = bare(photo, index)
        facts = photo.container.extra.get("tiff", {})
        return replace(page, is_lossy=facts.get("compression") == 7)


def _guarded(pages: tiff_read.Pages, index: int) -> Photo:
    try:
        return as_photo("TIFF", pages.read(index), len(pages))
    except (InputError, OSError):
        raise
    except MemoryError as error:
        raise InputError("OUT_OF_MEMORY") from error
    except (ValueError, ArithmeticError, LookupError, RuntimeError, TypeError) as error:
        raise broken(f"{type(error).__name__}: {error}"[:200]) from error


def _streamed(source: Source, limits: Limits) -> CleanSource:
    pages = tiff_read.Pages(source, _EachPage(limits, source.size))
    notes = ("reduced_copies_dropped",) if pages.reduced else ()
    return CleanSource(CleanShape("TIFF", "TIFF", ".tif", len(pages), notes=notes), _Tiff(pages))


class _One:
    def __init__(self, page: CleanPage) -> None:
        self._page = page

    def page(self, index: int) -> CleanPage:
        assert index == 0, "there is one page"
        return self._page


def _whole(photo: Photo) -> CleanSource:
    container = photo.container
    notes = tuple(container.extra.get("notes", ()))
    if "animation_dropped" in notes:
        raise InputError("ANIMATED", format=container.format)
    writes, suffix = _WRITES[container.format]
    if writes == "WEBP" and max(photo.size) > WEBP_MAX_SIDE_PX:
        writes, suffix = "PNG", ".png"
    shape = CleanShape(container.format, writes, suffix, 1, container.quality, notes)
    return CleanSource(shape, _One(bare(photo, 0)))


def bare(photo: Photo, index: int) -> CleanPage:
    """A decoded page without anything but its pixels."""
    container = photo.container
    see_through = photo.alpha is not None and bool((photo.alpha < _full(photo)).any())
    tone = Tone.COLOUR
    if container.mode == "L":
        one_bit = container.extra.get("grey_bits") == 1 and is_bilevel(photo.pixels)
        tone = Tone.BILEVEL if one_bit and not see_through else Tone.GREY
    elif container.mode == "P":
        tone = Tone.PALETTE
    lossy = container.format in {"JPEG", "HEIF", "AVIF"} or (
        container.format == "WEBP" and not container.extra.get("lossless")
    )
    # A profile overrules a gamma.
    gamma = None if container.icc else gamma_of(container.extra.get("png_colour", ()))
    if not see_through:
        other = None if gamma is None else shown_by(gamma, photo.srgb)
        return CleanPage(index, photo.srgb, other, container.dpi, tone, lossy)
    if gamma is not None:  # two other ways to look at it, and both at once
        raise unsupported("PNG, see-through and with a gamma of its own")
    return CleanPage(index, over(photo, WHITE), over(photo, BLACK), container.dpi, tone, lossy)


def _full(photo: Photo) -> int:
    return int(np.iinfo(photo.alpha.dtype).max) if photo.alpha is not None else 1


def over(photo: Photo, ground: int) -> NDArray[np.uint8]:
    """A see-through picture over one grey tone, 0..255, mixed in sRGB values as viewers do.

    Returns:
        ``(H, W, 3)`` uint8; where alpha is 0 nothing of the hidden colour is left.
    """
    assert photo.alpha is not None, "asked for of pictures with alpha only"
    srgb, full = photo.srgb.copy(), np.float32(_full(photo))
    premultiplied = bool(photo.container.extra.get("associated_alpha"))
    for top in range(0, srgb.shape[0], 512):
        rows = slice(top, top + 512)
        share = (photo.alpha[rows].astype(np.float32) / full)[:, :, None]
        seen = srgb[rows].astype(np.float32) * (1 if premultiplied else share)
        mixed = seen + (1 - share) * ground
        srgb[rows] = np.where(share > 0, np.clip(np.rint(mixed), 0, 255), ground)
    return srgb
