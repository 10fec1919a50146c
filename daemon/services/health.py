"""How the booth is, asked by the panel and by monitors; looking changes nothing.

The daemon's own condition (does it run, what is its worker doing) is no row: it writes
``status.json`` into its state folder every few seconds, replaced whole. That file is a notice
for people and monitors; nothing is decided by it, and it can be read while the database
cannot.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from daemon.clock import Clock
from daemon.config.model import Config, Layout
from daemon.domain.job import State
from daemon.errors import BoothError
from daemon.files.atomic import replace_bytes
from daemon.services.space import FreeBytes, free_bytes, measure
from daemon.store import schema
from daemon.store.database import Database
from daemon.telemetry import events
from daemon.telemetry.logging import get_logger

STATUS_NAME = "status.json"
# The daemon writes every few seconds; systemd would have killed a silent one by now.
STATUS_STALE_MS = 30_000

# What the worker may be doing without anybody having to look.
WORKER_WELL = frozenset({"starting", "ready", "recycling"})


@dataclass(frozen=True, slots=True)
class DaemonStatus:
    """What the daemon says of itself.

    Attributes:
        pid: Its process id.
        version: Its version.
        started_ms: When it started.
        at_ms: When this was written.
        worker: ``starting``, ``ready``, ``recycling`` (a fresh one follows), ``backing_off``
            (it died and will be started again), ``broken`` (it cannot start) or ``stopped``.
        worker_since_ms: Since when.
        silent: Parts that are overdue with their progress.
        device: Where the worker computes, ``cpu`` or ``cuda:0`` and the like; empty before it
            has said so.
        rss_mib: Its resident memory when last looked at; 0 before that.
        restarts: How often a worker was started after the first.
        engines: What it can use.
        gpu_mib: Memory it holds on the GPU; ``None`` where it uses none.
        load_ms: How long it took to be ready; ``None`` before it was.
        figures: Times of steps and scores since the daemon started (``domain.tallies``).
    """

    pid: int
    version: str
    started_ms: int
    at_ms: int
    worker: str
    worker_since_ms: int
    silent: tuple[str, ...] = ()
    device: str = ""
    rss_mib: int = 0
    restarts: int = 0
    engines: tuple[str, ...] = ()
    gpu_mib: int | None = None
    load_ms: int | None = None
    figures: Mapping[str, Any] = field(default_factory=dict)


def write_status(layout: Layout, status: DaemonStatus) -> None:
    """Replace the notice; a disk that refuses is logged and the daemon goes on."""
    try:
        content = json.dumps(asdict(status), sort_keys=True).encode() + b"\n"
        replace_bytes(layout.state / STATUS_NAME, "status", content)
    except OSError as error:
        get_logger("health").warning(events.STATUS_UNWRITTEN, errno=error.errno)


def read_status(layout: Layout) -> DaemonStatus | None:
    """The notice, or ``None`` where there is none that can be read."""
    try:
        body = json.loads((layout.state / STATUS_NAME).read_bytes())
        body["silent"] = tuple(body["silent"])
        body["engines"] = tuple(body.get("engines", ()))
        return DaemonStatus(**body)
    except (OSError, ValueError, KeyError, TypeError):
        return None


@dataclass(frozen=True, slots=True)
class Check:
    """One question and its answer.

    Attributes:
        name: What was asked: schema, database, daemon, worker, disk, queue, inboxes.
        is_ok: Whether nobody has to act.
        reason: What is the matter, for people; empty when all is well.
        facts: Values behind it.
    """

    name: str
    is_ok: bool
    reason: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        return {"name": self.name, "ok": self.is_ok, "reason": self.reason, **self.facts}


class Health:
    """Answers whether a photo dropped now would come out.

    Args:
        config: The whole configuration.
        database: Opens the database, or hands out the open one; asked only where the schema is
            current, and only ever read from.
        clock: For ages.
        free: Asks a filesystem for its free bytes.
    """

    def __init__(
        self,
        config: Config,
        database: Callable[[], Database],
        clock: Clock,
        *,
        free: FreeBytes = free_bytes,
    ) -> None:
        self._config = config
        self._database = database
        self._clock = clock
        self._free = free

    def checks(self) -> tuple[Check, ...]:
        """Every check; one that cannot be made is one that failed."""
        found = [self._daemon(), self._worker(), self._disk(), self._schema()]
        if found[-1].is_ok:
            # Rows of another schema mean nothing to us.
            asked = (("database", self._rows), ("queue", self._queue), ("inboxes", self._inboxes))
            found += [_answered(name, question) for name, question in asked]
        return tuple(found)

    def _daemon(self) -> Check:
        status = read_status(self._config.layout)
        if status is None:
            return Check("daemon", is_ok=False, reason="the daemon has not run here yet")
        age_s = round((self._clock.now_ms() - status.at_ms) / 1000, 1)
        facts = {"pid": status.pid, "version": status.version, "age_s": age_s}
        if age_s * 1000 > STATUS_STALE_MS:
            return Check("daemon", False, f"the daemon was last heard of {age_s:.0f} s ago", facts)
        if status.silent:
            return Check("daemon", False, f"no progress in: {', '.join(status.silent)}", facts)
        return Check("daemon", is_ok=True, facts=facts)

    def _worker(self) -> Check:
        status = read_status(self._config.layout)
        if status is None:
            return Check("worker", is_ok=False, reason="unknown: the daemon has not run here yet")
        since_s = round((self._clock.now_ms() - status.worker_since_ms) / 1000, 1)
        facts = {
            "state": status.worker,
            "since_s": since_s,
            "device": status.device,
            "rss_mib": status.rss_mib,
            "restarts": status.restarts,
            "engines": list(status.engines),
        }
        is_ok = status.worker in WORKER_WELL
        return Check("worker", is_ok, "" if is_ok else f"the worker is {status.worker}", facts)

    def _disk(self) -> Check:
        least = self._config.retention.min_free_mib
        found = measure(self._config, self._free)
        short = sorted(name for name, free_mib in found.items() if free_mib < least)
        facts = {"free_mib": found, "wanted_mib": least}
        reason = f"less than {least} MiB free: {', '.join(short)}" if short else ""
        return Check("disk", not short, reason, facts)

    def _schema(self) -> Check:
        path = self._config.layout.database
        if not path.exists():
            return Check("schema", is_ok=False, reason="there is no database yet")
        try:
            schema.check(path)
            current, head = schema.current_revision(path), schema.head_revision()
        except BoothError as error:
            return Check("schema", False, str(error), {"code": error.code})
        facts = {"revision": current, "wanted": head}
        is_ok = current == head
        return Check("schema", is_ok, "" if is_ok else "run `boothd db upgrade`", facts)

    def _rows(self) -> Check:
        with self._database().read() as uow:
            waiting = uow.jobs.count(State.ADMITTED, State.TAKEN, State.QUEUED)
        return Check("database", is_ok=True, facts={"waiting": waiting})

    def _queue(self) -> Check:
        with self._database().read() as uow:
            oldest = uow.jobs.in_state(State.QUEUED, limit=1)
            holds = [hold for hold in uow.control.holds() if hold.scope == "queue"]
        facts: dict[str, object] = {"oldest_queued_s": None, "held_by": None}
        if oldest:
            since_ms = oldest[0].queued_ms or oldest[0].created_ms
            facts["oldest_queued_s"] = max(0, self._clock.now_ms() - since_ms) // 1000
        if not holds:
            return Check("queue", is_ok=True, facts=facts)
        facts["held_by"] = holds[0].who
        # A person who pauses the queue knows; what the booth holds itself, somebody must mend.
        is_ok = holds[0].who != "boothd"
        return Check("queue", is_ok, "" if is_ok else f"on hold: {holds[0].why}", facts)

    def _inboxes(self) -> Check:
        names = {inbox.name for inbox in self._config.inboxes}
        with self._database().read() as uow:
            rows = [row for row in uow.inboxes.all() if row.name in names]
        away = {row.name: row.reason for row in rows if row.state == "offline"}
        said = "; ".join(f"{name}: {reason}" for name, reason in sorted(away.items()))
        facts = {"offline": sorted(away), "seen": len(rows), "configured": len(names)}
        return Check("inboxes", not away, f"offline: {said}" if away else "", facts)


def _answered(name: str, question: Callable[[], Check]) -> Check:
    try:
        return question()
    except BoothError as error:
        return Check(name, is_ok=False, reason=str(error), facts={"code": error.code})
