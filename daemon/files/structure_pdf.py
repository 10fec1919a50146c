"""Whether a PDF is whole: its end mark is written last.

Source: ISO 32000-1, 7.5.5; readers look for the mark in the last 1024 bytes (PDF Reference 1.7,
implementation note 18 in appendix H).
"""

from __future__ import annotations

from daemon.domain.readiness import Whole
from daemon.files.window import Window

END_MARK = b"%%EOF"
TAIL_BYTES = 1024


def pdf_end(window: Window) -> Whole:
    """Proven with its end mark; without one it may be whole and old, so it has to be quiet."""
    start = max(0, window.size - TAIL_BYTES)
    if END_MARK not in window.read(start, TAIL_BYTES):
        return Whole.ACCEPTED
    return Whole.PROVEN if window.first_hole() >= window.size else Whole.ACCEPTED
