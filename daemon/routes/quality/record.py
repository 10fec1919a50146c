"""What an assessed photo's record says."""

from __future__ import annotations

import math
from typing import Any

from daemon.routes.quality.assess import Assessment
from daemon.routes.quality.heat import Heat
from daemon.routes.quality.judge import Judgement, rounded
from daemon.routes.quality.options import Options
from daemon.routes.quality.score import WEIGHTS
from daemon.routes.quality.table import MEASURES
from daemon.routes.quality.tiles import COUNT


def as_json(found: Assessment, judged: Judgement, options: Options, pages: int) -> dict[str, Any]:
    """The gate's part of the record, JSON values."""
    record: dict[str, Any] = {
        "score": round(found.score, 4),
        "band": found.overall.band,
        "profile": options.profile,
        "limits": _limits(options),
        "warnings": [reason.as_json() for reason in judged.warnings],
        "not_assessed": list(found.not_assessed),
        "measures": _measures(found, judged),
    }
    if pages > 1:
        record["pages"] = pages  # the first is judged
    if found.face is None or found.readings is None:
        return record
    look = found.readings.look
    return {
        **record,
        "weakest": found.overall.weakest,
        "parts": {
            name: {"score": round(value, 4), "weight": WEIGHTS[name]}
            for name, value in found.overall.parts.items()
        },
        "face": {
            "box": found.face.box.as_list(),
            "landmarks": [[round(float(v), 1) for v in point] for point in found.face.landmarks],
            "score": round(found.face.score, 3),
            "others": [face.box.as_list() for face in look.others],
        },
        "heat_map": heat_map(found.heat),
    }


def _limits(options: Options) -> dict[str, Any]:
    """What judged: it must be known later, when the profile is another."""
    return {
        "reject_below": options.reject_below,
        "min_score": options.min_score,
        "reject": options.reject.in_force(),
        "warn": options.warn.in_force(),
    }


def _measures(found: Assessment, judged: Judgement) -> dict[str, Any]:
    rows = {}
    for row in MEASURES:
        value = found.values.get(row.name)
        known = value is not None
        rows[row.name] = {
            "value": rounded(value) if value is not None else None,
            "unit": row.unit,
            "score": round(row.score(value), 4) if value is not None and row.score else None,
            "component": row.component(value) if value is not None and row.component else None,
            "verdict": judged.verdicts.get(row.name, "not_assessed") if known else "not_assessed",
        }
    return rows


def heat_map(heat: Heat) -> dict[str, Any]:
    """The map as lists.

    Rows from the top and columns from the left of the 14 × 14 tiles over the aligned face;
    ``None`` where a tile shows no face.
    """
    return {
        "grid": [[_shown(value) for value in row] for row in heat.values],
        "gain": [
            [_shown(heat.gains.get((row, column), math.nan)) for column in range(COUNT)]
            for row in range(COUNT)
        ],
        "deciding": [[row, column, name] for (row, column), name in heat.deciding.items()],
    }


def _shown(value: float) -> float | None:
    return None if math.isnan(value) else round(float(value), 4)
