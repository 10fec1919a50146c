"""The daemon: starts every loop, watches that they turn, and brings them to an orderly end.

The main thread only waits for signals, feeds the watchdog and writes the status notice; all
work is in named threads and in two children (the worker, the panel).
"""

from __future__ import annotations

import os
import queue
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from daemon import __version__
from daemon.bootstrap import Booth, build, prepare
from daemon.clock import SystemClock
from daemon.config.model import Config
from daemon.domain.tallies import Tallies
from daemon.files.lock import only_one
from daemon.files.syncing import STREAMS
from daemon.runtime.dispatcher import Dispatcher
from daemon.runtime.inbox_watch import InboxWatch
from daemon.runtime.loop import Loop
from daemon.runtime.outbox_loop import OutboxLoop
from daemon.runtime.panel import PanelChild
from daemon.runtime.publishing import Publishing
from daemon.runtime.scheduler import Scheduler
from daemon.runtime.signals import STOPPING, queued
from daemon.runtime.systemd import Notifier, Pulse
from daemon.runtime.worker_handle import WorkerHandle
from daemon.services.health import DaemonStatus, write_status
from daemon.telemetry import events, failpoints, logging
from daemon.telemetry.logging import get_logger

LOCK_NAME = "boothd.lock"
TICK_S = 1.0
STATUS_EVERY_S = 5.0
# A loop that has not turned for this long is stuck; longer than the database's busy timeout
# and any single file the publisher may have to copy.
SILENT_S = 120.0
# An archive of 20 GiB is unpacked, and its results packed, in one round.
BATCH_SILENT_S = 3600.0
DRAIN_S = 60.0
WORKER_STOP_S = 10.0
DELIVERY_STOP_S = 5.0


def serve(config: Config, *, panel: bool, config_path: Path | None = None) -> int:
    """Run the daemon until a signal ends it; returns the exit status.

    Raises:
        UsageError: Another daemon runs for this booth.
        StoreError: The database cannot be used.
    """
    logging.configure(config.logging)
    failpoints.arm(allowed=config.development.failpoints)
    with (
        queued(signal.SIGTERM, signal.SIGINT, signal.SIGHUP) as signals,
        only_one(config.layout.state / LOCK_NAME),
    ):
        prepare(config)
        app = App(config, panel_config=config_path if panel else None)
        # Also where a part cannot start: the others must not live on in a process that has ended.
        try:
            app.start()
            app.run(signals)
        finally:
            app.stop()
    return 0


class App:
    """Everything that runs, in the order it starts.

    Args:
        config: With an absolute root.
        panel_config: The configuration file handed to the panel; ``None``: no panel.
    """

    def __init__(self, config: Config, *, panel_config: Path | None) -> None:
        self._config = config
        self._clock = SystemClock()
        self._log = get_logger("daemon")
        self._notifier = Notifier(os.environ)
        self._pulse = Pulse(self._clock)
        self._hands = ThreadPoolExecutor(STREAMS, "intake")
        self._booth: Booth = build(
            config,
            wake=self._wake_dispatcher,
            rescan=self._look_into,
            clock=self._clock,
            spread=self._hands.map,
        )
        self._handle = WorkerHandle.for_config(config, self._clock)
        self._publish = Publishing(
            self._booth.publisher, self._clock, self._disk_full, reviews=self._booth.reviews
        )
        self._publishing = Loop(
            "publisher",
            self._publish.step,
            lambda: self._pulse.beat("publisher", SILENT_S),
        )
        self._tallies = Tallies()
        self._dispatcher = Dispatcher(
            self._booth.dispatch,
            self._handle,
            self._booth.orders,
            config.queue,
            self._clock,
            questions=self._booth.questions,
            publish=self._publishing.wake,
            disk_full=self._disk_full,
            tallies=self._tallies,
        )
        self._dispatching = Loop(
            "dispatcher", self._dispatcher.step, lambda: self._pulse.beat("dispatcher", SILENT_S)
        )
        self._watch = InboxWatch(config, self._booth.intake, self._clock, self._pulse)
        self._batching = Loop(
            "batches",
            self._booth.batches.step,
            lambda: self._pulse.beat("batches", BATCH_SILENT_S),
        )
        self._outbox = OutboxLoop(
            self._booth.deliverer, self._booth.stall, lambda: self._pulse.beat("outbox", SILENT_S)
        )
        self._scheduler = Scheduler(config.schedule, self._booth.upkeep, self._clock)
        self._panel = PanelChild(panel_config, self._clock) if panel_config else None
        self._started_ms = self._clock.now_ms()
        self._worker_state, self._worker_since_ms = "starting", self._started_ms
        self._status_due_s = 0.0

    def start(self) -> None:
        """Settle what an earlier run left behind, then start the loops."""
        self._log.info(events.DAEMON_STARTED, version=__version__, pid=os.getpid())
        self._booth.dispatch.sweep(frozenset(), everyone=True)
        self._booth.questions.recover()
        self._handle.start()
        self._dispatching.start()
        self._publishing.start()
        self._batching.start()
        self._outbox.start()
        self._watch.start()
        self._scheduler.start()
        if self._panel is not None:
            self._panel.start()
        self._write_status()
        self._notifier.ready("watching")
        self._log.info(events.DAEMON_READY, took_ms=self._clock.now_ms() - self._started_ms)

    def run(self, signals: queue.SimpleQueue[signal.Signals]) -> None:
        """Wait for a signal that ends the daemon, and look after the parts meanwhile."""
        while True:
            try:
                number = signals.get(timeout=TICK_S)
            except queue.Empty:
                self._tick()
                continue
            if number in STOPPING:
                self._log.info(events.DAEMON_STOPPING, signal=number.name)
                return

    def stop(self) -> None:
        """Take nothing new in, finish what is in hand, publish it, close."""
        self._notifier.stopping()
        self._watch.stop()
        self._scheduler.stop()
        self._dispatcher.is_draining = True
        self._dispatcher.wake()
        self._wait_for_drain()
        failpoints.reached("W25")
        self._dispatching.stop()
        self._dispatcher.wake()
        self._dispatching.join(DRAIN_S)
        self._dispatcher.close(self._handle.stop(WORKER_STOP_S))
        self._batching.stop()
        self._publishing.stop()
        self._publishing.join(DRAIN_S)
        self._batching.join(DRAIN_S)
        self._publish.close()
        # What the last photos brought is told after the next start, if not by now.
        self._outbox.stop()
        self._outbox.join(DELIVERY_STOP_S)
        if self._panel is not None:
            self._panel.stop()
        self._worker_state = "stopped"
        self._write_status()
        self._hands.shutdown()
        self._booth.close()
        self._log.info(events.DAEMON_STOPPED)

    def _wait_for_drain(self) -> None:
        """Let the worker finish what it has; what it cannot in time is claimed again later."""
        deadline_s = self._clock.monotonic_s() + DRAIN_S
        while self._dispatcher.in_hand and self._clock.monotonic_s() < deadline_s:
            time.sleep(0.02)

    # ── looking after ─────────────────────────────────────────────────────────────────────

    def _tick(self) -> None:
        if self._panel is not None:
            self._panel.step()
        silent = self._pulse.silent()
        if not silent:
            self._notifier.progress()
        now_s = self._clock.monotonic_s()
        if self._worker_state != self._handle.state or now_s >= self._status_due_s:
            self._write_status(silent)

    def _write_status(self, silent: tuple[str, ...] = ()) -> None:
        now_ms = self._clock.now_ms()
        if self._handle.state != self._worker_state:
            self._worker_state, self._worker_since_ms = self._handle.state, now_ms
        self._status_due_s = self._clock.monotonic_s() + STATUS_EVERY_S
        facts = self._handle.facts
        write_status(
            self._config.layout,
            DaemonStatus(
                pid=os.getpid(),
                version=__version__,
                started_ms=self._started_ms,
                at_ms=now_ms,
                worker=self._worker_state,
                worker_since_ms=self._worker_since_ms,
                silent=silent,
                device=facts.device,
                rss_mib=facts.rss_mib,
                restarts=self._handle.restarts,
                engines=facts.engines,
                gpu_mib=facts.gpu_mib,
                load_ms=facts.load_ms,
                figures=self._tallies.as_json(),
            ),
        )
        self._notifier.status(f"worker {self._worker_state}")

    def _wake_dispatcher(self) -> None:
        self._dispatcher.wake()

    def _look_into(self, inbox: str) -> None:
        self._watch.poke(inbox)

    def _disk_full(self) -> None:
        """A write met a full disk: look at the disks now, not at the next ring."""
        self._booth.upkeep.run("space")
