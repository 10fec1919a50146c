"""How a face's sharpness decides the engine's working scale and the blend.

Measured over four faces × seven degradations; tables in docs/decisions/0011.
"""

from __future__ import annotations

from dataclasses import dataclass

# Detail lost at 128 px, up to which a working scale is best. Too small a scale redraws what the
# photo still shows (and another person begins to look out of it), too large a one leaves the
# blur in.
_SCALES: tuple[tuple[float, int], ...] = ((0.030, 128), (0.055, 160), (0.080, 192))
_SMALLEST_SCALE_PX = 96
_LARGEST_SCALE_PX = 224  # a larger one takes more than three seconds on two cores
# Beyond this many times the pixels a face really has, a larger scale only costs time.
_MOST_OVERSAMPLING = 1.5

# From a very blurred face the engine draws lines finer than anything the photo can vouch for, and
# the face looks painted. A touch of blur takes them back; it also gains 0.03 to 0.1 dB.
_SOFTENED_UP_TO_PX, _SOFTNESS_PX = 160, 1.0

# Between these the blend goes from the strength asked for to its square: good faces get less.
_BLEND_FROM, _BLEND_TO = 0.055, 0.125

# A face with so many pixels and so little in them comes from a small picture that somebody
# enlarged. Its compression blocks pass for detail, and the engine draws them as lids and brows.
_OVERBLOWN_FROM_PX, _OVERBLOWN_BELOW = 768.0, 0.055
_OVERBLOWN_SCALE_PX, _OVERBLOWN_SOFTNESS_PX, _OVERBLOWN_GOODNESS = 128, 2.0, 0.36


@dataclass(frozen=True, slots=True)
class Treatment:
    """How one face is restored.

    Attributes:
        working_px: Side to which the 512 crop is shrunk before it is enlarged four times.
        softness_px: Sigma, in crop pixels, of the blur that the engine's output gets; 0: none.
        blend: Share of the restored face in the result: 0 at strength 0, 1 at strength 1.
    """

    working_px: int
    softness_px: float
    blend: float


def treatment(strength: float, lost_at_128: float, source_px: float) -> Treatment:
    """The treatment that suits a face.

    Args:
        strength: 0..1, as asked.
        lost_at_128: Detail of the face, see ``Detail.lost_at``.
        source_px: How many pixels of the photo lie along a side of the crop.
    """
    goodness = (lost_at_128 - _BLEND_FROM) / (_BLEND_TO - _BLEND_FROM)
    goodness = min(max(goodness, 0.0), 1.0)
    if source_px >= _OVERBLOWN_FROM_PX and lost_at_128 < _OVERBLOWN_BELOW:
        blend = float(strength ** (1 + _OVERBLOWN_GOODNESS))
        return Treatment(_OVERBLOWN_SCALE_PX, _OVERBLOWN_SOFTNESS_PX, blend)
    working_px = _working_scale_px(lost_at_128, source_px)
    softness_px = _SOFTNESS_PX if working_px <= _SOFTENED_UP_TO_PX else 0.0
    return Treatment(working_px, softness_px, float(strength ** (1 + goodness)))


def _working_scale_px(lost_at_128: float, source_px: float) -> int:
    best = next((side for limit, side in _SCALES if lost_at_128 < limit), _LARGEST_SCALE_PX)
    sides = (_SMALLEST_SCALE_PX, *(side for _, side in _SCALES), _LARGEST_SCALE_PX)
    most = _MOST_OVERSAMPLING * source_px
    return min(best, max((side for side in sides if side <= most), default=_SMALLEST_SCALE_PX))
