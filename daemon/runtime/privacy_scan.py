"""``boothd privacy scan``: a file shown to a worker started for the occasion."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from daemon.config.boot import WorkerBoot
from daemon.config.model import Limits
from daemon.protocol import Progress
from daemon.runtime.identity import asked

# Five hundred pages of ten seconds; somebody waits at the terminal and may call it off.
DEADLINE_S = 5400.0


def scan_file(
    file: Path,
    options: Mapping[str, object],
    boot: WorkerBoot,
    limits: Limits,
    *,
    on_progress: Callable[[Progress], None] = lambda _progress: None,
) -> dict[str, Any]:
    """What would privacy masking cover in this file? Nothing is written.

    Args:
        file: A photo, a scan or a PDF.
        options: Of the route ``privacy``, complete.
        boot: The worker's settings.
        limits: Of reading.
        on_progress: Told of every page.

    Returns:
        What ``docs/privacy.md`` says under "Scan".

    Raises:
        InputError: The file cannot be read; ``facts["file"]`` is the one.
        EngineError: An engine is missing or failed.
        WorkerLost: The worker cannot start, died or fell silent.
    """
    return asked(
        "privacy_scan",
        {"a": file},
        boot,
        limits,
        deadline_s=DEADLINE_S,
        on_progress=on_progress,
        options=dict(options),
        name=file.name,
    )
