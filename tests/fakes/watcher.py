"""Looks at a booth's folders all the time, while it works and while it is killed.

I1: of every dropped photo a complete copy exists at every instant. I3: whatever stands under a
final name is whole. Both by content, never by what the booth says.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from daemon.config.model import Config
from daemon.files.atomic import PART_SUFFIX
from daemon.services.records import SUFFIX
from tests.fakes.booth_process import BoothProcess
from tests.fakes.photos import Drop

PAUSE_S = 0.005
# A search that begins where photos begin and ends where they end cannot miss one that moves on;
# it is repeated all the same before anything is called lost.
SEARCHES = 5

_Key = tuple[int, int, int, int]


@dataclass(slots=True)
class _Seen:
    """Contents by what a stat says, so that a file is read once."""

    digests: dict[_Key, str] = field(default_factory=dict)

    def digest(self, path: Path) -> str | None:
        """SHA-256 of a regular file; ``None`` where there is none now."""
        try:
            status = path.lstat()
            key = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
            if key not in self.digests:
                content = path.read_bytes()
                # Written to while it was read: not to be remembered.
                if len(content) != status.st_size:
                    return hashlib.sha256(content).hexdigest()
                self.digests[key] = hashlib.sha256(content).hexdigest()
            return self.digests[key]
        except OSError:
            return None


class Watcher:
    """Watches from ``with`` to its end; what it saw go wrong is raised there.

    Args:
        config: The booth's.
        also: Folders that may hold photos besides (an inbox that is moved away).
        pause_s: Seconds between two rounds.
    """

    def __init__(
        self, config: Config, also: Iterable[Path] = (), *, pause_s: float = PAUSE_S
    ) -> None:
        self._config = config
        self._pause_s = pause_s
        self._also = tuple(also)
        self._expected: set[str] = set()
        self._drops: dict[str, Path] = {}
        self._new: list[tuple[str, Path]] = []
        self._seen = _Seen()
        self._out: dict[Path, str] = {}
        self._filed: dict[Path, _Key] = {}
        self._complaints: list[str] = []
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="watcher")
        self.rounds = 0

    def expect(self, drop: Drop) -> None:
        """A photo will come: its bytes may stand under a final name."""
        with self._lock:
            self._expected.add(drop.sha256)

    def dropped(self, drop: Drop, path: Path) -> None:
        """The photo is whole: from now on it must be somewhere."""
        with self._lock:
            self._expected.add(drop.sha256)
            self._new.append((drop.sha256, path))

    def put(self, booth: BoothProcess, *drops: Drop) -> None:
        """Drop photos, each by one rename, and watch them from then on."""
        for drop in drops:
            self.expect(drop)
            path = booth.target(drop)
            booth.drop(drop)
            self.dropped(drop, path)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopping.set()
        self._thread.join()
        if error is None:
            self._round()
            assert self.rounds > 1
            assert not self._complaints, "\n".join(self._complaints[:20])

    def _run(self) -> None:
        while not self._stopping.wait(self._pause_s) and len(self._complaints) < 20:
            self._round()
            self.rounds += 1

    def _round(self) -> None:
        with self._lock:
            new, self._new = self._new, []
        self._drops |= dict(new)
        self._look_for_photos()
        self._look_at_results()
        self._look_at_filed()

    # ── I1 ────────────────────────────────────────────────────────────────────────────────

    def _look_for_photos(self) -> None:
        missing = {
            digest: path for digest, path in self._drops.items() if not self._is_at(path, digest)
        }
        for _ in range(SEARCHES):
            if not missing:
                return
            for path in self._files():
                digest = self._seen.digest(path)
                if digest in missing:
                    self._drops[digest] = path
                    del missing[digest]
        for digest, path in missing.items():
            self._complaints.append(f"I1: lost {digest[:12]}, last seen at {path}")
            del self._drops[digest]

    def _is_at(self, path: Path, digest: str) -> bool:
        return self._seen.digest(path) == digest

    def _files(self) -> Iterator[Path]:
        """Every file in the order of a photo's life, so that none can move past the search."""
        layout = self._config.layout
        for folder in self._also:
            yield from files_below(folder)
        for inbox in self._config.inboxes:
            top = layout.inbox(inbox.name)
            yield from files_below(top, without=".boothd")
            yield from files_below(top / ".boothd")
            for folder in (layout.archive, layout.rejected, layout.review, layout.failed):
                yield from files_below(folder(inbox.name))

    # ── I3 ────────────────────────────────────────────────────────────────────────────────

    def _look_at_results(self) -> None:
        for inbox in self._config.inboxes:
            for path in files_below(self._config.layout.out(inbox.name)):
                if not path.name.endswith(PART_SUFFIX):
                    self._judge_result(path)

    def _judge_result(self, path: Path) -> None:
        digest = self._seen.digest(path)
        if digest is None:
            return
        with self._lock:
            is_expected = digest in self._expected
        if not is_expected:
            self._complaints.append(f"I3: {path} holds {digest[:12]}, which nobody dropped")
        if self._out.setdefault(path, digest) != digest:
            self._complaints.append(f"I3: {path} changed under its final name")

    def _look_at_filed(self) -> None:
        layout = self._config.layout
        for inbox in self._config.inboxes:
            for folder in (layout.archive, layout.rejected, layout.review, layout.failed):
                for path in files_below(folder(inbox.name)):
                    self._judge_filed(path)

    def _judge_filed(self, path: Path) -> None:
        if path.name.endswith(PART_SUFFIX):
            return
        try:
            status = path.lstat()
            key = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
            if self._filed.get(path) == key:
                return
            content = path.read_bytes()
        except OSError:
            return
        self._filed[path] = key
        if not self._is_whole(path, content):
            self._complaints.append(f"I3: {path} is not whole ({len(content)} bytes)")

    def _is_whole(self, path: Path, content: bytes) -> bool:
        if path.name.endswith(SUFFIX):
            try:
                return "job" in json.loads(content)
            except ValueError:
                return False
        if path.name.endswith(".why.txt"):
            return content.endswith(b"\n") and len(content) > 40
        if path.name.endswith(".why.jpg"):
            return content.endswith(b"\xff\xd9")
        with self._lock:
            return hashlib.sha256(content).hexdigest() in self._expected


def files_below(folder: Path, *, without: str = "") -> Iterator[Path]:
    """Every regular file, however deep; a folder that goes away meanwhile is no trouble."""
    for base, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name != without]
        for name in names:
            yield Path(base, name)
