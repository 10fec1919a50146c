"""Routes that have rows restored, and engines for them; loaded through ``development.routes``.

What a photo does to its pass stands in its first pixel (``tests.fakes.lane_engines``): the pass
waits until as many photos as ``together`` says have a share in it.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from daemon.config.boot import WorkerBoot
from daemon.engines.registry import Engines
from daemon.engines.tasks import RESTORE
from daemon.errors import UsageError
from daemon.routes.base import Context, Outcome
from daemon.worker import pixels
from tests.fakes.lane_engines import RowRestorer, with_restorer

_PATIENCE_S = 20.0
_KNOWN = frozenset({"together", "only_once"})


@dataclass
class _Arrivals:
    """Lets photos go on once so many have come."""

    changed: threading.Condition
    here: int = 0

    def wait_for(self, count: int) -> None:
        with self.changed:
            self.here += 1
            self.changed.notify_all()
            self.changed.wait_for(lambda: self.here >= count, _PATIENCE_S)


_ARRIVALS = _Arrivals(threading.Condition())


class Rows:
    """Has one row restored, whose first value is that of the photo's first pixel.

    ``together`` photos meet before any of them asks. With ``only_once``, a file, the harm is done
    the first time only, and nobody waits for others afterwards.
    """

    keeps_pixels = True

    def parse_options(self, raw: Mapping[str, object]) -> Mapping[str, object]:
        if set(raw) - _KNOWN:
            msg = f"unknown option among {sorted(raw)}"
            raise UsageError(msg)
        return dict(raw)

    def run(self, photo: Any, options: Mapping[str, Any], context: Context) -> Outcome:
        context.progress("rows", 0, 1)
        rows = row_of(photo.srgb)
        marker = Path(options["only_once"]) if "only_once" in options else None
        is_again = marker is not None and marker.exists()
        restorer = context.engines.restorer()
        assert restorer is not None
        if is_again:
            rows[0, 0, 0, 0] = 50
        else:
            _ARRIVALS.wait_for(int(options.get("together", 1)))
            if marker is not None:
                marker.touch()
        made = restorer.restore(rows)
        context.progress("rows", 1, 1)
        used = context.engines.describe()
        measures = {"digest": hashlib.sha256(made.tobytes()).hexdigest()}
        return Outcome(photo, measures=measures, engines={RESTORE: used[RESTORE]})


def row_of(srgb: Any) -> Any:
    """``(1, 8, 8, 3)`` float32: the photo's upper left corner."""
    return srgb[None, :8, :8].astype(np.float32)


def _engines(boot: WorkerBoot, _device: str) -> Engines:
    return with_restorer(RowRestorer())


pixels.engines = _engines

ROUTES: Mapping[str, Any] = {"rows": Rows()}
