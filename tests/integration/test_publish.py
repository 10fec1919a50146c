"""From verdict to files: where results, originals and reasons lie, and what is never replaced."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from daemon.domain.artifact import OutputKind
from daemon.domain.job import Job, State, Verdict
from daemon.services import originals, publish
from daemon.services.filing import attempt_dir, staged_photo
from daemon.services.fsck import examine
from tests.fakes.jobs import record_beside
from tests.integration.conftest import Bench


def _files(folder: Path) -> list[str]:
    return sorted(os.fspath(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def _day_folder(bench: Bench) -> Path:
    (day,) = bench.config.layout.archive("in").iterdir()
    return day


def test_a_result_goes_out_and_the_original_to_the_archive(bench: Bench) -> None:
    job = bench.drop(b"original", relative=b"sub/photo.png")
    bench.decide(outputs={OutputKind.RESULT: b"restored"})
    (ended,) = bench.publish_all()
    assert (bench.config.layout.out("in") / "sub/photo.jpg").read_bytes() == b"restored"
    original = _day_folder(bench) / "sub/photo.png"
    assert original.read_bytes() == b"original"
    assert record_beside(original)["job"] == job.id
    assert bench.job(job.id).state is State.DONE
    assert ended.finished_ms == bench.clock.now_ms()


def test_after_publishing_nothing_is_left_in_claimed_or_staging(bench: Bench) -> None:
    job = bench.drop()
    bench.decide()
    bench.publish_all()
    assert not (bench.config.layout.claimed("in") / job.id).exists()
    assert not (bench.config.layout.staging / job.id).exists()
    assert examine(bench.config, bench.database) == []


def test_a_result_is_for_whom_its_folder_is_however_private_staging_was(bench: Bench) -> None:
    job = bench.drop()
    bench.decide(outputs={OutputKind.RESULT: b"restored"})
    for staged in attempt_dir(bench.config.layout, job.id, 1).iterdir():
        staged.chmod(0o600)
    bench.publish_all()
    (result,) = [path for path in bench.config.layout.out("in").rglob("*") if path.is_file()]
    umask = os.umask(0o022)
    os.umask(umask)
    assert result.stat().st_mode & 0o777 == 0o666 & ~umask


def test_a_reject_lies_with_its_reasons_and_its_annotated_picture(bench: Bench) -> None:
    bench.drop(b"original")
    bench.decide(Verdict.REJECTED, ("FACE_NOT_FOUND",), {OutputKind.WHY_PICTURE: b"annotated"})
    bench.publish_all()
    folder = bench.config.layout.rejected("in")
    assert _files(folder) == [
        "photo.jpg", "photo.jpg.boothd.json", "photo.why.jpg", "photo.why.txt",
    ]  # fmt: skip
    text = (folder / "photo.why.txt").read_text("utf-8-sig")
    assert "FACE_NOT_FOUND" in text
    assert "No face was found" in text


def test_a_review_keeps_candidate_and_original_side_by_side(bench: Bench) -> None:
    bench.drop(b"original")
    bench.decide(
        Verdict.REVIEW,
        ("IDENTITY_CHANGED",),
        {OutputKind.RESULT: b"candidate", OutputKind.WHY_PICTURE: b"annotated"},
    )
    bench.publish_all()
    folder = bench.config.layout.review("in")
    assert (folder / "photo.candidate.jpg").read_bytes() == b"candidate"
    assert (folder / "photo.jpg").read_bytes() == b"original"
    assert "Decide on the panel's page Review" in (folder / "photo.why.txt").read_text("utf-8-sig")
    assert not bench.config.layout.out("in").exists()


def test_somebody_elses_file_of_the_same_name_is_never_replaced(bench: Bench) -> None:
    out = bench.config.layout.out("in")
    out.mkdir(parents=True)
    (out / "photo.jpg").write_bytes(b"somebody's")
    job = bench.drop()
    bench.decide(outputs={OutputKind.RESULT: b"restored"})
    bench.publish_all()
    assert (out / "photo.jpg").read_bytes() == b"somebody's"
    assert (out / "photo (2).jpg").read_bytes() == b"restored"
    assert bench.job(job.id).outputs[0].target == os.fsencode(out / "photo (2).jpg")


def test_results_of_one_name_that_come_out_side_by_side_leave_no_part_behind(bench: Bench) -> None:
    for name in (b"photo.jpg", b"photo.png"):
        bench.drop(name, relative=name)
        bench.decide(outputs={OutputKind.RESULT: name})
    placed = bench.publisher.place(bench.publisher.pending())
    bench.publisher.end([job for job in bench.publisher.bring_out(placed) if isinstance(job, Job)])
    out = bench.config.layout.out("in")
    assert sorted(path.read_bytes() for path in out.iterdir()) == [b"photo.jpg", b"photo.png"]
    assert _files(out) == ["photo (2).jpg", "photo.jpg"]
    assert examine(bench.config, bench.database) == []


def test_of_results_that_replace_one_another_the_newest_stays(
    make_bench: Callable[..., Bench],
) -> None:
    bench = make_bench(output={"overwrite": True})
    for content in (b"older", b"newer", b"newest"):
        bench.drop(content)
        bench.decide(outputs={OutputKind.RESULT: content})
        bench.clock.advance(1)
    placed = bench.publisher.place(bench.publisher.pending())
    ended = bench.publisher.bring_out(placed)
    assert [job.id for job in ended if isinstance(job, Job)] == [job.id for job in placed]
    out = bench.config.layout.out("in")
    assert (out / "photo.jpg").read_bytes() == b"newest"
    assert _files(out) == ["photo.jpg"]


def test_originals_whose_names_differ_in_case_alone_share_no_place(bench: Bench) -> None:
    for name in (b"photo.jpg", b"PHOTO.jpg"):
        bench.drop(name, relative=name)
        bench.decide(Verdict.FAILED, ("INVALID_IMAGE",), {})
    placed = bench.publisher.place(bench.publisher.pending())
    assert len({os.fsdecode(job.filed or b"").casefold() for job in placed}) == 2


@pytest.mark.parametrize("content", [b"somebody's", b"restored"])
def test_a_part_of_a_try_before_a_crash_goes_where_its_name_was_taken_meanwhile(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    job = bench.drop()
    bench.decide(outputs={OutputKind.RESULT: b"restored"})

    def cut(*_: object) -> None:
        raise OSError(errno.EIO, "power cut")

    with monkeypatch.context() as patch:
        patch.setattr(publish, "name_part", cut)
        with pytest.raises(OSError, match="power cut"):
            bench.publish_all()
    out = bench.config.layout.out("in")
    (part,) = out.iterdir()
    assert part.name.endswith(".boothd-part")
    (out / "photo.jpg").write_bytes(content)
    bench.publish_all()
    target = "photo.jpg" if content == b"restored" else "photo (2).jpg"
    assert _files(out) == sorted({"photo.jpg", target})
    assert (out / target).read_bytes() == b"restored"
    assert bench.job(job.id).state is State.DONE
    assert examine(bench.config, bench.database) == []


def test_a_result_replaces_an_older_one_where_the_administrator_wants_that(
    make_bench: Callable[..., Bench],
) -> None:
    bench = make_bench(output={"overwrite": True})
    out = bench.config.layout.out("in")
    out.mkdir(parents=True)
    (out / "photo.jpg").write_bytes(b"older")
    bench.drop()
    bench.decide(outputs={OutputKind.RESULT: b"newer"})
    bench.publish_all()
    assert _files(out) == ["photo.jpg"]
    assert (out / "photo.jpg").read_bytes() == b"newer"


def test_two_rejects_of_one_name_keep_their_own_reasons(bench: Bench) -> None:
    for content in (b"first", b"second"):
        bench.drop(content)
        bench.decide(Verdict.REJECTED, ("FACE_NOT_FOUND",), {OutputKind.WHY_PICTURE: content})
        bench.publish_all()
    folder = bench.config.layout.rejected("in")
    assert (folder / "photo.jpg").read_bytes() == b"first"
    assert (folder / "photo.why.jpg").read_bytes() == b"first"
    assert (folder / "photo (2).jpg").read_bytes() == b"second"
    assert (folder / "photo (2).why.jpg").read_bytes() == b"second"


def test_a_jpg_and_a_png_of_one_stem_do_not_share_reasons(bench: Bench) -> None:
    for name in (b"photo.jpg", b"photo.png"):
        bench.drop(name, relative=name)
        bench.decide(Verdict.FAILED, ("INVALID_IMAGE",), {})
        bench.publish_all()
    names = _files(bench.config.layout.failed("in"))
    assert "photo.why.txt" in names
    assert "photo (2).why.txt" in names


def test_notes_travel_with_their_photo(bench: Bench) -> None:
    bench.drop(notes={"photo.jpg.txt": b"white background"})
    bench.decide()
    bench.publish_all()
    assert (_day_folder(bench) / "photo.jpg.txt").read_bytes() == b"white background"


@pytest.mark.parametrize("step", ["_publish_output", "_explain", "_file_original", "_end"])
def test_publishing_goes_on_where_it_was_cut_off(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    job = bench.drop(b"original")
    bench.decide()

    def cut(*_: object) -> None:
        raise OSError(errno.EIO, "the share went away")

    with monkeypatch.context() as patch:
        patch.setattr(bench.publisher, step, cut)
        with pytest.raises(OSError, match="went away"):
            bench.publish_all()
    bench.publish_all()
    assert _files(bench.config.layout.out("in")) == ["photo.jpg"]
    assert _files(_day_folder(bench)) == ["photo.jpg", "photo.jpg.boothd.json"]
    assert bench.job(job.id).state is State.DONE
    assert examine(bench.config, bench.database) == []


def test_the_verdict_counts_once(bench: Bench) -> None:
    bench.drop()
    bench.decide(Verdict.REJECTED, ("FACE_NOT_FOUND",), {OutputKind.WHY_PICTURE: b"x"})
    bench.publish_all()
    with bench.database.read() as uow:
        assert uow.sums.kept() == uow.sums.recounted()


@pytest.mark.parametrize("loss", ["gone", "torn"])
def test_outputs_that_a_power_cut_took_from_staging_are_made_again(bench: Bench, loss: str) -> None:
    job = bench.drop(b"original")
    bench.decide(Verdict.REVIEW, ("IDENTITY_CHANGED",))
    folder = attempt_dir(bench.config.layout, job.id, 1)
    if loss == "gone":
        shutil.rmtree(folder)
    else:
        (folder / "result.jpg").write_bytes(b"\0" * 8)
    assert bench.publish_all() == []
    assert bench.job(job.id).state is State.QUEUED
    assert bench.job(job.id).verdict is None
    bench.decide()
    bench.publish_all()
    assert (bench.config.layout.out("in") / "photo.jpg").read_bytes() == b"restored"
    assert examine(bench.config, bench.database) == []


def test_an_original_taken_from_claimed_is_filed_from_the_staged_copy(bench: Bench) -> None:
    job = bench.drop(b"original")
    bench.decide()
    shutil.rmtree(bench.config.layout.claimed("in") / job.id)
    assert staged_photo(bench.config.layout, job.id).exists()
    bench.publish_all()
    assert (_day_folder(bench) / "photo.jpg").read_bytes() == b"original"


def test_an_original_crosses_filesystems_by_verified_copy(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = bench.drop(b"original")
    bench.decide()
    real = originals.rename_noreplace
    claimed = os.fspath(bench.config.layout.claimed("in"))

    def crossing(source: Path, target: Path) -> None:
        # Leaving the inbox's filesystem is what the kernel refuses.
        if os.fspath(source).startswith(claimed) and ".boothd" not in os.fspath(target):
            raise OSError(errno.EXDEV, "cross-device")
        real(source, target)

    monkeypatch.setattr(originals, "rename_noreplace", crossing)
    bench.publish_all()
    assert (_day_folder(bench) / "photo.jpg").read_bytes() == b"original"
    aside = bench.config.layout.claimed("in").parent / "filed" / job.id / "photo.jpg"
    assert aside.read_bytes() == b"original"


@pytest.mark.parametrize(
    "name",
    [
        b"\xff\xfe\x1b[31m.jpg",
        b"a\nb.jpg",
        "\u202egpj.exe".encode(),
        b"-rf.jpg",
        b"CON.jpg",
        b"%s{}.jpg",
        ("照" * 83 + ".jpg").encode(),
        b"trailing .jpg. ",
        b"'; DROP TABLE jobs; --.jpg",
    ],
)
def test_a_hostile_name_comes_out_under_a_safe_one(bench: Bench, name: bytes) -> None:
    job = bench.drop(b"original", relative=name)
    bench.decide(Verdict.REJECTED, ("FACE_NOT_FOUND",), {OutputKind.WHY_PICTURE: b"x"})
    (ended,) = bench.publish_all()
    assert ended.filed is not None
    filed = Path(os.fsdecode(ended.filed))
    assert filed.read_bytes() == b"original"
    assert filed.is_relative_to(bench.config.layout.rejected("in"))
    assert len(os.fsencode(filed.name)) <= 215
    assert filed.name.isprintable()
    assert bench.job(job.id).relative == name
    assert examine(bench.config, bench.database) == []


def test_an_original_that_was_copied_before_a_crash_is_not_copied_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.drop(b"original")
    bench.decide()
    real = originals.rename_noreplace
    claimed = os.fspath(bench.config.layout.claimed("in"))

    def crossing(source: Path, target: Path) -> None:
        if os.fspath(source).startswith(claimed) and ".boothd" not in os.fspath(target):
            raise OSError(errno.EXDEV, "cross-device")
        real(source, target)

    def cut(*_: object) -> None:
        raise OSError(errno.EIO, "power cut")

    monkeypatch.setattr(originals, "rename_noreplace", crossing)
    with monkeypatch.context() as patch:
        patch.setattr(originals.Originals, "_set_aside", cut)
        with pytest.raises(OSError, match="power cut"):
            bench.publish_all()
    bench.publish_all()
    assert _files(_day_folder(bench)) == ["photo.jpg", "photo.jpg.boothd.json"]
    assert examine(bench.config, bench.database) == []


def test_a_job_that_is_stuck_keeps_its_place_from_the_next_of_its_name(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.drop(b"first")
    bench.decide(Verdict.FAILED, ("INVALID_IMAGE",), {})

    def cut(*_: object) -> None:
        raise OSError(errno.EIO, "the share went away")

    with monkeypatch.context() as patch:
        patch.setattr(bench.publisher, "_explain", cut)
        with pytest.raises(OSError, match="went away"):
            bench.publish_all()
    bench.drop(b"second")
    second = bench.decide(Verdict.FAILED, ("TRUNCATED",), {})
    bench.publisher.publish(second)
    bench.publish_all()
    folder = bench.config.layout.failed("in")
    assert (folder / "photo.jpg").read_bytes() == b"first"
    assert "INVALID_IMAGE" in (folder / "photo.why.txt").read_text("utf-8-sig")
    assert (folder / "photo (2).jpg").read_bytes() == b"second"
    assert "TRUNCATED" in (folder / "photo (2).why.txt").read_text("utf-8-sig")


def test_a_file_somebody_puts_in_the_way_stays_and_the_original_moves_on(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.drop(b"original")
    bench.decide(Verdict.FAILED, ("INVALID_IMAGE",), {})
    folder = bench.config.layout.failed("in")
    real = bench.publisher._explain

    def slow(job: object) -> object:
        yield from real(job)
        if not (folder / "photo.jpg").exists():
            (folder / "photo.jpg").write_bytes(b"somebody's")

    monkeypatch.setattr(bench.publisher, "_explain", slow)
    (ended,) = bench.publish_all()
    assert (folder / "photo.jpg").read_bytes() == b"somebody's"
    assert (folder / "photo (2).jpg").read_bytes() == b"original"
    assert ended.filed == os.fsencode(folder / "photo (2).jpg")
    assert not (folder / "photo.jpg.boothd.json").exists()
    assert not (folder / "photo.why.txt").exists()
