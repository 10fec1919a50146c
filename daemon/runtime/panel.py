"""The panel as a child process: a web fault cannot stop photos."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from daemon.clock import Clock
from daemon.telemetry import events
from daemon.telemetry.logging import get_logger

STOP_S = 5.0
RESTART_FIRST_S = 1.0
RESTART_MAX_S = 60.0


class PanelChild:
    """Starts ``python -m admin`` and restarts it when it dies, ever more slowly.

    Args:
        config_path: The file the panel reads for itself.
        clock: For the pauses between restarts.
    """

    def __init__(self, config_path: Path, clock: Clock) -> None:
        self._command = [sys.executable, "-m", "admin", "--config", os.fspath(config_path)]
        self._clock = clock
        self._child: subprocess.Popen[bytes] | None = None
        self._pause_s = RESTART_FIRST_S
        self._due_s = 0.0
        self._log = get_logger("panel")

    def start(self) -> None:
        self._child = subprocess.Popen(self._command, stdin=subprocess.DEVNULL)

    def step(self) -> None:
        """See whether it lives; start it again when its pause is over."""
        now_s = self._clock.monotonic_s()
        if self._child is None:
            if now_s >= self._due_s:
                self.start()
            return
        status = self._child.poll()
        if status is not None:
            self._log.error(events.PANEL_DIED, exit_status=status)
            self._child = None
            self._due_s = now_s + self._pause_s
            self._pause_s = min(RESTART_MAX_S, self._pause_s * 2)

    def stop(self) -> None:
        """Ask it to end, then make it."""
        if self._child is None:
            return
        self._child.terminate()
        try:
            self._child.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
