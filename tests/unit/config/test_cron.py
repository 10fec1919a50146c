from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.config.cron import mistake_in
from daemon.config.model import Schedule
from daemon.runtime.scheduler import trigger_of


@pytest.mark.parametrize(
    "line",
    [
        "* * * * *",
        "30 3 * * *",
        "*/30 * * * *",
        "0 8-18/2 1,15 jan-mar mon-fri",
        "0 0 * * 7",
        "0 0 * * 1-5",
    ],
)
def test_cron_lines_are_known(line: str) -> None:
    assert mistake_in(line) is None
    trigger_of(line)


@pytest.mark.parametrize(
    "line",
    ["", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *",
     "* * * * 8", "a * * * *", "5-1 * * * *", "*/0 * * * *", "5/10 * * * *", "* * * jan-3 *",
     "* * * * fri-mon", "1,,2 * * * *", "@daily", "* * * jan-jun/2 *"],
)  # fmt: skip
def test_what_is_no_cron_line_is_told(line: str) -> None:
    assert mistake_in(line)


def test_the_defaults_are_cron_lines() -> None:
    schedule = Schedule()
    assert [mistake_in(getattr(schedule, name)) for name in Schedule.model_fields] == [None] * 4


_NUMBER = st.integers(0, 60).map(str)
_WORD = st.sampled_from(["jan", "dec", "mon", "sun", "fri", "*"])
_ATOM = st.one_of(_NUMBER, _WORD)
_PART = st.one_of(
    _ATOM,
    st.tuples(_ATOM, _ATOM).map("-".join),
    st.tuples(_ATOM, _NUMBER).map("/".join),
    st.tuples(_ATOM, _ATOM, _NUMBER).map(lambda t: f"{t[0]}-{t[1]}/{t[2]}"),
)


@given(st.tuples(_PART, _PART, _PART, _PART, _PART).map(" ".join))
def test_what_passes_here_the_scheduler_takes(line: str) -> None:
    if mistake_in(line) is None:
        trigger_of(line)


@given(_PART, st.integers(0, 4))
def test_a_single_field_that_passes_the_scheduler_takes(part: str, place: int) -> None:
    fields = ["*"] * 5
    fields[place] = part
    if mistake_in(" ".join(fields)) is None:
        trigger_of(" ".join(fields))
