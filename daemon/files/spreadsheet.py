"""Reads a table of names as people save it: CSV from Excel in two encodings, or a workbook.

Only values are read; formulas, macros and links in a workbook are never followed.
"""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from daemon.errors import InputError

MAX_BYTES = 16 * 1024 * 1024
_MAX_CELLS = 2_000_000
# The process that reads workbooks: it says 4 where there are too many cells.
_CHILD = Path(__file__).with_name("workbook_child.py")
_TOO_LONG = 4
_PATIENCE_S = 60.0
_ZIP_HEAD = b"PK\x03\x04"
_DELIMITERS = ",;\t|"


def read_spreadsheet(content: bytes) -> list[list[object]]:
    """The rows of a table; a workbook's first sheet that is not empty.

    Args:
        content: A CSV file (UTF-8 with or without mark, UTF-16, GB 18030) or an xlsx workbook,
            told apart by what is in it, not by its name.

    Raises:
        InputError: ``MANIFEST_UNREADABLE`` or ``MANIFEST_TOO_LONG``.
    """
    if len(content) > MAX_BYTES:
        raise _refused("MANIFEST_TOO_LONG", actual=len(content), limit=MAX_BYTES)
    rows = _workbook(content) if content.startswith(_ZIP_HEAD) else _text_table(content)
    if sum(map(len, rows)) > _MAX_CELLS:
        raise _refused("MANIFEST_TOO_LONG", actual=sum(map(len, rows)), limit=_MAX_CELLS)
    return rows


def _workbook(content: bytes) -> list[list[object]]:
    """A workbook's rows, read by another process: a hostile one ends that, not the daemon."""
    command = [sys.executable, "-I", str(_CHILD), str(_MAX_CELLS)]
    try:
        done = subprocess.run(
            command, input=content, capture_output=True, timeout=_PATIENCE_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise _refused("MANIFEST_UNREADABLE", detail="too slow to read") from error
    if done.returncode == _TOO_LONG:
        raise _refused("MANIFEST_TOO_LONG", limit=_MAX_CELLS)
    if done.returncode:
        # Also where it met its limits, by a signal.
        raise _refused("MANIFEST_UNREADABLE", detail=f"status {done.returncode}")
    rows: list[list[object]] = json.loads(done.stdout)
    return rows


def _text_table(content: bytes) -> list[list[object]]:
    text = _decoded(content)
    if "\0" in text:
        raise _refused("MANIFEST_UNREADABLE", detail="not text")
    first = next((line for line in text.split("\n") if line.strip()), "")
    # By the headings alone: a sniffer takes a comma in somebody's remark for a column.
    delimiter = max(_DELIMITERS, key=first.count)
    try:
        return [list(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)]
    except csv.Error as error:
        raise _refused("MANIFEST_UNREADABLE", detail=str(error)) from error


def _decoded(content: bytes) -> str:
    """Text in one of the encodings that spreadsheets write.

    Excel in Chinese saves CSV as GBK; GB 18030 contains it. UTF-8 is asked first, because GBK
    text is almost never valid UTF-8 while the reverse is common.
    """
    for mark, encoding in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if content.startswith(mark):
            return _strict(content, (encoding,))
    return _strict(content, ("utf-8-sig", "gb18030"))


def _strict(content: bytes, encodings: Sequence[str]) -> str:
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _refused("MANIFEST_UNREADABLE", detail="encoding")


def _refused(code: str, **facts: object) -> InputError:
    return InputError(code, **facts)  # type: ignore[arg-type]  # facts, not the message
