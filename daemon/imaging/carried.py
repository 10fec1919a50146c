"""What a file carries besides its pages: kinds and places, never what is written there.

For files that people send; ``leaks`` walks what the booth wrote itself and knows no more formats
than that.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pikepdf

from daemon.imaging.decode import read_photo
from daemon.imaging.leaks import leaks_of
from daemon.imaging.leaks_found import Leak, LeakKind
from daemon.imaging.limits import Limits

TELLING = frozenset(
    {LeakKind.METADATA, LeakKind.SECOND_PICTURE, LeakKind.TRAILING, LeakKind.ACTIVE}
)
"""Kinds that may name somebody or show what the pages do not."""
# The details of these are words of ours; those of the others may quote the file.
_TOLD = TELLING | {LeakKind.PROFILE, LeakKind.ALPHA, LeakKind.UNREFERENCED}
_BY_DECODER = frozenset({"HEIF", "AVIF", "GIF"})
_BROKEN = (
    pikepdf.PdfError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)
_OF_ROOT = {
    "/Metadata": (LeakKind.METADATA, "XMP of the document"),
    "/AcroForm": (LeakKind.ACTIVE, "a form"),
    "/OpenAction": (LeakKind.ACTIVE, "an action on opening"),
    "/AA": (LeakKind.ACTIVE, "actions of the document"),
    "/AF": (LeakKind.ACTIVE, "attached files"),
    "/Outlines": (LeakKind.ACTIVE, "bookmarks"),
    "/StructTreeRoot": (LeakKind.ACTIVE, "a tagged text"),
    "/PieceInfo": (LeakKind.METADATA, "data of a program"),
}
_OF_NAMES = {
    "/EmbeddedFiles": (LeakKind.ACTIVE, "attached files"),
    "/JavaScript": (LeakKind.ACTIVE, "scripts"),
}
_OF_PAGE = {
    "/Metadata": (LeakKind.METADATA, "XMP"),
    "/Annots": (LeakKind.ACTIVE, "notes, links or fields"),
    "/AA": (LeakKind.ACTIVE, "actions"),
    "/Thumb": (LeakKind.SECOND_PICTURE, "a thumbnail"),
    "/PieceInfo": (LeakKind.METADATA, "data of a program"),
}
_OF_PHOTO = {
    "xmp": (LeakKind.METADATA, "XMP"),
    "comment": (LeakKind.METADATA, "a comment"),
    "photoshop": (LeakKind.METADATA, "Photoshop resources"),
}


@dataclass(frozen=True, slots=True)
class Carried:
    """What was found.

    Attributes:
        leaks: In the order they were met, at most fifty or so.
        complete: Whether the file was walked to its end.
    """

    leaks: tuple[Leak, ...]
    complete: bool

    @property
    def telling(self) -> bool:
        """Whether any of it may name somebody or show what the pages do not."""
        return any(leak.kind in TELLING for leak in self.leaks)


def carried_by(path: Path, source: str, limits: Limits) -> Carried:
    """What a file carries besides its pages.

    Args:
        path: A file that ``open_clean`` opens.
        source: Its format, as ``CleanShape.source``.
        limits: What it may measure.

    Raises:
        InputError: It cannot be decoded.
        OSError: It cannot be read.
    """
    if source == "PDF":
        return _pdf(path)
    if source in _BY_DECODER:
        return Carried(tuple(_decoded(path, limits)), complete=False)
    found = leaks_of(path, ())
    told = tuple(leak for leak in found if leak.kind in _TOLD)
    return Carried(told, complete=all(leak.kind is not LeakKind.UNREADABLE for leak in found))


def _decoded(path: Path, limits: Limits) -> Iterator[Leak]:
    container = read_photo(path, limits).container
    if container.exif:
        yield Leak(LeakKind.METADATA, "EXIF")
    if container.icc:
        yield Leak(LeakKind.PROFILE, "a colour profile")
    for key, (kind, what) in _OF_PHOTO.items():
        if container.extra.get(key):
            yield Leak(kind, what)


def _pdf(path: Path) -> Carried:
    found: list[Leak] = []
    try:
        with pikepdf.open(path) as pdf:
            found += _of_document(pdf)
            for number, page in enumerate(pdf.pages, 1):
                found += _of_page(page.obj, number)
    except _BROKEN:
        return Carried(tuple(found), complete=False)
    return Carried(tuple(found), complete=True)


def _of_document(pdf: pikepdf.Pdf) -> Iterator[Leak]:
    if "/Info" in pdf.trailer and len(pdf.trailer.Info):
        yield Leak(LeakKind.METADATA, "properties of the document")
    yield from _named(pdf.Root, _OF_ROOT, "")
    yield from _named(pdf.Root.get("/Names"), _OF_NAMES, "")


def _of_page(page: Any, number: int) -> Iterator[Leak]:
    yield from _named(page, _OF_PAGE, f"page {number}: ")
    if page.get("/Resources") is not None and page.Resources.get("/Font"):
        yield Leak(LeakKind.ACTIVE, f"page {number}: text that can be copied")


def _named(item: Any, known: dict[str, tuple[LeakKind, str]], where: str) -> Iterator[Leak]:
    if item is None:
        return
    for key, (kind, what) in known.items():
        if item.get(key) is not None:
            yield Leak(kind, where + what)
