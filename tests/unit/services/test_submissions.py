"""A photo that comes by the API lies in its inbox, once, with its note before it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from daemon.clock import ManualClock
from daemon.domain.job import State
from daemon.errors import DiskFull, InputError, ServiceBusy, UsageError
from daemon.files import atomic
from daemon.services.submissions import KeyTaken, Submissions, Wish
from daemon.store import schema
from daemon.store.database import Database
from tests.fakes.jobs import queued_job

# A PNG's first bytes: 40 x 30 pixels; intake and worker look at the rest.
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (40).to_bytes(4) + (30).to_bytes(4) + b"\x08\x02\0\0\0"


@pytest.fixture
def make(booth, manual_clock: ManualClock) -> Iterator[Any]:
    opened = []

    def made(**sections: Any) -> tuple[Any, Database, Submissions]:
        sections.setdefault("inboxes", [{"name": "in", "plan": ["restore"]}])
        config = booth(**sections)
        schema.upgrade(config.layout.database)
        database = Database(config.layout.database, manual_clock)
        opened.append(database)
        return config, database, Submissions(config, lambda: database, manual_clock)

    yield made
    for each in opened:
        each.close()


def _files(config: Any, inbox: str = "in") -> dict[str, bytes]:
    folder = config.layout.inbox(inbox)
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_a_photo_and_its_wishes_lie_in_the_inbox(make) -> None:
    config, database, submissions = make()
    told = submissions.submit(Wish(PNG, "me", options={"strength": 0.5}, instruct="白底"))

    files = _files(config)
    assert files[told.name] == PNG
    assert json.loads(files[f"{told.name}.yaml"]) == {"strength": 0.5, "instruct": "白底"}
    assert told.name == f"api-{told.id}.png"
    with database.read() as uow:
        assert uow.submissions.get(told.id).placed_ms is not None


def test_the_same_key_again_is_the_same_task_and_no_second_file(make) -> None:
    config, _, submissions = make()
    first = submissions.submit(Wish(PNG, "me", key="k"))
    again = submissions.submit(Wish(PNG, "me", key="k"))

    assert again.id == first.id
    assert len(_files(config)) == 1
    assert submissions.submit(Wish(PNG, "another", key="k")).id != first.id


def test_the_same_key_for_something_else_is_refused(make) -> None:
    _, _, submissions = make()
    submissions.submit(Wish(PNG, "me", key="k"))

    with pytest.raises(KeyTaken):
        submissions.submit(Wish(PNG, "me", key="k", options={"strength": 1}))


def test_a_process_that_died_before_the_file_is_made_good_by_the_next_try(
    make, manual_clock, monkeypatch
) -> None:
    config, _, submissions = make()

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(atomic, "write_bytes", die)
        with pytest.raises(KeyboardInterrupt):
            submissions.submit(Wish(PNG, "me", key="k"))
    with pytest.raises(ServiceBusy):  # somebody may be writing it at this moment
        submissions.submit(Wish(PNG, "me", key="k"))
    manual_clock.advance(31)
    again = submissions.submit(Wish(PNG, "me", key="k"))

    assert list(_files(config)) == [again.name]


def test_a_full_disk_leaves_no_submission(make, monkeypatch) -> None:
    _, database, submissions = make()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(atomic, "write_bytes", full)
    with pytest.raises(DiskFull):
        submissions.submit(Wish(PNG, "me", key="k"))
    with database.read() as uow:
        assert uow.submissions.of_key("me", "k") is None


def test_beyond_the_limit_the_next_is_told_to_come_later(make) -> None:
    config, database, submissions = make(api={"queue_limit": 2})
    queued_job(config, database, b"x", now_ms=1)
    submissions.submit(Wish(PNG, "me"))

    with pytest.raises(ServiceBusy):
        submissions.submit(Wish(PNG, "me"))


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        (Wish(b"", "me"), "EMPTY"),
        (Wish(b"<html>", "me"), "INVALID_IMAGE"),
        (Wish(PNG, "me", max_side_px=39), "IMAGE_TOO_LARGE"),
        (Wish(PNG + b"\0" * 2000, "me"), "IMAGE_TOO_LARGE"),
    ],
)
def test_what_is_no_photo_or_too_large_is_refused(make, wish: Wish, code: str) -> None:
    config, _, submissions = make(api={"max_bytes": 2000})
    with pytest.raises(InputError) as refused:
        submissions.submit(wish)

    assert refused.value.code == code
    assert _files(config) == {}


def test_a_plan_finds_its_inbox(make) -> None:
    _, _, submissions = make(
        inboxes=[{"name": "in", "plan": ["copy"]}, {"name": "good", "plan": ["quality", "copy"]}]
    )

    assert submissions.submit(Wish(PNG, "me", plan=("quality", "copy"))).inbox == "good"
    for wrong in (Wish(PNG, "me", plan=("restore",)), Wish(PNG, "me", inbox="../in")):
        with pytest.raises(UsageError):
            submissions.submit(wrong)


@pytest.mark.parametrize("words", ["two\nlines", "x" * 2001, "\x1b[2J"])
def test_words_that_cannot_be_a_note_are_refused(make, words: str) -> None:
    _, _, submissions = make()
    with pytest.raises(UsageError):
        submissions.submit(Wish(PNG, "me", instruct=words))


def test_a_submission_is_forgotten_after_its_job(make, manual_clock) -> None:
    config, database, submissions = make()
    kept = submissions.submit(Wish(PNG, "me"))
    job = queued_job(config, database, b"x", now_ms=1, relative=kept.name.encode())
    gone = submissions.submit(Wish(PNG, "me"))
    manual_clock.advance(90_000)

    with database.write() as uow:
        assert uow.submissions.prune(manual_clock.now_ms()) == 1
    with database.read() as uow:
        assert uow.submissions.get(gone.id) is None
        assert uow.submissions.job_id(kept) == job.id
        assert uow.jobs.get(job.id).state is State.QUEUED
