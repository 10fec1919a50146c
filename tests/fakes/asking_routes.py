"""Questions for whole booths, beside the routes of ``booth_routes``: named by
``development.routes``, they are known in the worker as soon as that module is loaded.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from daemon.protocol import Ask
from daemon.worker.questions import QUESTIONS
from tests.fakes.booth_routes import ROUTES

LINGERS_S = 30.0


def _sizes(ask: Ask, _engines: Any, _progress: Any) -> Mapping[str, Any]:
    """How large its pictures are."""
    sides = [side for side in ("a", "b") if side in ask.arguments]
    return {side: Path(ask.arguments[side]).stat().st_size for side in sides}


def _linger(ask: Ask, engines: Any, progress: Any) -> Mapping[str, Any]:
    """As ``sizes``, but not before the file ``until`` is gone."""
    ends_s = time.monotonic() + LINGERS_S
    while Path(ask.arguments["until"]).exists() and time.monotonic() < ends_s:
        time.sleep(0.01)
    return _sizes(ask, engines, progress)


def _die(_ask: Ask, _engines: Any, _progress: Any) -> Mapping[str, Any]:
    os.kill(os.getpid(), signal.SIGKILL)
    return {}


cast("dict[str, Any]", QUESTIONS).update(sizes=_sizes, linger=_linger, die=_die)

__all__ = ["ROUTES"]
