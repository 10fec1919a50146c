"""From a photo to a verdict."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from daemon.domain.job import Verdict
from daemon.engines.tasks import ASSESS, FIND, JUDGE
from daemon.imaging.flatten import on_white
from daemon.imaging.photo import Photo
from daemon.routes.base import Context, Outcome
from daemon.routes.quality import record
from daemon.routes.quality.assess import assess
from daemon.routes.quality.judge import judge
from daemon.routes.quality.options import Options, parse
from daemon.routes.quality.page import why_picture

_USED = (FIND, JUDGE, ASSESS)


class Gate:
    """Judges the first page of a photo; changes no pixel."""

    keeps_pixels = True

    def parse_options(self, raw: Mapping[str, object]) -> Options:
        """Options from JSON values, limits filled in.

        Raises:
            UsageError: An option or the profile is unknown, or a value out of range.
        """
        return parse(raw)

    def run(self, photo: Photo, options: Options, context: Context) -> Outcome:
        """Assess and judge.

        Raises:
            EngineError: A model is missing or failed.
        """
        context.progress("assess", 0, 1)
        # What is measured and drawn is what people see; what goes on is the photo itself.
        seen = on_white(photo)
        found = assess(seen, context.engines, second_face=_second_face(options))
        judged = judge(found, options)
        context.progress("assess", 1, 1)
        passed = judged.verdict is Verdict.DONE
        return Outcome(
            photo=photo,
            verdict=judged.verdict,
            reasons=judged.reasons,
            measures=record.as_json(found, judged, options, 1 + len(photo.rest)),
            engines=_engines(context),
            why=None if passed else why_picture(seen, found, judged, context.language),
        )


def _second_face(options: Options) -> float | None:
    """The smallest second face that the limits have something against."""
    limits = (options.reject.max_second_face, options.warn.max_second_face)
    return min((limit for limit in limits if limit is not None), default=None)


def _engines(context: Context) -> dict[str, Any]:
    """What was used; and of the network that was chosen or asked for why it was not, if so."""
    described = context.engines.describe()
    return {task: described[task] for task in _USED if task in described}
