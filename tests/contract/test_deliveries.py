"""Deliveries and receivers as rows, on either database."""

from __future__ import annotations

from dataclasses import replace

from daemon.domain.delivery import DeliveryState, Endpoint
from daemon.store.database import Database
from daemon.store.deliveries import Attempt, Delivery, Which
from tests.fakes.store import NOW_MS


def announce(database: Database, subject: str, endpoint: str = "hr", at_ms: int = NOW_MS) -> None:
    with database.write() as uow:
        assert uow.outbox.add(subject, "queue.held", endpoint, b"{}", at_ms)


def listed(database: Database, **which: object) -> list[Delivery]:
    with database.read() as uow:
        return uow.deliveries.listed(Which(**which))  # type: ignore[arg-type]


def attempt(delivery: Delivery, status: int = 500) -> Attempt:
    return Attempt(delivery.outbox_id, NOW_MS, 12, "192.0.2.1", status, "status", b"\x00\xff")


def settle(database: Database, delivery: Delivery, state: DeliveryState) -> bool:
    with database.write() as uow:
        tried = attempt(delivery)
        uow.deliveries.tried(tried)
        return uow.deliveries.settle(delivery, state, attempt=tried, next_ms=NOW_MS + 5000)


def test_what_is_due_is_due_to_its_receiver_the_oldest_first(database: Database) -> None:
    for subject, endpoint, at_ms in (
        ("b", "hr", 2),
        ("a", "hr", 1),
        ("c", "it", 0),
        ("d", "hr", 9),
    ):
        announce(database, subject, endpoint, NOW_MS + at_ms)
    with database.read() as uow:
        assert [row.subject for row in uow.deliveries.due("hr", NOW_MS + 5, 9)] == ["a", "b"]
        assert [row.subject for row in uow.deliveries.due("hr", NOW_MS + 5, 1)] == ["a"]
        assert uow.deliveries.counts() == {
            ("hr", DeliveryState.PENDING): 3,
            ("it", DeliveryState.PENDING): 1,
        }


def test_an_attempt_is_recorded_with_what_follows(database: Database) -> None:
    announce(database, "a")
    (row,) = listed(database)
    assert settle(database, row, DeliveryState.PENDING)
    (later,) = listed(database)
    assert (later.attempts, later.next_ms, later.last_status) == (1, NOW_MS + 5000, 500)
    assert settle(database, later, DeliveryState.DELIVERED)
    (done,) = listed(database, states=[DeliveryState.DELIVERED])
    assert done.settled_ms == NOW_MS + 12
    with database.read() as uow:
        assert uow.deliveries.tries(row.outbox_id) == [attempt(row)] * 2


def test_who_asked_to_begin_again_meanwhile_is_obeyed(database: Database) -> None:
    announce(database, "a")
    (first,) = listed(database)
    settle(database, first, DeliveryState.PENDING)
    (under_way,) = listed(database)
    with database.write() as uow:
        assert uow.deliveries.redeliver(Which(endpoint="hr"), NOW_MS + 1) == 1
    assert not settle(database, under_way, DeliveryState.EXHAUSTED)
    (row,) = listed(database)
    assert (row.state, row.attempts, row.next_ms) == (DeliveryState.PENDING, 0, NOW_MS + 1)


def test_a_receiver_is_switched_off_and_on_with_all_that_is_for_it(database: Database) -> None:
    announce(database, "a")
    announce(database, "b", "it")
    with database.write() as uow:
        uow.endpoints.put(Endpoint("hr", "https://hr.example/", disabled_ms=NOW_MS))
        assert uow.deliveries.switch_off("hr", NOW_MS) == 1
    announce(database, "c")
    assert [row.subject for row in listed(database, states=[DeliveryState.DISABLED])] == ["c", "a"]
    with database.write() as uow:
        assert uow.deliveries.switch_on("hr", NOW_MS) == 2
        assert uow.deliveries.discard_all_but(["it"], NOW_MS) == 2
        assert uow.deliveries.discard_all_but([], NOW_MS) == 1
    assert {row.state for row in listed(database)} == {DeliveryState.DISCARDED}


def test_a_receivers_health_is_kept_as_it_was_put(database: Database) -> None:
    health = Endpoint("hr", "https://hr.example/", failing_ms=NOW_MS, failures=3, last_error="x")
    with database.write() as uow:
        uow.endpoints.put(health)
        uow.endpoints.put(replace(health, failures=4))
        assert uow.endpoints.all() == [replace(health, failures=4)]
        assert uow.endpoints.get("nobody") is None


def test_what_came_to_rest_is_forgotten_with_its_attempts_and_nothing_else(
    database: Database,
) -> None:
    for subject in ("old", "waiting"):
        announce(database, subject)
    waiting, old = listed(database)
    settle(database, old, DeliveryState.DELIVERED)
    settle(database, waiting, DeliveryState.PENDING)
    with database.write() as uow:
        assert uow.deliveries.prune(NOW_MS + 12, 9) == 0
        assert uow.deliveries.prune(NOW_MS + 13, 9) == 1
        assert uow.deliveries.tries(old.outbox_id) == []
        assert uow.deliveries.pull_in(NOW_MS, NOW_MS) == 1
    assert [(row.subject, row.next_ms) for row in listed(database)] == [("waiting", NOW_MS)]


def test_the_newest_subject_of_a_kind_is_found(database: Database) -> None:
    for subject in ("inbox:in@001", "inbox:in@003", "inbox:in2@009", "inbox:i@007"):
        announce(database, subject)
    with database.read() as uow:
        assert uow.outbox.newest_subject("queue.held", "inbox:in@") == "inbox:in@003"
        assert uow.outbox.newest_subject("queue.held", "inbox:out@") is None
