"""What is asked with the question ``quality``: profiles of the configuration, limits in full."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from daemon.config.quality import Quality, names, with_limits
from daemon.config.wording import hint, nearest
from daemon.domain.route import Plan, RouteId, Step
from daemon.errors import UsageError


def profiles_asked(quality: Quality, wanted: str) -> dict[str, Mapping[str, Any]]:
    """Options by profile: those named with commas between, or all there are.

    Raises:
        UsageError: There is no such profile.
    """
    known = names(quality)
    chosen = wanted.split(",") if wanted else known
    for name in chosen:
        if name not in known:
            near = hint(nearest(name, known), "en")
            msg = f"there is no profile {name[:64]!r}{near}; profiles are {', '.join(known)}"
            raise UsageError(msg)
    return {name: _filled(name, quality) for name in chosen}


def _filled(name: str, quality: Quality) -> Mapping[str, Any]:
    plan = with_limits(Plan((Step(RouteId.QUALITY, {"profile": name}),)), quality)
    return plan.steps[0].options
