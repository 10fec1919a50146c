"""Folders of photos, with and without a list, from the inbox to the report."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from daemon.domain.batch import Batch, BatchState
from daemon.domain.job import State, Verdict
from daemon.services.batch_control import CANCEL, ask
from daemon.services.batch_gather import Gatherer
from daemon.services.fsck import examine
from tests.fakes.archives import table
from tests.fakes.batch_office import HEAD, JOINERS, Office, cells
from tests.fakes.photos import jpeg


def drop_folder(office: Office, folder: str = "joiners") -> None:
    office.drop(f"{folder}/1001.jpg", jpeg(1))
    office.drop(f"{folder}/phone/IMG_1002.jpg", jpeg(2, Verdict.REVIEW))
    office.drop(f"{folder}/stranger.jpg", jpeg(3))
    office.drop(f"{folder}/名单.csv", table(HEAD, *JOINERS))


def test_a_folder_with_a_list_is_a_batch(office: Office) -> None:
    drop_folder(office)
    office.drop("alone.jpg", jpeg(9))
    office.run_to_rest()
    batch = office.only()
    assert (batch.state, batch.name, batch.folder) == (BatchState.FINISHED, "joiners", "joiners")
    jobs = office.jobs_of(batch)
    assert {photo: job.state for photo, job in jobs.items()} == {
        "1001.jpg": State.DONE, "phone/IMG_1002.jpg": State.REVIEW, "stranger.jpg": State.REJECTED,
    }  # fmt: skip
    assert jobs["1001.jpg"].instruct == "cn_1in; 美白"
    assert sorted(path.name for path in office.out("joiners").iterdir()) == [
        "1001_张三_cn_1in.jpg", "contact-sheet.pdf", "report.html", "report.xlsx", "results.zip",
    ]  # fmt: skip
    assert office.out("alone.jpg").exists()
    people = {row[1]: row[3] for row in cells(office.out("joiners", "report.xlsx"), 1)[1:]}
    assert people == {"1001": "done", "1002": "for review", "1003": "missing"}
    layout = office.config.layout
    kept = {path.name: path.read_bytes() for path in layout.archive("in").rglob("*.*")}
    assert kept["1001_张三_cn_1in.jpg"] == jpeg(1)
    assert kept["名单.csv"] == table(HEAD, *JOINERS)
    assert (layout.review("in") / "joiners" / "1002_李四.jpg").read_bytes() == jpeg(
        2, Verdict.REVIEW
    )
    assert (layout.rejected("in") / "joiners" / "stranger.jpg").read_bytes() == jpeg(3)
    assert not any(layout.claimed("in").iterdir())


def test_a_folder_is_not_opened_while_more_of_it_comes(office: Office) -> None:
    drop_folder(office)
    for number in range(6):
        office.drop(f"joiners/10{number + 10}.jpg", jpeg(number + 10))
        office.round()
        office.round()
    assert office.only().state is BatchState.RECEIVED
    assert {job.state for job in office.jobs_of(office.only()).values()} == {State.QUEUED}
    office.run_to_rest()
    assert len(office.jobs_of(office.only())) == 9


def test_what_comes_after_the_report_is_another_batch(office: Office) -> None:
    drop_folder(office)
    office.run_to_rest()
    office.drop("joiners/late.jpg", jpeg(5))
    office.run_to_rest()
    with office.booth.database.read() as uow:
        later, first = uow.batches.newest()
    assert (first.folder, later.folder) == ("joiners", "joiners (2)")
    assert office.out("joiners (2)", "late.jpg").exists()


def test_a_note_beside_a_photo_is_heard_after_its_row(office: Office) -> None:
    drop_folder(office)
    office.drop("joiners/1001.jpg.txt", b"lighter")
    office.run_to_rest()
    assert office.jobs_of(office.only())["1001.jpg"].instruct == "cn_1in; 美白; lighter"


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"a.jpg": jpeg(1), "名单.csv": table(HEAD)}, "MANIFEST_EMPTY"),
        ({"a.jpg": jpeg(1), "x.csv": table(HEAD), "y.csv": table(HEAD)}, "MANIFEST_SEVERAL"),
        ({"名单.csv": table(HEAD, *JOINERS)}, "BATCH_WITHOUT_PICTURES"),
    ],
)
def test_a_folder_that_is_no_batch_is_kept_and_says_why(
    office: Office, files: dict[str, bytes], code: str
) -> None:
    for name, content in files.items():
        office.drop(f"joiners/{name}", content)
    office.run_to_rest()
    assert office.only().state is BatchState.REFUSED
    failed = office.config.layout.failed("in") / "joiners"
    for name, content in files.items():
        assert (failed / name).read_bytes() == content
        assert code in (failed / name).with_suffix(".why.txt").read_text()


def test_broken_and_foreign_files_of_a_folder_have_their_own_end(office: Office) -> None:
    drop_folder(office)
    office.drop("joiners/1003.jpg", jpeg(7, Verdict.FAILED))
    office.drop("joiners/cv.docx", b"PK words")
    office.run_to_rest()
    failed = office.config.layout.failed("in") / "joiners"
    assert "UNSUPPORTED_FORMAT" in (failed / "cv.why.txt").read_text()
    assert office.only().findings["passed_over"] == ["cv.docx"]
    people = {row[1]: row[3] for row in cells(office.out("joiners", "report.xlsx"), 1)[1:]}
    assert people["1003"] == "failed"


def test_cancelled_before_it_was_opened_every_file_is_kept(office: Office) -> None:
    drop_folder(office)
    for _ in range(3):
        office.take_in()
        office.clock.advance(3)
    ask(office.booth.database, office.clock, CANCEL, office.only().id, by="me")
    office.run_to_rest()
    failed = office.config.layout.failed("in") / "joiners"
    assert (failed / "1001.jpg").read_bytes() == jpeg(1)
    assert (failed / "名单.csv").exists()
    assert not office.out("joiners").exists()


def cut_between_renaming_and_recording(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    drop_folder(office)

    def die(*_: object) -> None:
        msg = "killed"
        raise OSError(msg)

    with monkeypatch.context() as patch:
        patch.setattr(Gatherer, "_let_one_go", die)
        for _ in range(10):
            office.round()


def test_a_crash_between_renaming_and_recording_loses_no_photo(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut_between_renaming_and_recording(office, monkeypatch)
    assert office.only().state is BatchState.RECEIVED
    names = {path.name for path in office.config.layout.claimed("in").rglob("*.jpg")}
    assert "1001_张三_cn_1in.jpg" in names  # renamed, and its row still has the old name
    office.drop("joiners/1003.jpg", jpeg(8))
    office.clock.advance(60)
    office.run_to_rest()
    assert office.out("joiners", "1001_张三_cn_1in.jpg").read_bytes() == jpeg(1)
    assert office.out("joiners", "1003_王五.jpg").exists()


def test_a_batch_that_is_called_off_while_its_photos_get_their_names_leaves_none_behind(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut_between_renaming_and_recording(office, monkeypatch)
    # Nothing is out of place: the photos are only called otherwise than their rows say.
    assert examine(office.config, office.booth.database) == []
    ask(office.booth.database, office.clock, CANCEL, office.only().id, by="me")
    office.run_to_rest()
    failed = office.config.layout.failed("in") / "joiners"
    assert (failed / "1001.jpg").read_bytes() == jpeg(1)
    assert not list(office.config.layout.claimed("in").rglob("*"))


def test_two_folders_are_two_batches(office: Office) -> None:
    drop_folder(office, "north")
    drop_folder(office, "south")
    office.run_to_rest()

    def named(batches: list[Batch]) -> set[str]:
        return {batch.folder for batch in batches}

    with office.booth.database.read() as uow:
        assert named(uow.batches.newest()) == {"north", "south"}


def test_where_the_share_forbids_renames_the_photos_stay_and_are_worked_on(
    make_office: Callable[..., Office],
) -> None:
    inbox = {"name": "in", "plan": ["sort"], "batches": True, "ledger": "always"}
    office = make_office(inboxes=[inbox])
    drop_folder(office)
    for _ in range(25):
        office.round()
    assert office.only().state is BatchState.FINISHED
    assert (office.config.layout.inbox("in") / "joiners" / "1001.jpg").read_bytes() == jpeg(1)
    assert office.out("joiners", "1001.jpg").exists()
