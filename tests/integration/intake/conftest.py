"""A booth with inboxes and a hand that drops photos; time moves only when told to."""

# ruff: noqa: PTH103, PTH120, PTH123 - names on a share are bytes

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from daemon.clock import ManualClock
from daemon.config.model import Config
from daemon.domain.job import Job, State
from daemon.domain.readiness import Arrival
from daemon.services.intake import Hint, Intake, ScanReport
from daemon.store import schema
from daemon.store.database import Database
from tests.fakes.shares import photo


@contextlib.contextmanager
def mounted(*arguments: str, point: Path) -> Iterator[None]:
    """Mount something for the block; skips where this machine does not let us."""
    point.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(["mount", *arguments, os.fspath(point)], capture_output=True, check=False)
    if done.returncode:
        pytest.skip("mounting is not permitted here")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", os.fspath(point)], check=False)


Booth = Callable[..., Config]


class Hand:
    """Drops photos and lets the intake look.

    Attributes:
        woken: How often the dispatcher was woken.
    """

    def __init__(self, config: Config, clock: ManualClock, **parts: Any) -> None:
        schema.upgrade(config.layout.database)
        self.config, self.clock, self.parts = config, clock, parts
        self.database = Database(config.layout.database, clock)
        self.woken = 0
        self.intake = self._intake()

    def _intake(self) -> Intake:
        return Intake(self.config, self.database, self.clock, self._wake, **self.parts)

    def _wake(self) -> None:
        self.woken += 1

    def restart(self, **parts: Any) -> None:
        """A new process over the same disk."""
        self.parts |= parts
        self.intake = self._intake()

    @property
    def inbox(self) -> Path:
        return self.config.layout.inbox("in")

    def drop(self, name: str | bytes, content: bytes | None = None) -> bytes:
        path = os.fsencode(self.inbox) + b"/" + os.fsencode(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(photo() if content is None else content)
        return path

    def scan(self, *, after_s: float = 0.0, inbox: str = "in") -> ScanReport:
        self.clock.advance(after_s)
        return self.intake.scan_once(inbox)

    def hint(self, name: str | bytes, arrival: Arrival = Arrival.CLOSED) -> ScanReport:
        return self.intake.scan_once("in", [Hint(os.fsencode(name), arrival)])

    def take_in(self, *, within_s: float = 10.0) -> None:
        """Scan until nothing waits for time alone."""
        for _ in range(round(within_s * 2)):
            self.scan(after_s=0.5)

    def jobs(self, *states: State) -> list[Job]:
        with self.database.read() as uow:
            return uow.jobs.in_state(*(states or tuple(State)), limit=100_000)

    def only_job(self) -> Job:
        (job,) = self.jobs()
        return job

    def waiting(self) -> dict[bytes, str]:
        with self.database.read() as uow:
            return {row.relative: row.reason for row in uow.inboxes.waiting("in")}

    def ignored(self) -> dict[bytes, str]:
        with self.database.read() as uow:
            return {row.relative: row.rule for row in uow.inboxes.ignored("in")}

    def status(self) -> Any:
        with self.database.read() as uow:
            return uow.inboxes.get("in")

    def lying(self) -> list[str]:
        """What is in the inbox, our own folder left out."""
        return sorted(
            str(path.relative_to(self.inbox))
            for path in self.inbox.rglob("*")
            if path.is_file() and ".boothd" not in path.parts
        )

    def claimed(self) -> list[Path]:
        return [p for p in self.config.layout.claimed("in").rglob("*") if p.is_file()]

    def close(self) -> None:
        self.database.close()


@pytest.fixture
def make_hand(booth: Booth) -> Iterator[Callable[..., Hand]]:
    """``make_hand(inbox={…}, intake={…}, operations=…)``."""
    hands: list[Hand] = []

    def make(
        *,
        inbox: dict[str, Any] | None = None,
        sections: dict[str, Any] | None = None,
        **parts: Any,
    ) -> Hand:
        own = {"name": "in", "plan": ["copy"], **(inbox or {})}
        rest = {"retention": {"min_free_mib": 0}, **(sections or {})}
        hand = Hand(booth(inboxes=[own], **rest), ManualClock(), **parts)
        hands.append(hand)
        return hand

    yield make
    for hand in hands:
        hand.close()


@pytest.fixture
def hand(make_hand: Callable[..., Hand]) -> Hand:
    """One inbox, already scanned once while it was empty."""
    made = make_hand()
    made.scan()
    return made
