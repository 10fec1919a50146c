"""Kernel events as hints to look sooner; what they miss, a scan finds.

Facts about watchdog 7.1 that shape this file: a recursive watch walks and watches every folder
made below it, so the inbox itself is watched flat (the booth's own ``.boothd`` lies there) and
each folder in it recursively; a move out of a watched folder is held back for half a second and
with it everything behind it, so moves out are not asked for; an exception in a handler ends the
dispatching thread; a folder that is replaced leaves its emitter alive and deaf; an overflow is
told in the log only.
"""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from watchdog.events import (
    DirCreatedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers.api import BaseObserver, ObservedWatch
from watchdog.observers.inotify import InotifyFullEmitter
from watchdog.observers.inotify_c import InotifyConstants, InotifyFD, Mask

from daemon.domain.readiness import Arrival
from daemon.files.inotify import watch_limit, watches_in_use
from daemon.services.intake import Hint
from daemon.telemetry import events
from daemon.telemetry.logging import get_logger

# Above this share of the kernel's limit an inbox is scanned only.
MOST_WATCHES = 0.8
# An emitter is a thread; folders beyond this many are left to the scan.
MOST_FOLDERS = 64

Poke = Callable[[Hint | None], None]

_EVENTS: list[type[FileSystemEvent]] = [
    FileClosedEvent,
    FileCreatedEvent,
    FileMovedEvent,
    DirCreatedEvent,
    DirMovedEvent,
]
_ARRIVALS: dict[type[FileSystemEvent], Arrival] = {
    FileClosedEvent: Arrival.CLOSED,
    FileCreatedEvent: Arrival.FOUND,
    FileMovedEvent: Arrival.MOVED,
}


class _Emitter(InotifyFullEmitter):
    """Asks the kernel for arrivals alone."""

    def get_event_mask_from_filter(self) -> Mask:
        return Mask(
            InotifyConstants.IN_CREATE
            | InotifyConstants.IN_CLOSE_WRITE
            | InotifyConstants.IN_MOVED_TO
            | InotifyConstants.IN_DELETE_SELF
        )


class _Observer(BaseObserver):
    """One inotify instance for every inbox."""

    def __init__(self) -> None:
        self._inotify = InotifyFD()
        self._inotify.start()
        super().__init__(_Emitter, inotify_fd=self._inotify)

    def on_thread_stop(self) -> None:
        super().on_thread_stop()
        self._inotify.stop()
        self._inotify.join()


class _Handler(FileSystemEventHandler):
    """Turns an event into a poke; nothing can escape from it."""

    def __init__(self, root: bytes, poke: Poke) -> None:
        self._prefix = root + b"/"
        self._poke = poke

    def dispatch(self, event: FileSystemEvent) -> None:
        try:
            self._poke(self._hint(event))
        except Exception:  # noqa: BLE001 - an escape would end the dispatching thread for good
            get_logger("arrivals").exception(events.LOOP_FAILED)

    def _hint(self, event: FileSystemEvent) -> Hint | None:
        arrival = _ARRIVALS.get(type(event))
        path = os.fsencode(event.dest_path or event.src_path)
        if arrival is None or not path.startswith(self._prefix):
            return None
        return Hint(path[len(self._prefix) :], arrival)


class _OverflowEar(logging.Handler):
    """Hears watchdog say that the kernel dropped events."""

    def __init__(self, on_overflow: Callable[[], None]) -> None:
        super().__init__(logging.WARNING)
        self._on_overflow = on_overflow

    def emit(self, record: logging.LogRecord) -> None:
        if "overflow" in record.getMessage().lower():
            self._on_overflow()


@dataclass(slots=True)
class _Watched:
    """The watches of one inbox."""

    root: bytes
    identity: tuple[int, int]
    handler: _Handler
    watches: dict[bytes, ObservedWatch] = field(default_factory=dict)


class Arrivals:
    """Watches inboxes and pokes them.

    Args:
        limit: How many watches the kernel allows.
        in_use: How many this process has.
    """

    def __init__(
        self,
        *,
        limit: Callable[[], int] = watch_limit,
        in_use: Callable[[], int] = watches_in_use,
    ) -> None:
        self._limit = limit
        self._in_use = in_use
        self._observer: _Observer | None = None
        self._watched: dict[str, _Watched] = {}
        self._pokes: dict[str, Poke] = {}
        self._ears = [
            (logging.getLogger(f"watchdog.observers.{name}"), _OverflowEar(self._overflowed))
            for name in ("inotify", "inotify_c")
        ]
        self._log = get_logger("arrivals")

    def start(self) -> None:
        for logger, ear in self._ears:
            logger.addHandler(ear)
        self._open()

    def stop(self) -> None:
        for logger, ear in self._ears:
            logger.removeHandler(ear)
        self._close()

    def _open(self) -> None:
        try:
            observer = _Observer()
            observer.start()
        except OSError as error:
            # No instance left: every inbox is scanned.
            self._log.warning(events.INBOX_WATCH_REBUILT, errno=error.errno, watching=False)
            return
        self._observer = observer

    def _close(self) -> None:
        observer, self._observer = self._observer, None
        self._watched.clear()
        if observer is not None:
            observer.stop()
            observer.join()

    def is_watching(self, inbox: str) -> bool:
        """Whether events of this inbox arrive."""
        return inbox in self._watched

    def watch(self, inbox: str, root: Path, folders: Iterable[bytes], poke: Poke) -> bool:
        """Watch an inbox and the folders in it, as the last scan found them.

        Args:
            inbox: Its name.
            root: Its folder.
            folders: Names of the folders in it.
            poke: Called with each hint, or ``None`` for "look at everything"; from another
                thread.

        Returns:
            False where it cannot be watched: too many folders for the kernel's limit, or gone.
        """
        self._pokes[inbox] = poke
        if self._observer is None:
            return False
        if self._in_use() > MOST_WATCHES * self._limit():
            self.unwatch(inbox)
            return False
        try:
            watched = self._watched.get(inbox) or self._begin(inbox, _absolute(root), poke)
            self._adjust(watched, frozenset(folders), poke)
        except OSError as error:
            self._log.warning(events.INBOX_WATCH_REBUILT, inbox=inbox, errno=error.errno)
            self.unwatch(inbox)
            return False
        return True

    def _begin(self, inbox: str, root: bytes, poke: Poke) -> _Watched:
        watched = _Watched(root, _identity(root), _Handler(root, poke))
        watched.watches[b""] = self._schedule(watched, root, recursive=False)
        self._watched[inbox] = watched
        # What came between the scan and the watch raised no event.
        poke(None)
        return watched

    def _adjust(self, watched: _Watched, folders: frozenset[bytes], poke: Poke) -> None:
        for name in watched.watches.keys() - folders - {b""}:
            self._unschedule(watched.watches.pop(name))
        missing = sorted(folders - watched.watches.keys())
        new = missing[: MOST_FOLDERS + 1 - len(watched.watches)]
        for name in new:
            path = watched.root + b"/" + name
            watched.watches[name] = self._schedule(watched, path, recursive=True)
        if new:
            # As above: the folder had time to fill before it was watched.
            poke(None)

    def _schedule(self, watched: _Watched, path: bytes, *, recursive: bool) -> ObservedWatch:
        assert self._observer is not None, "watch() has checked"
        return self._observer.schedule(
            watched.handler, os.fsdecode(path), recursive=recursive, event_filter=_EVENTS
        )

    def _unschedule(self, watch: ObservedWatch) -> None:
        if self._observer is not None:
            with contextlib.suppress(KeyError):
                self._observer.unschedule(watch)

    def unwatch(self, inbox: str) -> None:
        """Stop watching an inbox."""
        watched = self._watched.pop(inbox, None)
        for watch in watched.watches.values() if watched else ():
            self._unschedule(watch)

    def check(self) -> tuple[str, ...]:
        """Find inboxes whose events do not come any more, and let them go.

        The next ``watch`` of such an inbox builds its watches anew.

        Returns:
            Their names; each was poked to look at everything.
        """
        deaf = [name for name, watched in self._watched.items() if self._is_deaf(watched)]
        if self._observer is not None and not self._observer.is_alive():
            deaf = list(self._watched)
            self._close()
            self._open()
        for name in deaf:
            self.unwatch(name)
            self._log.warning(events.INBOX_WATCH_REBUILT, inbox=name)
            self._pokes[name](None)
        return tuple(deaf)

    def _is_deaf(self, watched: _Watched) -> bool:
        assert self._observer is not None, "what is watched has an observer"
        alive = {emitter.watch for emitter in self._observer.emitters if emitter.is_alive()}
        try:
            is_same = _identity(watched.root) == watched.identity
        except OSError:
            is_same = False
        return not is_same or not alive.issuperset(watched.watches.values())

    def _overflowed(self) -> None:
        self._log.warning(events.INBOX_OVERFLOWED)
        for poke in tuple(self._pokes.values()):
            poke(None)


def _absolute(path: Path) -> bytes:
    return os.path.abspath(os.fsencode(path))  # noqa: PTH100 - bytes, links kept


def _identity(path: bytes) -> tuple[int, int]:
    status = os.stat(path)  # noqa: PTH116 - bytes; a link to the inbox is the administrator's own
    return status.st_dev, status.st_ino
