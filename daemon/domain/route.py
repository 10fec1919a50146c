"""Routes, steps and plans: what is to be done with a photo."""

from __future__ import annotations

import enum
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


class RouteId(enum.StrEnum):
    """Every route this version can run."""

    QUALITY = "quality"
    RESTORE = "restore"
    IDPHOTO = "idphoto"
    PRIVACY = "privacy"
    # Hands the photo through unchanged: sorting by rule, and measuring the pipeline itself.
    COPY = "copy"


# A route whose results change for the same input and options gets a new version, so that
# "same bytes, same plan" never reuses a result of older code.
ROUTE_VERSIONS: dict[str, int] = {
    RouteId.QUALITY: 2,
    RouteId.RESTORE: 1,
    RouteId.IDPHOTO: 1,
    RouteId.PRIVACY: 1,
    RouteId.COPY: 1,
}


@dataclass(frozen=True, slots=True)
class Step:
    """One route of a plan with its options (JSON values only)."""

    route: str
    options: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """A chain of steps; the photo passes between them in memory."""

    steps: tuple[Step, ...]

    @classmethod
    def of(
        cls, routes: Iterable[str], options: Mapping[str, Mapping[str, object]] | None = None
    ) -> Plan:
        """A plan from route names and options by route name."""
        chosen = options or {}
        return cls(tuple(Step(str(route), dict(chosen.get(route, {}))) for route in routes))

    def as_json(self) -> list[dict[str, object]]:
        return [{"route": step.route, "options": dict(step.options)} for step in self.steps]

    @classmethod
    def from_json(cls, data: Iterable[Mapping[str, object]]) -> Plan:
        steps = []
        for entry in data:
            options = entry.get("options") or {}
            if not isinstance(options, Mapping):
                msg = "options of a step must be a mapping"
                raise TypeError(msg)
            steps.append(Step(str(entry["route"]), dict(options)))
        return cls(tuple(steps))

    @property
    def label(self) -> str:
        """The route names, for people: ``quality+restore``."""
        return "+".join(step.route for step in self.steps)


def effect_key(content_sha256: str, plan: Plan) -> str:
    """What a result depends on: the photo's bytes, the routes' versions and every option.

    Two jobs with the same key produce the same bytes; a crash that runs a job again lands on
    the same result.
    """
    steps = [
        [step.route, ROUTE_VERSIONS.get(step.route, 0), dict(step.options)] for step in plan.steps
    ]
    text = json.dumps([content_sha256, steps], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
