"""Whether a zip is whole: its directory is written last, so that a broken copy has none.

Workbooks are zips too. Source: APPNOTE.TXT 6.3.10, 4.3.16.
"""

from __future__ import annotations

from daemon.domain.readiness import Whole
from daemon.files.window import SPAN, Window

ZIP_HEADS = (b"PK\x03\x04", b"PK\x05\x06")
_END = b"PK\x05\x06"
_END_BYTES = 22
# Stands for "see the record of zip64".
_UNTOLD = 0xFFFF_FFFF


def zip_end(window: Window) -> Whole:
    """Look for the end of the directory where it must be, however long the file."""
    start = max(0, window.size - SPAN)
    at = window.read(start, SPAN).rfind(_END)
    if at < 0:
        return Whole.PARTIAL
    end = start + at
    size, offset = window.number(end + 12, 4, big=False), window.number(end + 16, 4, big=False)
    comment = window.number(end + 20, 2, big=False)
    if end + _END_BYTES + comment > window.size:
        return Whole.PARTIAL
    is_exact = end + _END_BYTES + comment == window.size
    is_told = _UNTOLD not in {size, offset}
    if is_told and offset + size > end:
        return Whole.PARTIAL
    is_written = window.first_hole() >= window.size
    return Whole.PROVEN if is_exact and is_written else Whole.ACCEPTED
