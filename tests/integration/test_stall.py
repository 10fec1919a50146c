"""Noticing that nothing gets on, and nothing but that."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from daemon.services.maintenance import prune_deliveries
from daemon.services.stall import LOOK_EVERY_S, STALL_S, StallWatch
from daemon.store.deliveries import Which
from tests.integration.conftest import Bench

HOOK = {"name": "hr", "url": "https://hr.example/", "events": ["queue.stalled", "queue.held"]}


@pytest.fixture
def bench(make_bench: Callable[..., Bench]) -> Bench:
    return make_bench(webhooks=[HOOK])


@pytest.fixture
def watch(bench: Bench) -> StallWatch:
    return StallWatch(bench.config, bench.database, bench.clock)


def pass_time(bench: Bench, watch: StallWatch, seconds: float = STALL_S + LOOK_EVERY_S) -> None:
    for _ in range(int(seconds / LOOK_EVERY_S) + 1):
        watch.look()
        bench.clock.advance(LOOK_EVERY_S)


def told(bench: Bench) -> list[dict[str, Any]]:
    with bench.database.read() as uow:
        return [json.loads(one.body) for one in uow.outbox.after(0)]


def test_photos_that_wait_while_no_verdict_falls_are_told_once(
    bench: Bench, watch: StallWatch
) -> None:
    bench.drop()
    pass_time(bench, watch, 3 * STALL_S)
    (said,) = told(bench)
    assert (said["type"], said["data"]["waiting"]) == ("queue.stalled", 1)
    bench.decide()
    bench.drop(b"another")
    pass_time(bench, watch)
    assert [one["type"] for one in told(bench)] == ["queue.stalled"] * 2


def test_an_empty_queue_is_no_stall(bench: Bench, watch: StallWatch) -> None:
    bench.drop()
    bench.decide()
    pass_time(bench, watch)
    assert told(bench) == []


def test_a_queue_that_somebody_holds_is_no_stall(bench: Bench, watch: StallWatch) -> None:
    bench.drop()
    with bench.database.write() as uow:
        uow.control.hold("queue", "me", "")
    pass_time(bench, watch)
    assert told(bench) == []


def test_a_slow_queue_is_no_stall(bench: Bench, watch: StallWatch) -> None:
    for number in range(4):
        bench.drop(b"%d" % number)
    for _ in range(3):
        pass_time(bench, watch, STALL_S / 2)
        bench.decide()
    assert told(bench) == []


def test_a_photo_that_waits_for_its_next_attempt_is_no_stall(
    bench: Bench, watch: StallWatch
) -> None:
    bench.drop()
    claim = bench.claim()
    with bench.database.write() as uow:
        uow.queue.release(claim, not_before_ms=bench.clock.now_ms() + 10**9)
    pass_time(bench, watch)
    assert told(bench) == []


def test_announcements_are_kept_for_their_time_and_while_they_are_to_be_sent(
    bench: Bench,
) -> None:
    with bench.database.write() as uow:
        uow.outbox.add("old", "queue.held", "hr", b"{}", bench.clock.now_ms())
        uow.outbox.add("due", "queue.held", "other", b"{}", bench.clock.now_ms())
        uow.deliveries.switch_off("hr", bench.clock.now_ms())
    bench.clock.advance(30 * 86_400 - 1)
    assert prune_deliveries(bench.config, bench.database, bench.clock) == 0
    bench.clock.advance(2)
    assert prune_deliveries(bench.config, bench.database, bench.clock) == 1
    with bench.database.read() as uow:
        assert [row.subject for row in uow.deliveries.listed(Which())] == ["due"]
