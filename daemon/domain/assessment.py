"""What the quality gate found of a photo, as statistics need it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from daemon.domain.distribution import score_units

# A score below this is low, whatever the profile: a trend must not break where one is edited.
# Ten-thousandths.
LOW = 4000
# Key of the quality route's part in a job's measures.
QUALITY = "quality"
# Tasks whose engine has a say in the score; embedded alone where none is recorded.
_TASKS = ("find_faces", "assess_face")
EMBEDDED = "embedded"
_NONE = "none"


@dataclass(frozen=True, slots=True)
class Assessment:
    """A photo that the quality gate judged.

    Attributes:
        engine: Which engines made the score; scores of different ones are never averaged.
        profile: Which profile decided.
        score: Ten-thousandths, or ``None`` where no score could be given.
        not_assessed: Measures that could not be taken, by name in order.
    """

    engine: str
    profile: str
    score: int | None
    not_assessed: tuple[str, ...] = ()


def assessment_of(measures: Mapping[str, Any], engines: Mapping[str, Any]) -> Assessment | None:
    """What a job's measures say; ``None`` where its quality was not measured."""
    found = measures.get(QUALITY)
    if not isinstance(found, Mapping):
        return None
    missing = found.get("not_assessed")
    return Assessment(
        engine=str(found.get("engine") or _engine_of(engines)),
        profile=str(found.get("profile") or ""),
        score=_units(found.get("score")),
        not_assessed=tuple(sorted(map(str, missing))) if isinstance(missing, list | tuple) else (),
    )


def _units(score: object) -> int | None:
    if isinstance(score, bool) or not isinstance(score, int | float) or math.isnan(score):
        return None
    return score_units(score)


def _engine_of(engines: Mapping[str, Any]) -> str:
    facts = (engines.get(task) for task in _TASKS)
    names = [str(fact.get("name", "")) for fact in facts if isinstance(fact, Mapping)]
    return "+".join(name for name in names if name not in {"", _NONE}) or EMBEDDED
