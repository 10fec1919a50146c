"""Print sheets of what was made: laid out, written, opened again, measured."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daemon.catalogue.idphoto import book
from daemon.domain.artifact import OutputKind, Reason
from daemon.domain.idphoto.sheet import GAP_MM, Order, Sheet, Stock
from daemon.domain.idphoto.sheet_plan import sheets
from daemon.domain.idphoto.slots import PrintWish
from daemon.errors import InputError
from daemon.imaging.decode import read_photo
from daemon.imaging.exact_file import write_exact
from daemon.routes.base import ReadyFile
from daemon.routes.idphoto.check_sheet import sheet_rows
from daemon.routes.idphoto.making import Made
from daemon.routes.idphoto.rows import Row, Severity
from daemon.routes.idphoto.selfcheck import LIMITS, on_white
from daemon.routes.idphoto.sheet_image import drawn

# What photo shops print ID photos on where nobody names a paper: six inches, 4x6.
_USUAL_PAPER = "6in"


@dataclass(frozen=True)
class Printed:
    """One sheet.

    Attributes:
        paper: Key of the paper.
        sheet: How it was laid out.
        name: The file's name in the attempt's folder.
        rows: What the written file was found to be.
    """

    paper: str
    sheet: Sheet
    name: str
    rows: tuple[Row, ...]

    def as_json(self) -> dict[str, Any]:
        """For the record."""
        return {
            "paper": self.paper,
            "prints": len(self.sheet.tiles),
            "size_px": [self.sheet.width_px, self.sheet.height_px],
            "dpi": self.sheet.dpi,
            "rows": [row.as_json() for row in self.rows],
        }


@dataclass(frozen=True)
class Sheets:
    """Everything that was laid out for printing.

    Attributes:
        drawn: The sheets.
        files: The same as files, extras beside the result.
        refusal: Why nothing could be laid out, or ``None``.
    """

    drawn: tuple[Printed, ...] = ()
    files: tuple[ReadyFile, ...] = ()
    refusal: Reason | None = None

    @property
    def failing(self) -> tuple[Row, ...]:
        """Rows that keep a sheet from being handed out."""
        rows = (row for printed in self.drawn for row in printed.rows)
        return tuple(row for row in rows if row.verdict == Severity.FAIL.value)


def print_sheets(results: Sequence[Made], wish: PrintWish, folder: Path) -> Sheets:
    """Lay the results out on paper, if anybody asked for that.

    Args:
        results: What was made; the written files are printed.
        wish: Paper, copies, cut lines and gap.
        folder: Where files are written.

    Raises:
        OSError: The folder could not be written to.
    """
    if wish.paper is None and wish.copies is None:
        return Sheets()
    key = wish.paper or _USUAL_PAPER
    paper = book().papers[key]
    stock = Stock(
        paper.width_mm,
        paper.height_mm,
        dpi=results[0].target.dpi,
        gap_mm=GAP_MM if wish.gap_mm is None else wish.gap_mm,
        has_ticks=wish.cut_lines is not False,
    )
    photos = [on_white(read_photo(folder / one.name, LIMITS)) for one in results]
    orders = [Order(shown.shape[1], shown.shape[0], wish.copies) for shown in photos]
    try:
        laid = sheets(stock, orders)
    except InputError as error:
        # The photos themselves are fine: a person decides, and nothing is squeezed to fit.
        return Sheets(refusal=Reason(error.code, error.facts))
    is_lossless = all(one.suffix == ".png" for one in results)
    made = tuple(
        _printed(
            sheet, photos, (folder, _name(key, number, len(laid))), key, is_lossless=is_lossless
        )
        for number, sheet in enumerate(laid, 1)
    )
    files = tuple(ReadyFile(OutputKind.EXTRA, one.name, f".{one.name}") for one in made)
    return Sheets(made, files)


def _name(paper: str, number: int, count: int) -> str:
    plain = "".join(char if char.isalnum() else "-" for char in paper)
    return f"sheet_{plain}_{number}" if count > 1 else f"sheet_{plain}"


def _printed(
    sheet: Sheet,
    photos: Sequence[NDArray[np.uint8]],
    place: tuple[Path, str],
    paper: str,
    *,
    is_lossless: bool,
) -> Printed:
    """A sheet as JPEG where that shows every print as it is, else as PNG."""
    folder, stem = place
    pixels = drawn(sheet, photos)
    name = f"{stem}{'.png' if is_lossless else '.jpg'}"
    file = write_exact(pixels, form="png" if is_lossless else "jpeg", dpi=sheet.dpi)
    (folder / name).write_bytes(file.content)
    seen = read_photo(folder / name, LIMITS)
    rows = sheet_rows(seen.srgb, sheet, photos, is_lossless=is_lossless, least=len(sheet.tiles))
    if not is_lossless and any(row.verdict == Severity.FAIL.value for row in rows):
        return _printed(sheet, photos, place, paper, is_lossless=True)
    dpi = seen.container.dpi or (math.nan, math.nan)
    low, high = sheet.dpi - 0.5, sheet.dpi + 0.5
    tag = Row("sheet_dpi", dpi[0], "dpi", low, high, Severity.FAIL, "ID_SHEET")
    return Printed(paper, sheet, name, (*rows, tag))
