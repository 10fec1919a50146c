"""Take-in: files dropped into inboxes become queued jobs, each exactly once.

``scan_once`` may be called for different inboxes from different threads at once; for one inbox
one thread at a time. Nothing here sleeps: every report says when the next step is worth it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from pathlib import Path

from daemon.clock import Clock
from daemon.config.model import Config
from daemon.files.mounts import MountTable
from daemon.files.operations import FileOperations
from daemon.files.share import ShareFacts, probe_share
from daemon.files.syncing import Spread
from daemon.services.announce import announce_outage, announce_recovery
from daemon.services.intake_inbox import InboxIntake
from daemon.services.intake_online import ALARM_S, Away, InboxAway, errno_name
from daemon.services.intake_report import Hint, ScanReport, Tools
from daemon.services.space import free_bytes
from daemon.store.database import Database
from daemon.telemetry import events
from daemon.telemetry.logging import get_logger

__all__ = ["Hint", "Intake", "ScanReport"]


FROZEN = "frozen"


class Intake:
    """Every inbox of a booth.

    Args:
        config: The whole configuration.
        database: Where rows lie.
        clock: Time.
        wake: Called, from the calling thread, when photos became queued.
        operations: What is done to shares; tests pass one that refuses.
        mounts: Reads the mount table.
        probe: Tries a share out.
        free: Free bytes where a path lies.
        spread: How to wait for the disk side by side; the runtime brings a pool of threads.
    """

    def __init__(  # noqa: PLR0913 - four parts it is made of, four that tests replace
        self,
        config: Config,
        database: Database,
        clock: Clock,
        wake: Callable[[], None],
        *,
        operations: FileOperations | None = None,
        mounts: Callable[[], MountTable] = MountTable.read,
        probe: Callable[[Path], ShareFacts] = probe_share,
        free: Callable[[Path], int] = free_bytes,
        spread: Spread = map,
    ) -> None:
        tools = Tools(
            config,
            database,
            clock,
            wake,
            operations or FileOperations(),
            mounts,
            probe,
            free,
            spread,
        )
        self._config = config
        self._database = database
        self._clock = clock
        self._inboxes = {inbox.name: InboxIntake(inbox, tools) for inbox in config.inboxes}
        self._away: dict[str, Away] = {}
        # Inboxes seen to be there since the start, so that an outage told before it is ended.
        self._back: set[str] = set()
        self._log = get_logger("intake")

    def recover(self) -> None:
        """Take up, in every inbox, whatever a crash left; the same as a first scan of each."""
        for name in self._inboxes:
            self.scan_once(name)

    def scan_once(self, inbox_name: str, hints: Iterable[Hint] = ()) -> ScanReport:
        """One step: the hints only, or, without any, the whole inbox.

        Trouble with the share is in the report (state ``offline``), never raised.

        Raises:
            KeyError: There is no such inbox.
            StoreError: The database cannot be used.
        """
        named = tuple(hints)
        return self.step(inbox_name, named, everything=not named)

    def step(
        self,
        inbox_name: str,
        hints: Iterable[Hint] = (),
        *,
        everything: bool = False,
        slice_s: float = math.inf,
    ) -> ScanReport:
        """One step of a loop: the hints, what is due, and a full scan where that is due.

        Args:
            inbox_name: Name of the inbox.
            hints: Paths that events named.
            everything: Scan the whole inbox now.
            slice_s: Do not take in for longer than this; the report asks to go on at once.
        """
        intake = self._inboxes[inbox_name]
        away = self._away.get(inbox_name)
        try:
            report = intake.step(hints, everything=everything or away is not None, slice_s=slice_s)
        except InboxAway as error:
            return self._went_away(intake, error.reason)
        except OSError as error:
            return self._went_away(intake, errno_name(error))
        if away is not None:
            del self._away[inbox_name]
            seconds = round(self._clock.monotonic_s() - away.since_s, 1)
            self._log.warning(events.INBOX_RECOVERED, inbox=inbox_name, away_s=seconds)
        if inbox_name not in self._back:
            with self._database.write() as uow:
                announce_recovery(uow, self._config, inbox_name)
            self._back.add(inbox_name)
        if report.full and (report.admitted or report.withdrawn):
            self._log.info(
                events.INBOX_SCANNED,
                inbox=inbox_name,
                files=report.files,
                admitted=report.admitted,
                queued=report.queued,
                withdrawn=report.withdrawn,
            )
        return report

    def _went_away(self, intake: InboxIntake, reason: str) -> ScanReport:
        name, now_s = intake.inbox.name, self._clock.monotonic_s()
        away = self._away.get(name)
        if away is None:
            away = self._away[name] = Away(now_s, reason)
            self._log.warning(events.INBOX_WENT_OFFLINE, inbox=name, reason=reason)
        else:
            away.again(reason)
        if not away.alarmed and now_s - away.since_s >= ALARM_S:
            away.alarmed = True
            self._log.error(
                events.INBOX_WENT_OFFLINE,
                inbox=name,
                reason=reason,
                away_s=round(now_s - away.since_s, 1),
            )
        intake.lost()
        self._back.discard(name)
        self._record(name, reason, is_lasting=away.alarmed)
        return ScanReport(
            name, state="offline", reason=reason, mode="offline", next_scan_s=away.retry_s,
            wants_events=False,
        )  # fmt: skip

    def froze(self, inbox_name: str) -> None:
        """Record that a step of this inbox does not return: its share hangs.

        To be called from another thread than the one that hangs; the step's own report, should
        it ever come, takes the place of this.
        """
        self._log.error(events.INBOX_WENT_OFFLINE, inbox=inbox_name, reason=FROZEN)
        self._back.discard(inbox_name)
        self._record(inbox_name, FROZEN, is_lasting=True)

    def _record(self, name: str, reason: str, *, is_lasting: bool) -> None:
        with self._database.write() as uow:
            before = uow.inboxes.get(name)
            # The device recorded while it was there is what its return is compared with.
            uow.inboxes.seen(
                name,
                device=before.device if before else None,
                mode=before.mode if before else "offline",
                state="offline",
                reason=reason,
                scanned_ms=before.scanned_ms if before else None,
                files=before.files if before else 0,
                waiting=before.waiting if before else 0,
            )
            if is_lasting:
                announce_outage(uow, self._config, name, reason=reason)
