"""A process that dies at a failpoint, in this process."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import pytest

from daemon.telemetry import failpoints


class Killed(BaseException):
    """The process is gone: nothing may catch it."""


def killed_at(window: str, work: Callable[[], Any], monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether the work came to the window, where it died."""
    reached = []

    def kill(name: str) -> None:
        if name == window:
            reached.append(name)
            raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(failpoints, "reached", kill)
        with contextlib.suppress(Killed):
            work()
    return bool(reached)
