"""``boothd parity``: the fixtures of a folder, run by a worker."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from daemon.config.boot import WorkerBoot
from daemon.errors import EngineError
from daemon.protocol import Ask, Progress
from daemon.runtime.ask_once import ask_once

# Every fixture together takes half a minute on a small machine; where it swaps, longer.
DEADLINE_S = 900.0


def run_parity(
    folder: Path,
    boot: WorkerBoot,
    on_progress: Callable[[str], None] = lambda _fixture: None,
) -> dict[str, Any]:
    """Run every fixture that is there.

    Args:
        folder: The fixtures.
        boot: The worker's settings; they choose the device.
        on_progress: Told the fixture that begins.

    Returns:
        ``{"fixtures": [lines], "skipped": {name: why}}``.

    Raises:
        WorkerLost: The worker cannot start, died or fell silent.
        EngineError: It refused.
    """

    def show(progress: Progress) -> None:
        on_progress(progress.step.rpartition(".")[2])

    ask = Ask("parity", "parity", {"folder": os.fspath(folder.absolute())})
    answer = ask_once(ask, boot, deadline_s=DEADLINE_S, on_progress=show)
    if answer.reason is not None:
        msg = f"the fixtures cannot be run: {answer.reason.code} ({answer.detail})"
        raise EngineError(msg, **answer.reason.facts)
    return {"fixtures": answer.facts["fixtures"], "skipped": answer.facts["skipped"]}
