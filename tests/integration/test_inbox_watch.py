"""Threads, kernel events and their loss, with the real clock and the real kernel."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from daemon.clock import ManualClock, SystemClock
from daemon.config.model import Config
from daemon.domain.job import State
from daemon.domain.readiness import Arrival
from daemon.runtime import arrivals as arrivals_module
from daemon.runtime import inbox_watch
from daemon.runtime.arrivals import Arrivals
from daemon.runtime.inbox_watch import InboxWatch
from daemon.runtime.systemd import Pulse
from daemon.services.intake import Hint, Intake
from daemon.store import schema
from daemon.store.database import Database
from tests.fakes.shares import TroubledShare, photo

PATIENCE_S = 40.0


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.01)


class Daemon:
    """Intake with its threads, as the daemon has them."""

    def __init__(self, config: Config, **parts: Any) -> None:
        schema.upgrade(config.layout.database)
        self.config = config
        self.clock = SystemClock()
        self.database = Database(config.layout.database, self.clock)
        self.arrivals = parts.pop("arrivals", None) or Arrivals()
        self.pulse = Pulse(self.clock)
        self._hands = ThreadPoolExecutor(16)
        self.intake = Intake(
            config, self.database, self.clock, lambda: None, spread=self._hands.map, **parts
        )
        self.watch = InboxWatch(config, self.intake, self.clock, self.pulse, self.arrivals)

    @property
    def inbox(self) -> Path:
        return self.config.layout.inbox("in")

    def drop(self, name: str, content: bytes | None = None) -> None:
        path = self.inbox / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content or photo())

    def queued(self, inbox: str | None = None) -> int:
        with self.database.read() as uow:
            return uow.jobs.count(State.QUEUED, inbox=inbox)

    def start(self) -> None:
        self.watch.start()
        wait_for(lambda: self._is_scanned() and self.arrivals.is_watching("in"))

    def _is_scanned(self) -> bool:
        with self.database.read() as uow:
            return uow.inboxes.get("in") is not None

    def close(self) -> None:
        self.watch.stop()
        self._hands.shutdown()
        self.database.close()


@pytest.fixture
def start(booth: Callable[..., Config]) -> Iterator[Callable[..., Daemon]]:
    daemons: list[Daemon] = []

    def make(*, inboxes: list[dict[str, Any]] | None = None, **parts: Any) -> Daemon:
        own = inboxes or [{"name": "in", "plan": ["copy"]}]
        daemons.append(Daemon(booth(inboxes=own, retention={"min_free_mib": 0}), **parts))
        return daemons[-1]

    yield make
    for daemon in daemons:
        daemon.close()


def test_a_dropped_photo_is_queued_long_before_the_next_scan(start: Callable[..., Daemon]) -> None:
    daemon = start(inboxes=[{"name": "in", "plan": ["copy"], "scan_s": 3600}])
    daemon.start()
    daemon.drop("a.jpg", photo(1))
    wait_for(lambda: daemon.queued() == 1)
    part = daemon.inbox / "b.jpg.part"
    part.write_bytes(photo(2))
    part.rename(daemon.inbox / "b.jpg")
    wait_for(lambda: daemon.queued() == 2)


def test_a_new_sub_folder_is_watched_too(start: Callable[..., Daemon]) -> None:
    daemon = start(inboxes=[{"name": "in", "plan": ["copy"], "scan_s": 3600}])
    daemon.start()
    daemon.drop("sub/deep/a.jpg", photo(1))
    wait_for(lambda: daemon.queued() == 1)
    daemon.drop("sub/deep/b.jpg", photo(2))
    wait_for(lambda: daemon.queued() == 2)


def test_without_any_event_every_photo_is_found(start: Callable[..., Daemon]) -> None:
    deaf = Arrivals(limit=lambda: 10, in_use=lambda: 9)
    daemon = start(inboxes=[{"name": "in", "plan": ["copy"], "scan_s": 0.2}], arrivals=deaf)
    daemon.watch.start()
    for number in range(30):
        daemon.drop(f"{number}.jpg", photo(number))
        time.sleep(0.02)
    wait_for(lambda: daemon.queued() == 30)
    assert not deaf.is_watching("in")


def test_a_burst_of_photos_loses_none(start: Callable[..., Daemon]) -> None:
    daemon = start()
    daemon.start()
    for number in range(600):
        daemon.drop(f"{number}.jpg", photo(number))
    wait_for(lambda: daemon.queued() == 600)


def test_an_overflow_pokes_every_inbox(tmp_path: Path) -> None:
    poked: list[Hint | None] = []
    log = logging.getLogger("watchdog.observers.inotify_c")
    arrivals = Arrivals()
    arrivals.start()
    try:
        arrivals.watch("in", tmp_path, (), poked.append)
        poked.clear()
        log.warning("Inotify queue overflowed; filesystem events were lost")
        assert poked == [None]
        log.warning("something else")
        assert poked == [None]
    finally:
        arrivals.stop()
    log.warning("Inotify queue overflowed; filesystem events were lost")
    assert poked == [None]


def test_a_dead_emitter_and_a_replaced_folder_are_noticed(tmp_path: Path) -> None:
    poked: list[Hint | None] = []
    arrivals = Arrivals()
    arrivals.start()
    try:
        (tmp_path / "in").mkdir()
        assert arrivals.watch("in", tmp_path / "in", (), poked.append)
        assert arrivals.check() == ()

        (tmp_path / "in").rename(tmp_path / "old")
        (tmp_path / "in").mkdir()
        assert arrivals.check() == ("in",)
        assert not arrivals.is_watching("in")
        assert poked[-1] is None
        assert arrivals.watch("in", tmp_path / "in", (), poked.append)

        assert arrivals._observer is not None
        for emitter in arrivals._observer.emitters:
            emitter.stop()
            emitter.join()
        assert arrivals.check() == ("in",)

        arrivals.watch("in", tmp_path / "in", (), poked.append)
        arrivals._observer.stop()
        arrivals._observer.join()
        assert arrivals.check() == ("in",)
        assert arrivals.watch("in", tmp_path / "in", (), poked.append)
        poked.clear()
        (tmp_path / "in" / "a.jpg").write_bytes(b"x")
        wait_for(lambda: Hint(b"a.jpg", Arrival.CLOSED) in poked)
    finally:
        arrivals.stop()


def test_events_tell_how_a_file_arrived(tmp_path: Path) -> None:
    poked: list[Hint | None] = []
    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    arrivals = Arrivals()
    arrivals.start()
    try:
        arrivals.watch("in", tmp_path / "in", (), poked.append)
        (tmp_path / "out" / "moved").write_bytes(b"x")
        (tmp_path / "out" / "moved").rename(tmp_path / "in" / "moved")
        os.link(tmp_path / "in" / "moved", tmp_path / "in" / "linked")
        os.fsencode(tmp_path)
        with open(os.fsencode(tmp_path) + b"/in/\xff\xfe", "wb") as file:  # noqa: PTH123 - bytes
            file.write(b"x")
        wanted = {
            Hint(b"moved", Arrival.MOVED),
            Hint(b"linked", Arrival.FOUND),
            Hint(b"\xff\xfe", Arrival.CLOSED),
        }
        wait_for(lambda: wanted <= set(poked))
    finally:
        arrivals.stop()


def test_a_move_out_does_not_hold_later_arrivals_back(tmp_path: Path) -> None:
    """Watchdog keeps a move out for half a second, and everything behind it."""
    poked: list[tuple[float, Hint | None]] = []
    (tmp_path / "in").mkdir()
    arrivals = Arrivals()
    arrivals.start()
    try:
        (tmp_path / "in" / "old").write_bytes(b"x")
        arrivals.watch("in", tmp_path / "in", (), lambda h: poked.append((time.monotonic(), h)))
        (tmp_path / "in" / "old").rename(tmp_path / "gone")
        (tmp_path / "new").write_bytes(b"x")
        moved_s = time.monotonic()
        (tmp_path / "new").rename(tmp_path / "in" / "new")
        wait_for(lambda: any(h == Hint(b"new", Arrival.MOVED) for _, h in poked))
        seen_s = next(at for at, h in poked if h == Hint(b"new", Arrival.MOVED))
        assert seen_s - moved_s < 0.4
    finally:
        arrivals.stop()


def test_a_handler_that_fails_does_not_end_the_events(tmp_path: Path) -> None:
    seen: list[Hint | None] = []

    def poke(hint: Hint | None) -> None:
        seen.append(hint)
        if len(seen) == 2:
            msg = "a fault of ours"
            raise RuntimeError(msg)

    arrivals = Arrivals()
    arrivals.start()
    try:
        arrivals.watch("in", tmp_path, (), poke)
        for name in ("a", "b", "c"):
            (tmp_path / name).write_bytes(b"x")
        wait_for(lambda: Hint(b"c", Arrival.CLOSED) in seen)
    finally:
        arrivals.stop()


def test_many_folders_do_not_make_a_thread_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrivals_module, "MOST_FOLDERS", 3)
    names = [f"{number}".encode() for number in range(9)]
    for name in names:
        (tmp_path / name.decode()).mkdir()
    arrivals = Arrivals()
    arrivals.start()
    try:
        before = threading.active_count()
        assert arrivals.watch("in", tmp_path, names, lambda _: None)
        assert threading.active_count() - before == 4
        assert arrivals.watch("in", tmp_path, names[:1], lambda _: None)
        assert threading.active_count() - before == 2
    finally:
        arrivals.stop()


class FrozenShare(TroubledShare):
    """A share whose calls do not return until the thaw."""

    def __init__(self, folder: str) -> None:
        super().__init__()
        self.thaw = threading.Event()
        self.hits = lambda path: folder.encode() in path

    def _meet(self, name: str, path: bytes) -> None:
        if self.hits(path):
            self.thaw.wait(PATIENCE_S)


def test_a_frozen_share_stalls_its_own_inbox_only_and_is_shown(
    start: Callable[..., Daemon], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox_watch, "FROZEN_S", 0.3)
    monkeypatch.setattr(inbox_watch, "SUPERVISE_S", 0.1)
    monkeypatch.setattr(inbox_watch, "STOP_S", 0.2)
    share = FrozenShare("/cold")
    daemon = start(
        inboxes=[{"name": "in", "plan": ["copy"]}, {"name": "cold", "plan": ["copy"]}],
        operations=share,
    )
    try:
        daemon.start()
        daemon.drop("a.jpg")
        wait_for(lambda: daemon.queued() == 1)

        def is_shown() -> bool:
            with daemon.database.read() as uow:
                status = uow.inboxes.get("cold")
            return status is not None and status.reason == "frozen"

        wait_for(is_shown)
        assert "inbox:cold" not in daemon.pulse._due_s
        began_s = time.monotonic()
        daemon.watch.stop()
        assert time.monotonic() - began_s < 5
    finally:
        share.thaw.set()


def test_too_many_hints_become_one_scan() -> None:
    class Steps:
        def __init__(self) -> None:
            self.seen: list[tuple[int, bool]] = []

        def step(self, _: str, hints: tuple[Hint, ...], *, everything: bool, **__: Any) -> Any:
            self.seen.append((len(hints), everything))
            raise InterruptedError

    config = Config.model_validate({"inboxes": [{"name": "in", "plan": ["copy"]}]})
    steps, clock = Steps(), ManualClock()
    watch = InboxWatch(config, steps, clock, Pulse(clock))  # type: ignore[arg-type]
    for number in range(inbox_watch.MOST_HINTS + 50):
        watch.poke("in", Hint(b"%d" % number))
    (line,) = watch._lines
    for _ in range(2):
        with pytest.raises(InterruptedError):
            line._step()

    # The step that failed is made good by a scan of everything.
    assert steps.seen == [(inbox_watch.MOST_HINTS, True), (0, True)]
