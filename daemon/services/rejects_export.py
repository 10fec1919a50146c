"""Lists of jobs as files: CSV that is written while it is sent, and XLSX.

Names come from whoever dropped the photos. A spreadsheet takes a cell of a CSV file that begins
like a formula for one: such a cell gets an apostrophe before it. In XLSX every cell says that it is
text, so that names stay as they are.
"""

from __future__ import annotations

import csv
import io
import itertools
import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import BinaryIO, cast

from daemon.domain.assessment import assessment_of
from daemon.domain.codes import explain
from daemon.domain.distribution import SCORE_ONE
from daemon.domain.job import Job
from daemon.files.safe import display_name
from daemon.services.batch_words import shown
from daemon.store.database import Database
from daemon.store.views import JobFilter

MOST_CSV = 200_000
MOST_XLSX = 20_000
# A spreadsheet starts a formula at one of these; at their wide forms, too, where Chinese or
# Japanese is written. Source: OWASP, "CSV Injection".
_FORMULA = frozenset("=+-@\t\r\n\N{FULLWIDTH EQUALS SIGN}\N{FULLWIDTH PLUS SIGN}"
                     "\N{FULLWIDTH HYPHEN-MINUS}\N{FULLWIDTH COMMERCIAL AT}")  # fmt: skip
_MOST_CELL = 32_767
_PAGE = 500

HEADS = {
    "zh": ("任务", "收件夹", "文件", "状态", "代码", "原因", "质量", "引擎", "标准", "方案", "次数",
           "收到时间", "结束时间"),
    "en": ("Job", "Inbox", "File", "State", "Codes", "Reasons", "Quality", "Engine", "Profile",
           "Plan", "Attempts", "Received at", "Ended at"),
}  # fmt: skip
_CUT = {
    "zh": "只导出了前 {n} 行,请缩小筛选范围。",
    "en": "Only the first {n} rows are here; narrow the filter for the rest.",
}
_WIDTHS = (26, 14, 40, 10, 30, 60, 9, 24, 12, 20, 9, 26, 26)


def csv_lines(
    database: Callable[[], Database], wanted: JobFilter, language: str, most: int = MOST_CSV
) -> Iterator[bytes]:
    """A CSV file (UTF-8 with its mark, as spreadsheets want it), in pieces, newest job first."""
    yield "\N{ZERO WIDTH NO-BREAK SPACE}".encode()
    yield _written([HEADS[language]])
    for rows in _pages(database, wanted, language, most):
        yield _written(rows)


def workbook(
    database: Callable[[], Database], wanted: JobFilter, language: str, most: int = MOST_XLSX
) -> BinaryIO:
    """An XLSX file of the same; whoever takes it closes it."""
    import xlsxwriter  # noqa: PLC0415 - seldom wanted, and a tenth of the panel's start

    file = cast("BinaryIO", tempfile.TemporaryFile())  # noqa: SIM115 - handed on
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(file, options) as book:
        sheet, bold = book.add_worksheet(), book.add_format({"bold": True})
        for column, (head, width) in enumerate(zip(HEADS[language], _WIDTHS, strict=True)):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, head, bold)
        sheet.freeze_panes(1, 0)
        pages = _pages(database, wanted, language, most)
        for at, row in enumerate(itertools.chain.from_iterable(pages), start=1):
            for column, cell in enumerate(row):
                sheet.write_string(at, column, cell[:_MOST_CELL])
    file.seek(0)
    return file


def _pages(
    database: Callable[[], Database], wanted: JobFilter, language: str, most: int
) -> Iterator[list[tuple[str, ...]]]:
    """Rows of a page after the other; the last one says where more were left out."""
    before_id: str | None = None
    left = most
    while True:
        with database().read() as uow:
            page = uow.views.page(wanted, before_id=before_id, limit=min(_PAGE, left))
        yield [_row(job, language) for job in page.jobs]
        before_id, left = page.before_id, left - len(page.jobs)
        if before_id is None:
            return
        if left <= 0:
            yield [(_CUT[language].format(n=most),)]
            return


def _row(job: Job, language: str) -> tuple[str, ...]:
    found = assessment_of(job.measures, job.engines)
    score = None if found is None else found.score
    return (
        job.id,
        job.inbox,
        shown(display_name(job.relative)),
        job.state.value,
        " ".join(reason.code for reason in job.reasons),
        "; ".join(shown(explain(reason, language)[0]) for reason in job.reasons),
        "" if score is None else f"{score / SCORE_ONE:.4f}",
        "" if found is None else found.engine,
        "" if found is None else found.profile,
        job.plan.label,
        str(job.attempts),
        _time(job.created_ms),
        _time(job.finished_ms),
    )


def _time(at_ms: int | None) -> str:
    if at_ms is None:
        return ""
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone().isoformat(timespec="seconds")


def _written(rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([[harmless(cell) for cell in row] for row in rows])
    return text.getvalue().encode("utf-8", "replace")


def harmless(cell: str) -> str:
    """Text that no spreadsheet takes for a formula; what looks like one gets an apostrophe."""
    return f"'{cell}" if cell.lstrip(" ")[:1] in _FORMULA else cell
