"""Writes a new file from bare pages: every byte of it is made here, none is taken over.

What comes out holds pixels, size and resolution. No profile (the pages are sRGB), no EXIF, XMP,
IPTC, comment, thumbnail or alpha; nothing behind the end mark. ``daemon.imaging.leaks`` walks
the written file and says whether that is true.
"""

from __future__ import annotations

import io
import os
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Protocol, Self

import img2pdf
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from daemon.errors import InputError
from daemon.imaging.clean import CleanPage, CleanShape, Tone
from daemon.imaging.clean_tiff import TiffStream
from daemon.imaging.palette import fitted, is_bilevel
from daemon.imaging.pillow_arrays import to_image

JPEG_QUALITY = 92
BEST_JPEG_QUALITY = 97
"""An input of quality 100 gets this: the file would double for nothing that can be seen."""
PNG_LEVEL = 4
PDF_PNG_FACTOR = 1.5
"""A page of a PDF is stored lossless where that costs at most this many times the JPEG."""
DEFAULT_DPI = (96.0, 96.0)


class _Sink(Protocol):
    def add(self, srgb: NDArray[np.uint8], page: CleanPage) -> bool: ...
    def close(self) -> None: ...


class CleanWriter:
    """A new file, written page by page.

    Leaving the block without ``finish`` removes the file: what is not whole is not there.

    Args:
        path: Where; must not exist.
        shape: Of the source the pages come from; says format, quality and number of pages.
    """

    def __init__(self, path: Path, shape: CleanShape) -> None:
        self._path, self._shape = path, shape
        self._file: BinaryIO = path.open("xb")
        self._sink: _Sink = _SINKS[shape.writes](self._file, shape)
        self._pages = 0
        self._finished = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()
        if not self._finished:
            self._path.unlink()

    def add(self, srgb: NDArray[np.uint8], page: CleanPage) -> bool:
        """Write the next page.

        Args:
            srgb: ``(H, W, 3)`` uint8 sRGB, of the size of the source's page.
            page: The source's page: its resolution and how it may be stored.

        Returns:
            Whether the file holds exactly these samples (false: JPEG or lossy WebP).

        Raises:
            ValueError: Another size than the source's page, or another page than the next.
        """
        if srgb.shape != page.srgb.shape or srgb.dtype != np.uint8:
            msg = f"page of {srgb.shape} {srgb.dtype} instead of {page.srgb.shape}"
            raise ValueError(msg)
        if page.index != self._pages:
            msg = f"page {page.index} comes when page {self._pages} is due"
            raise ValueError(msg)
        self._pages += 1
        return self._sink.add(srgb, page)

    def finish(self) -> None:
        """Complete the file and see it onto the disk.

        Raises:
            ValueError: A page is missing.
        """
        if self._pages != self._shape.pages:
            msg = f"{self._pages} of {self._shape.pages} pages"
            raise ValueError(msg)
        self._sink.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._finished = True


class _Single:
    """Formats of one page."""

    def __init__(self, file: BinaryIO, shape: CleanShape) -> None:
        self._file, self._shape = file, shape

    def add(self, srgb: NDArray[np.uint8], page: CleanPage) -> bool:
        shape = self._shape
        if shape.writes == "WEBP":
            content, exact = webp(srgb, None if not page.is_lossy else shape.quality or 90)
        elif shape.writes == "JPEG":
            content, exact = jpeg(srgb, page.dpi, shape.quality), False
        elif shape.writes == "BMP":
            content, exact = _bmp(srgb, page), True
        else:
            content, exact = png(srgb, page), True
        self._file.write(content)
        return exact

    def close(self) -> None:
        """Nothing is left to write."""


class _Tiff:
    def __init__(self, file: BinaryIO, shape: CleanShape) -> None:
        del shape  # every page of a TIFF says itself how it is stored
        self._stream = TiffStream(file)

    def add(self, srgb: NDArray[np.uint8], page: CleanPage) -> bool:
        if page.is_lossy:
            self._stream.add_jpeg(jpeg(srgb, None, None), page.size, page.dpi, grey=is_grey(srgb))
            return False
        samples = reduced(srgb)
        if page.tone is Tone.BILEVEL and is_bilevel(samples):
            self._stream.add_bilevel(samples[:, :, 0], page.dpi)
        else:
            self._stream.add_samples(samples, page.dpi)
        return True

    def close(self) -> None:
        self._stream.close()


class _Pdf:
    """Pages are held encoded, some 100 KiB each, until the file is made."""

    def __init__(self, file: BinaryIO, shape: CleanShape) -> None:
        del shape
        self._file = file
        self._pages: list[bytes] = []

    def add(self, srgb: NDArray[np.uint8], page: CleanPage) -> bool:
        dpi = page.dpi or DEFAULT_DPI
        plain = png(srgb, page)
        lossy = jpeg(srgb, dpi, None)
        exact = len(plain) <= PDF_PNG_FACTOR * len(lossy)
        self._pages.append(plain if exact else lossy)
        return exact

    def close(self) -> None:
        try:
            img2pdf.convert(*self._pages, outputstream=self._file, nodate=True, producer="")
        except (img2pdf.PdfTooLargeError, img2pdf.NegativeDimensionError) as error:
            raise InputError("INVALID_IMAGE", detail="a page fits no PDF") from error


_SINKS: dict[str, type[_Single | _Tiff | _Pdf]] = {
    "JPEG": _Single, "PNG": _Single, "BMP": _Single, "WEBP": _Single, "TIFF": _Tiff, "PDF": _Pdf,
}  # fmt: skip


def is_grey(srgb: NDArray[np.uint8]) -> bool:
    """Whether all three channels of ``(H, W, 3)`` are the same everywhere."""
    first = srgb[:, :, 0]
    return np.array_equal(first, srgb[:, :, 1]) and np.array_equal(first, srgb[:, :, 2])


def reduced(srgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """``(H, W, 1)`` of a grey picture, else the picture itself."""
    return np.ascontiguousarray(srgb[:, :, :1]) if is_grey(srgb) else srgb


def jpeg(srgb: NDArray[np.uint8], dpi: tuple[float, float] | None, quality: int | None) -> bytes:
    """A JPEG without chroma subsampling, of quality 92 or the source's where that was higher."""
    wanted = min(BEST_JPEG_QUALITY, max(JPEG_QUALITY, quality or 0))
    buffer = io.BytesIO()
    options = {} if dpi is None else {"dpi": tuple(min(round(v), 65_535) for v in dpi)}
    to_image(reduced(srgb)).save(buffer, "JPEG", quality=wanted, subsampling=0, **options)
    return buffer.getvalue()


def png(srgb: NDArray[np.uint8], page: CleanPage) -> bytes:
    """A PNG in as few bits as the page came in and the samples still fit."""
    image = _small(srgb, page)
    buffer = io.BytesIO()
    options = {} if page.dpi is None else {"dpi": page.dpi}
    image.save(buffer, "PNG", compress_level=PNG_LEVEL, **options)
    return buffer.getvalue()


def _small(srgb: NDArray[np.uint8], page: CleanPage) -> Image.Image:
    samples = reduced(srgb)
    if page.tone is Tone.BILEVEL and is_bilevel(samples):
        return to_image(samples).convert("1", dither=Image.Dither.NONE)
    if page.tone is Tone.PALETTE and samples.shape[2] == 3:
        image = fitted(samples, None)
        if image is not None:
            return image
    return to_image(samples)


def webp(srgb: NDArray[np.uint8], quality: int | None) -> tuple[bytes, bool]:
    """A WebP, lossless without a quality; and whether it is exact."""
    buffer = io.BytesIO()
    lossless = quality is None
    to_image(srgb).save(
        buffer, "WEBP", lossless=lossless, exact=True, method=4,
        quality=80 if lossless else max(JPEG_QUALITY, quality or 0),
    )  # fmt: skip
    return buffer.getvalue(), lossless


def _bmp(srgb: NDArray[np.uint8], page: CleanPage) -> bytes:
    buffer = io.BytesIO()
    options = {} if page.dpi is None else {"dpi": page.dpi}
    _small(srgb, page).save(buffer, "BMP", **options)
    return buffer.getvalue()
