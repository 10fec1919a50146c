"""Reads one workbook in a process of its own, whose memory and time are bounded.

Run as a script: the workbook on standard input, JSON rows on standard output, exit status 3
where the file is no workbook. A few kilobytes can claim a sheet of 17 billion cells, and a
library that takes that at its word ends its process: this one, never the daemon. Nothing of the
booth is imported here.
"""

from __future__ import annotations

import io
import json
import resource
import sys

from python_calamine import CalamineError, CalamineWorkbook

MOST_MEMORY_BYTES = 1 << 30
MOST_CPU_S = 30
NO_WORKBOOK = 3
TOO_LONG = 4


def main() -> int:
    """Read standard input; returns the exit status."""
    most_cells = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY_BYTES, MOST_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_CPU_S, MOST_CPU_S))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        rows = _rows(sys.stdin.buffer.read())
    except (CalamineError, ValueError, OSError):
        return NO_WORKBOOK
    if sum(map(len, rows)) > most_cells:
        return TOO_LONG
    json.dump(rows, sys.stdout, default=str)
    return 0


def _rows(content: bytes) -> list[list[object]]:
    """The first sheet that is not empty."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    for name in book.sheet_names:
        rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        if any(cell not in {"", None} for row in rows for cell in row):
            return [list(row) for row in rows]
    return []


if __name__ == "__main__":
    sys.exit(main())
