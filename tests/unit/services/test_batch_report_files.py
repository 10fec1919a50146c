"""The files of a report: right, the same each time, and safe whatever people are called."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from python_calamine import CalamineWorkbook

from daemon.domain.artifact import OutputFile, OutputKind
from daemon.domain.batch import Batch, BatchPhoto, BatchState
from daemon.domain.job import PlannedOutput, State
from daemon.domain.manifest import Entry
from daemon.services.batch_contact_sheet import write_contact_sheet
from daemon.services.batch_page import page
from daemon.services.batch_report import BatchReport, PersonLine, PhotoLine, Standing, report_of
from daemon.services.batch_thumbnails import thumbnails
from daemon.services.batch_workbook import write_workbook
from tests.fakes.store import job_row

NOW_MS = 1_700_000_000_000
HOSTILE = [
    "=cmd|' /C calc'!A0", "+1+1", "@SUM(A1)", "http://example.org/x",
    "<img src=x onerror=alert(1)>", "a\x00b\x0b\x1b[31m", "\u202egpj.exe", "\ud800", "𠮷野家",
    "x" * 40_000, "两\n行", "", "'--", "&amp;",
]  # fmt: skip


def line(job_id: str, standing: Standing = Standing.DONE, **fields: Any) -> PhotoLine:
    given: dict[str, Any] = {
        "job_id": job_id, "photo": f"{job_id}.jpg", "standing": standing, "reasons": (),
        "codes": (), "outputs": (Path(f"/out/{job_id}.jpg"),), "picture": None,
    }  # fmt: skip
    return PhotoLine(**{**given, **fields})


def report(*people: PersonLine, language: str = "zh", **fields: Any) -> BatchReport:
    batch = Batch(
        "1" * 22, "in", fields.pop("name", "入职"), BatchState.FINISHED, language, NOW_MS, "入职",
        fields.pop("findings", {}),
    )  # fmt: skip
    return BatchReport(batch, people, fields.pop("strays", ()), NOW_MS + 60_000)


def a_jpeg() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (90, 120), "navy").save(buffer, "JPEG")
    return buffer.getvalue()


@pytest.fixture
def hostile() -> BatchReport:
    people = [
        PersonLine(Entry(2 + at, text, text), (line(f"{at:022x}", photo=text, reasons=(text,),
                   codes=("FACE_NOT_FOUND",)),))
        for at, text in enumerate(HOSTILE)
    ]  # fmt: skip
    findings = {"unknown_columns": HOSTILE, "columns": {"name": HOSTILE[0]}, "doubled": {"a": [1]}}
    return report(*people, name="".join(HOSTILE[:9]), findings=findings)


def pictures(of: BatchReport) -> dict[str, bytes]:
    return {photo.job_id: a_jpeg() for photo in of.photos}


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.attributes |= {name for name, _ in attrs}


def test_nothing_that_a_person_is_called_becomes_a_tag(hostile: BatchReport) -> None:
    tags = Tags()
    tags.feed(page(hostile, pictures(hostile)))
    assert tags.seen == {
        "html", "head", "meta", "title", "style", "body", "h1", "h2", "table", "tr", "th", "td",
        "img", "code",
    }  # fmt: skip
    assert tags.attributes == {"lang", "charset", "http-equiv", "content", "class", "alt", "src"}
    assert page(hostile, {}).encode()  # every character can be written
    assert "\u202e" not in page(hostile, {})


def test_nothing_that_a_person_is_called_becomes_a_formula(
    hostile: BatchReport, tmp_path: Path
) -> None:
    path = tmp_path / "report.xlsx"
    write_workbook(path, hostile, pictures(hostile))
    rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(1).to_python()[1:]
    assert [row[1] for row in rows[:5]] == HOSTILE[:5]
    assert len(rows[9][1]) == 32_767
    with zipfile.ZipFile(path) as book:
        sheets = b"".join(book.read(name) for name in book.namelist() if "worksheets/" in name)
        assert b"<f>" not in sheets
        assert b"hyperlink" not in sheets


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_same_report_gives_the_same_bytes(language: str, tmp_path: Path) -> None:
    person = PersonLine(Entry(2, "1001", "张三"), (line("a" * 22), line("b" * 22, Standing.REVIEW)))
    told = report(person, PersonLine(Entry(3, "1002"), ()), language=language)
    for name, write in (("x.xlsx", write_workbook), ("x.pdf", write_contact_sheet)):
        write(tmp_path / f"1{name}", told, pictures(told))
        write(tmp_path / f"2{name}", told, pictures(told))
        assert (tmp_path / f"1{name}").read_bytes() == (tmp_path / f"2{name}").read_bytes()
    assert page(told, pictures(told)) == page(told, pictures(told))


def test_a_person_stands_as_the_best_of_their_photos_does() -> None:
    def of(*standings: Standing) -> Standing:
        lines = tuple(line(f"{at:022x}", one) for at, one in enumerate(standings))
        return PersonLine(Entry(2, "1"), lines).standing

    assert of() is Standing.MISSING
    assert of(Standing.FAILED, Standing.REVIEW) is Standing.REVIEW
    assert of(Standing.REJECTED, Standing.DONE) is Standing.DONE
    assert of(Standing.CANCELLED) is Standing.CANCELLED


def test_what_a_route_notes_of_a_photo_is_in_the_report(tmp_path: Path) -> None:
    note = tmp_path / "1001.notes.txt"
    note.write_bytes("两眼间距只有 75 像素。\r\n\r\n<b>\r\n".encode("utf-8-sig"))
    output = OutputFile(OutputKind.EXTRA, "notes.txt", ".notes.txt", "ab", 5)
    job = job_row(
        State.DONE, outputs=(PlannedOutput(output, bytes(note), 7),), finished_ms=NOW_MS + 1
    )
    told = report_of(report().batch, [Entry(2, "1001")], [BatchPhoto(job.id, 2, "1001.jpg")], [job])
    (photo,) = told.photos
    assert photo.notes == ("两眼间距只有 75 像素。", "<b>")
    assert "两眼间距只有 75 像素。<br>&lt;b&gt;" in page(told, {})
    write_workbook(tmp_path / "x.xlsx", told, {})
    people = CalamineWorkbook.from_path(str(tmp_path / "x.xlsx")).get_sheet_by_index(1)
    assert people.to_python()[1][7] == "两眼间距只有 75 像素。\n<b>"
    note.unlink()
    assert report_of(told.batch, [], [BatchPhoto(job.id, None, "a")], [job]).photos[0].notes == ()


def test_the_contact_sheet_has_thirty_photos_to_a_page(
    hostile: BatchReport, tmp_path: Path
) -> None:
    people = [PersonLine(Entry(at, str(at)), (line(f"{at:022x}"),)) for at in range(31)]
    for told, pages in ((report(*people), 2), (hostile, 1), (report(), 1)):
        write_contact_sheet(tmp_path / "x.pdf", told, pictures(told))
        found = (tmp_path / "x.pdf").read_bytes()
        assert len(re.findall(rb"/Type /Page\b", found)) == pages


@pytest.mark.parametrize("mode", ["RGB", "L", "P", "LA", "RGBA", "CMYK", "I;16"])
def test_a_thumbnail_is_a_small_jpeg_of_any_result(mode: str, tmp_path: Path) -> None:
    path = tmp_path / ("a.tif" if mode == "CMYK" else "a.png")
    Image.new(mode, (600, 800)).save(path)
    (small,) = thumbnails([line("1" * 22, picture=path)]).values()
    with Image.open(io.BytesIO(small)) as picture:
        assert (picture.size, picture.format, picture.mode) == ((90, 120), "JPEG", "RGB")


@pytest.mark.parametrize("content", [b"", b"no picture", b"\xff\xd8\xff\xe0 cut"])
def test_a_picture_that_cannot_be_read_has_no_thumbnail(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(content)
    assert thumbnails([line("1" * 22, picture=path)]) == {}
    assert thumbnails([line("1" * 22, picture=tmp_path / "gone.jpg")]) == {}
    assert thumbnails([line("1" * 22)]) == {}


def test_writing_a_report_brings_no_array_library_into_the_daemon(repo_root: Path) -> None:
    writers = ("batch_contact_sheet", "batch_page", "batch_thumbnails", "batch_workbook")
    imports = "; ".join(f"import daemon.services.{name}" for name in writers)
    code = f"import sys; {imports}; assert 'numpy' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], cwd=repo_root, check=True, timeout=30)
