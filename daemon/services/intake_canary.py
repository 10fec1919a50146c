"""Canaries: how long a photo lies in an inbox before it is noticed, measured by one of our own.

A tiny picture is put down as any copier would put one down, goes through events, scans and the
test of readiness like every other, and is removed at the very point where a photo is taken in. It
never becomes a job, and counts in no statistics.

Nothing of anyone else's is ever removed: a file is ours only if its name has our form and its
bytes are exactly those that this name stands for. One that a crash left behind is found and
removed by the same test after the next start.

Limits accepted on purpose: the file is put down by this machine, so that on a share the way from
another machine to the server is not in the figure. Inboxes that are paused, that wait for ready
markers, or whose files can only be left in their place (ledger) get no canary.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import struct
import zlib
from dataclasses import replace
from pathlib import Path

from daemon.clock import Clock
from daemon.config.model import Inbox
from daemon.domain.job import new_job_id
from daemon.files import atomic
from daemon.services.intake_online import SHARE_ERRNOS, errno_name
from daemon.services.intake_place import Place
from daemon.services.intake_report import Tools
from daemon.store.inbox import CanaryRun
from daemon.telemetry import events
from daemon.telemetry.logging import get_logger

PREFIX = b"boothd-canary-"
_NAME = re.compile(rb"boothd-canary-([0-9a-f]{22})\.png")
# One that was not noticed for so long is given up; three periods, but never less than this.
LEAST_PATIENCE_S = 600.0
_PERIODS = 3
# A white pixel: signature, then chunks. Source: PNG specification, third edition, 5.2 to 5.6.
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_HEADER = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)


def canary_name(canary_id: str) -> bytes:
    """Name of the file that stands for an id."""
    return PREFIX + canary_id.encode() + b".png"


def canary_bytes(canary_id: str) -> bytes:
    """Content of that file: a whole picture of one pixel, with the id as its comment."""
    comment = b"Comment\0boothd canary " + canary_id.encode()
    parts = ((b"IHDR", _HEADER), (b"tEXt", comment), (b"IDAT", zlib.compress(b"\0\xff")))
    return _SIGNATURE + b"".join(_chunk(*part) for part in (*parts, (b"IEND", b"")))


def _chunk(kind: bytes, body: bytes) -> bytes:
    check = zlib.crc32(kind + body)
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", check)


class Canary:
    """One inbox's canaries; to be used by the inbox's own thread.

    Args:
        inbox: Its settings.
        place: Where it lies.
        tools: What to work with.
    """

    def __init__(self, inbox: Inbox, place: Place, tools: Tools) -> None:
        self._inbox = inbox
        self._place = place
        self._database = tools.database
        self._clock: Clock = tools.clock
        self._every_s = tools.config.intake.canary_s
        self._out: tuple[bytes, float, CanaryRun] | None = None
        self._due_s = 0.0
        self._log = get_logger("intake").bind(inbox=inbox.name)

    def arrive(self) -> None:
        """The inbox is there (again): what was out before cannot be measured any more."""
        self._out = None
        # Not at once: what tells of changes here is set up only after the first look.
        self._due_s = self._clock.monotonic_s() + self._every_s
        if self._every_s:
            with self._database.write() as uow:
                uow.inboxes.lose_canaries(self._inbox.name)

    def step(self) -> None:
        """Put one down where that is due; give up one that nobody noticed.

        Raises:
            OSError: The share is in trouble.
        """
        now_s = self._clock.monotonic_s()
        if self._out is not None:
            patience_s = max(LEAST_PATIENCE_S, _PERIODS * self._every_s)
            if now_s - self._out[1] >= patience_s:
                self._give_up(*self._out)
            return
        if self._every_s and now_s >= self._due_s and self._may_place():
            self._due_s = now_s + self._every_s
            self._put_down()

    def catches(self, relative: bytes, path: bytes) -> bool:
        """Whether a file that is about to be taken in is a canary; then it is gone.

        Raises:
            OSError: The share is in trouble.
        """
        if not relative.startswith(PREFIX) or not _is_ours(relative, path):
            return False
        _remove(path)
        if self._out is not None and self._out[0] == relative:
            _, placed_s, run = self._out
            latency_ms = max(0, round((self._clock.monotonic_s() - placed_s) * 1000))
            self._out = None
            self._record(replace(run, outcome="claimed", latency_ms=latency_ms))
        return True

    def _may_place(self) -> bool:
        share, top = self._place.share, self._place.top
        refused = share.create_error or share.rename_error or share.delete_error
        return not (self._inbox.paused or self._inbox.ready_marker or top.in_ledger or refused)

    def _put_down(self) -> None:
        now_ms = self._clock.now_ms()
        canary_id, run = new_job_id(now_ms), CanaryRun(self._inbox.name, now_ms, "waiting")
        name = canary_name(canary_id)
        target = Path(os.fsdecode(self._place.root), os.fsdecode(name))
        try:
            atomic.write_bytes(target, canary_id, canary_bytes(canary_id))
        except OSError as error:
            if error.errno in SHARE_ERRNOS:
                raise
            self._log.warning(events.CANARY_REFUSED, errno=errno_name(error))
            self._record(replace(run, outcome="refused"))
            return
        self._out = (name, self._clock.monotonic_s(), run)
        self._record(run)

    def _give_up(self, name: bytes, placed_s: float, run: CanaryRun) -> None:
        self._out = None
        path = os.path.join(self._place.root, name)  # noqa: PTH118 - paths are bytes
        if _is_ours(name, path):
            _remove(path)
        waited_s = round(self._clock.monotonic_s() - placed_s)
        self._log.warning(events.CANARY_MISSED, waited_s=waited_s)
        self._record(replace(run, outcome="missed"))

    def _record(self, run: CanaryRun) -> None:
        with self._database.write() as uow:
            uow.inboxes.canary(run)


def _remove(path: bytes) -> None:
    with contextlib.suppress(FileNotFoundError):  # somebody tidied up
        os.unlink(path)  # noqa: PTH108 - paths are bytes


def _is_ours(name: bytes, path: bytes) -> bool:
    """Whether a file holds exactly what its name stands for; links are not followed."""
    match = _NAME.fullmatch(name)
    if match is None:
        return False
    wanted = canary_bytes(match[1].decode())
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            return os.read(descriptor, len(wanted) + 1) == wanted
        finally:
            os.close(descriptor)
    except OSError as error:
        if error.errno in SHARE_ERRNOS - {errno.ENOENT}:
            raise
        return False
