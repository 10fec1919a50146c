"""Walks a written file from its first byte to its last and names what does not belong there.

The rule is a list of what a clean file consists of, not of what is forbidden: a segment, chunk,
field or byte that is not needed to show the pages is a leak, known or not. The walkers share no
code with the writers.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from daemon.imaging.leaks_found import Data, Leak, LeakKind, Size, Torn
from daemon.imaging.leaks_jpeg import walk_jpeg
from daemon.imaging.leaks_pdf import walk_pdf
from daemon.imaging.leaks_plain import walk_bmp, walk_webp
from daemon.imaging.leaks_png import walk_png
from daemon.imaging.leaks_tiff import walk_tiff

LEAST_SECRET_BYTES = 6
"""Shorter strings stand in any compressed picture by chance."""
MOST_LEAKS = 50
# Whatever a walker trips over on hostile bytes: the file is then not vouched for.
_BROKEN = (
    Torn,
    ArithmeticError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
    struct.error,
)
_ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "gb18030")


def leaks_of(path: Path, sizes: Sequence[Size], secrets: Iterable[str] = ()) -> tuple[Leak, ...]:
    """Everything in a written file that is not needed to show its pages.

    Args:
        path: The file.
        sizes: Width and height that each page must have.
        secrets: Strings of at least six bytes that must stand nowhere in the bytes, in any
            usual encoding (of the input's metadata, or found on its pages).

    Returns:
        Nothing for a clean file, else at most fifty findings.

    Raises:
        OSError: The file cannot be read.
    """
    with path.open("rb") as file:
        if path.stat().st_size == 0:
            return (Leak(LeakKind.UNREADABLE, "an empty file"),)
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return leaks_in(data, sizes, secrets)


def leaks_in(data: Data, sizes: Sequence[Size], secrets: Iterable[str] = ()) -> tuple[Leak, ...]:
    """The same of bytes in memory."""
    found: list[Leak] = []
    walk = _walker(data)
    if walk is None:
        return (Leak(LeakKind.UNREADABLE, "no format that is written here"),)
    try:
        walk(data, sizes, found)
    except _BROKEN as error:
        found.append(Leak(LeakKind.UNREADABLE, f"{type(error).__name__}: {error}"[:120]))
    found += _secrets(data, secrets)
    return tuple(dict.fromkeys(found))[:MOST_LEAKS]


def _secrets(data: Data, secrets: Iterable[str]) -> list[Leak]:
    found = []
    for number, secret in enumerate(secrets, 1):
        forms = {secret.encode(encoding, "ignore") for encoding in _ENCODINGS}
        if any(len(form) >= LEAST_SECRET_BYTES and data.find(form) >= 0 for form in forms):
            found.append(Leak(LeakKind.SECRET, f"secret {number} of the list"))
    return found


Walk = Callable[[Data, Sequence[Size], list[Leak]], None]

_STARTS: Mapping[bytes, Walk] = {
    b"\xff\xd8": walk_jpeg,
    b"\x89PNG\r\n\x1a\n": walk_png,
    b"BM": walk_bmp,
    b"RIFF": walk_webp,
    b"II*\0": walk_tiff,
    b"%PDF-": walk_pdf,
}


def _walker(data: Data) -> Walk | None:
    return next((walk for start, walk in _STARTS.items() if data[: len(start)] == start), None)
