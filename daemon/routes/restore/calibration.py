"""How a face's sharpness decides the engine's working scale and the blend.

Measured over five faces × eight degradations; tables in docs/decisions.
"""

from __future__ import annotations

# Detail lost at 128 px, up to which a working scale is best. Too small a scale redraws what the
# photo still shows, too large a one leaves the blur in.
_SCALES: tuple[tuple[float, int], ...] = ((0.036, 96), (0.047, 128), (0.080, 192))
LARGEST_SCALE_PX = 256

# Between these the blend goes from the strength asked for to its square: good faces get less.
_BLEND_FROM, _BLEND_TO = 0.055, 0.125


def working_scale_px(lost_at_128: float) -> int:
    """Side to which the 512 crop is shrunk before it is enlarged four times."""
    for limit, side_px in _SCALES:
        if lost_at_128 < limit:
            return side_px
    return LARGEST_SCALE_PX


def blend_for(strength: float, lost_at_128: float) -> float:
    """Share of the restored face in the result: 0 at strength 0, 1 at strength 1."""
    goodness = (lost_at_128 - _BLEND_FROM) / (_BLEND_TO - _BLEND_FROM)
    return float(strength ** (1 + min(max(goodness, 0.0), 1.0)))
