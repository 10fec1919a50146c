"""Reading pieces of a file without ever holding the whole of it."""

from __future__ import annotations

import os

# The most that one read gives.
SPAN = 64 * 1024


class Window:
    """A file seen through a buffer of 64 KiB.

    Args:
        descriptor: The open file.
        size: Its length when it was looked at; nothing past that is read.
    """

    def __init__(self, descriptor: int, size: int) -> None:
        self.descriptor = descriptor
        self.size = size
        self._start = 0
        self._buffer = b""

    def read(self, offset: int, length: int) -> bytes:
        """Up to ``length`` (at most 64 KiB) bytes; fewer only at the end of the file."""
        if offset < 0:
            return b""
        at = offset - self._start
        if at < 0 or at + length > len(self._buffer):
            self._buffer = os.pread(self.descriptor, min(SPAN, max(0, self.size - offset)), offset)
            self._start, at = offset, 0
        return self._buffer[at : at + length]

    def number(self, offset: int, length: int, *, big: bool = True) -> int:
        """An unsigned integer.

        Raises:
            Cut: The file ends before it.
        """
        raw = self.read(offset, length)
        if len(raw) < length:
            raise Cut
        return int.from_bytes(raw, "big" if big else "little")

    def is_blank(self, offset: int, length: int) -> bool:
        """Whether all of these bytes are zero (and there are any)."""
        raw = self.read(offset, length)
        return bool(raw) and not raw.strip(b"\0")

    def first_hole(self) -> int:
        """Where the first unwritten stretch begins; the size where there is none.

        A copy that sets the size first leaves the rest unwritten, which a local filesystem
        knows; others report none.
        """
        try:
            return min(self.size, os.lseek(self.descriptor, 0, os.SEEK_HOLE))
        except OSError:
            return self.size


class Cut(Exception):
    """The file ends in the middle of something."""
