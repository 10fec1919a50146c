"""Photos that are run again: each goes back alone, whatever else lies or is called like it."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from daemon.domain.artifact import OutputKind
from daemon.domain.job import Job, State, Verdict
from daemon.files import atomic
from daemon.services import review_files
from daemon.services.filing import inbox_photo
from daemon.services.fsck import examine
from tests.integration.conftest import Bench


def _ended(bench: Bench, content: bytes, verdict: Verdict = Verdict.FAILED, **facts: object) -> Job:
    job = bench.drop(content, **facts)
    bench.decide(verdict, ("INVALID_IMAGE",), {OutputKind.WHY_PICTURE: b"why " + content})
    bench.publish_all()
    return bench.job(job.id)


def _order(bench: Bench, job: Job) -> int:
    bench.clock.advance(1)  # ids of one millisecond have no order
    with bench.database.write() as uow:
        number: int = uow.control.order("retry", job.id, "operator")
    return number


def _obeyed(bench: Bench, number: int) -> str | None:
    bench.clock.advance(1)
    bench.orders.obey()
    with bench.database.read() as uow:
        outcome: str | None = uow.control.outcome(number)
    return outcome


def _filed(job: Job) -> Path:
    assert job.filed is not None
    return Path(os.fsdecode(job.filed))


@pytest.fixture
def other_filesystem(monkeypatch: pytest.MonkeyPatch) -> None:
    """The inbox lies on a share: no rename leads from the booth's own folders to it, nor back."""
    real = atomic.rename_in_one_step

    def crossing(source: Path, target: Path) -> None:
        if ("/inbox/" in os.fspath(source)) != ("/inbox/" in os.fspath(target)):
            raise OSError(errno.EXDEV, "cross-device")
        real(source, target)

    monkeypatch.setattr(atomic, "rename_in_one_step", crossing)


@pytest.mark.usefixtures("other_filesystem")
def test_a_photo_goes_back_to_an_inbox_on_another_filesystem(bench: Bench) -> None:
    job = _ended(bench, b"original", notes={"photo.jpg.txt": b"please"})
    assert _obeyed(bench, _order(bench, job)) == "retried"
    inbox = bench.config.layout.inbox("in")
    assert (inbox / "photo.jpg").read_bytes() == b"original"
    assert (inbox / "photo.jpg.txt").read_bytes() == b"please"
    assert not list(bench.config.layout.failed("in").iterdir())
    assert examine(bench.config, bench.database) == []


@pytest.mark.usefixtures("other_filesystem")
def test_a_copy_whose_source_a_crash_left_is_the_photo_that_went_back(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = _ended(bench, b"original")
    number = _order(bench, job)

    def cut(*_: object, **__: object) -> None:
        raise OSError(errno.EIO, "power cut")

    with monkeypatch.context() as patch:
        patch.setattr(review_files, "fsync_dir", cut)
        assert _obeyed(bench, number) is None
    assert _filed(job).exists()
    assert inbox_photo(bench.config.layout, job).exists()
    bench.clock.advance(60)
    assert _obeyed(bench, number) == "retried"
    assert not _filed(job).exists()
    assert inbox_photo(bench.config.layout, job).read_bytes() == b"original"


def test_a_share_that_is_away_holds_up_no_other_order(
    make_bench: Callable[..., Bench], tmp_path: Path
) -> None:
    share = tmp_path / "share"
    (share / "in").mkdir(parents=True)
    bench = make_bench(
        inboxes=[
            {"name": "in", "path": os.fspath(share / "in"), "plan": ["copy"]},
            {"name": "own", "plan": ["copy"]},
        ]
    )
    job = _ended(bench, b"original")
    waiting = bench.drop(b"waiting", relative=b"waiting.jpg")
    shutil.move(share, tmp_path / "unmounted")
    retry = _order(bench, job)
    with bench.database.write() as uow:
        cancel = uow.control.order("cancel", waiting.id, "operator")
    assert _obeyed(bench, cancel) == "cancelled"
    # Nothing is put where the share is to be mounted.
    assert not share.exists()
    assert _filed(job).read_bytes() == b"original"
    shutil.move(tmp_path / "unmounted", share)
    bench.clock.advance(60)
    assert _obeyed(bench, retry) == "retried"
    assert (share / "in" / "photo.jpg").read_bytes() == b"original"


def test_many_orders_that_take_long_do_not_hold_up_the_worker(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = (b"a.jpg", b"b.jpg", b"c.jpg")
    numbers = [_order(bench, _ended(bench, name, relative=name)) for name in names]
    real = review_files.rename_noreplace

    def slow(source: Path, target: Path) -> None:
        bench.clock.advance(2)
        real(source, target)

    monkeypatch.setattr(review_files, "rename_noreplace", slow)
    assert _obeyed(bench, numbers[0]) == "retried"
    with bench.database.read() as uow:
        assert uow.control.outcome(numbers[1]) is None
    assert _obeyed(bench, numbers[1]) == "retried"
    assert _obeyed(bench, numbers[2]) == "retried"


def test_a_photo_of_an_inbox_that_is_no_more_stays_where_it_is(
    make_bench: Callable[..., Bench],
) -> None:
    bench = make_bench(inboxes=[{"name": "old", "plan": ["copy"]}])
    job = _ended(bench, b"original")
    after = make_bench(inboxes=[{"name": "new", "plan": ["copy"]}])
    assert _obeyed(after, _order(after, job)) == "unknown_inbox"
    assert _filed(job).read_bytes() == b"original"


@pytest.mark.parametrize("has_picture", [True, False])
def test_a_photo_that_is_called_like_anothers_reasons_is_not_taken_for_them(
    bench: Bench, *, has_picture: bool
) -> None:
    first = _ended(bench, b"first")
    picture = bench.config.layout.failed("in") / "photo.why.jpg"
    assert picture.exists()
    if not has_picture:
        picture.unlink()
    second = _ended(bench, b"second", relative=b"photo.why.jpg")
    assert _obeyed(bench, _order(bench, first)) == "retried"
    assert _filed(second).read_bytes() == b"second"
    assert examine(bench.config, bench.database) == []


@pytest.mark.parametrize("verdict", [Verdict.FAILED, Verdict.REVIEW])
def test_a_photo_that_took_the_place_of_another_is_not_run_again_for_it(
    bench: Bench, verdict: Verdict
) -> None:
    first = _ended(bench, b"first", verdict)
    for path in _filed(first).parent.iterdir():
        path.unlink()  # somebody tidied the folder
    second = _ended(bench, b"second", verdict)
    assert second.filed == first.filed
    before = sorted(path.name for path in _filed(second).parent.iterdir())
    assert _obeyed(bench, _order(bench, first)) == "original_gone"
    assert sorted(path.name for path in _filed(second).parent.iterdir()) == before
    assert not inbox_photo(bench.config.layout, first).exists()
    assert _obeyed(bench, _order(bench, second)) == "retried"
    assert inbox_photo(bench.config.layout, second).read_bytes() == b"second"


def test_a_note_stays_with_its_photo_where_the_name_is_taken(bench: Bench) -> None:
    job = _ended(bench, b"original", notes={"photo.jpg.txt": b"please"})
    newer = bench.config.layout.inbox("in") / "photo.jpg"
    newer.write_bytes(b"newer")
    assert _obeyed(bench, _order(bench, job)) == "name_taken"
    assert [path.name for path in newer.parent.iterdir() if path.is_file()] == ["photo.jpg"]
    assert (bench.config.layout.failed("in") / "photo.jpg.txt").read_bytes() == b"please"


@pytest.mark.parametrize("is_taken_in", [True, False])
def test_a_photo_that_failed_before_it_was_read_is_known_after_a_kill(
    bench: Bench, *, is_taken_in: bool
) -> None:
    job = _ended(bench, b"torn")
    with bench.database.write() as uow:
        uow.jobs.update(job.id, content_sha256=None, size=None)
    number = _order(bench, job)
    # As after O1.
    target = inbox_photo(bench.config.layout, job)
    _filed(job).rename(target)
    if is_taken_in:
        target.unlink()
        bench.drop(b"torn")
    assert _obeyed(bench, number) == "retried"
    assert bench.job(job.id).filed is None
    assert bench.job(job.id).state is State.FAILED
    assert not list(bench.config.layout.failed("in").iterdir())
