"""The question ``idphoto_check``: does a photo made elsewhere meet a rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from daemon.engines.registry import Engines
from daemon.errors import InputError
from daemon.imaging.limits import Limits
from daemon.protocol import Ask
from daemon.routes.idphoto.elsewhere import check


def answer_check(
    ask: Ask, engines: Engines, told: Callable[[str, int, int], None]
) -> Mapping[str, Any]:
    """``{"a": path, "preset": key, "background": name or null, "limits": {…}}`` → the rows.

    Raises:
        InputError: The photo cannot be read; ``side`` is ``a``.
        UsageError: The preset or the background names nothing.
    """
    told("a", 0, 1)
    limits = Limits.from_message(ask.arguments.get("limits", {}))
    background = ask.arguments.get("background")
    named = None if background is None else str(background)
    try:
        return check(Path(ask.arguments["a"]), str(ask.arguments["preset"]), named, limits, engines)
    except InputError as error:
        error.facts["side"] = "a"
        raise
