"""What take-in works with and what it tells about a step."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from daemon.clock import Clock
from daemon.config.model import Config
from daemon.domain.readiness import Arrival, Hindrance
from daemon.files.mounts import MountTable
from daemon.files.operations import FileOperations
from daemon.files.share import ShareFacts, probe_share
from daemon.files.syncing import Spread
from daemon.services.intake_admit import Accepted
from daemon.services.space import free_bytes
from daemon.store.database import Database


@dataclass(frozen=True, slots=True)
class Hint:
    """A path that an event named: look at it first.

    Attributes:
        relative: Path inside the inbox.
        arrival: What the event said.
    """

    relative: bytes
    arrival: Arrival = Arrival.FOUND


@dataclass(frozen=True, slots=True)
class ScanReport:
    """How an inbox was found.

    Attributes:
        inbox: Its name.
        state: ``online``, ``offline`` or ``paused``.
        reason: Why it is offline.
        mode: ``events``, ``scan`` or ``ledger``, as shown to people.
        next_scan_s: Seconds until the next step is worth it.
        full: Whether the whole inbox was walked.
        files: Files seen by the last walk.
        admitted: Photos admitted by this step.
        queued: Photos queued by this step.
        ended: Photos that got their verdict here.
        withdrawn: Photos that were taken away.
        waiting: How many wait, by reason, at the last walk.
        ignored: How many are left alone, at the last walk.
        folders: Top-level folders that are walked, to be watched.
        wants_events: Whether kernel events tell of changes here.
    """

    inbox: str
    state: str = "online"
    reason: str = ""
    mode: str = "events"
    next_scan_s: float = 1.0
    full: bool = False
    files: int = 0
    admitted: int = 0
    queued: int = 0
    ended: int = 0
    withdrawn: int = 0
    waiting: Mapping[Hindrance, int] = field(default_factory=dict)
    ignored: int = 0
    folders: tuple[bytes, ...] = ()
    wants_events: bool = True


@dataclass(slots=True)
class Tally:
    """What a step has done so far, and how much more it may take in."""

    admitted: int = 0
    queued: int = 0
    ended: int = 0
    withdrawn: int = 0
    room: int = 0
    took_s: float = 0.0
    block: Hindrance = Hindrance.QUEUE_FULL
    until_s: float = math.inf
    batch: list[Accepted] = field(default_factory=list)
    chosen: set[bytes] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Tools:
    """What take-in works with, the same for every inbox.

    Attributes:
        config: The whole configuration.
        database: Where rows lie.
        clock: Time.
        wake: Called after photos became queued.
        operations: What is done to a share.
        mounts: Reads the mount table.
        probe: Tries a share out.
        free: Free bytes where a path lies.
        spread: How to wait for the disk side by side.
    """

    config: Config
    database: Database
    clock: Clock
    wake: Callable[[], None]
    operations: FileOperations = field(default_factory=FileOperations)
    mounts: Callable[[], MountTable] = MountTable.read
    probe: Callable[[Path], ShareFacts] = probe_share
    free: Callable[[Path], int] = free_bytes
    spread: Spread = map
