"""The question ``privacy_scan``: what privacy masking would cover in a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from daemon.engines.registry import Engines
from daemon.errors import InputError
from daemon.imaging.limits import Limits
from daemon.protocol import Ask
from daemon.routes.privacy.scan import scan


def answer_scan(
    ask: Ask, engines: Engines, told: Callable[[str, int, int], None]
) -> Mapping[str, Any]:
    """``{"a": path, "options": {…}, "name": text, "limits": {…}}`` → what was found.

    Raises:
        InputError: The file cannot be read; ``side`` is ``a``.
        UsageError: An option is unknown or out of range.
    """
    path = Path(ask.arguments["a"])
    limits = Limits.from_message(ask.arguments.get("limits", {}))

    def got_on(done: int, total: int) -> None:
        told("pages", done, total)

    try:
        return scan(
            path,
            ask.arguments.get("options", {}),
            limits,
            engines,
            name=str(ask.arguments.get("name", path.name)),
            told=got_on,
        )
    except InputError as error:
        error.facts["side"] = "a"
        raise
