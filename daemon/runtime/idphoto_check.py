"""``boothd idphoto check``: a photo made elsewhere, shown to a worker started for the occasion."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from daemon.config.boot import WorkerBoot
from daemon.config.model import Limits
from daemon.runtime.identity import asked


def check_photo(
    photo: Path, preset: str, background: str | None, boot: WorkerBoot, limits: Limits
) -> dict[str, Any]:
    """Does a finished ID photo meet a rule? Nothing is edited.

    Returns:
        ``{"preset", "source", "confidence", "background", "passed", "rows", "reasons"}``
        (docs/idphoto.md).

    Raises:
        InputError: The photo cannot be read; ``facts["file"]`` is the one.
        EngineError: An engine is missing or failed.
        WorkerLost: The worker cannot start, died or fell silent.
    """
    return asked("idphoto_check", {"a": photo}, boot, limits, preset=preset, background=background)
