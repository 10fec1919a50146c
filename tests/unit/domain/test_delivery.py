"""When something is sent again, and when a receiver is left alone."""

from __future__ import annotations

import pytest

from daemon.domain.delivery import (
    GIVE_UP_MS,
    MAX_ATTEMPTS,
    SCHEDULE_S,
    Answer,
    Disabling,
    Endpoint,
    Failure,
    pause_s,
    rest_s,
)

OK = Answer(200, None)
BROKEN = Answer(500, Failure.STATUS)
SLOW = Answer(None, Failure.TIMEOUT)
NEW = Endpoint("hr", "https://hr.example/")


def test_the_schedule_is_the_standards() -> None:
    assert [pause_s(made, 0.0) for made in range(1, MAX_ATTEMPTS)] == list(SCHEDULE_S)
    assert pause_s(MAX_ATTEMPTS, 0.0) is None
    assert (pause_s(2, -1.0), pause_s(2, 1.0), pause_s(2, 9.0)) == (240.0, 360.0, 360.0)


def test_who_asks_for_longer_is_obeyed_up_to_a_day() -> None:
    assert pause_s(1, 0.0, 60.0) == 60.0
    assert pause_s(4, 0.0, 60.0) == 7200.0
    assert pause_s(1, 0.0, 10.0**9) == 86_400.0


def test_rests_grow_and_end() -> None:
    assert [rest_s(n) for n in (1, 2, 3, 5, 6, 99)] == [30, 60, 120, 480, 900, 900]
    assert rest_s(1, 3600.0) == 3600.0


@pytest.mark.parametrize(
    "answer", [SLOW, Answer(None, Failure.CONNECT), Answer(429, Failure.STATUS)]
)
def test_an_overwhelmed_receiver_rests_as_a_whole(answer: Answer) -> None:
    first = NEW.after(answer, 1000)
    assert (first.throttles, first.rest_until_ms) == (1, 31_000)
    assert first.after(answer, 2000).rest_until_ms == 31_000, "was under way when the rest began"
    assert first.after(answer, 31_000).rest_until_ms == 91_000
    well = first.after(OK, 31_000)
    assert (well.throttles, well.rest_until_ms, well.failing_ms, well.failures) == (0, 0, None, 0)


def test_a_refusal_is_no_reason_for_the_whole_receiver_to_rest() -> None:
    seen = NEW.after(BROKEN, 1000, "status")
    assert (seen.rest_until_ms, seen.failing_ms, seen.last_error) == (0, 1000, "status")


def test_a_receiver_is_given_up_after_five_days_and_enough_attempts() -> None:
    failing = NEW
    for number in range(MAX_ATTEMPTS):
        assert failing.must_end(10 * GIVE_UP_MS) is None
        failing = failing.after(BROKEN, number)
    assert failing.must_end(GIVE_UP_MS - 1) is None
    assert failing.must_end(GIVE_UP_MS) is Disabling.GAVE_UP
    assert NEW.after(Answer(410, Failure.STATUS), 0).must_end(0) is Disabling.GONE
