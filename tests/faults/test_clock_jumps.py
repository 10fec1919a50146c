"""Somebody sets the clock a day ahead or back, at any moment of a photo's life; and fencing."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon.bootstrap import build
from daemon.clock import ManualClock
from daemon.config.model import Config
from daemon.domain.job import Verdict
from daemon.store import schema
from tests.fakes import hand_booth as by_hand
from tests.fakes import oracles
from tests.fakes.hand_booth import HandBooth, hand_booth, work_like_sort
from tests.fakes.photos import Drop, jpeg

DAY_S = 86_400
# A life takes fewer turns of a loop than this.
TURNS = 16


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return booth_in(tmp_path / "0")


def booth_in(folder: Path) -> Config:
    config = Config.model_validate(
        {
            "root": folder,
            "language": "en",
            "inboxes": [{"name": "in", "plan": ["copy"], "settle_s": 0}],
            "retention": {"min_free_mib": 0},
        }
    )
    config.layout.inbox("in").mkdir(parents=True)
    config.layout.state.mkdir()
    schema.upgrade(config.layout.database)
    return config


def drop_in(config: Config, number: int = 0, verdict: Verdict = Verdict.DONE) -> Drop:
    drop = Drop("in", b"p%d.jpg" % number, jpeg(number, verdict), verdict)
    (config.layout.inbox("in") / os.fsdecode(drop.relative)).write_bytes(drop.content)
    return drop


def turns(booth: HandBooth) -> Iterator[None]:
    """Every loop in turn, for ever, with a pause after each."""
    while True:
        for loop in (booth.take_in, booth.hand_out, booth.work, booth.publish):
            loop()
            yield
            booth.clock.advance(1)


@pytest.mark.parametrize("jump_s", [DAY_S, -DAY_S])
def test_a_clock_that_jumps_at_any_moment_costs_nothing(tmp_path: Path, jump_s: int) -> None:
    for at in range(TURNS):
        config = booth_in(tmp_path / str(at))
        drops = [drop_in(config, 0), drop_in(config, 1, Verdict.REJECTED)]
        with hand_booth(config, ManualClock()) as booth:
            for number, _ in enumerate(turns(booth)):
                if number == at:
                    booth.clock.jump(jump_s)
                if number > at and booth.rests():
                    break
                assert number < 4 * TURNS, f"jump at turn {at}: {booth.jobs()}"
        jobs = oracles.hold(config, drops)
        assert [job.attempts for job in jobs] == [1, 1]
        oracles.resting_again(config)


@pytest.mark.parametrize("jump_s", [DAY_S, -DAY_S])
def test_a_job_that_waits_for_its_next_attempt_does_not_wait_a_day(
    config: Config, monkeypatch: pytest.MonkeyPatch, jump_s: int
) -> None:
    drop = drop_in(config)

    def blink(*_: object) -> None:
        monkeypatch.undo()
        raise OSError(errno.EIO, "it blinked")

    with hand_booth(config, ManualClock()) as booth:
        monkeypatch.setattr(by_hand, "work_like_sort", blink)
        for number, _ in enumerate(turns(booth)):
            if booth.jobs() and booth.jobs()[0][1:] == ("queued", 1):
                break
            assert number < TURNS
        booth.clock.jump(jump_s)
        booth.run_to_rest()
    (job,) = oracles.hold(config, [drop])
    assert job.attempts == 2


def test_a_claim_whose_lease_ran_out_cannot_commit(config: Config) -> None:
    """Another owner took the job over; what the first one made is thrown away."""
    drop, clock = drop_in(config), ManualClock()
    with hand_booth(config, clock) as late:
        late.take_in()
        while not (handed := late.booth.dispatch.next_work(1, alone=True)):
            clock.advance(1)
            late.take_in()
        first = handed[0].claim
        clock.advance(2 * config.queue.lease_s)
        other = build(config, wake=lambda: None, clock=clock)
        try:
            assert other.dispatch.sweep(frozenset()) == 1
            (second,) = other.dispatch.next_work(1, alone=True)
            assert second.claim.job.attempts == 2
            # The late one wakes: every write of its own is refused.
            assert late.booth.dispatch.heartbeat([first]) == {first.token}
            late.booth.dispatch.finish(first, work_like_sort(config, first))
            assert late.jobs() == [(first.job.id, "working", 2)]
            other.dispatch.finish(second.claim, work_like_sort(config, second.claim))
        finally:
            other.close()
        late.booth.dispatch.finish(first, work_like_sort(config, first))
        late.publish()
    (job,) = oracles.hold(config, [drop])
    assert job.attempts == 2
