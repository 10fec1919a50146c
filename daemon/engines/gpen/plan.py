"""How large a GPEN is: sizes, channels, and which of them a checkpoint holds; no tensors."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

SMALLEST_PX = 4  # side of the first maps of the generator, and of the encoder's last
_PLAIN_CHANNELS, _PLAIN_UP_TO_PX = 512, 32
_WIDE_CHANNELS, _WIDE_PX = 256, 64
_ENCODER = re.compile(r"ecd(\d{1,3})\.")
_MAPPING = re.compile(r"generator\.style\.(\d{1,3})\.")
_MOST_STAGES = 9  # the encoder of 2048 pixels; a name may claim any number


@dataclass(frozen=True, slots=True)
class Plan:
    """The constructor's arguments, under their published meaning.

    Attributes:
        size_px: Side of the picture that goes in and comes out: a power of two, 64 or more.
        style_dim: Length of the vector that says whose face it is.
        mapping_layers: Linear layers that this vector goes through (``n_mlp``).
        channel_multiplier: Factor on channels from 64 pixels up.
        narrow: Factor on all channels; what is no whole number is cut off.
    """

    size_px: int
    style_dim: int = 512
    mapping_layers: int = 8
    channel_multiplier: float = 2
    narrow: float = 1

    @property
    def sides_px(self) -> tuple[int, ...]:
        """4, 8, … up to the size itself."""
        return tuple(1 << power for power in range(2, self.size_px.bit_length()))

    def channels(self, side_px: int) -> int:
        """Channels of the maps of one side."""
        if side_px <= _PLAIN_UP_TO_PX:
            return int(_PLAIN_CHANNELS * self.narrow)
        share = _WIDE_CHANNELS * _WIDE_PX // side_px
        return int(share * self.channel_multiplier * self.narrow)


# Source: the constructor arguments in the fixtures' key list. 256, 512 and 2048 are the GPEN
# authors' own; 1024 is the one that ModelScope publishes.
OFFICIAL: Mapping[int, Plan] = {
    256: Plan(256, channel_multiplier=1, narrow=0.5),
    512: Plan(512),
    1024: Plan(1024),
    2048: Plan(2048),
}


def plan_of(shapes: Mapping[str, tuple[int, ...]]) -> Plan | None:
    """The plan that a checkpoint was built by, or ``None`` where it is no GPEN.

    Whether every other entry fits the plan is for the caller to compare.

    Args:
        shapes: Key → shape.
    """
    constant = shapes.get("generator.input.input", ())
    last = shapes.get("final_linear.0.bias", ())
    stages = _highest(_ENCODER, shapes)
    level = 2 * (_WIDE_PX.bit_length() - SMALLEST_PX.bit_length()) - 1  # 2nd convolution at 64
    wide = shapes.get(f"generator.convs.{level}.conv.weight", ())
    if len(constant) != 4 or len(last) != 1 or len(wide) != 5 or not constant[1]:
        return None
    if stages > _MOST_STAGES:
        return None
    narrow = constant[1] / _PLAIN_CHANNELS
    return Plan(
        SMALLEST_PX << stages,
        style_dim=last[0],
        mapping_layers=_highest(_MAPPING, shapes),
        channel_multiplier=wide[1] / (_WIDE_CHANNELS * narrow),
        narrow=narrow,
    )


def _highest(pattern: re.Pattern[str], keys: Iterable[str]) -> int:
    found = (pattern.match(key) for key in keys)
    return max((int(match[1]) for match in found if match), default=0)
