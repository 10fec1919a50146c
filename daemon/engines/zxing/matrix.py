"""Matrix codes by the shape of their corner marks, for those that no reader can read.

A corner mark of a QR code is a black square of three modules in a white one of five in a black
one of seven (ISO/IEC 18004, 6.3.3). Three of one size at right angles make a code; two still
make one that was damaged.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import cv2
import numpy as np
from numpy.typing import NDArray

from daemon.engines.sightings import FoundCode
from daemon.engines.zxing.texture import is_woven

VIEW_PX = 2000
MARK_MODULES = 7.0
MOST_MARKS = 60
"""More nested squares than this are a form or a pattern; the largest are looked at."""
LEAST_MARK_PX = 6.0
GROWTH = 0.06
"""Of the code's side: the outline is where the marks end, to half a module."""


@dataclass(frozen=True)
class _Mark:
    centre: NDArray[np.float32]
    side: float
    turn_deg: float


def matrix_shapes(grey: NDArray[np.uint8]) -> list[FoundCode]:
    """Places of ``(H, W)`` uint8 that look like QR codes, surest first."""
    scale = min(1.0, VIEW_PX / max(grey.shape))
    view = grey
    if scale < 1:
        view = np.asarray(
            cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8
        )
    marks = _marks(view)
    found, used = [], set[int]()
    for three in _corners(marks):
        if not used & set(three):
            used |= set(three)
            found.append(_code(_square_of_three([marks[i] for i in three]), 0.9, scale))
    # Inside a code that is known, two alignment marks are no code of their own.
    known = [code.quad * np.float32(scale) for code in found]
    left = [
        mark
        for index, mark in enumerate(marks)
        if index not in used and not any(_inside(mark, quad) for quad in known)
    ]
    for one, other in combinations(left, 2):
        quads = [quad for quad in _squares_of_two(one, other) if is_woven(view, quad)]
        found += [_code(quad, 0.6, scale) for quad in quads]
    return found


def _inside(mark: _Mark, quad: NDArray[np.float32]) -> bool:
    x, y = (float(v) for v in mark.centre)
    return cv2.pointPolygonTest(quad, (x, y), measureDist=False) >= 0


def _code(quad: NDArray[np.float32], confidence: float, scale: float) -> FoundCode:
    centre = quad.mean(axis=0)
    grown = centre + (quad - centre) * np.float32(1 + 2 * GROWTH)
    return FoundCode("unread_matrix", np.asarray(grown / scale, np.float32), confidence)


def _marks(view: NDArray[np.uint8]) -> list[_Mark]:
    found: list[_Mark] = []
    for binary in _binaries(view):
        contours, levels = cv2.findContours(binary, cv2.RETR_TREE, cv2.CHAIN_APPROX_SIMPLE)
        if not contours:
            continue
        for index in range(len(contours)):
            mark = _mark(contours, levels[0], index)
            if mark is not None and not any(_same(mark, other) for other in found):
                found.append(mark)
    return sorted(found, key=lambda mark: -mark.side)[:MOST_MARKS]


def _binaries(view: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
    soft = cv2.GaussianBlur(view, (0, 0), 0.8)
    for block in (25, 75):
        binary = cv2.adaptiveThreshold(
            soft, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, block | 1, 8
        )
        yield np.asarray(binary, np.uint8)
    _, whole = cv2.threshold(soft, 0, 255, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    yield np.asarray(whole, np.uint8)
    yield np.asarray(255 - whole, np.uint8)


def _mark(contours: object, levels: NDArray[np.int32], index: int) -> _Mark | None:
    """Three contours, each the only child of the one around it, of areas 49 : 25 : 9."""
    rings = [index]
    for _ in range(2):
        child = int(levels[rings[-1]][2])
        if child < 0 or levels[child][0] >= 0:
            return None
        rings.append(child)
    shapes = [np.asarray(contours[i]) for i in rings]  # type: ignore[index]
    boxes = [cv2.minAreaRect(shape) for shape in shapes]
    sides = [float(np.sqrt(max(1e-6, box[1][0] * box[1][1]))) for box in boxes]
    if sides[0] < LEAST_MARK_PX or not all(_is_square(box) for box in boxes[:1]):
        return None
    ratios = sides[1] / sides[0], sides[2] / sides[0]
    if not (0.55 < ratios[0] < 0.92 and 0.25 < ratios[1] < 0.62):
        return None
    centres = np.array([box[0] for box in boxes], np.float32)
    if np.linalg.norm(centres - centres[0], axis=1).max() > 0.15 * sides[0]:
        return None
    if cv2.contourArea(shapes[0]) < 0.7 * sides[0] ** 2:
        return None
    return _Mark(centres[0], sides[0], float(boxes[0][2]) % 90)


def _is_square(box: object) -> bool:
    width, height = box[1]  # type: ignore[index]
    return bool(min(width, height) > 0.7 * max(width, height))


def _same(one: _Mark, other: _Mark) -> bool:
    return float(np.linalg.norm(one.centre - other.centre)) < 0.4 * max(one.side, other.side)


def _alike(one: _Mark, other: _Mark) -> bool:
    return min(one.side, other.side) > 0.7 * max(one.side, other.side)


def _corners(marks: list[_Mark]) -> Iterator[tuple[int, int, int]]:
    """Triples of marks that stand at right angles, the most regular first."""
    rated: list[tuple[float, tuple[int, int, int]]] = []
    for three in combinations(range(len(marks)), 3):
        group = [marks[i] for i in three]
        if not all(_alike(a, b) for a, b in combinations(group, 2)):
            continue
        error = _irregularity(group)
        if error < 0.25:
            rated.append((error, three))
    for _, three in sorted(rated):
        yield three


def _irregularity(group: list[_Mark]) -> float:
    gaps = sorted(float(np.linalg.norm(a.centre - b.centre)) for a, b in combinations(group, 2))
    side = float(np.mean([mark.side for mark in group]))
    modules = gaps[0] / side * MARK_MODULES
    if not 10 < modules < 175:  # 21 to 177 modules, less one mark
        return 1.0
    legs = abs(gaps[1] - gaps[0]) / gaps[1]
    return legs + abs(gaps[2] - float(np.hypot(gaps[0], gaps[1]))) / gaps[2]


def _square_of_three(group: list[_Mark]) -> NDArray[np.float32]:
    pairs = [(a, b) for a, b in combinations(range(3), 2)]
    far = max(pairs, key=lambda p: float(np.linalg.norm(group[p[0]].centre - group[p[1]].centre)))
    corner = group[3 - sum(far)].centre
    one, other = group[far[0]].centre, group[far[1]].centre
    side = float(np.mean([mark.side for mark in group]))
    return _outset(np.array([corner, one, one + other - corner, other], np.float32), side / 2)


def _outset(quad: NDArray[np.float32], by: float) -> NDArray[np.float32]:
    """A parallelogram whose sides moved outwards by a distance."""
    first, second = quad[1] - quad[0], quad[3] - quad[0]
    first, second = (by * v / max(float(np.linalg.norm(v)), 1e-6) for v in (first, second))
    moves = np.array([-first - second, first - second, first + second, second - first])
    return np.asarray(quad + moves, np.float32)


def _squares_of_two(one: _Mark, other: _Mark) -> list[NDArray[np.float32]]:
    """Codes that two marks may belong to: across a diagonal, or on either side of a side.

    Some Chinese characters are nested squares too, so what lies between has to be looked at.
    """
    if not _alike(one, other):
        return []
    gap = other.centre - one.centre
    length, side = float(np.linalg.norm(gap)), (one.side + other.side) / 2
    if not 10 < length / side * MARK_MODULES < 250:
        return []
    lean = abs((np.degrees(np.arctan2(gap[1], gap[0])) - one.turn_deg + 45) % 90 - 45)
    across = np.array([-gap[1], gap[0]], np.float32)
    if lean > 30:
        middle = (one.centre + other.centre) / 2
        corners = [one.centre, middle + across / 2, other.centre, middle - across / 2]
        return [_outset(np.array(corners, np.float32), side / 2)]
    if lean > 15:
        return []
    return [
        _outset(
            np.array([one.centre, other.centre, other.centre + way, one.centre + way], np.float32),
            side / 2,
        )
        for way in (across, -across)
    ]
