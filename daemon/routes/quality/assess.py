"""The quality of the face in one photo, whoever asks and by whatever profile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from daemon.domain.artifact import Reason
from daemon.engines.base import Face
from daemon.engines.registry import Engines
from daemon.imaging.flatten import on_white
from daemon.imaging.photo import Photo
from daemon.routes.quality.finding import look_at
from daemon.routes.quality.heat import Heat, heat_of
from daemon.routes.quality.look import Look
from daemon.routes.quality.score import Overall, overall
from daemon.routes.quality.table import MEASURES, Readings, parts_of


@dataclass(frozen=True)
class Assessment:
    """What was measured of a photo's largest face.

    Attributes:
        score: The unified score, 0..1; 0 where there is no face.
        face: The face judged, or ``None``.
        reasons: What keeps the photo from being assessed at all (``FACE_NOT_FOUND``).
        values: Measure → value, ``None`` where it was not assessed; empty without a face.
        overall: The score with its parts.
        readings: The intermediate pictures, for whoever draws; ``None`` without a face.
    """

    score: float
    face: Face | None
    reasons: tuple[Reason, ...] = ()
    values: Mapping[str, float | None] = field(default_factory=dict)
    overall: Overall = field(default_factory=lambda: overall({}))
    readings: Readings | None = None

    @cached_property
    def heat(self) -> Heat:
        """Where the face lowers the score; only with a face."""
        assert self.readings is not None
        return heat_of(self.readings.tiles, self.values)

    @cached_property
    def not_assessed(self) -> tuple[str, ...]:
        """Measures that have no value, in the order of the table."""
        return tuple(row.name for row in MEASURES if self.values.get(row.name) is None)

    def as_json(self) -> dict[str, Any]:
        """The score with its parts, for records of other routes and commands."""
        return {
            "score": round(self.score, 4),
            "band": self.overall.band,
            "weakest": self.overall.weakest,
            "parts": {name: round(value, 4) for name, value in self.overall.parts.items()},
        }


def assess(photo: Photo, engines: Engines, *, second_face: float | None = None) -> Assessment:
    """Measure the largest face of a photo.

    Args:
        photo: Decoded; further pages are not looked at. What shows through is measured as
            white, as every viewer shows it: a face that nobody can see is none.
        engines: Finder and judge are used, and the assessor where there is one.
        second_face: Other faces are looked for down to this share of the area of the largest;
            ``None``: as far down as it takes to find that one. The score is the same.

    Raises:
        EngineError: A model is missing or failed.
    """
    look = look_at(on_white(photo), engines, second_face=second_face)
    if look is None:
        return Assessment(0.0, None, (Reason("FACE_NOT_FOUND"),))
    return assessed(look)


def assessed(look: Look) -> Assessment:
    """Measure one face that was found already."""
    readings = Readings(look)
    values = {row.name: row.read(readings) for row in MEASURES}
    total = overall(parts_of(values))
    return Assessment(total.value, look.face, (), values, total, readings)
