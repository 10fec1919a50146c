"""From row to receiver over real sockets: every event at least once, under one id, none invented.

Schedules run on a clock that the test moves; only sockets take real time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from daemon.domain.delivery import GIVE_UP_MS, SCHEDULE_S, DeliveryState, Endpoint
from daemon.domain.job import Job, Verdict
from daemon.services.deliver import Deliverer
from daemon.store.deliveries import Delivery, Which
from tests.fakes.receiver import KEY, Receiver, drips, raw, reset, silence, status
from tests.integration.conftest import Bench

ALL = ["photo.done", "photo.rejected", "photo.review", "photo.failed", "endpoint.disabled"]
FAST = {"timeout_s": 1}

MakeBench = Callable[..., Bench]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret"
    path.write_text(KEY)
    return path


@pytest.fixture
def make(make_bench: MakeBench, secret: Path) -> MakeBench:
    """A booth whose clock says what the receiver's does."""

    def build(*sections: dict[str, Any], **others: Any) -> Bench:
        hooks = [{"events": ALL, "secret_file": secret, **section} for section in sections]
        bench = make_bench(webhooks=hooks, **others)
        bench.clock.jump(time.time() - bench.clock.now_ms() / 1000)
        return bench

    return build


def deliverer(bench: Bench) -> Deliverer:
    found = Deliverer(bench.config, bench.database, bench.clock, spread=lambda: 0.0)
    found.settle_in()
    return found


def end_one(bench: Bench, verdict: Verdict = Verdict.DONE, content: bytes = b"a photo") -> Job:
    job = bench.drop(content)
    bench.decide(verdict, () if verdict is Verdict.DONE else ("FACE_NOT_FOUND",))
    bench.publish_all()
    return job


def deliver_due(found: Deliverer) -> int:
    due = found.due({})
    for delivery in due:
        found.deliver(delivery)
    return len(due)


def rows(bench: Bench, **which: Any) -> list[Delivery]:
    with bench.database.read() as uow:
        return uow.deliveries.listed(Which(**which))[::-1]


def only(bench: Bench) -> Delivery:
    (row,) = rows(bench)
    return row


def endpoint(bench: Bench, name: str = "hr") -> Endpoint:
    with bench.database.read() as uow:
        found = uow.endpoints.get(name)
    assert found is not None
    return found


def announced(bench: Bench) -> set[str]:
    return {row.message_id for row in rows(bench)}


def test_an_event_arrives_signed_and_is_on_record(make: MakeBench, receiver: Receiver) -> None:
    bench = make(receiver.section())
    job = end_one(bench, Verdict.REJECTED)
    receiver.answers.append(status(202, body=b"queued"))
    assert deliver_due(deliverer(bench)) == 1
    (request,) = receiver.requests
    told = request.verified()
    assert (told["type"], told["data"]["job"]) == ("photo.rejected", job.id)
    row = only(bench)
    assert (row.state, row.attempts, row.message_id) == (DeliveryState.DELIVERED, 1, request.id)
    with bench.database.read() as uow:
        (attempt,) = uow.deliveries.tries(row.outbox_id)
    assert (attempt.status, attempt.error, attempt.response) == (202, "", b"queued")
    assert attempt.address == "127.0.0.1"
    assert endpoint(bench).last_ok_ms == bench.clock.now_ms()


def test_nothing_is_sent_before_it_is_true_and_nothing_twice(
    make: MakeBench, receiver: Receiver
) -> None:
    bench = make(receiver.section())
    found = deliverer(bench)
    bench.drop()
    bench.decide()
    assert deliver_due(found) == 0
    bench.publish_all()
    assert (deliver_due(found), deliver_due(found)) == (1, 0)
    assert len(receiver.requests) == 1


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (status(500), "status"),
        (status(302, "Location: http://127.0.0.1:1/\r\n"), "redirect"),
        (reset, "reset ECONNRESET"),
        (raw(b""), "reset"),
        (raw(b"no http at all\r\n\r\n"), "protocol"),
        (silence, "timeout answer"),
        (drips(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000), "timeout answer"),
        (drips(b"HTTP/1.1 200 OK\r\n\r\n" + b"z" * 1000), "timeout answer"),
    ],
)
def test_what_failed_comes_again_under_its_id(
    make: MakeBench, receiver: Receiver, trouble: Any, said: str
) -> None:
    bench = make(receiver.section(**FAST))
    end_one(bench)
    found = deliverer(bench)
    receiver.answers.append(trouble)
    assert deliver_due(found) == 1
    row = only(bench)
    assert row.state is DeliveryState.PENDING
    assert row.last_error.startswith(said)
    assert deliver_due(found) == 0
    bench.clock.advance(60)
    assert deliver_due(found) == 1
    assert only(bench).state is DeliveryState.DELIVERED
    assert set(receiver.ids()) == announced(bench)
    assert len(receiver.requests) == 2
    assert receiver.requests[0].body == receiver.requests[1].body


def test_ten_attempts_over_three_days_then_a_person(make: MakeBench, receiver: Receiver) -> None:
    bench = make(receiver.section())
    end_one(bench)
    found = deliverer(bench)
    receiver.otherwise = status(500)
    begun_ms = bench.clock.now_ms()
    for pause in (*SCHEDULE_S, 1_000_000):
        assert deliver_due(found) == 1
        bench.clock.advance(pause - 1)
        assert deliver_due(found) == 0
        bench.clock.advance(1)
    assert deliver_due(found) == 0
    assert sum(SCHEDULE_S) == 75 * 3600 + 35 * 60 + 5
    row = only(bench)
    assert (row.state, row.attempts) == (DeliveryState.EXHAUSTED, 10)
    assert len(receiver.requests) == 10
    assert set(receiver.ids()) == announced(bench)
    stamps = [int(request.headers["webhook-timestamp"]) for request in receiver.requests]
    assert stamps[-1] - stamps[0] == sum(SCHEDULE_S)
    assert begun_ms // 1000 == stamps[0]
    with bench.database.read() as uow:
        assert [tried.status for tried in uow.deliveries.tries(row.outbox_id)] == [500] * 10


def test_what_failed_together_does_not_come_back_together(
    make: MakeBench, receiver: Receiver
) -> None:
    bench = make(receiver.section())
    receiver.otherwise = status(500)
    spreads = iter((-1.0, 1.0))
    found = Deliverer(bench.config, bench.database, bench.clock, spread=lambda: next(spreads))
    found.settle_in()
    for content in (b"one", b"two"):
        end_one(bench, content=content)
    deliver_due(found)
    waits = [row.next_ms - bench.clock.now_ms() for row in rows(bench)]
    assert waits == [4000, 6000]


def test_a_receiver_that_is_gone_is_left_alone_and_the_others_are_told(
    make: MakeBench, receiver: Receiver
) -> None:
    with Receiver() as other:
        bench = make(
            receiver.section(name="gone"), other.section(name="b", events=["endpoint.disabled"])
        )
        found = deliverer(bench)
        receiver.answers.append(status(410))
        end_one(bench)
        deliver_due(found)
        end_one(bench, content=b"later")
        bench.clock.advance(10)
        deliver_due(found)
        assert len(receiver.requests) == 1
        (told,) = other.requests
        assert told.verified()["data"]["endpoint"] == "gone"
        assert told.verified()["data"]["why"] == "gone"
    waiting = rows(bench, endpoint="gone")
    assert [row.state for row in waiting] == [DeliveryState.DISABLED] * 2
    assert endpoint(bench, "gone").disabled_ms is not None
    restarted = deliverer(bench)
    assert deliver_due(restarted) == 0


def test_a_receiver_that_takes_nothing_for_five_days_is_given_up(
    make: MakeBench, receiver: Receiver
) -> None:
    bench = make(receiver.section())
    found = deliverer(bench)
    receiver.otherwise = status(500)
    for day in range(7):
        end_one(bench, content=b"day %d" % day)
        for _ in range(4):
            deliver_due(found)
            bench.clock.advance(21_600)
    state = endpoint(bench)
    assert state.disabled_why == "gave_up"
    assert state.disabled_ms is not None
    assert state.failing_ms is not None
    assert GIVE_UP_MS <= state.disabled_ms - state.failing_ms <= GIVE_UP_MS + 30_000_000
    assert {row.state for row in rows(bench)} <= {DeliveryState.DISABLED, DeliveryState.EXHAUSTED}


@pytest.mark.parametrize("as_date", [False, True])
def test_who_asks_for_a_pause_gets_it(
    make: MakeBench, receiver: Receiver, *, as_date: bool
) -> None:
    bench = make(receiver.section())
    found = deliverer(bench)
    moment = datetime.fromtimestamp(time.time() + 3600, UTC)
    asked = moment.strftime("%a, %d %b %Y %H:%M:%S GMT") if as_date else "3600"
    receiver.answers.append(status(429, f"Retry-After: {asked}\r\n"))
    end_one(bench)
    deliver_due(found)
    end_one(bench, content=b"another")
    bench.clock.advance(3500)
    assert deliver_due(found) == 0, "the pause is the endpoint's, not one delivery's"
    bench.clock.advance(101)
    assert deliver_due(found) == 1, "after a rest one goes ahead"
    assert deliver_due(found) == 1
    assert {row.state for row in rows(bench)} == {DeliveryState.DELIVERED}


def test_a_receiver_that_asks_for_a_year_gets_a_day(make: MakeBench, receiver: Receiver) -> None:
    bench = make(receiver.section())
    receiver.answers.append(status(503, "Retry-After: 31536000\r\n"))
    end_one(bench)
    deliver_due(deliverer(bench))
    assert only(bench).next_ms - bench.clock.now_ms() == 86_400_000


def test_no_more_are_under_way_than_the_section_allows(make: MakeBench, receiver: Receiver) -> None:
    bench = make(receiver.section(concurrency=3))
    found = deliverer(bench)
    for number in range(6):
        end_one(bench, content=b"%d" % number)
    due = found.due({})
    assert [row.outbox_id for row in due] == [row.outbox_id for row in rows(bench)[:3]]
    in_hand = {row.outbox_id: "hr" for row in due[:2]}
    assert [row.outbox_id for row in found.due(in_hand)] == [due[2].outbox_id]


def test_an_unreadable_secret_sends_nothing_unsigned(
    make: MakeBench, receiver: Receiver, secret: Path
) -> None:
    bench = make(receiver.section())
    found = deliverer(bench)
    end_one(bench)
    secret.write_text("rubbish")
    deliver_due(found)
    assert only(bench).last_error == "secret line 1 does not begin with whsec_"
    assert receiver.requests == []
    secret.write_text(KEY)
    bench.clock.advance(10)
    deliver_due(found)
    assert receiver.requests[0].verified()


def test_an_original_is_the_same_at_every_attempt(make: MakeBench, receiver: Receiver) -> None:
    import base64

    bench = make(receiver.section(payload="original"))
    found = deliverer(bench)
    end_one(bench, content=b"the original")
    receiver.answers.append(status(500))
    deliver_due(found)
    bench.clock.advance(10)
    deliver_due(found)
    first, second = receiver.requests
    assert first.body == second.body
    picture = second.verified()["data"]["picture"]
    assert base64.b64decode(picture["base64"]) == b"the original"


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda path: path.unlink(), "gone"),
        (lambda path: path.write_bytes(b"another"), "changed"),
        (lambda path: path.write_bytes(b"x" * 2000), "too_large"),
    ],
)
def test_an_event_matters_more_than_its_picture(
    make: MakeBench, receiver: Receiver, spoil: Callable[[Path], None], why: str
) -> None:
    bench = make(receiver.section(payload="original", max_picture_kib=1))
    found = deliverer(bench)
    job = end_one(bench)
    filed = bench.job(job.id).filed
    assert filed is not None
    spoil(Path(filed.decode()))
    deliver_due(found)
    told = receiver.requests[0].verified()
    assert told["data"]["picture"] == {"kind": "original", "omitted": why}
    assert only(bench).state is DeliveryState.DELIVERED


def test_a_folder_that_is_away_is_waited_for_then_the_event_goes_alone(
    make: MakeBench, receiver: Receiver
) -> None:
    bench = make(receiver.section(payload="original"))
    found = deliverer(bench)
    job = end_one(bench)
    filed = bench.job(job.id).filed
    assert filed is not None
    path = Path(filed.decode())
    path.unlink()
    path.symlink_to(path)  # ELOOP: there is something, and it cannot be read
    for pause in SCHEDULE_S:
        assert deliver_due(found) == 1
        assert only(bench).last_error == "body ELOOP"
        assert endpoint(bench).failures == 0
        bench.clock.advance(pause)
    deliver_due(found)
    (request,) = receiver.requests
    assert b'"omitted":"unreadable"' in request.body
    assert only(bench).state is DeliveryState.DELIVERED


def test_another_address_begins_afresh_and_a_removed_one_is_told_no_more(
    make: MakeBench, receiver: Receiver
) -> None:
    with Receiver() as gone:
        bench = make(gone.section())
        gone.otherwise = status(410)
        end_one(bench)
        deliver_due(deliverer(bench))
    end_one(bench, content=b"another")
    hook = bench.config.webhooks[0].model_copy(
        update={"url": f"http://{receiver.place}/", "allow": (receiver.place,)}
    )
    moved = bench.config.model_copy(update={"webhooks": (hook,)})
    found = Deliverer(moved, bench.database, bench.clock)
    found.settle_in()
    assert (deliver_due(found), deliver_due(found)) == (2, 0)
    assert set(receiver.ids()) == announced(bench)
    end_one(bench, content=b"a third")
    bare = bench.config.model_copy(update={"webhooks": ()})
    Deliverer(bare, bench.database, bench.clock).settle_in()
    assert [row.state for row in rows(bench)][-1] is DeliveryState.DISCARDED


def test_a_clock_that_was_ahead_holds_nothing_back(make: MakeBench, receiver: Receiver) -> None:
    bench = make(receiver.section(**FAST))
    bench.clock.jump(10 * 86_400)
    receiver.answers.append(status(429))
    end_one(bench)
    deliver_due(deliverer(bench))
    bench.clock.jump(-10 * 86_400)
    assert deliver_due(deliverer(bench)) == 1
    assert only(bench).state is DeliveryState.DELIVERED
