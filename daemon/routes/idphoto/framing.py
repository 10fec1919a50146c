"""Where the frame lies over the levelled photo: the one decision every other number follows.

A preset asks for several things at once (head height, eye line, room above the head), the photo
offers only so much body below it. Every frame within reach is weighed and the best one taken;
what it breaks is reported, never bent: nothing is stretched, and no body is made up.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_SCALES, _SHIFTS = 81, 161
# Far enough past a band to find the least bad frame where none is good.
_BEYOND = 0.25
# Rows of background above the hair, as a share of the frame: none at all looks cut.
HAIR_MARGIN = 0.02
# Neck and shoulders below the chin; a frame that ends at the chin is no portrait. China's photo
# for border papers asks for 7 of 48 mm (0.146); with ICAO's largest head, 0.80, the rest is
# shared with the room above, and more than this cannot be asked for.
CHIN_MARGIN = 0.08

# A published figure outranks a whole body, that outranks a figure nobody publishes; being in the
# middle of a band comes last.
_PUBLISHED, _HAIR, _BODY, _ADVISORY, _MIDDLE = 1e6, 1e5, 1e4, 1e2, 1.0


@dataclass(frozen=True, slots=True)
class Band:
    """From least to most, as shares of the frame's height.

    Attributes:
        low: Least.
        high: Most.
        published: An authority publishes it; else it is advice and breaking it only warns.
    """

    low: float
    high: float
    published: bool = True

    @property
    def middle(self) -> float:
        return (self.low + self.high) / 2


@dataclass(frozen=True, slots=True)
class FrameRule:
    """What a frame must look like.

    Attributes:
        width_px: Width of the finished photo.
        height_px: Its height.
        head: Chin to crown.
        eye_line: Pupils above the lower edge.
        top_margin: Crown below the upper edge.
        most_scale: Finished pixels per pixel of the photo beyond which a face is too much
            enlarged; a small head within its band is better than a blurred one.
    """

    width_px: int
    height_px: int
    head: Band | None = None
    eye_line: Band | None = None
    top_margin: Band | None = None
    most_scale: float = math.inf


@dataclass(frozen=True, slots=True)
class Head:
    """A head in the levelled photo, in its pixels, x right, y down.

    Attributes:
        centre_x: Between the eyes.
        eye_y: Height of the pupils.
        chin_y: Tip of the chin.
        crown_y: The crown that the rule means: hair top or skull.
        hair_top_y: First row of hair.
        body_end_y: Last row in which the photo shows the body; below it there is nothing.
        left: Column where the head ends on its left (the leftmost of several); inf: no matter.
        right: The same on its right; -inf: no matter.
        side_left: Column at which a body that leaves the photo on its left is cut; -inf where
            none is. A frame that goes farther shows a shoulder that ends in a straight line.
        side_right: The same on its right; inf where none is.
    """

    centre_x: float
    eye_y: float
    chin_y: float
    crown_y: float
    hair_top_y: float
    body_end_y: float
    left: float = math.inf
    right: float = -math.inf
    side_left: float = -math.inf
    side_right: float = math.inf


@dataclass(frozen=True, slots=True)
class Frame:
    """A rectangle of the levelled photo and what it gives.

    Attributes:
        left: Its left edge, photo pixels.
        top: Its upper edge; negative where it begins above the photo.
        scale: Pixels of the finished photo for one of the photo.
        head: Chin to crown, share of the height.
        eye_line: Pupils above the lower edge, share of the height.
        top_margin: Crown below the upper edge, share of the height.
        hair_margin: Hair below the upper edge, share of the height.
        chin_margin: Chin above the lower edge, share of the height.
        body_missing: Share of the height that the photo cannot fill below.
        head_outside: Share of the height by which a head reaches out of the frame's sides.
        side_missing: Share of the width that lies beyond a shoulder the photo cuts.
        broken: Names of bands that are not kept: ``head``, ``eye_line``, ``top_margin``.
    """

    left: float
    top: float
    scale: float
    head: float
    eye_line: float
    top_margin: float
    hair_margin: float
    chin_margin: float
    body_missing: float
    head_outside: float
    side_missing: float
    broken: tuple[str, ...]


def best_frame(head: Head, rule: FrameRule, *, zoom: float = 1.0) -> Frame:
    """The frame that keeps the rule best.

    Args:
        head: Where the head is.
        rule: What is asked for.
        zoom: A person's wish: 1.05 for a larger head, 0.95 for a smaller one; only within the
            band.
    """
    tall = rule.height_px
    wanted = rule.head or Band(0.60, 0.72, published=False)
    reach = _BEYOND * wanted.middle
    ratios = np.linspace(wanted.low - reach, wanted.high + reach, _SCALES)
    scales = (ratios * tall / (head.chin_y - head.crown_y))[:, None]
    # Shares of the frame above the pupils, from just under the edge to the lower edge.
    above = np.linspace(0.15, 0.85, _SHIFTS)[None, :]
    tops = head.eye_y - above * tall / scales
    seen = _seen(head, rule, scales, tops)
    aim = min(max(wanted.middle * zoom, wanted.low), wanted.high)
    cost = (
        _band_cost(seen["head"], wanted, aim)
        + _band_cost(seen["eye_line"], rule.eye_line)
        + _band_cost(seen["top_margin"], rule.top_margin)
        + _BODY * (seen["body_missing"] + seen["side_missing"])
    )
    cost = cost + _HAIR * np.maximum(CHIN_MARGIN - seen["chin_margin"], 0)
    cost = cost + _HAIR * seen["head_outside"]
    cost = cost + _BODY * np.maximum(scales / rule.most_scale - 1, 0)
    cost = cost + _HAIR * np.maximum(HAIR_MARGIN - seen["hair_margin"], 0)
    row, column = np.unravel_index(int(np.argmin(cost)), cost.shape)
    facts = {name: float(values[row, column]) for name, values in seen.items()}
    scale = float(scales[row, 0])
    return Frame(
        left=head.centre_x - rule.width_px / scale / 2,
        top=float(tops[row, column]),
        scale=scale,
        broken=_broken(facts, {"head": wanted, **_given(rule)}),
        **facts,
    )


def _seen(
    head: Head, rule: FrameRule, scales: NDArray[np.float64], tops: NDArray[np.float64]
) -> dict[str, NDArray[np.float64]]:
    tall = rule.height_px / scales  # of the frame, in photo pixels
    ends = tops + tall
    shape = np.broadcast(tops, tall).shape
    half = rule.width_px / scales / 2
    outside = np.maximum(head.centre_x - half - head.left, 0)
    outside = outside + np.maximum(head.right - (head.centre_x + half), 0)
    beside = np.maximum(head.side_left - (head.centre_x - half), 0)
    beside = beside + np.maximum(head.centre_x + half - head.side_right, 0)
    return {
        "head": np.broadcast_to((head.chin_y - head.crown_y) / tall, shape),
        "eye_line": (ends - head.eye_y) / tall,
        "top_margin": (head.crown_y - tops) / tall,
        "hair_margin": (head.hair_top_y - tops) / tall,
        "chin_margin": (ends - head.chin_y) / tall,
        "body_missing": np.maximum(ends - head.body_end_y, 0) / tall,
        "head_outside": np.broadcast_to(outside / tall, shape),
        "side_missing": np.broadcast_to(beside / (2 * half), shape),
    }


def _given(rule: FrameRule) -> dict[str, Band]:
    bands = {"eye_line": rule.eye_line, "top_margin": rule.top_margin}
    return {name: band for name, band in bands.items() if band is not None}


def _band_cost(values: NDArray[np.float64], band: Band | None, aim: float | None = None) -> Any:
    if band is None:
        return 0.0
    aim = band.middle if aim is None else aim
    half = max((band.high - band.low) / 2, 1e-3)
    outside = np.maximum(np.maximum(band.low - values, values - band.high), 0)
    weight = _PUBLISHED if band.published else _ADVISORY
    return weight * outside + _MIDDLE * ((values - aim) / half) ** 2


def _broken(facts: dict[str, float], bands: dict[str, Band]) -> tuple[str, ...]:
    # The grid's own step must not count as a breach.
    slack = 1e-3
    return tuple(
        name
        for name, band in bands.items()
        if not band.low - slack <= facts[name] <= band.high + slack
    )
