"""Figures that nobody can mean are not used but reported; these are the bounds."""

from __future__ import annotations

from daemon.domain.idphoto.caution import Caution
from daemon.domain.idphoto.instruct.draft import Draft

# A photo between a thumbnail and a poster. Sizes of the data: 22 to 84 mm, 144 to 6000 px.
SIZE_MM = (10.0, 500.0)
SIZE_PX = (50, 12_000)
DPI = (50, 2400)
FILE_KB = (1.0, 102_400.0)
COPIES = (1, 500)
GAP_MM = (0.0, 50.0)
HEAD_MM = (5.0, 400.0)
MARGIN_MM = (0.0, 200.0)


def within(
    draft: Draft, slot: str, value: float, bounds: tuple[float, float], written: str
) -> bool:
    """Whether a figure can be meant; else it is reported as written."""
    if bounds[0] <= value <= bounds[1]:
        return True
    draft.warn(
        Caution.OUT_OF_RANGE, slot, value=written.strip(), used=f"{bounds[0]:g}–{bounds[1]:g}"
    )
    return False
