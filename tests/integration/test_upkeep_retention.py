"""What retention deletes, what it leaves, and that a killed run is finished by the next."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from daemon.domain.job import State, Verdict
from daemon.files.mounts import MountTable
from daemon.services.maintenance import prune_jobs
from daemon.services.retention import evict, expire
from daemon.telemetry import failpoints

DAY_S = 86_400


def _finish(bench, verdict=Verdict.DONE, codes=(), **facts):
    job = bench.drop(**facts)
    bench.decide(verdict, codes)
    bench.publish_all()
    return bench.job(job.id)


def _original(job) -> Path:
    assert job.filed is not None
    return Path(os.fsdecode(job.filed))


def _expire(bench):
    return expire(bench.config, bench.database, bench.clock)


def _audited(bench, job_id):
    with bench.database.read() as uow:
        return [entry for entry in uow.audit.latest() if entry.target == job_id]


def test_an_archived_original_goes_after_its_days_with_all_that_lies_beside_it(bench):
    job = _finish(bench)
    original = _original(job)
    bench.clock.advance(32 * DAY_S)

    deleted = _expire(bench)

    assert (deleted.photos, deleted.size) == (1, job.size)
    assert not original.parent.exists()
    assert original.parent.parent.exists(), "the inbox keeps its folder"


def test_the_result_stays_when_the_original_goes(bench):
    job = _finish(bench)
    bench.clock.advance(400 * DAY_S)

    _expire(bench)

    results = [Path(os.fsdecode(output.target)) for output in job.outputs]
    assert results
    assert all(path.exists() for path in results)


def test_an_original_is_kept_until_its_last_day_is_over(bench):
    job = _finish(bench)
    bench.clock.advance(29 * DAY_S)

    assert _expire(bench).photos == 0
    assert _original(job).exists()


def test_zero_days_keep_originals_for_ever(make_bench):
    bench = make_bench(retention={"archive_days": 0})
    job = _finish(bench)
    bench.clock.advance(4000 * DAY_S)

    assert _expire(bench).photos == 0
    assert _original(job).exists()


def test_each_deletion_has_one_audit_line_and_no_name_in_it(bench):
    job = _finish(bench)
    bench.clock.advance(32 * DAY_S)

    _expire(bench)
    _expire(bench)

    (entry,) = _audited(bench, job.id)
    assert entry.facts == {"why": "age", "sha256": job.content_sha256, "size": job.size}
    with bench.database.read() as uow:
        assert "file.deleted" in [event.name for event in uow.history.of(job.id)]
        assert uow.jobs.get(job.id).filed is None


def test_rejected_and_failed_photos_are_kept_unless_a_time_is_set(bench):
    job = _finish(bench, Verdict.REJECTED, ("FACE_NOT_FOUND",))
    bench.clock.advance(4000 * DAY_S)

    assert _expire(bench).photos == 0
    assert _original(job).exists()


@pytest.mark.parametrize(
    ("verdict", "code"),
    [(Verdict.REJECTED, "FACE_NOT_FOUND"), (Verdict.FAILED, "INVALID_IMAGE")],
)
def test_rejected_and_failed_photos_go_after_their_days(make_bench, verdict, code):
    bench = make_bench(retention={"failed_days": 10})
    job = _finish(bench, verdict, (code,))
    folder = _original(job).parent
    bench.clock.advance(9 * DAY_S)
    assert _expire(bench).photos == 0
    bench.clock.advance(2 * DAY_S)

    assert _expire(bench).photos == 1
    assert list(folder.iterdir()) == []


def test_a_photo_in_review_waits_for_a_person_however_long(make_bench):
    bench = make_bench(retention={"failed_days": 1, "archive_days": 1})
    job = _finish(bench, Verdict.REVIEW, ("LOW_RESTORE_QUALITY",))
    bench.clock.advance(4000 * DAY_S)

    assert _expire(bench).photos == 0
    assert _original(job).exists()


def test_what_people_put_into_the_archive_is_left_alone(bench):
    job = _finish(bench)
    day = _original(job).parent
    theirs = day / "holiday.jpg"
    theirs.write_bytes(b"mine")
    bench.clock.advance(32 * DAY_S)

    _expire(bench)

    assert sorted(path.name for path in day.iterdir()) == ["holiday.jpg"]


def test_a_photo_whose_record_cannot_be_read_is_left_alone(bench):
    job = _finish(bench)
    original = _original(job)
    original.with_name(original.name + ".boothd.json").write_text("{")
    bench.clock.advance(32 * DAY_S)

    deleted = _expire(bench)

    assert (deleted.photos, deleted.unreadable) == (0, 1)
    assert original.exists()


def test_a_run_killed_after_the_file_was_gone_is_finished_by_the_next(bench, monkeypatch):
    """W23: the audit line stands, the record too, and the second run adds nothing to it."""

    class Killed(BaseException):
        pass

    def die(window: str) -> None:
        if window == "W23":
            raise Killed

    job = _finish(bench)
    original = _original(job)
    record = original.with_name(original.name + ".boothd.json")
    bench.clock.advance(32 * DAY_S)
    with monkeypatch.context() as patch:
        patch.setattr(failpoints, "reached", die)
        with pytest.raises(Killed):
            _expire(bench)
    assert (original.exists(), record.exists()) == (False, True)
    assert len(_audited(bench, job.id)) == 1

    _expire(bench)

    assert not record.exists()
    assert len(_audited(bench, job.id)) == 1
    assert bench.job(job.id).filed is None


def test_a_photo_unknown_to_the_database_is_deleted_too_and_audited(bench):
    """After a restore from an older backup the record is all there is."""
    job = _finish(bench)
    record = _original(job).with_name(_original(job).name + ".boothd.json")
    body = json.loads(record.read_bytes())
    body["job"] = "0" * 22
    record.write_text(json.dumps(body))
    bench.clock.advance(32 * DAY_S)

    assert _expire(bench).photos == 1
    assert len(_audited(bench, "0" * 22)) == 1
    assert bench.job(job.id).filed is not None, "the other job's row is not touched"


def test_what_the_filesystem_refuses_does_not_stop_the_others(bench, monkeypatch):
    first, second = (_finish(bench, content=bytes([n]), relative=b"%d.jpg" % n) for n in (1, 2))
    real = Path.unlink

    def refuse(path: Path, *, missing_ok: bool = False) -> None:
        if path == _original(first):
            raise PermissionError(13, "no")
        real(path, missing_ok=missing_ok)

    bench.clock.advance(32 * DAY_S)
    monkeypatch.setattr(Path, "unlink", refuse)
    deleted = _expire(bench)

    assert (deleted.photos, deleted.refused) == (1, 1)
    assert _original(first).exists()
    assert bench.job(second.id).filed is None


def test_a_set_aside_source_goes_with_the_archive(bench):
    job = _finish(bench)
    aside = bench.config.layout.claimed("in").parent / "filed" / job.id
    aside.mkdir(parents=True)
    (aside / "a.jpg").write_bytes(b"a photo")
    bench.clock.advance(29 * DAY_S)
    _expire(bench)
    assert aside.exists()
    bench.clock.advance(3 * DAY_S)

    _expire(bench)

    assert not aside.exists()
    assert {entry.action for entry in _audited(bench, job.id)} == {
        "source.delete",
        "original.delete",
    }


def test_a_set_aside_source_on_a_mount_below_the_inbox_goes_too(bench, monkeypatch):
    job = _finish(bench)
    point = bench.config.layout.inbox("in") / "scans"
    aside, other = (point / ".boothd" / "claimed" / name for name in (job.id, "f" * 22))
    for folder in (aside, other):
        folder.mkdir(parents=True)
        (folder / "a.jpg").write_bytes(b"a photo")
    monkeypatch.setattr(MountTable, "below", lambda *_: {os.fsencode(point): None})
    bench.clock.advance(32 * DAY_S)

    _expire(bench)

    assert (aside.exists(), other.exists()) == (False, True), "an unknown job's stays"


def test_a_set_aside_source_of_a_live_job_stays(bench):
    job = bench.drop()
    aside = bench.config.layout.claimed("in").parent / "filed" / job.id
    aside.mkdir(parents=True)
    bench.clock.advance(4000 * DAY_S)

    _expire(bench)

    assert aside.exists()


def test_eviction_takes_the_oldest_first_and_stops_when_there_is_room(bench):
    jobs = []
    for number in range(3):
        jobs.append(_finish(bench, content=bytes([number]), relative=b"%d.jpg" % number))
        bench.clock.advance(DAY_S)
    left = [2]

    def is_enough() -> bool:
        left[0] -= 1
        return left[0] < 0

    deleted = evict(bench.config, bench.database, bench.clock, is_enough=is_enough)

    assert deleted.photos == 1
    assert [_original(job).exists() for job in jobs] == [False, True, True]
    assert _audited(bench, jobs[0].id)[0].facts["why"] == "space"


@pytest.mark.parametrize("settings", [{"archive_days": 0}, {"evict_archive": False}])
def test_nothing_is_evicted_where_that_is_not_wanted(make_bench, settings):
    bench = make_bench(retention=settings)
    job = _finish(bench)
    bench.clock.advance(5 * DAY_S)

    deleted = evict(bench.config, bench.database, bench.clock, is_enough=lambda: False)

    assert deleted.photos == 0
    assert _original(job).exists()


def test_a_photo_finished_today_is_never_evicted(bench):
    job = _finish(bench)

    deleted = evict(bench.config, bench.database, bench.clock, is_enough=lambda: False)

    assert deleted.photos == 0
    assert _original(job).exists()


def test_old_rows_are_pruned_but_review_and_ledger_rows_stay(make_bench):
    bench = make_bench(retention={"jobs_days": 100})
    done = _finish(bench)
    waiting = _finish(bench, Verdict.REVIEW, ("LOW_RESTORE_QUALITY",), relative=b"r.jpg")
    listed = _finish(bench, relative=b"l.jpg")
    with bench.database.write() as uow:
        uow.jobs.update(listed.id, in_ledger=True)
    bench.clock.advance(101 * DAY_S)
    young = _finish(bench, relative=b"y.jpg")

    assert prune_jobs(bench.config, bench.database, bench.clock) == 1
    assert prune_jobs(bench.config, bench.database, bench.clock) == 0

    with bench.database.read() as uow:
        kept = {job.id for job in uow.jobs.in_state(*State)}
    assert kept == {waiting.id, listed.id, young.id}
    assert done.id not in kept
