"""What a walk through a written file may find, and how it says so."""

from __future__ import annotations

import enum
import mmap
from collections.abc import Sequence
from dataclasses import dataclass

Size = tuple[int, int]
Data = bytes | mmap.mmap


class LeakKind(enum.StrEnum):
    """What was found."""

    TRAILING = "trailing"  # bytes behind the end mark
    SECOND_PICTURE = "second_picture"  # a thumbnail, preview, further frame or picture
    METADATA = "metadata"  # EXIF, XMP, IPTC, maker notes, text, comment, document properties
    PROFILE = "profile"
    ALPHA = "alpha"
    PAGES = "pages"  # another number of pages than was meant
    SIZE = "size"  # another size than was meant
    FIELD = "field"  # a segment, chunk, tag or key that a clean file has not
    UNREFERENCED = "unreferenced"  # bytes that nothing in the file points to
    ACTIVE = "active"  # scripts, actions, forms, attached files, text layers
    SECRET = "secret"  # noqa: S105 - a kind of finding
    UNREADABLE = "unreadable"  # the walk came to no end: nothing is vouched for


@dataclass(frozen=True, slots=True)
class Leak:
    """One finding. It says what and where, never what is written there.

    Attributes:
        kind: What it is.
        detail: Name of the segment, chunk, tag or key, and its place.
    """

    kind: LeakKind
    detail: str

    def as_json(self) -> dict[str, str]:
        """For the record."""
        return {"kind": self.kind, "detail": self.detail}


class Torn(Exception):
    """The structure ends or contradicts itself."""


def check_pages(found: list[Leak], sizes: Sequence[Size], seen: Sequence[Size]) -> None:
    """Compare the pages of a file with those that were meant."""
    if len(seen) != len(sizes):
        found.append(Leak(LeakKind.PAGES, f"{len(seen)} pages instead of {len(sizes)}"))
    for number, (is_, meant) in enumerate(zip(seen, sizes, strict=False), 1):
        if is_ != tuple(meant):
            text = f"page {number}: {is_[0]}×{is_[1]} instead of {meant[0]}×{meant[1]}"
            found.append(Leak(LeakKind.SIZE, text))
