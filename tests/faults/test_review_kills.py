"""A kill between any two steps of a decision: the next start carries it out, once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from daemon.domain.artifact import OutputKind
from daemon.domain.job import State, Verdict
from daemon.services.fsck import examine
from daemon.services.publish import Publisher
from daemon.services.review import ReviewDesk
from daemon.services.review_again import Again
from daemon.services.review_carry import ReviewCarrier
from daemon.store.deliveries import Which
from tests.fakes.kills import killed_at
from tests.integration.conftest import Bench, bench, make_bench  # noqa: F401 - fixtures

ORIGINAL, CANDIDATE, WHY = b"a photo", b"restored", b"\xff\xd8 why"
HOOKS = [
    {
        "name": "hr",
        "url": "https://hr.example.org/booth",
        "events": ["photo.done", "photo.rejected"],
        "secret_file": "hr.secret",
    }
]
WINDOWS = ("R1", "R2", "R3", "R4", "R5", "R6")
ENDS = {"accept": State.DONE, "reject": State.REJECTED, "redo": State.QUEUED}


@pytest.fixture
def booth(make_bench):  # noqa: F811 - the fixture
    return make_bench(webhooks=HOOKS)


def in_review(booth: Bench, content: bytes = ORIGINAL):
    job = booth.drop(content, notes={"photo.jpg.txt": b"smooth"})
    outputs = {OutputKind.RESULT: CANDIDATE, OutputKind.WHY_PICTURE: WHY}
    booth.decide(Verdict.REVIEW, ("IDENTITY_CHANGED",), outputs)
    booth.publish_all()
    return booth.job(job.id)


def decide(booth: Bench, job, kind: str) -> None:
    desk = ReviewDesk(booth.config, lambda: booth.database, booth.clock)
    if kind == "accept":
        desk.accept(job.id, by="panel:alice")
    elif kind == "reject":
        desk.reject(job.id, by="panel:alice", code="DECLINED_QUALITY", note="dark")
    else:
        desk.redo(job.id, Again((), {}, "gentler"), by="panel:alice")


def started(booth: Bench) -> ReviewCarrier:
    """As after a start: nothing is remembered but what stands on disk."""
    publisher = Publisher(booth.config, booth.database, booth.clock)
    return ReviewCarrier(booth.config, booth.database, booth.clock, publisher)


def dies_at(booth: Bench, window: str, monkeypatch) -> bool:
    return killed_at(window, lambda: started(booth).step(), monkeypatch)


def bytes_below(folder: Path) -> list[bytes]:
    return sorted(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def held(booth: Bench, job, kind: str) -> None:
    """What must be true of a photo once a decision about it is carried out."""
    layout = booth.config.layout
    ended = booth.job(job.id)
    assert ended.state is ENDS[kind]
    assert bytes_below(layout.review("in")) == []
    with booth.database.read() as uow:
        (decision,) = uow.reviews.of(job.id)
        events = [one.event for one in uow.deliveries.listed(Which())]
        names = [event.name for event in uow.history.of(job.id)]
        audited = [one.action for one in uow.audit.latest()]
    assert decision.closed_ms is not None
    assert names.count("review.decided") == 1
    assert names.count("review.carried_out") == 1
    assert audited.count(f"review.{kind}") == 2, "the word and what became of it"
    assert examine(booth.config, booth.database) == []
    everywhere = [layout.archive("in"), layout.rejected("in"), layout.claimed("in")]
    originals = [path for folder in everywhere for path in folder.rglob("photo.jpg")]
    assert [path.read_bytes() for path in originals] == [ORIGINAL]
    notes = [path for folder in everywhere for path in folder.rglob("*.txt")]
    assert b"smooth" in [path.read_bytes() for path in notes]
    assert events == {"accept": ["photo.done"], "reject": ["photo.rejected"], "redo": []}[kind]
    results = bytes_below(layout.out("in"))
    assert results == ([CANDIDATE] if kind == "accept" else [])
    parts = list(layout.root.rglob("*boothd-part"))
    assert parts == []


@pytest.mark.parametrize("kind", ENDS)
@pytest.mark.parametrize("window", WINDOWS)
def test_a_kill_in_any_window_is_made_good(booth, kind, window, monkeypatch) -> None:
    job = in_review(booth)
    decide(booth, job, kind)
    assert dies_at(booth, window, monkeypatch), f"{window} is not on the way of {kind}"
    started(booth).step()
    held(booth, job, kind)


@pytest.mark.parametrize("kind", ENDS)
def test_kills_in_every_window_one_after_the_other_are_made_good(booth, kind, monkeypatch) -> None:
    job = in_review(booth)
    decide(booth, job, kind)
    for window in WINDOWS:
        dies_at(booth, window, monkeypatch)
    started(booth).step()
    held(booth, job, kind)


@pytest.mark.parametrize("kind", ENDS)
def test_the_next_photo_of_the_name_keeps_what_lies_beside_it(booth, kind, monkeypatch) -> None:
    job = in_review(booth)
    decide(booth, job, kind)
    assert dies_at(booth, "R6", monkeypatch)
    following = in_review(booth, b"another photo")
    assert following.filed == job.filed
    before = bytes_below(booth.config.layout.review("in"))
    booth.clock.advance(60)
    started(booth).step()
    assert bytes_below(booth.config.layout.review("in")) == before
    assert booth.job(job.id).state is ENDS[kind]
    assert examine(booth.config, booth.database) == []


@pytest.mark.parametrize("kind", ["accept", "reject"])
@pytest.mark.parametrize("window", ["R1", "R2", "R3"])
def test_a_place_chosen_before_a_kill_is_given_to_nobody_else(
    booth, kind, window, monkeypatch
) -> None:
    job = in_review(booth)
    decide(booth, job, kind)
    dies_at(booth, window, monkeypatch)
    publisher = Publisher(booth.config, booth.database, booth.clock)
    carrier = ReviewCarrier(booth.config, booth.database, booth.clock, publisher)
    late = booth.drop(b"another", relative=b"photo.jpg")
    booth.decide(Verdict.DONE if kind == "accept" else Verdict.REJECTED)
    carrier.step()
    for waiting in publisher.pending():
        publisher.publish(waiting)

    filed = [booth.job(one).filed for one in (job.id, late.id)]
    assert [Path(os.fsdecode(path)).read_bytes() for path in filed] == [ORIGINAL, b"another"]
    assert examine(booth.config, booth.database) == []


@pytest.mark.parametrize("kind", ENDS)
def test_any_step_that_the_disk_refuses_is_done_later(booth, kind, monkeypatch) -> None:
    """Every fsync, rename, link and copy of the way fails once, one after the other."""
    job = in_review(booth)
    decide(booth, job, kind)
    calls = {"left": 0}
    real = {name: getattr(os, name) for name in ("fsync", "link", "unlink")}

    def failing(name):
        def call(*args, **more):
            if calls["left"] == 0:
                calls["left"] = -1
                raise OSError(5, name)
            calls["left"] -= 1
            return real[name](*args, **more)

        return call

    carrier, number = started(booth), 0
    while True:
        calls["left"] = number
        with monkeypatch.context() as patched:
            for name in real:
                patched.setattr(os, name, failing(name))
            carrier.step()
        booth.clock.advance(300)
        with booth.database.read() as uow:
            if uow.reviews.open() == []:
                break
        number += 1
    assert number >= 1, "nothing was refused"
    assert booth.job(job.id).state is ENDS[kind]
    assert examine(booth.config, booth.database) == []
