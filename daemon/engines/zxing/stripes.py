"""Barcodes by their stripes, for those that no reader can read.

Within a barcode all gradients lie along one direction and are strong; in text they lie in many,
on a photo they are weak. Source of the measure: coherence of the structure tensor (J. Bigün and
G. H. Granlund, ICCV 1987). What is left is looked at upright: stripes of a barcode run through
from top to bottom and have several widths; lattices and lined paper have one.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from daemon.engines.sightings import FoundCode
from daemon.engines.zxing.overlap import area, shared
from daemon.engines.zxing.views import views

LEAST_COHERENCE = 0.80
LEAST_ENERGY = 300.0
"""Of squared Sobel gradients of an 8-bit picture, averaged."""
LEAST_EDGES = 16
"""The shortest code in use (EAN-8) has 44; blur takes the thin stripes away."""
LEAST_SWING = 0.25
LEAST_CONTRAST = 40
"""Of 255, between dark and light stripes: ink on paper has 60 and more even when blurred."""
LEAST_RUNTHROUGH = 0.75
LEAST_WIDTH_SPREAD = 0.22
LEAST_FILL = 0.55
LEAST_SAME = 0.5
_UPRIGHT = (256, 48)


def stripe_fields(grey: NDArray[np.uint8]) -> list[FoundCode]:
    """Places of ``(H, W)`` uint8 that look like barcodes, surest first."""
    found = []
    for view, scale in views(grey):
        found += [_field(grey, quad / np.float32(scale)) for quad in _fields(view)]
    seen = [one for one in found if one is not None]
    return sorted(_largest(seen), key=lambda one: -one.confidence)


def _largest(seen: list[FoundCode]) -> list[FoundCode]:
    """Of fields that share most of the smaller one, the larger: it has all of the stripes."""
    kept: list[FoundCode] = []
    for one in sorted(seen, key=lambda field: -area(field.quad)):
        if all(shared(one.quad, other.quad) < LEAST_SAME for other in kept):
            kept.append(one)
    return kept


def _fields(view: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
    soft = view.astype(np.float32)
    across, down = cv2.Sobel(soft, cv2.CV_32F, 1, 0), cv2.Sobel(soft, cv2.CV_32F, 0, 1)
    window = max(9, round(max(view.shape) / 45)) | 1
    xx, yy, xy = (
        cv2.boxFilter(a * b, cv2.CV_32F, (window, window))
        for a, b in ((across, across), (down, down), (across, down))
    )
    energy = xx + yy
    coherence = np.sqrt((xx - yy) ** 2 + 4 * xy**2) / np.maximum(energy, 1e-3)
    striped = ((coherence > LEAST_COHERENCE) & (energy > LEAST_ENERGY)).astype(np.uint8)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (window // 2 | 1, window // 2 | 1))
    striped = cv2.morphologyEx(striped, cv2.MORPH_OPEN, kernel)
    contours, _ = cv2.findContours(striped, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    quads = []
    for contour in contours:
        (x, y), (width, height), degrees = cv2.minAreaRect(contour)
        if min(width, height) < window or max(width, height) < 2 * window:
            continue
        if cv2.contourArea(contour) < LEAST_FILL * width * height:
            continue
        quads.append(cv2.boxPoints(((x, y), (width, height), degrees)).astype(np.float32))
    return quads


@dataclass(frozen=True)
class _Look:
    edges: int
    runthrough: float
    spread: float


def _field(grey: NDArray[np.uint8], quad: NDArray[np.float32]) -> FoundCode | None:
    look = max((_look(grey, np.roll(quad, turn, axis=0)) for turn in (0, 1)), key=_rating)
    if look.edges < LEAST_EDGES or look.runthrough < LEAST_RUNTHROUGH:
        return None
    if look.spread < LEAST_WIDTH_SPREAD:
        return None
    confidence = 0.4 + 0.4 * min(1.0, look.edges / 40) * look.runthrough
    return FoundCode("unread_linear", quad, round(confidence, 3))


def _rating(look: _Look) -> float:
    return look.edges * look.runthrough


def _look(grey: NDArray[np.uint8], quad: NDArray[np.float32]) -> _Look:
    """The quad with its first edge laid across: is what stands on it stripes?"""
    width, height = _UPRIGHT
    there = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    piece = cv2.warpPerspective(
        grey, cv2.getPerspectiveTransform(quad, there), (width, height), flags=cv2.INTER_AREA,
        borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    rows = piece.astype(np.float32)
    if np.ptp(np.percentile(rows, (10, 90))) < LEAST_CONTRAST:
        return _Look(0, 0.0, 0.0)
    rows -= cv2.boxFilter(rows, cv2.CV_32F, (41, 1))
    profile = rows.mean(axis=0)
    norms = np.linalg.norm(rows, axis=1) * np.linalg.norm(profile) + 1e-6
    runthrough = float(np.median(rows @ profile / norms))
    widths = np.diff(_changes(profile))
    spread = float(widths.std() / widths.mean()) if widths.size > 3 else 0.0
    return _Look(int(widths.size) + 1, runthrough, spread)


def _changes(profile: NDArray[np.float32]) -> NDArray[np.intp]:
    """Where dark and light stripes meet; what swings little (noise, one lone edge) has none."""
    strong = np.abs(profile) > LEAST_SWING * np.percentile(np.abs(profile), 95)
    places = np.flatnonzero(strong)
    signs = np.sign(profile[places])
    return np.asarray(places[1:][np.diff(signs) != 0], np.intp)
