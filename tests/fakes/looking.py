"""A route that looks at pixels, and judges as its options tell it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from daemon.domain.artifact import Reason
from daemon.domain.job import Verdict
from daemon.routes.base import Context, Outcome

CODES = {"review": "LOW_RESTORE_QUALITY", "rejected": "FACE_NOT_FOUND", "failed": "INVALID_IMAGE"}


class Look:
    """Measures the size; draws the picture itself as the reason for anything but ``done``."""

    def parse_options(self, raw: Mapping[str, object]) -> str:
        return str(raw.get("verdict", "done"))

    def run(self, photo: Any, options: str, context: Context) -> Outcome:
        context.progress("measure", 0, 1)
        measures = {"size": list(photo.size)}
        if options == "done":
            return Outcome(photo, measures=measures)
        reasons = (Reason(CODES[options]),)
        return Outcome(photo, Verdict(options), reasons, measures, why=photo.srgb)


ROUTES: Mapping[str, Any] = {"look": Look()}
