"""What the record says of an ID photo: wishes, matte, every row with its band."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from daemon.domain.artifact import Reason
from daemon.routes.idphoto.making import Made
from daemon.routes.idphoto.order import Order
from daemon.routes.idphoto.portrait import Portrait
from daemon.routes.idphoto.printing import Sheets
from daemon.routes.idphoto.rows import Row

# Unit of a row → factor and what people read. Degrees stand in the sentences themselves.
_UNITS = {"share": (100.0, "%"), "dE00": (1.0, " ΔE"), "deg": (1.0, "")}


def as_json(
    order: Order, portrait: Portrait | None, results: Sequence[Made], sheets: Sheets
) -> dict[str, Any]:
    """JSON values.

    Args:
        order: What was asked for.
        portrait: Who was cut out; ``None`` where it did not come to that.
        results: What was made.
        sheets: What was laid out for printing.
    """
    found: dict[str, Any] = {
        "wishes": order.request.as_json(),
        "warnings": [one.reason.as_json() for one in order.warned],
        "results": [made.as_json() for made in results],
    }
    if portrait is not None:
        found["matte"] = portrait.matte.as_json()
    if sheets.drawn:
        found["sheets"] = [sheet.as_json() for sheet in sheets.drawn]
    return found


def reason_of(row: Row) -> Reason:
    """A failing row in the booth's one vocabulary: what was measured and what is allowed."""
    by, unit = _UNITS.get(row.unit, (1.0, f" {row.unit}" if row.unit else ""))
    value = None if math.isnan(row.value) else round(row.value * by, 2)
    facts = {"what": row.name, "value": value, "limit": _limit(row, by), "unit": unit}
    return Reason(row.code, facts)


def _limit(row: Row, by: float) -> str:
    low = None if row.low is None else f"{round(row.low * by, 2):g}"
    high = None if row.high is None else f"{round(row.high * by, 2):g}"
    if low is not None and high is not None:
        return low if low == high else f"{low} – {high}"
    return f"≥ {low}" if low is not None else f"≤ {high}"
