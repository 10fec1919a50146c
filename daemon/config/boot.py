"""What a worker process is told at its start: the sections it needs, and nothing else.

No file names of people and no secrets are among them, so they may travel as an argument.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from daemon.config.model import Config, Engines, Logging, Output, Section, Worker


class WorkerBoot(Section):
    """Settings of one worker process."""

    engines: Engines = Engines()
    """Which engines do the work."""
    worker: Worker = Worker()
    """Heartbeat and recycling; the parent's guards read the same section."""
    output: Output = Output()
    """What of the original goes into the result."""
    logging: Logging = Logging()
    """What is logged, and how."""
    models: Path | None = None
    """Folder with fetched weights; none: embedded engines only."""
    state: Path | None = None
    """The booth's state; none: outside an installation, nothing is kept."""
    warm: bool = False
    """Load a card's engines before saying hello; for a worker that will see many photos."""
    routes: str | None = None
    """Python module whose ROUTES table is added, for tests."""
    failpoints: bool = False
    """Honour BOOTHD_FAILPOINT, for tests."""
    parent_pid: int = 0
    """Process which the worker must not outlive; 0: whoever started it."""

    @classmethod
    def from_config(cls, config: Config) -> WorkerBoot:
        """What a worker needs of the whole configuration."""
        return cls(
            engines=config.engines,
            worker=config.worker,
            output=config.output,
            logging=config.logging,
            models=config.layout.models,
            state=config.layout.state,
            routes=config.development.routes,
            failpoints=config.development.failpoints,
        )

    def for_child(self) -> WorkerBoot:
        """The same, as a child of this process is given it."""
        # The child's standard error is a pipe; only its parent knows where it ends.
        if self.logging.format == "auto":
            shown = "console" if sys.stderr.isatty() else "json"
            logging = self.logging.model_copy(update={"format": shown})
        else:
            logging = self.logging
        return self.model_copy(update={"logging": logging, "parent_pid": os.getpid()})
