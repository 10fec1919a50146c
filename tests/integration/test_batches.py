"""Archives of photos, from the inbox to the report, by the services alone."""

from __future__ import annotations

import contextlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from daemon.domain.batch import Batch, BatchState
from daemon.domain.job import LIVE, State, Verdict
from daemon.services.sweep import sweep
from tests.fakes import oracles
from tests.fakes.archives import table, workbook, zipped
from tests.fakes.batch_office import HEAD, JOINERS, Office, cells, three
from tests.fakes.photos import jpeg


def test_an_archive_with_a_list_ends_in_results_and_a_report(office: Office) -> None:
    office.drop("joiners.zip", zipped({
        "照片/1001.jpg": jpeg(1),
        "照片/李四.JPG": jpeg(2, Verdict.REJECTED),
        "照片/李四 2.jpg": jpeg(3),
        "照片/stranger.jpg": jpeg(4),
        "照片/Thumbs.db": b"litter",
        "readme.doc": b"words",
        "名单.csv": table(HEAD, *JOINERS, encoding="gbk"),
    }))  # fmt: skip
    office.run_to_rest()
    batch = office.only()
    assert (batch.state, batch.name, batch.folder) == (BatchState.FINISHED, "joiners", "joiners")
    assert batch.findings["columns"] == {
        "employee_id": "工号", "name": "姓名", "preset": "规格", "instruction": "备注",
    }  # fmt: skip
    assert batch.findings["passed_over"] == ["readme.doc"]
    jobs = office.jobs_of(batch)
    assert {photo: job.state for photo, job in jobs.items()} == {
        "照片/1001.jpg": State.DONE,
        "照片/李四.JPG": State.REJECTED,
        "照片/李四 2.jpg": State.DONE,
        "照片/stranger.jpg": State.REJECTED,
    }
    assert jobs["照片/1001.jpg"].instruct == "cn_1in; 美白"
    assert [reason.code for reason in jobs["照片/stranger.jpg"].reasons] == ["BATCH_PHOTO_UNKNOWN"]
    assert office.job(batch.id).state is State.DONE
    published = sorted(path.name for path in office.out("joiners").iterdir())
    assert published == [
        "1001_张三_cn_1in.jpg", "1002_李四 (2).jpg", "contact-sheet.pdf", "report.html",
        "report.xlsx", "results.zip",
    ]  # fmt: skip
    with zipfile.ZipFile(office.out("joiners", "results.zip")) as results:
        assert sorted(results.namelist()) == ["1001_张三_cn_1in.jpg", "1002_李四 (2).jpg"]
        assert results.read("1001_张三_cn_1in.jpg") == jpeg(1)
    kept = office.config.layout.archive("in")
    assert [path.name for path in kept.rglob("*.zip")] == ["joiners.zip"]
    assert sorted(path.name for path in office.config.layout.rejected("in").rglob("*.jp*g")) == [
        "stranger.jpg"
    ]


def test_the_report_says_who_is_missing_who_sent_two_and_why(office: Office) -> None:
    office.drop("joiners.zip", zipped({
        "1001.jpg": jpeg(1), "1002 a.jpg": jpeg(2), "1002 b.jpg": jpeg(3, Verdict.REVIEW),
        "manifest.xlsx": workbook(["employee id", "name", "colour of hair"], [1001, "=1+1", "red"],
                                  [1002, "<script>alert(1)</script>"], [1003, "Wang"],
                                  [1003, "Wang"]),
    }))  # fmt: skip
    office.run_to_rest()
    totals = dict(row[:2] for row in cells(office.out("joiners", "report.xlsx"), 0))
    assert totals["People"] == 3
    assert (totals["done"], totals["missing"], totals["Sent several"]) == (2, 1, 1)
    people = cells(office.out("joiners", "report.xlsx"), 1)
    rows = {(row[1], row[5]): (row[2], row[3]) for row in people[1:]}
    assert rows["1001", "1001.jpg"] == ("=1+1", "done")
    assert rows["1002", "1002 b.jpg"][1] == "for review (several)"
    assert rows["1003", ""] == ("Wang", "missing")
    findings = {row[0]: row[1] for row in cells(office.out("joiners", "report.xlsx"), 3)}
    assert findings["Columns not used"] == "colour of hair"
    assert findings["Doubled ids or names (rows)"] == "1003: 4, 5"
    page = office.out("joiners", "report.html").read_text()
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert page.count("data:image/jpeg;base64,") == 3
    assert "http://" not in page
    sheet = office.out("joiners", "contact-sheet.pdf").read_bytes()
    assert sheet.startswith(b"%PDF-")
    assert sheet.count(b"/Subtype /Image") == 1  # the same pixels three times are stored once


def test_without_a_list_every_photo_is_a_person_of_its_own(office: Office) -> None:
    office.drop("day 1.ZIP", zipped({"a/x.jpg": jpeg(1), "b/x.jpg": jpeg(2), "__MACOSX/._x": b""}))
    office.run_to_rest()
    assert office.only().name == "day 1"
    names = sorted(path.name for path in office.out("day 1").glob("*.jpg"))
    assert names == ["x (2).jpg", "x.jpg"]
    totals = dict(row[:2] for row in cells(office.out("day 1", "report.xlsx"), 0))
    assert (totals["People"], totals["done"]) == (2, 2)


def test_the_same_name_again_gets_a_folder_of_its_own(office: Office) -> None:
    for number in (1, 2):
        office.drop("joiners.zip", zipped({"a.jpg": jpeg(number)}))
        office.run_to_rest()
    assert (office.out("joiners", "a.jpg")).read_bytes() == jpeg(1)
    assert (office.out("joiners (2)", "a.jpg")).read_bytes() == jpeg(2)
    assert (office.out("joiners (2)", "report.xlsx")).exists()


def bomb() -> bytes:
    return zipped({"a.jpg": b"\0" * 5_000_000}, method=zipfile.ZIP_DEFLATED)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (bomb(), "ARCHIVE_TOO_LARGE"),
        (zipped({"../../a.jpg": jpeg(1)}), "ARCHIVE_UNSAFE"),
        (zipped({"a.jpg": jpeg(1), "A.JPG": jpeg(2)}), "ARCHIVE_UNSAFE"),
        (zipped({"a.jpg": jpeg(1)}).replace(b"PK\x01\x02", b"PK\x01\x03"), "ARCHIVE_UNREADABLE"),
        (b"not a zip at all", "ARCHIVE_UNREADABLE"),
        (zipped({"readme.txt": b"x"}), "BATCH_WITHOUT_PICTURES"),
        (zipped({}), "BATCH_WITHOUT_PICTURES"),
        (zipped({"a.jpg": jpeg(1), "名单.csv": b""}), "MANIFEST_EMPTY"),
        (zipped({"a.jpg": jpeg(1), "x.csv": table(HEAD)}), "MANIFEST_EMPTY"),
        (zipped({"a.jpg": jpeg(1), "x.csv": table(["red", "7"])}), "MANIFEST_NO_HEADINGS"),
        (zipped({"a.jpg": jpeg(1), "x.xlsx": b"PK\x03\x04 broken"}), "MANIFEST_UNREADABLE"),
        (zipped({"a.jpg": jpeg(1), "x.csv": b"a", "y.csv": b"b"}), "MANIFEST_SEVERAL"),
    ],
)
def test_what_cannot_be_a_batch_is_kept_and_says_why(
    office: Office, content: bytes, code: str
) -> None:
    office.drop("joiners.zip", content)
    office.run_to_rest()
    batch = office.only()
    assert batch.state is BatchState.REFUSED
    assert [reason.code for reason in office.job(batch.id).reasons] == [code]
    failed = office.config.layout.failed("in")
    assert (failed / "joiners.zip").read_bytes() == content
    assert code in (failed / "joiners.why.txt").read_text()
    assert office.jobs_of(batch) == {}
    assert list(office.out().rglob("*.*")) == []
    assert list(office.config.layout.staging.iterdir()) == []


def test_an_archive_is_not_opened_while_it_is_being_copied(office: Office) -> None:
    whole = zipped({f"{number}.jpg": jpeg(number, size=50_000) for number in (1, 2)})
    for size in (40_000, 70_000, len(whole) - 1):
        office.drop("joiners.zip", whole[:size])
        for _ in range(20):
            office.round()
        with office.booth.database.read() as uow:
            assert [row.reason for row in uow.inboxes.waiting("in")] == ["incomplete"]
    office.drop("joiners.zip", whole)
    office.run_to_rest()
    assert office.only().state is BatchState.FINISHED


def test_an_archive_whose_copy_broke_off_is_kept_and_says_so(office: Office) -> None:
    broken = zipped({"a.jpg": jpeg(1)})[:-30]
    office.drop("joiners.zip", broken)
    office.round()
    office.clock.advance(office.config.intake.incomplete_s)
    office.run_to_rest()
    failed = office.config.layout.failed("in")
    assert (failed / "joiners.zip").read_bytes() == broken
    assert "TRUNCATED" in (failed / "joiners.why.txt").read_text()
    with office.booth.database.read() as uow:
        assert uow.batches.newest() == []


def test_rows_of_one_id_contest_its_photo_and_nobody_gets_it(office: Office) -> None:
    list_of = table(HEAD, ("1001", "张三", "", ""), ("1001", "李四", "", ""))
    office.drop("joiners.zip", zipped({"1001.jpg": jpeg(1), "名单.csv": list_of}))
    office.run_to_rest()
    (job,) = office.jobs_of(office.only()).values()
    assert [reason.code for reason in job.reasons] == ["BATCH_PHOTO_CONTESTED"]
    assert job.reasons[0].facts == {"lines": "2, 3"}


def test_an_inbox_without_batches_takes_an_archive_for_a_photo(make_office) -> None:
    office = make_office(inboxes=[{"name": "in", "plan": ["copy"]}])
    office.drop("joiners.zip", zipped({"a.jpg": jpeg(1)}))
    for _ in range(10):
        office.take_in()
        office.clock.advance(3)
    with office.booth.database.read() as uow:
        assert uow.batches.newest() == []
        assert uow.jobs.count(State.QUEUED) == 1


def test_the_end_is_announced_once_and_names_nobody(office: Office) -> None:
    list_of = table(HEAD, *JOINERS)
    office.drop("joiners.zip", zipped({"1001.jpg": jpeg(1), "名单.csv": list_of}))
    office.run_to_rest()
    for _ in range(3):
        office.round()
    rows = oracles.ask(office.config, "SELECT subject, body FROM outbox")
    (subject, body), *others = rows
    assert (subject, others) == (f"batch:{office.only().id}", [])
    told = json.loads(body)
    assert told["type"] == "batch.finished"
    assert {name: told["data"][name] for name in ("state", "people", "done", "missing")} == {
        "state": "finished", "people": 3, "done": 1, "missing": 2,
    }  # fmt: skip
    assert "1001" not in body.decode()


# ── trouble ───────────────────────────────────────────────────────────────────────────────────


def test_unpacked_twice_nothing_is_doubled(office: Office, monkeypatch) -> None:
    office.drop("joiners.zip", three())
    office.take_in_only()
    unpacker = office.booth.batches._unpacker
    with monkeypatch.context() as patch:
        patch.setattr(unpacker, "_record", lambda *_: None)
        office.booth.batches.step()
        staged = sorted(office.config.layout.staging.iterdir())
    assert len(staged) == 4  # the archive's own and three photos
    office.booth.batches.step()
    assert sorted(office.config.layout.staging.iterdir()) == staged
    office.run_to_rest()
    assert len(list(office.out("joiners").glob("*.jpg"))) == 3


def test_a_report_interrupted_between_its_files_is_finished_as_it_was_built(
    office: Office, monkeypatch
) -> None:
    office.drop("joiners.zip", three())
    finisher = office.booth.batches._finisher
    published: list[str] = []

    def cut_short(batch: Batch, file: Path) -> Any:
        if len(published) == 2:
            raise OSError(5, "the share is away")
        published.append(file.name)
        return type(finisher)._published(finisher, batch, file)

    with monkeypatch.context() as patch:
        patch.setattr(finisher, "_published", cut_short)
        for _ in range(12):
            office.round()
    assert office.only().state is BatchState.OPEN
    half = {path.name: path.read_bytes() for path in office.out("joiners").iterdir()}
    assert len(half) == 5
    (office.out("joiners", "1.jpg")).unlink()  # a person takes a result away meanwhile
    office.run_to_rest()
    after = {path.name: path.read_bytes() for path in office.out("joiners").iterdir()}
    assert {name: after[name] for name in half if name in after} == {
        name: content for name, content in half.items() if name in after
    }
    assert sorted(after) == [
        "2.jpg", "3.jpg", "contact-sheet.pdf", "report.html", "report.xlsx", "results.zip",
    ]  # fmt: skip
    with zipfile.ZipFile(io.BytesIO(after["results.zip"])) as results:
        assert results.namelist() == ["1.jpg", "2.jpg", "3.jpg"]
    assert not list((office.config.layout.state / "batches").iterdir())


def test_no_room_keeps_the_archive_waiting(office: Office, monkeypatch) -> None:
    office.drop("joiners.zip", three())
    office.take_in_only()
    with monkeypatch.context() as patch:
        patch.setattr(office.booth.batches._unpacker, "_free", lambda _path: 10)
        office.booth.batches.step()
    assert office.only().state is BatchState.RECEIVED
    office.clock.advance(60)
    office.run_to_rest()
    assert office.only().state is BatchState.FINISHED


def test_a_batch_that_meets_a_mistake_of_ours_holds_up_no_other(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.drop("a.zip", three())
    office.take_in_only()
    broken, unpacker = office.only().id, office.booth.batches._unpacker
    office.drop("b.zip", three())
    sound = unpacker.open

    def fail(batch: Batch) -> None:
        if batch.id == broken:
            msg = "a mistake"
            raise ZeroDivisionError(msg)
        sound(batch)

    with monkeypatch.context() as patch:
        patch.setattr(unpacker, "open", fail)
        for _ in range(12):
            with contextlib.suppress(ZeroDivisionError):
                office.round()
            office.clock.advance(1)
    assert office.out("b", "report.xlsx").exists()
    office.clock.advance(60)
    office.run_to_rest()
    assert office.out("a", "report.xlsx").exists()


def test_nothing_is_left_behind(office: Office) -> None:
    office.drop("joiners.zip", three())
    office.run_to_rest()
    assert list(office.config.layout.staging.iterdir()) == []
    assert list((office.config.layout.state / "batches").iterdir()) == []
    sweep(office.config, office.booth.database, office.clock)
    with office.booth.database.read() as uow:
        assert uow.jobs.count(*LIVE) == 0
