"""Who is signed in, and how often somebody may try: kept in memory, gone with the process.

The cookie carries a number that nobody can guess; whose it is stands here. So signing out, a
changed password and a restart end a session for good, whatever was copied off a machine.
"""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict, deque
from dataclasses import dataclass

from daemon.clock import Clock
from daemon.services.accounts import Account

MOST_SESSIONS = 1000
# Wrong passwords from one address, and from all together, within the window.
TRIES, ALL_TRIES, WINDOW_S = 5, 60, 300.0
MOST_ADDRESSES = 4096


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session.

    Attributes:
        account: As it was at sign-in.
        until_s: When it ends, on the monotonic clock.
    """

    account: Account
    until_s: float


class Sessions:
    """Sessions by their number; safe from several threads.

    Args:
        clock: Time.
        lasts_s: For how long one lasts.
    """

    def __init__(self, clock: Clock, lasts_s: float) -> None:
        self._clock = clock
        self._lasts_s = lasts_s
        self._lock = threading.Lock()
        self._open: OrderedDict[str, SignedIn] = OrderedDict()

    def begin(self, account: Account) -> str:
        """A fresh session; its number was never seen before."""
        number = secrets.token_urlsafe(32)
        with self._lock:
            self._open[number] = SignedIn(account, self._clock.monotonic_s() + self._lasts_s)
            while len(self._open) > MOST_SESSIONS:
                self._open.popitem(last=False)
        return number

    def account(self, number: str) -> Account | None:
        """Whose session it is; ``None`` where it ended or never was."""
        with self._lock:
            found = self._open.get(number)
            if found is not None and found.until_s <= self._clock.monotonic_s():
                del self._open[number]
                return None
        return None if found is None else found.account

    def end(self, number: str) -> None:
        """Sign out."""
        with self._lock:
            self._open.pop(number, None)


class Tries:
    """Wrong passwords of late; a right one is as good as its address's first.

    A name is never locked, or anybody could lock everybody out.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failed: OrderedDict[str, deque[float]] = OrderedDict()
        self._all: deque[float] = deque(maxlen=ALL_TRIES)

    def take(self, address: str) -> float:
        """Ask for a try; it counts as wrong until ``succeeded`` says otherwise.

        Counted before the password is looked at, so that many at once do not slip through.

        Returns:
            0, or for how many seconds there is none to be had.
        """
        with self._lock:
            now_s = self._clock.monotonic_s()
            own = self._failed.setdefault(address, deque(maxlen=TRIES))
            self._failed.move_to_end(address)
            wait_s = max(_wait_s(own, TRIES, now_s), _wait_s(self._all, ALL_TRIES, now_s))
            if wait_s <= 0:
                own.append(now_s)
                self._all.append(now_s)
            while len(self._failed) > MOST_ADDRESSES:
                self._failed.popitem(last=False)
        return wait_s

    def succeeded(self, address: str) -> None:
        """The last try was right, after all: it and those before it are forgotten."""
        with self._lock:
            self._failed.pop(address, None)
            if self._all:
                self._all.pop()


def _wait_s(failed: deque[float], most: int, now_s: float) -> float:
    if len(failed) < most:
        return 0.0
    return max(0.0, failed[-most] + WINDOW_S - now_s)
