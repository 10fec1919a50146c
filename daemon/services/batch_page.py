"""report.html: one file that shows a batch, without a script and without the network."""

from __future__ import annotations

import base64
import html
from collections.abc import Iterator, Mapping

from daemon.services.batch_report import BatchReport, PhotoLine, Standing
from daemon.services.batch_words import WORDS, findings_lines, shown, when

_STYLE = """
body{font:15px/1.5 system-ui,"PingFang SC","Microsoft YaHei",sans-serif;margin:2rem;color:#222}
table{border-collapse:collapse;margin:1rem 0}td,th{border:1px solid #ccc;padding:.4rem .6rem;
text-align:left;vertical-align:top}th{background:#f2f2f2}img{display:block;max-height:120px}
.done{background:#e3f5e6}.review{background:#fff6d6}.rejected,.failed{background:#fde2e4}
.missing{background:#fde9dc}.cancelled{background:#e8e8e8}
code{color:#555;font-size:.85em}@media print{body{margin:0}tr{break-inside:avoid}}
"""
_COLUMNS = ("line", "employee_id", "name", "status", "thumbnail", "photo", "result", "reason")
_SAFE = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def page(report: BatchReport, pictures: Mapping[str, bytes]) -> str:
    """The whole page; the same report gives the same text.

    Args:
        report: What to tell.
        pictures: JPEG by job.
    """
    batch, words = report.batch, WORDS[report.batch.language]
    title = f"{words['title']} · {batch.name}"
    facts = [(words["received"], when(batch.created_ms)), (words["ended"], when(report.ended_ms))]
    totals = [(words[name], str(n)) for name, n in report.totals().items()]
    parts = [
        f'<!doctype html>\n<html lang="{batch.language}"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_SAFE}">',
        f"<title>{_text(title)}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{_text(title)}</h1>",
        f"<p>{_text(words['cancelled_batch'])}</p>" if batch.state.value == "cancelled" else "",
        _pairs([*facts, *totals]),
        f"<h2>{_text(words['people'])}</h2>",
        _table(_people(report, pictures), words),
    ]
    if report.strays:
        rows = (_row(("", "", ""), photo, pictures, words) for photo in report.strays)
        parts += [f"<h2>{_text(words['strays'])}</h2>", _table(rows, words)]
    findings = findings_lines(batch.findings, batch.language)
    if findings:
        parts += [f"<h2>{_text(words['list'])}</h2>", _pairs(findings)]
    return "\n".join(part for part in parts if part) + "\n</body></html>\n"


def _people(report: BatchReport, pictures: Mapping[str, bytes]) -> Iterator[str]:
    words = WORDS[report.batch.language]
    for person in report.people:
        who = (str(person.entry.line), person.entry.employee_id, person.entry.name)
        for photo in person.photos:
            yield _row(who, photo, pictures, words, several=person.sent_several)
        if not person.photos:
            yield _missing(who, person.entry.file, words)


def _row(
    who: tuple[str, str, str],
    photo: PhotoLine,
    pictures: Mapping[str, bytes],
    words: Mapping[str, str],
    *,
    several: bool = False,
) -> str:
    status = words[photo.standing] + (f" {words['several']}" if several else "")
    told = [
        f"{_text(reason)} <code>{_text(code)}</code>"
        for reason, code in zip(photo.reasons, photo.codes, strict=True)
    ]
    reasons = "<br>".join([*told, *map(_text, photo.notes)])
    result = photo.result.name if photo.result else ""
    cells = [*map(_text, who), _text(status), _image(pictures.get(photo.job_id))]
    cells += [_text(photo.photo), _text(result), reasons]
    return _cells(cells, photo.standing)


def _missing(who: tuple[str, str, str], file: str, words: Mapping[str, str]) -> str:
    cells = [*map(_text, who), _text(words[Standing.MISSING]), "", _text(file), "", ""]
    return _cells(cells, Standing.MISSING)


def _cells(cells: list[str], standing: Standing) -> str:
    return (
        f'<tr class="{standing.value}">' + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
    )


def _image(picture: bytes | None) -> str:
    if picture is None:
        return ""
    return f'<img alt="" src="data:image/jpeg;base64,{base64.b64encode(picture).decode()}">'


def _table(rows: Iterator[str], words: Mapping[str, str]) -> str:
    head = "".join(f"<th>{_text(words[name])}</th>" for name in _COLUMNS)
    return f"<table><tr>{head}</tr>\n" + "\n".join(rows) + "</table>"


def _pairs(pairs: list[tuple[str, str]]) -> str:
    rows = (f"<tr><th>{_text(name)}</th><td>{_text(value)}</td></tr>" for name, value in pairs)
    return "<table>" + "".join(rows) + "</table>"


def _text(words: str) -> str:
    return html.escape(shown(words))
