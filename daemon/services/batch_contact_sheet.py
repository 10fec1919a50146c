"""contact-sheet.pdf: every result of a batch at a glance, on A4 pages to print."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from pathlib import Path

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from daemon.services.batch_report import BatchReport, PhotoLine
from daemon.services.batch_words import WORDS, shown, when

# Adobe's own name for a Chinese face that every viewer replaces by one it has: nothing to embed.
_FONT = "STSong-Light"
_COLUMNS, _ROWS = 5, 6
_MARGIN, _HEAD, _CAPTION = 12 * mm, 12 * mm, 9 * mm
_TEXT_PT = 7


def write_contact_sheet(path: Path, report: BatchReport, pictures: Mapping[str, bytes]) -> None:
    """Write the sheet; the same report gives the same bytes.

    Args:
        path: Where to.
        report: What to show.
        pictures: JPEG by job; photos without one stand there by name.
    """
    if _FONT not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(UnicodeCIDFont(_FONT))
    canvas = Canvas(str(path), pagesize=A4, invariant=1, pageCompression=1)
    canvas.setTitle(_fit(report.batch.name, 200))
    shown = list(_captioned(report))
    size = _COLUMNS * _ROWS
    pages = [shown[at : at + size] for at in range(0, len(shown), size)] or [[]]
    for number, page in enumerate(pages, start=1):
        _heading(canvas, report, f"{number}/{len(pages)}")
        for place, (caption, photo) in enumerate(page):
            _photo(canvas, place, caption, pictures.get(photo.job_id))
        canvas.showPage()
    canvas.save()


def _captioned(report: BatchReport) -> Iterator[tuple[tuple[str, str], PhotoLine]]:
    words = WORDS[report.batch.language]
    for person in report.people:
        who = " ".join(filter(None, (person.entry.employee_id, person.entry.name)))
        for photo in person.photos:
            yield (who or photo.photo, words[photo.standing]), photo
    for photo in report.strays:
        yield (photo.photo, words[photo.standing]), photo


def _heading(canvas: Canvas, report: BatchReport, number: str) -> None:
    width, height = A4
    batch = report.batch
    canvas.setFont(_FONT, 11)
    canvas.drawString(_MARGIN, height - _MARGIN, _fit(batch.name, 60))
    canvas.setFont(_FONT, _TEXT_PT)
    totals = report.totals()
    words = WORDS[batch.language]
    sums = "  ".join(f"{words[name]} {totals[name]}" for name in ("people", "done", "missing"))
    right = f"{sums}   {when(report.ended_ms)}   {number}"
    canvas.drawRightString(width - _MARGIN, height - _MARGIN, right)


def _photo(canvas: Canvas, place: int, caption: tuple[str, str], picture: bytes | None) -> None:
    width, height = A4
    cell_w = (width - 2 * _MARGIN) / _COLUMNS
    cell_h = (height - 2 * _MARGIN - _HEAD) / _ROWS
    row, column = divmod(place, _COLUMNS)
    left = _MARGIN + column * cell_w
    bottom = height - _MARGIN - _HEAD - (row + 1) * cell_h
    if picture is not None:
        canvas.drawImage(
            ImageReader(io.BytesIO(picture)),
            left + mm,
            bottom + _CAPTION,
            cell_w - 2 * mm,
            cell_h - _CAPTION - mm,
            preserveAspectRatio=True,
        )
    canvas.setFont(_FONT, _TEXT_PT)
    for line, text in enumerate(caption):
        y = bottom + _CAPTION - (line + 1) * (_TEXT_PT + 1.5)
        canvas.drawCentredString(left + cell_w / 2, y, _fit(text, 24))


def _fit(text: str, most: int) -> str:
    """Text cut to its place; what the face has not becomes a question mark."""
    plain = "".join(char if ord(char) < 0x10000 else "?" for char in shown(text))
    return plain if len(plain) <= most else plain[: most - 1] + "\N{HORIZONTAL ELLIPSIS}"
