"""The question ``quality``: how good is a photo, and what would each profile make of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from daemon.domain.artifact import Reason
from daemon.engines.registry import Engines
from daemon.engines.tasks import ASSESS, FIND, JUDGE
from daemon.errors import InputError
from daemon.imaging.decode import read_photo
from daemon.imaging.flatten import on_white
from daemon.imaging.limits import Limits
from daemon.protocol import Ask
from daemon.routes.quality.assess import Assessment, assess
from daemon.routes.quality.judge import judge
from daemon.routes.quality.options import Options, parse
from daemon.routes.quality.record import as_json


def answer_quality(
    ask: Ask, engines: Engines, told: Callable[[str, int, int], None]
) -> Mapping[str, Any]:
    """``{"a": path, "profiles": {name: options}, "limits": {…}}`` → the figures, and verdicts.

    Raises:
        InputError: The photo cannot be read; ``side`` is ``a``.
        UsageError: A profile's options cannot be understood.
    """
    told("a", 0, 1)
    profiles = {name: parse(raw) for name, raw in ask.arguments["profiles"].items()}
    limits = Limits.from_message(ask.arguments.get("limits", {}))
    try:
        photo = read_photo(Path(ask.arguments["a"]), limits)
    except InputError as error:
        error.facts["side"] = "a"
        raise
    found = assess(on_white(photo), engines, second_face=_second_face(profiles))
    described = engines.describe()
    return {
        **_figures(found, profiles, 1 + len(photo.rest)),
        "profiles": {name: _judged(found, options) for name, options in profiles.items()},
        "engines": {task: described[task] for task in (FIND, JUDGE, ASSESS) if task in described},
    }


def _second_face(profiles: Mapping[str, Options]) -> float | None:
    """The smallest second face that any profile has something against."""
    limits = (
        limit
        for options in profiles.values()
        for limit in (options.reject.max_second_face, options.warn.max_second_face)
    )
    return min((limit for limit in limits if limit is not None), default=None)


def _figures(found: Assessment, profiles: Mapping[str, Options], pages: int) -> dict[str, Any]:
    """What was measured, as a job's record has it but for what one profile says of it."""
    options = next(iter(profiles.values()))
    record = as_json(found, judge(found, options), options, pages)
    for own in ("profile", "limits", "warnings"):
        del record[own]
    for row in record["measures"].values():
        del row["verdict"]
    return {**record, "codes": [reason.code for reason in found.reasons]}


def _judged(found: Assessment, options: Options) -> dict[str, Any]:
    judged = judge(found, options)
    return {
        "verdict": judged.verdict.value,
        "reasons": list(map(Reason.as_json, judged.reasons)),
        "warnings": list(map(Reason.as_json, judged.warnings)),
        "measures": dict(judged.verdicts),
    }
