"""A thread for each inbox, so that a frozen share stalls its own inbox and nothing else."""

from __future__ import annotations

import threading
from collections import deque

from daemon.clock import Clock
from daemon.config.model import Config, Inbox
from daemon.runtime.arrivals import Arrivals, Poke
from daemon.runtime.loop import Loop
from daemon.runtime.systemd import Pulse
from daemon.services.intake import Hint, Intake, ScanReport

# More hints than this between two steps are no faster than a scan.
MOST_HINTS = 4096
SLICE_S = 1.0
SUPERVISE_S = 10.0
# A step that takes longer than this hangs on its share; a big photo over a slow line does not.
FROZEN_S = 120.0
SILENT_S = 300.0
STOP_S = 10.0


class _Line:
    """One inbox's loop.

    Args:
        inbox: Its settings.
        watch: Whom it belongs to.
    """

    def __init__(self, inbox: Inbox, watch: InboxWatch) -> None:
        self.inbox = inbox
        self.part = f"inbox:{inbox.name}"
        self._watch = watch
        self._hints: deque[Hint] = deque()
        self._lock = threading.Lock()
        self._everything = True
        self.began_s: float | None = None
        self.is_frozen = False
        self.loop = Loop(self.part, self._step, self._beat, may_hang=True)

    def poke(self, hint: Hint | None) -> None:
        """Look at a path, or at everything, as soon as may be; safe from any thread."""
        with self._lock:
            if hint is None or len(self._hints) >= MOST_HINTS:
                self._everything = True
            else:
                self._hints.append(hint)
        self.loop.wake()

    def _beat(self) -> None:
        self._watch.pulse.beat(self.part, SILENT_S)

    def _step(self) -> float:
        with self._lock:
            hints, everything = tuple(self._hints), self._everything
            self._hints.clear()
            self._everything = False
        self.began_s = self._watch.clock.monotonic_s()
        try:
            report = self._watch.intake.step(
                self.inbox.name, hints, everything=everything, slice_s=SLICE_S
            )
        except BaseException:
            # The database failed, say: what the hints named is found by a scan.
            with self._lock:
                self._everything = True
            raise
        finally:
            self.began_s, self.is_frozen = None, False
        return self._wait_s(report)

    def _wait_s(self, report: ScanReport) -> float:
        is_watching = self._watch.follow(self.inbox, report, self.poke)
        if is_watching or report.state != "online":
            return report.next_scan_s
        # Nothing tells of changes: scan at the pace that was set.
        with self._lock:
            self._everything |= report.next_scan_s > self.inbox.scan_s
        return min(report.next_scan_s, self.inbox.scan_s)


class InboxWatch:
    """Every inbox's loop and the watches under them.

    Args:
        config: The whole configuration.
        intake: What a step does.
        clock: Time.
        pulse: Told of each loop's progress.
        arrivals: Kernel events.
    """

    def __init__(
        self,
        config: Config,
        intake: Intake,
        clock: Clock,
        pulse: Pulse,
        arrivals: Arrivals | None = None,
    ) -> None:
        self._config = config
        self.intake = intake
        self.clock = clock
        self.pulse = pulse
        self._arrivals = arrivals or Arrivals()
        # The observer is not made for several callers at once.
        self._watching = threading.Lock()
        self._lines = [_Line(inbox, self) for inbox in config.inboxes]
        self._supervisor = Loop("inbox-supervisor", self._supervise)

    def start(self) -> None:
        self._arrivals.start()
        for line in self._lines:
            line.loop.start()
        self._supervisor.start()

    def stop(self) -> None:
        """Ask every loop to end; one that hangs on its share is left behind."""
        for line in self._lines:
            line.loop.stop()
        self._supervisor.stop()
        self._supervisor.join(STOP_S)
        deadline_s = self.clock.monotonic_s() + STOP_S
        for line in self._lines:
            line.loop.join(max(0.0, deadline_s - self.clock.monotonic_s()))
            self.pulse.forget(line.part)
        with self._watching:
            self._arrivals.stop()

    def poke(self, inbox_name: str, hint: Hint | None = None) -> None:
        """Let an inbox look at a path, or at everything, as soon as may be."""
        for line in self._lines:
            if line.inbox.name == inbox_name:
                line.poke(hint)

    def follow(self, inbox: Inbox, report: ScanReport, poke: Poke) -> bool:
        """Adjust the watches to what a step found; whether events of the inbox arrive."""
        with self._watching:
            if report.state == "offline" or not report.wants_events:
                self._arrivals.unwatch(inbox.name)
                return False
            if not report.full and self._arrivals.is_watching(inbox.name):
                return True
            root = self._config.layout.inbox(inbox.name)
            return self._arrivals.watch(inbox.name, root, report.folders, poke)

    def _supervise(self) -> float:
        with self._watching:
            self._arrivals.check()
        now_s = self.clock.monotonic_s()
        for line in self._lines:
            began_s = line.began_s
            if began_s is not None and now_s - began_s >= FROZEN_S and not line.is_frozen:
                line.is_frozen = True
                # A dead share is shown as such; it must not make systemd restart the service.
                self.pulse.forget(line.part)
                self.intake.froze(line.inbox.name)
        return SUPERVISE_S
