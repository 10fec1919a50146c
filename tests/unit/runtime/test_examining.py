"""The doctor's parts side by side: one that hangs or breaks holds up no other."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from daemon.config.model import Config
from daemon.runtime.examining import examine_within
from daemon.services.doctor import Part
from daemon.services.doctor_trials import Finding, Level


@pytest.fixture
def share_is_away() -> Iterator[threading.Event]:
    """What a part waits for that hangs; set at the end, so that no thread outlives the test."""
    event = threading.Event()
    yield event
    event.set()
    for thread in threading.enumerate():
        if thread.name.startswith("examining-"):
            thread.join(5)


def _good(key: str) -> Part:
    return Part(key, lambda: [Finding(Level.OK, key, "well")])


def test_a_part_that_hangs_is_named_and_the_others_are_told(share_is_away):
    config = Config(inboxes=({"name": "in", "plan": ("copy",)},), language="en")
    hanging = Part("inbox:in", lambda: [Finding(Level.OK, "x", str(share_is_away.wait(30)))])

    found = examine_within(config, 0.2, [_good("a"), hanging, _good("b")])

    assert [finding.key for finding in found] == ["a", "part.hung", "b"]
    assert found[1].level is Level.ERROR
    assert "inbox:in" in found[1].message
    assert found[1].facts == {"part": "inbox:in", "limit": "0.2"}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_part_that_breaks_is_an_error_and_not_a_hang():
    config = Config(inboxes=({"name": "in", "plan": ("copy",)},), language="zh")

    def breaks() -> list[Finding]:
        raise ZeroDivisionError

    found = examine_within(config, 10, [Part("state", breaks), _good("a")])

    assert [finding.key for finding in found] == ["part.died", "a"]
    assert "state" in found[0].message


def test_the_doctors_own_parts_come_in_his_order(booth):
    config = booth()
    keys = [finding.key for finding in examine_within(config)]

    assert keys[:2] == ["sqlite.version", "inotify.limit"]
    assert "inbox.rename" in keys
    assert "part.hung" not in keys
