"""What the daemon tells systemd: ready, status, still making progress, stopping.

The protocol is one datagram of ``NAME=value`` lines to the socket in ``NOTIFY_SOCKET``
(sd_notify(3)). Outside systemd the variable is missing and every call does nothing.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Mapping

from daemon.clock import Clock
from daemon.telemetry import events
from daemon.telemetry.logging import get_logger

_MICROSECONDS = 1_000_000


class Notifier:
    """Speaks to the service manager.

    Args:
        environment: Usually ``os.environ``.
        pid: This process; a watchdog meant for another one is not ours to feed.
    """

    def __init__(self, environment: Mapping[str, str], pid: int | None = None) -> None:
        self._address = _address(environment.get("NOTIFY_SOCKET", ""))
        self.watchdog_s = _watchdog_s(environment, os.getpid() if pid is None else pid)

    @property
    def is_heard(self) -> bool:
        """Whether a service manager listens."""
        return self._address is not None

    def ready(self, status: str) -> None:
        """The service is up: database open, schema current, first scan under way."""
        self._send(f"READY=1\nSTATUS={_line(status)}")

    def status(self, text: str) -> None:
        """One line for ``systemctl status``."""
        self._send(f"STATUS={_line(text)}")

    def progress(self) -> None:
        """Feed the watchdog; call only while every part makes progress."""
        self._send("WATCHDOG=1")

    def stopping(self) -> None:
        """The service is on its way out."""
        self._send("STOPPING=1")

    def _send(self, text: str) -> None:
        if self._address is None:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line:
                # A service manager that is re-executing leaves the queue full for a moment;
                # better a lost status than a daemon that stands still.
                line.settimeout(1.0)
                line.sendto(text.encode(), self._address)
        except OSError as error:
            get_logger("systemd").warning(events.NOTIFY_FAILED, errno=error.errno)


def _address(text: str) -> str | None:
    # "@" stands for the zero byte of an abstract socket; anything else but a path is vsock.
    if text.startswith("@"):
        return "\0" + text[1:]
    return text if text.startswith("/") else None


def _line(text: str) -> str:
    return " ".join(text.split())


def _watchdog_s(environment: Mapping[str, str], pid: int) -> float | None:
    """Seconds within which the watchdog wants to be fed, or ``None``."""
    meant_for = environment.get("WATCHDOG_PID")
    if meant_for is not None and meant_for != str(pid):
        return None
    try:
        seconds = int(environment.get("WATCHDOG_USEC", "0")) / _MICROSECONDS
    except ValueError:
        return None
    return seconds if seconds > 0 else None


class Pulse:
    """Which parts of the daemon made progress lately; the watchdog is fed only if all did.

    A part says how long it may be silent. An inbox whose share hangs is taken off the list once
    it is marked offline, so that a dead NAS does not restart the service. Safe to use from any
    thread.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._due_s: dict[str, float] = {}

    def beat(self, part: str, within_s: float) -> None:
        """The part made progress, and will again within that time."""
        with self._lock:
            self._due_s[part] = self._clock.monotonic_s() + within_s

    def forget(self, part: str) -> None:
        """Expect nothing of this part any more."""
        with self._lock:
            self._due_s.pop(part, None)

    def silent(self) -> tuple[str, ...]:
        """Parts that are overdue, by name."""
        now_s = self._clock.monotonic_s()
        with self._lock:
            return tuple(sorted(part for part, due_s in self._due_s.items() if due_s < now_s))
