"""report.xlsx: sums, people, photos of nobody, and what was made of the list."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from daemon.services.batch_report import BatchReport, PersonLine, PhotoLine, Standing
from daemon.services.batch_thumbnails import SIDE_PX
from daemon.services.batch_words import WORDS, findings_lines, shown, when

_COLUMNS = (
    ("line", 6), ("employee_id", 14), ("name", 14), ("status", 12), ("thumbnail", 18),
    ("photo", 28), ("result", 34), ("reason", 60), ("code", 24), ("job", 26),
)  # fmt: skip
_PICTURE_COLUMN = [name for name, _ in _COLUMNS].index("thumbnail")
_COLOURS = {
    Standing.DONE: "#C6EFCE", Standing.REVIEW: "#FFEB9C", Standing.REJECTED: "#FFC7CE",
    Standing.FAILED: "#FFC7CE", Standing.CANCELLED: "#D9D9D9", Standing.MISSING: "#F8CBAD",
    Standing.WAITING: "#FFFFFF",
}  # fmt: skip
# A row's height is given in points, a picture's in pixels.
_ROW_PT = SIDE_PX * 0.75 + 4
_MOST_CELL = 32_767


def write_workbook(path: Path, report: BatchReport, pictures: Mapping[str, bytes]) -> None:
    """Write the workbook; the same report gives the same bytes.

    Args:
        path: Where to.
        report: What to tell.
        pictures: JPEG by job.
    """
    # Text is written as text: what a person is called is no formula and no address.
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(path, options) as book:
        made = datetime.fromtimestamp(report.ended_ms / 1000, UTC).replace(tzinfo=None)
        book.set_properties({"title": _plain(report.batch.name), "created": made})
        sheets = _Sheets(book, report, pictures)
        sheets.totals()
        sheets.people()
        sheets.strays()
        sheets.findings()


class _Sheets:
    """The sheets of one workbook."""

    def __init__(
        self, book: xlsxwriter.Workbook, report: BatchReport, pictures: Mapping[str, bytes]
    ) -> None:
        self._book = book
        self._report = report
        self._pictures = pictures
        self._words = WORDS[report.batch.language]
        self._bold = book.add_format({"bold": True, "bg_color": "#EEEEEE", "border": 1})
        self._text = book.add_format({"text_wrap": True, "valign": "vcenter"})
        self._status = {
            standing: book.add_format({"bg_color": colour, "valign": "vcenter"})
            for standing, colour in _COLOURS.items()
        }

    def totals(self) -> None:
        sheet, batch, words = self._sheet("totals"), self._report.batch, self._words
        sheet.set_column(0, 0, 28)
        sheet.set_column(1, 1, 40)
        rows: list[tuple[str, str | int]] = [
            (words["batch"], batch.name),
            (words["received"], when(batch.created_ms)),
            (words["ended"], when(self._report.ended_ms)),
        ]
        rows += [(words[name], n) for name, n in self._report.totals().items()]
        for row, (heading, value) in enumerate(rows):
            sheet.write_string(row, 0, heading, self._bold)
            if isinstance(value, int):
                sheet.write_number(row, 1, value)
            else:
                sheet.write_string(row, 1, _plain(value))

    def people(self) -> None:
        sheet, row = self._table("people"), 1
        for person in self._report.people:
            # One row for each photo; one for a person without any.
            for photo in person.photos or (None,):
                self._person(sheet, row, person, photo)
                row += 1
        sheet.autofilter(0, 0, max(1, row - 1), len(_COLUMNS) - 1)

    def _person(self, sheet: Any, row: int, person: PersonLine, photo: PhotoLine | None) -> None:
        standing = photo.standing if photo else person.standing
        several = f" {self._words['several']}" if person.sent_several else ""
        sheet.write_number(row, 0, person.entry.line, self._text)
        self._strings(sheet, row, 1, [person.entry.employee_id, person.entry.name])
        sheet.write_string(row, 3, self._words[standing] + several, self._status[standing])
        if photo is not None:
            self._photo(sheet, row, photo)
        elif person.entry.file:
            self._strings(sheet, row, 5, [person.entry.file])

    def strays(self) -> None:
        sheet = self._table("strays")
        for row, photo in enumerate(self._report.strays, start=1):
            sheet.write_string(row, 3, self._words[photo.standing], self._status[photo.standing])
            self._photo(sheet, row, photo)

    def _photo(self, sheet: Any, row: int, photo: PhotoLine) -> None:
        picture = self._pictures.get(photo.job_id)
        if picture is not None:
            sheet.set_row(row, _ROW_PT)
            placed = {"image_data": io.BytesIO(picture), "object_position": 1, "x_offset": 2,
                      "y_offset": 2}  # fmt: skip
            sheet.insert_image(row, _PICTURE_COLUMN, f"{photo.job_id}.jpg", placed)
        result = photo.result.name if photo.result else ""
        told = ["\n".join((*photo.reasons, *photo.notes)), ", ".join(photo.codes), photo.job_id]
        self._strings(sheet, row, 5, [photo.photo, result, *told])

    def findings(self) -> None:
        sheet = self._sheet("list")
        sheet.set_column(0, 0, 32)
        sheet.set_column(1, 1, 90)
        batch = self._report.batch
        lines = findings_lines(batch.findings, batch.language)
        for row, (heading, text) in enumerate(
            lines or [(self._words["list"], self._words["none"])]
        ):
            sheet.write_string(row, 0, heading, self._bold)
            sheet.write_string(row, 1, _plain(text), self._text)

    def _strings(self, sheet: Any, row: int, column: int, values: Sequence[str]) -> None:
        for at, value in enumerate(values, start=column):
            sheet.write_string(row, at, _plain(value), self._text)

    def _table(self, name: str) -> Any:
        sheet = self._sheet(name)
        for column, (heading, width) in enumerate(_COLUMNS):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, self._words[heading], self._bold)
        sheet.freeze_panes(1, 0)
        return sheet

    def _sheet(self, name: str) -> Any:
        # Excel takes 31 characters for a sheet's name.
        return self._book.add_worksheet(self._words[name][:31])


def _plain(text: str) -> str:
    """Text that a cell has room for."""
    return shown(text)[:_MOST_CELL]
