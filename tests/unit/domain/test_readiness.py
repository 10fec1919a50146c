"""The rules of readiness with plain values: no file, no clock."""

from __future__ import annotations

from dataclasses import replace

import pytest

from daemon.domain import readiness
from daemon.domain.readiness import (
    Arrival,
    Ask,
    Deep,
    Facts,
    GiveUp,
    Hindrance,
    Policy,
    Ready,
    Track,
    Waiting,
    Whole,
    Writer,
)

FACTS = Facts(1000, 111, 222, 7)
GOOD = Deep(Writer.FREE, Whole.PROVEN)
LOCAL = Policy()
SHARE = Policy(local=False, cache_s=1.0)


def track(arrival: Arrival = Arrival.FOUND, facts: Facts = FACTS) -> Track:
    return readiness.begin(facts, 0.0, arrival)


def test_a_found_file_rests_two_seconds_on_a_local_disk() -> None:
    assert readiness.quiet(track(), 0.0, LOCAL) == Waiting(
        Hindrance.SETTLING, pytest.approx(2.0, abs=1e-5)
    )
    assert readiness.quiet(track(), 1.99, LOCAL) != Ask(early=False)
    assert readiness.quiet(track(), 2.0, LOCAL) == Ask(early=False)


def test_a_closed_file_rests_a_third_of_a_second_without_proof() -> None:
    closed = track(Arrival.CLOSED)

    assert readiness.quiet(closed, 0.1, LOCAL) == Ask(early=True)
    _, answer = readiness.conclude(
        closed, Deep(Writer.FREE, Whole.ACCEPTED), 0.1, LOCAL, early=True
    )
    assert answer == Waiting(Hindrance.SETTLING, pytest.approx(0.2, abs=1e-5))
    assert readiness.quiet(closed, 0.3, LOCAL) == Ask(early=False)


def test_a_closed_and_proven_file_is_ready_after_two_looks() -> None:
    closed = track(Arrival.CLOSED)

    assert readiness.quiet(closed, 0.0, LOCAL) == Waiting(
        Hindrance.SETTLING, pytest.approx(readiness.PROVEN_S, abs=1e-5)
    )
    assert readiness.conclude(closed, GOOD, 0.03, LOCAL, early=True)[1] == Ready()


def test_a_file_renamed_in_needs_no_quiet_time() -> None:
    moved = track(Arrival.MOVED)

    assert readiness.quiet(moved, 0.0, LOCAL) == Ask(early=True)
    for deep in (GOOD, Deep(Writer.UNKNOWN, Whole.ACCEPTED)):
        assert readiness.conclude(moved, deep, 0.0, LOCAL, early=True)[1] == Ready()


def test_a_file_renamed_in_while_written_or_partial_is_not_ready() -> None:
    moved = track(Arrival.MOVED)

    held = readiness.conclude(moved, Deep(Writer.HELD, Whole.PROVEN), 0.0, LOCAL, early=True)[1]
    cut = readiness.conclude(moved, Deep(Writer.FREE, Whole.PARTIAL), 0.0, LOCAL, early=True)[1]

    assert held == Waiting(Hindrance.HELD_BY_WRITER, readiness.HELD_S)
    assert isinstance(cut, Waiting)


@pytest.mark.parametrize(
    "deep", [Deep(Writer.UNKNOWN, Whole.PROVEN), Deep(Writer.FREE, Whole.ACCEPTED)]
)
def test_at_startup_only_a_full_proof_saves_the_wait(deep: Deep) -> None:
    lying = track(Arrival.STARTUP)

    assert readiness.conclude(lying, GOOD, 0.0, LOCAL, early=True)[1] == Ready()
    assert isinstance(readiness.conclude(lying, deep, 0.0, LOCAL, early=True)[1], Waiting)


@pytest.mark.parametrize("arrival", list(Arrival))
def test_a_share_waits_its_time_whatever_an_event_says(arrival: Arrival) -> None:
    assert readiness.quiet(track(arrival), 4.9, SHARE) == Waiting(
        Hindrance.SETTLING, pytest.approx(0.1, abs=1e-5)
    )
    assert readiness.quiet(track(arrival), 5.0, SHARE) == Ask(early=False)


def test_a_share_with_a_long_cache_waits_twice_as_long() -> None:
    slow = replace(SHARE, cache_s=30.0)

    assert readiness.quiet(track(), 59.0, slow) == Waiting(
        Hindrance.SETTLING, pytest.approx(1.0, abs=1e-5)
    )


@pytest.mark.parametrize("arrival", list(Arrival))
def test_a_set_quiet_time_takes_the_place_of_every_other(arrival: Arrival) -> None:
    strict = Policy(settle_s=10.0)

    assert isinstance(readiness.quiet(track(arrival), 9.9, strict), Waiting)
    assert readiness.quiet(track(arrival), 10.0, strict) == Ask(early=False)


@pytest.mark.parametrize(
    "changed",
    [Facts(1001, 111, 222, 7), Facts(1000, 112, 222, 7), Facts(1000, 111, 222, 8)],
)
def test_any_change_starts_the_quiet_time_again(changed: Facts) -> None:
    later = readiness.observe(track(Arrival.CLOSED), changed, 1.5)

    assert later.changed_s == 1.5
    assert later.first_s == 0.0
    # The close was of other content.
    assert later.arrival is Arrival.FOUND


def test_the_age_of_a_modification_time_plays_no_part() -> None:
    future = track(facts=replace(FACTS, mtime_ns=10**20))
    past = track(facts=replace(FACTS, mtime_ns=0))

    assert readiness.quiet(future, 2.0, LOCAL) == readiness.quiet(past, 2.0, LOCAL)


def test_a_note_that_changes_counts_as_a_change() -> None:
    later = readiness.observe(track(), FACTS, 1.0, notes=((b"a.jpg.txt", 3, 1),))

    assert later.changed_s == 1.0


def test_an_indexer_that_keeps_touching_a_file_does_not_hold_it_up_for_ever() -> None:
    known, facts, now_s = track(), FACTS, 0.0
    for round_ in range(1, 8):
        now_s = float(round_)
        facts = replace(facts, ctime_ns=facts.ctime_ns + 1)
        edges = b"same" if readiness.wants_edges(known, facts) else None
        known = readiness.observe(known, facts, now_s, edges=edges)
    assert now_s - known.changed_s >= 3
    assert readiness.quiet(known, now_s, LOCAL) == Ask(early=False)


def test_changed_ends_count_although_size_and_times_are_the_same() -> None:
    known, facts = track(), FACTS
    for round_ in range(1, 8):
        facts = replace(facts, ctime_ns=facts.ctime_ns + 1)
        edges = bytes([round_]) if readiness.wants_edges(known, facts) else None
        known = readiness.observe(known, facts, float(round_), edges=edges)
    assert known.changed_s == 7.0


def test_an_empty_file_waits_and_is_given_up_at_last() -> None:
    empty = track(facts=replace(FACTS, size=0))

    answer = readiness.quiet(empty, 0.0, LOCAL)
    assert isinstance(answer, Waiting)
    assert answer.hindrance is Hindrance.EMPTY
    assert readiness.quiet(empty, 600.0, LOCAL) == GiveUp("EMPTY")


def test_a_partial_picture_is_looked_at_ever_less_often_and_given_up() -> None:
    known, now_s, waits = track(), 2.0, []
    while True:
        known, answer = readiness.conclude(
            known, Deep(Writer.FREE, Whole.PARTIAL), now_s, LOCAL, early=False
        )
        if isinstance(answer, GiveUp):
            break
        assert isinstance(answer, Waiting)
        assert answer.hindrance is Hindrance.INCOMPLETE
        waits.append(answer.next_look_s)
        now_s += answer.next_look_s
    assert answer == GiveUp("TRUNCATED")
    assert waits[:4] == pytest.approx([5.0, 10.0, 20.0, 40.0])
    assert max(waits) <= 300.0
    assert now_s == pytest.approx(900.0)


def test_a_partial_picture_that_grows_has_its_time_again() -> None:
    known = replace(track(), partial_looks=6)
    grown = readiness.observe(known, replace(FACTS, size=2000), 899.0)

    _, answer = readiness.conclude(
        grown, Deep(Writer.FREE, Whole.PARTIAL), 901.0, LOCAL, early=False
    )
    assert answer == Waiting(Hindrance.INCOMPLETE, 5.0)


def test_a_held_file_is_never_given_up() -> None:
    _, answer = readiness.conclude(
        track(), Deep(Writer.HELD, Whole.PARTIAL), 10_000.0, LOCAL, early=False
    )
    assert answer == Waiting(Hindrance.HELD_BY_WRITER, readiness.HELD_S)


def test_a_marker_is_waited_for_where_the_inbox_wants_one() -> None:
    policy = Policy(ready_marker=True)

    without = readiness.conclude(track(), GOOD, 5.0, policy, early=False)[1]
    with_it = readiness.conclude(track(), GOOD, 5.0, policy, early=False, has_marker=True)[1]

    assert without == Waiting(Hindrance.AWAITING_MARKER, readiness.MARKER_S)
    assert with_it == Ready()


def test_a_sidecar_is_waited_for_as_long_as_the_inbox_says() -> None:
    policy = Policy(sidecar_s=30.0)

    waits = readiness.conclude(track(), GOOD, 5.0, policy, early=False)[1]

    assert waits == Waiting(Hindrance.AWAITING_SIDECAR, pytest.approx(25.0, abs=1e-5))
    assert readiness.conclude(track(), GOOD, 30.0, policy, early=False)[1] == Ready()
    assert readiness.conclude(track(), GOOD, 5.0, policy, early=False, has_note=True)[1] == Ready()


def test_a_generation_on_a_share_leaves_out_what_shares_make_up() -> None:
    twin = replace(FACTS, inode=99, ctime_ns=5)

    assert FACTS.generation(local=False) == twin.generation(local=False)
    assert FACTS.generation(local=True) != twin.generation(local=True)
    assert twin.is_content_of(FACTS.generation(local=True))
    assert not replace(FACTS, size=1).is_content_of(FACTS.generation(local=True))
