"""Quarter turns of a picture, and what both sweeping detectors make of a box in one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from daemon.engines.sightings import SweptFace
from daemon.imaging.geometry import Box

TURNS_DEG = (0, 90, 180, 270)
GROWTH = 0.30
"""Share of the box added on every side: bare boxes cover 59 to 100 % of a face."""
SAME_FACE_SHARE = 0.5


@dataclass(frozen=True)
class Turned:
    """A picture turned clockwise.

    Attributes:
        picture: ``(h, w, 3)`` uint8 RGB, contiguous.
        turn_deg: 0, 90, 180 or 270.
        size: Width and height before.
    """

    picture: NDArray[np.uint8]
    turn_deg: int
    size: tuple[int, int]

    def back(self, box: Box) -> Box:
        """A box of the turned picture in the coordinates of the one before."""
        width, height = self.size
        match self.turn_deg:
            case 90:
                return Box(box.top, height - box.right, box.bottom, height - box.left)
            case 180:
                return Box(
                    width - box.right, height - box.bottom, width - box.left, height - box.top
                )
            case 270:
                return Box(width - box.bottom, box.left, width - box.top, box.right)
        return box


def turned(srgb: NDArray[np.uint8], degrees: int) -> Turned:
    """A picture ``(H, W, 3)`` uint8 turned clockwise by a multiple of 90 degrees."""
    picture = np.ascontiguousarray(np.rot90(srgb, -(degrees // 90)))
    return Turned(picture, degrees, (int(srgb.shape[1]), int(srgb.shape[0])))


def resized(srgb: NDArray[np.uint8], scale: float) -> NDArray[np.uint8]:
    """A picture ``(H, W, 3)`` uint8 at another scale, no side under one pixel."""
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    if min(srgb.shape[:2]) * scale >= 1:
        small = cv2.resize(srgb, None, fx=scale, fy=scale, interpolation=how)
    else:
        height, width = (max(1, round(side * scale)) for side in srgb.shape[:2])
        small = cv2.resize(srgb, (width, height), interpolation=how)
    return np.asarray(small, np.uint8)


def covering(view: Turned, box: Box, score: float) -> SweptFace:
    """A face found in a turned picture, as it lies in the one before."""
    there = view.back(box)
    dx, dy = GROWTH * there.width, GROWTH * there.height
    width, height = view.size
    cover = Box(
        max(0.0, there.left - dx),
        max(0.0, there.top - dy),
        min(float(width), there.right + dx),
        min(float(height), there.bottom + dy),
    )
    return SweptFace(cover, there, score, view.turn_deg)


def at_full_size(one: SweptFace, scale: float, size: tuple[int, int]) -> SweptFace:
    """A face found in a picture of another size, as it lies in the full one.

    Args:
        one: The face.
        scale: Size of the picture it was found in, in sizes of the full one.
        size: Width and height of the full one.
    """
    by = 1 / scale
    cover = one.cover.scaled(by, by)
    inside = Box(cover.left, cover.top, min(cover.right, size[0]), min(cover.bottom, size[1]))
    return SweptFace(inside, one.box.scaled(by, by), one.score, one.turn_deg)


def kept_apart(found: Iterable[SweptFace]) -> list[SweptFace]:
    """One face for each group of boxes that share more than half of the smaller, surest first.

    The cover of the group is the union of all, so that no view's idea of the face is left bare.
    """
    groups: list[list[SweptFace]] = []
    for one in sorted(found, key=lambda f: -f.score):
        for group in groups:
            if group[0].box.share_of_smaller(one.box) > SAME_FACE_SHARE:
                group.append(one)
                break
        else:
            groups.append([one])
    return [_joined(group) for group in groups]


def _joined(group: list[SweptFace]) -> SweptFace:
    first = group[0]
    # A small box inside a large one is a part of the face; a much larger one is no face.
    alike = [one for one in group if one.box.area <= 2.25 * first.box.area]
    cover = Box(
        min(one.cover.left for one in alike),
        min(one.cover.top for one in alike),
        max(one.cover.right for one in alike),
        max(one.cover.bottom for one in alike),
    )
    return SweptFace(cover, first.box, first.score, first.turn_deg)
