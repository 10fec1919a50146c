"""The pages of a PDF as pictures, drawn by PDFium; nothing else of the file is looked at.

PDFium is built without JavaScript and XFA here, so neither can run. Attachments, text layers,
metadata and form values that are not shown stay behind: only what a reader would see is drawn.

Limit accepted: one object of a page (a picture, a shading) is drawn in one go; time is looked
at between objects. What hangs inside one is ended by the worker's own deadline.
"""

from __future__ import annotations

import ctypes
import time
from pathlib import Path
from typing import Any, Self

import numpy as np
import pypdfium2
from numpy.typing import NDArray
from pypdfium2 import raw

from daemon.errors import InputError
from daemon.imaging.limits import Budget, Limits, broken, too_large, truncated

PDF_DPI = 200.0
"""Small print of 6 points is 17 pixels high: read without enlarging."""
PAGE_TIME_S = 20.0
"""An office page takes 0.1 to 1 s; a map of a town 5."""
HEAD_BYTES = 1024
"""Readers accept the header anywhere in the first 1024 bytes. Source: PDF Reference 1.7,
implementation note 13 in appendix H."""
TAIL_BYTES = 2048
"""Readers look for the end mark in the last 1024 bytes; some servers add a line or two."""
_POINTS = 72.0


def is_pdf(head: bytes) -> bool:
    """Whether the first bytes of a file make it a PDF."""
    return b"%PDF-" in head[:HEAD_BYTES] and head.lstrip()[:5] == b"%PDF-"


class PdfPages:
    """An opened PDF.

    Args:
        path: The file.
        limits: ``max_pages``, and ``max_pixels`` and ``max_side_px`` of each drawn page.
        dpi: Resolution of the drawing.

    Raises:
        InputError: ``PDF_LOCKED``, ``TRUNCATED``, ``INVALID_IMAGE``, ``IMAGE_TOO_LARGE``,
            ``DECOMPRESSION_BOMB``.
    """

    def __init__(self, path: Path, limits: Limits, dpi: float = PDF_DPI) -> None:
        self.dpi = dpi
        self._limits = limits
        self._file_bytes = path.stat().st_size
        _check_end(path, self._file_bytes)
        self._document = _opened(path)
        try:
            self._sizes = self._measured()
        except BaseException:
            self._document.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._document.close()

    def __len__(self) -> int:
        return len(self._sizes)

    def draw(self, index: int, *, time_s: float = PAGE_TIME_S) -> NDArray[np.uint8]:
        """A page as readers show it, on white: ``(H, W, 3)`` uint8 sRGB RGB.

        Raises:
            InputError: ``PDF_TOO_COMPLEX`` after ``time_s``; ``INVALID_IMAGE``.
        """
        width, height = self._sizes[index]
        try:
            page = self._document[index]
        except pypdfium2.PdfiumError as error:
            raise broken(f"page {index + 1} cannot be opened") from error
        try:
            return _drawn(self._document, page, (width, height), time_s)
        finally:
            page.close()

    def _measured(self) -> list[tuple[int, int]]:
        count = len(self._document)
        if count > self._limits.max_pages:
            limit = self._limits.max_pages
            raise too_large(f"{count} pages", f"{limit} pages")
        return [self._size(index) for index in range(count)]

    def _size(self, index: int) -> tuple[int, int]:
        try:
            points = self._document.get_page_size(index)
        except pypdfium2.PdfiumError as error:
            raise broken(f"page {index + 1} has no size") from error
        width, height = (max(1, round(value * self.dpi / _POINTS)) for value in points)
        budget = Budget(self._limits, self._file_bytes)
        budget.page(width, height)
        return width, height


def _check_end(path: Path, size: int) -> None:
    """Refuse a PDF that was cut: PDFium would mend it by leaving pages out."""
    with path.open("rb") as file:
        file.seek(max(0, size - TAIL_BYTES))
        if b"%%EOF" not in file.read():
            raise truncated("the end mark is missing")


def _opened(path: Path) -> Any:
    try:
        document = pypdfium2.PdfDocument(path)
        document.init_forms()
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) in {raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY}:
            raise InputError("PDF_LOCKED") from error
        raise broken(str(error)[:200]) from error
    return document


def _drawn(document: Any, page: Any, size: tuple[int, int], time_s: float) -> NDArray[np.uint8]:
    width, height = size
    bitmap = pypdfium2.PdfBitmap.new_native(width, height, raw.FPDFBitmap_BGR)
    bitmap.fill_rect((255, 255, 255, 255), 0, 0, width, height)
    where = (0, 0, width, height, 0)
    flags = raw.FPDF_ANNOT | raw.FPDF_RENDER_LIMITEDIMAGECACHE
    _draw(bitmap, page, (*where, flags), time_s)
    if document.formenv:
        raw.FPDF_FFLDraw(document.formenv, bitmap, page, *where, flags)
    samples = np.asarray(bitmap.to_numpy(), np.uint8)
    picture = np.ascontiguousarray(samples[:, :, ::-1])
    bitmap.close()
    return picture


def _draw(bitmap: Any, page: Any, where: tuple[int, ...], time_s: float) -> None:
    end_s = time.monotonic() + time_s

    def is_late(_: object) -> int:
        return int(time.monotonic() > end_s)

    pause = raw.IFSDK_PAUSE(version=1)
    # The structure does not keep its function: it must live as long as the drawing.
    kept = type(pause.NeedToPauseNow)(is_late)
    pause.NeedToPauseNow = kept
    status = raw.FPDF_RenderPageBitmap_Start(bitmap, page, *where, ctypes.byref(pause))
    raw.FPDF_RenderPage_Close(page)
    if status == raw.FPDF_RENDER_TOBECONTINUED:
        raise InputError("PDF_TOO_COMPLEX", limit_s=round(time_s))
    if status != raw.FPDF_RENDER_DONE:
        raise broken("a page cannot be drawn")
