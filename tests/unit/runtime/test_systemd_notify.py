"""The service manager hears what happens, and nothing happens where there is none."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from daemon.clock import ManualClock
from daemon.runtime.systemd import Notifier, Pulse


@pytest.fixture
def manager(tmp_path: Path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.settimeout(2.0)
        yield listener


def _notifier(manager: socket.socket, **more: str) -> Notifier:
    return Notifier({"NOTIFY_SOCKET": manager.getsockname(), **more})


def test_ready_comes_with_a_status_line(manager):
    _notifier(manager).ready("3 inboxes,\nnothing waiting")

    assert manager.recv(4096) == b"READY=1\nSTATUS=3 inboxes, nothing waiting"


def test_a_status_cannot_smuggle_in_another_message(manager):
    _notifier(manager).status("fine\nWATCHDOG=trigger")

    assert manager.recv(4096) == b"STATUS=fine WATCHDOG=trigger"


def test_progress_and_stopping_are_told(manager):
    notifier = _notifier(manager)
    notifier.progress()
    notifier.stopping()

    assert [manager.recv(4096) for _ in range(2)] == [b"WATCHDOG=1", b"STOPPING=1"]


def test_an_abstract_socket_is_reached():
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(f"\0boothd-test-{os.getpid()}")
        listener.settimeout(2.0)
        Notifier({"NOTIFY_SOCKET": f"@boothd-test-{os.getpid()}"}).progress()

        assert listener.recv(4096) == b"WATCHDOG=1"


@pytest.mark.parametrize("address", ["", "vsock:2:1234", "relative/path"])
def test_outside_systemd_every_call_does_nothing(address):
    notifier = Notifier({"NOTIFY_SOCKET": address})
    notifier.ready("")
    notifier.stopping()

    assert not notifier.is_heard


def test_a_manager_that_went_away_does_not_stop_the_daemon(tmp_path):
    Notifier({"NOTIFY_SOCKET": str(tmp_path / "gone")}).progress()


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"WATCHDOG_USEC": "30000000"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "42"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "43"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({}, None),
    ],
)
def test_the_watchdog_interval_is_taken_only_when_it_is_ours(environment, expected):
    assert Notifier(environment, pid=42).watchdog_s == expected


def test_a_part_is_silent_once_its_time_is_over():
    clock = ManualClock()
    pulse = Pulse(clock)
    pulse.beat("dispatcher", 10)
    pulse.beat("scanner", 60)
    clock.advance(11)

    assert pulse.silent() == ("dispatcher",)


def test_a_part_that_beats_again_is_heard_again():
    clock = ManualClock()
    pulse = Pulse(clock)
    pulse.beat("dispatcher", 10)
    clock.advance(11)
    pulse.beat("dispatcher", 10)

    assert pulse.silent() == ()


def test_an_offline_inbox_is_no_longer_expected():
    clock = ManualClock()
    pulse = Pulse(clock)
    pulse.beat("inbox:nas", 10)
    clock.advance(3600)
    pulse.forget("inbox:nas")

    assert pulse.silent() == ()


def test_setting_the_wall_clock_makes_nobody_silent():
    clock = ManualClock()
    pulse = Pulse(clock)
    pulse.beat("dispatcher", 10)
    clock.jump(86_400)

    assert pulse.silent() == ()
