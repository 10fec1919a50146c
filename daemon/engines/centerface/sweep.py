"""Finds every face that has to be covered: all quarter turns, two scales, crowds in pieces."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from daemon.engines.base import EngineFacts
from daemon.engines.centerface.adapter import CenterFace
from daemon.engines.sightings import SweptFace
from daemon.engines.sweeping import TURNS_DEG, Turned, covering, kept_apart, turned
from daemon.imaging.geometry import Box, Window, tiles

LEAST_SCORE = 0.45
"""Portraits on documents score 0.80 and more in their best turn; a bilevel page has shown six
false faces of 0.21 to 0.42."""
LEAST_CROWD_SCORE = 0.30
"""Faces of 12 pixels score 0.3 to 0.6; on a photo a mask too many costs less than a face."""
LEAST_PAGE_SHARE = 0.03
"""Of the page's long side. A portrait on an identity card copied onto A4 has 9 %."""
PAGE_VIEWS_PX = (480, 960)
"""The smallest face that counts on a page has 29 pixels in the larger view."""
CROWD_VIEWS_PX = (640, 1280)
PIECE_PX = 640
PIECE_OVERLAP_PX = 96
PIECE_ZOOM = 2.0
"""Makes a face of 12 pixels one of 24, six cells of the heat map."""


class CenterFaceSweeper:
    """The sweeping detector, loaded.

    Args:
        threads: CPU threads; 0 leaves the choice to the runtime.

    Raises:
        EngineUnavailable: The weights are not installed, or not the ones tested.
    """

    def __init__(self, threads: int = 0) -> None:
        self._finder = CenterFace(threads)

    @staticmethod
    def facts() -> EngineFacts:
        return CenterFace.facts()

    def sweep(self, srgb: NDArray[np.uint8], *, crowd: bool = False) -> list[SweptFace]:
        """Every face of ``(H, W, 3)`` uint8 RGB, surest first; see ``FaceSweeper``."""
        least = LEAST_CROWD_SCORE if crowd else LEAST_SCORE
        found: list[SweptFace] = []
        for degrees in TURNS_DEG:
            view = turned(srgb, degrees)
            for side in CROWD_VIEWS_PX if crowd else PAGE_VIEWS_PX:
                found += [
                    covering(view, face.box, face.score)
                    for face in self._finder.look(view.picture, side, least)
                ]
        if crowd:
            found += self._in_pieces(turned(srgb, _upright(found)), least)
        else:
            page_px = max(srgb.shape[:2])
            found = [one for one in found if _side(one.box) >= LEAST_PAGE_SHARE * page_px]
        return kept_apart(found)

    def _in_pieces(self, view: Turned, least: float) -> list[SweptFace]:
        height, width = view.picture.shape[:2]
        found = []
        for tile in tiles(width, height, PIECE_PX):
            around = Box(tile.left, tile.top, tile.right, tile.bottom)
            window = Window.around(around, (width, height), margin_px=PIECE_OVERLAP_PX)
            assert window is not None, "a tile lies inside its picture"
            piece = np.ascontiguousarray(view.picture[window.slices])
            side = round(max(piece.shape[:2]) * PIECE_ZOOM)
            for face in self._finder.look(piece, side, least):
                box = Box(
                    face.box.left + window.left,
                    face.box.top + window.top,
                    face.box.right + window.left,
                    face.box.bottom + window.top,
                )
                found.append(covering(view, box, face.score))
        return found


def _side(box: Box) -> float:
    return max(box.width, box.height)


def _upright(found: list[SweptFace]) -> int:
    """The turn in which the sum of scores is highest; 0 where nothing was seen."""
    sums = dict.fromkeys(TURNS_DEG, 0.0)
    for one in found:
        sums[one.turn_deg] += one.score
    return max(TURNS_DEG, key=lambda degrees: (sums[degrees], degrees == 0))
