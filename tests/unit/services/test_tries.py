"""What could not be done is due again after a longer wait each time, up to a minute."""

from __future__ import annotations

from daemon.clock import ManualClock
from daemon.services.tries import LONGEST_WAIT_S, Tries


def test_waits_grow_up_to_the_longest_and_others_are_due(manual_clock: ManualClock) -> None:
    tries = Tries(manual_clock)
    waits = []
    for number in range(1, 5):
        assert tries.postpone("share") == number
        (wait_s,) = tries.waits_s()
        waits.append(wait_s)
        assert not tries.is_due("share")
        assert tries.is_due("another")
        manual_clock.advance(wait_s)
        assert tries.is_due("share")
    assert waits == [5.0, 20.0, LONGEST_WAIT_S, LONGEST_WAIT_S]


def test_what_is_done_begins_anew(manual_clock: ManualClock) -> None:
    tries = Tries(manual_clock)
    tries.postpone(7)
    tries.forget(7)
    assert tries.is_due(7)
    assert tries.waits_s() == []
    assert tries.postpone(7) == 1
