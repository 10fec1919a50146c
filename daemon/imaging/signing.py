"""Signatures and seals, by where they stand and by their colour. Experimental.

A signature is ink beside or under a word that asks for one, where no printed text was read. A
seal is a large patch of red outlines. Both are found on office pages, and neither is promised.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Quad = NDArray[np.float32]

SIGNING_WORDS = ("签字", "签名", "签章", "签署", "盖章", "Signature", "Signed", "Sign here")
"""Labels to look beside (issue of the route; matching is the caller's)."""

_RIGHT = (11.0, 1.6)
"""How far a signature reaches right of its label and how far it swings up and down from its
middle, in heights of the label."""
_UNDER = 3.5
_GAP = 0.9
"""Strokes nearer than this many heights of the label belong together."""
_LEAST_INK = 0.25
"""Area of ink, in squares of the label's height: dots and dust have less."""
_GROWTH = 0.25
_RED_HUES = ((0, 12), (165, 180))
"""Of OpenCV's 0..179."""
_LEAST_SEAL = 0.025
_LEAST_PAPER = 0.30
"""Share of a seal that is pale paper: skin and red cloth have none between."""
_MOST_SEAL = 0.40
"""Side of a seal, of the page's long side: 42 mm on A4 are 0.14."""


@dataclass(frozen=True)
class InkArea:
    """Something that looks like a signature or a seal.

    Attributes:
        quad: ``(4, 2)`` float32, upright around it and a little larger.
        confidence: 0..1, a rough guess.
    """

    quad: Quad
    confidence: float


def signatures(
    srgb: NDArray[np.uint8], labels: Sequence[Quad], texts: Sequence[Quad]
) -> list[InkArea]:
    """Ink right of or under labels, where no text was read.

    Args:
        srgb: ``(H, W, 3)`` uint8 RGB, text running from left to right.
        labels: ``(4, 2)`` around words such as those of ``SIGNING_WORDS``.
        texts: Around everything that was read and believed, labels included. A line that the
            reader was not sure of does not belong here: handwriting reads as rubbish.

    Returns:
        One area for each label that has ink.
    """
    ink = _ink(srgb, texts)
    found: list[InkArea] = []
    for label in labels:
        area = _beside(ink, label)
        if area is not None and not any(_same(area, other) for other in found):
            found.append(area)
    return found


def _ink(srgb: NDArray[np.uint8], texts: Sequence[Quad]) -> NDArray[np.uint8]:
    """Dark or coloured strokes, without rules and without what was read: 0 and 1."""
    darkest = np.ascontiguousarray(srgb.min(axis=2))
    window = max(31, round(max(darkest.shape) / 40)) | 1
    ink = cv2.adaptiveThreshold(
        darkest, 1, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, window, 25
    )
    long_px = max(40, round(max(darkest.shape) / 20))
    for shape in ((long_px, 1), (1, long_px)):
        rule = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones(shape[::-1], np.uint8))
        ink = cv2.subtract(ink, cv2.dilate(rule, np.ones((3, 3), np.uint8)))
    for quad in texts:
        centre = quad.mean(axis=0)
        around = centre + (quad - centre) * np.float32(1.04)
        cv2.fillConvexPoly(ink, np.rint(around).astype(np.int32), (0.0,))
    return np.asarray(ink, np.uint8)


def _beside(ink: NDArray[np.uint8], label: Quad) -> InkArea | None:
    low, high = label.min(axis=0), label.max(axis=0)
    height = float(min(high - low))
    middle = float(low[1] + high[1]) / 2
    swing = _RIGHT[1] * height
    right = (high[0], middle - swing, high[0] + _RIGHT[0] * height, middle + swing)
    under = (low[0] - height, high[1], high[0] + 4 * height, high[1] + _UNDER * height)
    for number, window in enumerate((right, under)):
        box = _strokes(ink, window, height)
        if box is not None:
            return InkArea(box, 0.6 - 0.2 * number)
    return None


def _strokes(
    ink: NDArray[np.uint8], window: tuple[float, float, float, float], height: float
) -> Quad | None:
    left, top = (max(0, round(v)) for v in window[:2])
    piece = ink[top : max(top, round(window[3])), left : max(left, round(window[2]))]
    if piece.size == 0:
        return None
    gap = max(1, round(_GAP * height))
    joined = cv2.dilate(np.ascontiguousarray(piece), np.ones((gap, gap), np.uint8))
    count, labels = cv2.connectedComponents(joined)
    sums = np.bincount(labels[piece > 0].ravel(), minlength=count)
    kept = [index for index in range(1, count) if sums[index] >= _LEAST_INK * height**2]
    if not kept:
        return None
    rows, columns = np.nonzero(np.isin(labels, kept) & (piece > 0))
    grown = _GROWTH * height
    return _quad(
        columns.min() + left - grown, rows.min() + top - grown,
        columns.max() + left + 1 + grown, rows.max() + top + 1 + grown, ink.shape,
    )  # fmt: skip


def _quad(left: float, top: float, right: float, bottom: float, shape: tuple[int, ...]) -> Quad:
    left, top = max(0.0, left), max(0.0, top)
    right, bottom = min(float(shape[1]), right), min(float(shape[0]), bottom)
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)], np.float32)


def _same(one: InkArea, other: InkArea) -> bool:
    low = np.maximum(one.quad.min(axis=0), other.quad.min(axis=0))
    high = np.minimum(one.quad.max(axis=0), other.quad.max(axis=0))
    shared = np.prod(np.maximum(0, high - low))
    smaller = min(np.prod(np.ptp(area.quad, axis=0)) for area in (one, other))
    return bool(shared > 0.5 * smaller)


def seals(srgb: NDArray[np.uint8]) -> list[InkArea]:
    """Red seals of ``(H, W, 3)`` uint8 RGB, largest first; none on grey pages."""
    hsv = cv2.cvtColor(srgb, cv2.COLOR_RGB2HSV)
    hue, colourful = hsv[:, :, 0], (hsv[:, :, 1] > 70) & (hsv[:, :, 2] > 70)
    red = np.zeros(hue.shape, bool)
    for low, high in _RED_HUES:
        red |= (hue >= low) & (hue <= high)
    strokes = (red & colourful).astype(np.uint8)
    long_side = max(strokes.shape)
    gap = max(3, round(long_side / 60))
    joined = cv2.morphologyEx(strokes, cv2.MORPH_CLOSE, np.ones((gap, gap), np.uint8))
    contours, _ = cv2.findContours(joined, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    paper = ((hsv[:, :, 1] < 60) & (hsv[:, :, 2] > 150)).astype(np.uint8)
    found = [_seal(strokes, paper, cv2.boundingRect(contour)) for contour in contours]
    kept = [one for one in found if one is not None]
    return sorted(kept, key=lambda one: -float(np.prod(np.ptp(one.quad, axis=0))))


def _seal(
    strokes: NDArray[np.uint8], paper: NDArray[np.uint8], box: Sequence[int]
) -> InkArea | None:
    left, top, width, height = (int(v) for v in box)
    side, long_side = max(width, height), max(strokes.shape)
    if not _LEAST_SEAL * long_side <= side <= _MOST_SEAL * long_side:
        return None
    if min(width, height) < 0.45 * side:
        return None
    share = float(strokes[top : top + height, left : left + width].mean())
    if not 0.04 <= share <= 0.70:  # a ring with a star has 0.1 to 0.4; a red surface 1
        return None
    if paper[top : top + height, left : left + width].mean() < _LEAST_PAPER:
        return None
    grown = 0.03 * side
    quad = _quad(
        left - grown, top - grown, left + width + grown, top + height + grown, strokes.shape
    )
    return InkArea(quad, 0.8 if min(width, height) > 0.85 * side else 0.5)
