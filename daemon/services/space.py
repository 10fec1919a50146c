"""Room on the booth's disks: holding the queue before they are full, and letting it go on.

The queue is held below ``retention.min_free_mib`` and goes on at a quarter more, so that it
does not flutter around the limit. A hold placed by a person, or for another reason, is never
touched.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from daemon.clock import Clock
from daemon.config.model import Config
from daemon.services.announce import announce_hold
from daemon.services.retention import evict
from daemon.store.database import Database
from daemon.telemetry import events
from daemon.telemetry.logging import get_logger

MIB = 1 << 20
SCOPE = "queue"
WHO = "boothd"
CODE = "DISK_FULL"
RESUME_FACTOR = 1.25

FreeBytes = Callable[[Path], int]


@dataclass(frozen=True, slots=True)
class Space:
    """What was found and done.

    Attributes:
        free_mib: Free space by place (``state``, ``root``, ``out:<inbox>``); a place that did
            not answer (a share that is away) is missing.
        is_held: Whether the queue is now held for want of space.
        evicted: Archived photos deleted early.
    """

    free_mib: Mapping[str, int]
    is_held: bool
    evicted: int = 0


def free_bytes(path: Path) -> int:
    """Bytes that an ordinary user may still write where a path lies or will lie."""
    while not path.exists() and path != path.parent:
        path = path.parent
    return shutil.disk_usage(path).free


def measure(config: Config, free: FreeBytes = free_bytes) -> dict[str, int]:
    """Free MiB by place; the local disks first, for a dead share may block the question."""
    layout = config.layout
    places = {"state": layout.state, "root": layout.root}
    places |= {f"out:{box.name}": box.out for box in config.inboxes if box.out is not None}
    found: dict[str, int] = {}
    for name, path in places.items():
        try:
            found[name] = free(path) // MIB
        except OSError as error:
            get_logger("space").warning(events.UPKEEP_FAILED, place=name, errno=error.errno)
    return found


def keep_room(
    config: Config, database: Database, clock: Clock, *, free: FreeBytes = free_bytes
) -> Space:
    """Make room, and hold the queue where that does not help; lift the hold when it does."""
    least = config.retention.min_free_mib
    found = measure(config, free)
    evicted = 0
    if _shortest(found) < least and _archive_helps(config, found, least):
        evicted = _make_room(config, database, clock, free)
        found = measure(config, free)
    is_held = _hold_or_lift(config, database, found)
    return Space(found, is_held, evicted)


def _shortest(found: Mapping[str, int]) -> int:
    return min(found.values(), default=1 << 62)


def _archive_helps(config: Config, found: Mapping[str, int], least: int) -> bool:
    """Whether a disk that is short is the one the archive lies on."""
    layout = config.layout
    if found.get("root", least) < least:
        return True
    try:
        same_disk = layout.state.stat().st_dev == layout.root.stat().st_dev
    except OSError:
        return False
    return same_disk and found.get("state", least) < least


def _make_room(config: Config, database: Database, clock: Clock, free: FreeBytes) -> int:
    wanted = round(config.retention.min_free_mib * RESUME_FACTOR) * MIB
    root = config.layout.root
    deleted = evict(config, database, clock, is_enough=lambda: free(root) >= wanted)
    return deleted.photos


def _hold_or_lift(config: Config, database: Database, found: Mapping[str, int]) -> bool:
    least = config.retention.min_free_mib
    with database.read() as uow:
        holds = {hold.scope: hold for hold in uow.control.holds()}
    present = holds.get(SCOPE)
    is_ours = present is not None and present.who == WHO and present.why.startswith(CODE)
    if _shortest(found) < least and present is None:
        place = min(found, key=lambda name: found[name])
        why = f"{CODE}: {found[place]} MiB free ({place}), {least} MiB wanted"
        with database.write() as uow:
            uow.control.hold(SCOPE, WHO, why)
            announce_hold(uow, config, SCOPE, who=WHO, why=why)
        get_logger("space").error(events.QUEUE_HELD, code=CODE, place=place, free_mib=found[place])
        return True
    if is_ours and _shortest(found) >= round(least * RESUME_FACTOR):
        with database.write() as uow:
            uow.control.lift(SCOPE)
        get_logger("space").info(events.QUEUE_RESUMED, code=CODE, free_mib=_shortest(found))
        return False
    return is_ours
