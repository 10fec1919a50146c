"""Routes for whole booths, named by ``development.routes``: fast, and with every kind of end."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from daemon.domain.artifact import Reason
from daemon.domain.job import Verdict
from daemon.errors import InputError
from daemon.routes.base import Context, Outcome
from tests.fakes.photos import wish_of

CODES = {Verdict.REJECTED: "FACE_NOT_FOUND", Verdict.REVIEW: "LOW_RESTORE_QUALITY"}


class Sort:
    """Ends each photo as it wishes; a photo for review comes with a picture of the reasons.

    Options: ``wait_s``, how long to work on each.
    """

    passes_bytes = True

    def parse_options(self, raw: Mapping[str, object]) -> float:
        return float(str(raw.get("wait_s", 0)))

    def run(self, photo: Any, options: float, context: Context) -> Outcome:
        time.sleep(options)
        content = Path(photo.path).read_bytes()
        verdict = wish_of(content)
        measures = {"size": len(content)}
        if verdict is Verdict.DONE:
            return Outcome(photo, measures=measures)
        if verdict is Verdict.FAILED:
            raise InputError("INVALID_IMAGE")
        reasons = (Reason(CODES[verdict]),)
        why = None
        if verdict is Verdict.REVIEW:
            import numpy as np

            why = np.full((16, 16, 3), 128, np.uint8)
        return Outcome(photo, verdict, reasons, measures, why=why)


ROUTES: Mapping[str, Any] = {"sort": Sort()}
