"""Finds every face that has to be covered: all quarter turns, two scales, crowds in pieces."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from daemon.engines.abreast import abreast, cores
from daemon.engines.base import EngineFacts
from daemon.engines.centerface.adapter import CenterFace
from daemon.engines.sightings import SweptFace
from daemon.engines.sweeping import (
    TURNS_DEG,
    Turned,
    at_full_size,
    covering,
    kept_apart,
    resized,
    turned,
)
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
SHRUNK_TO = 2
"""A larger picture is shrunk to so many times the largest view before it is turned."""
PIECE_PX = 640
PIECE_OVERLAP_PX = 96
MOST_AT_ONCE = 2
"""Looks side by side; one at a piece of a crowd takes 500 MB."""
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
        # Views are small: several at once use the cores better than each of them split up.
        self._finder = CenterFace(1)
        self._at_once = min(cores(threads), MOST_AT_ONCE)

    @staticmethod
    def facts() -> EngineFacts:
        return CenterFace.facts()

    def sweep(self, srgb: NDArray[np.uint8], *, crowd: bool = False) -> list[SweptFace]:
        """Every face of ``(H, W, 3)`` uint8 RGB, surest first; see ``FaceSweeper``."""
        try:
            return self._swept(srgb, crowd=crowd)
        finally:
            self._finder.let_go()

    def _swept(self, srgb: NDArray[np.uint8], *, crowd: bool) -> list[SweptFace]:
        if crowd:
            found = self._in_turns(srgb, CROWD_VIEWS_PX, LEAST_CROWD_SCORE)
            found += self._in_pieces(turned(srgb, _upright(found)), LEAST_CROWD_SCORE)
            return kept_apart(found)
        page_px = max(srgb.shape[:2])
        found = self._in_turns(srgb, PAGE_VIEWS_PX, LEAST_SCORE)
        return kept_apart(one for one in found if _side(one.box) >= LEAST_PAGE_SHARE * page_px)

    def _in_turns(
        self, srgb: NDArray[np.uint8], sides: Sequence[int], least: float
    ) -> list[SweptFace]:
        scale = SHRUNK_TO * max(sides) / max(srgb.shape[:2])
        small = resized(srgb, scale) if scale < 1 else srgb
        looks = [partial(self._in_turn, small, degrees, sides, least) for degrees in TURNS_DEG]
        found = [one for faces in abreast(looks, self._at_once) for one in faces]
        size = (int(srgb.shape[1]), int(srgb.shape[0]))
        return [at_full_size(one, scale, size) for one in found] if scale < 1 else found

    def _in_turn(
        self, srgb: NDArray[np.uint8], degrees: int, sides: Sequence[int], least: float
    ) -> list[SweptFace]:
        view = turned(srgb, degrees)
        return [
            covering(view, face.box, face.score)
            for side in sides
            for face in self._finder.look(view.picture, side, least)
        ]

    def _in_pieces(self, view: Turned, least: float) -> list[SweptFace]:
        height, width = view.picture.shape[:2]
        looks = [
            partial(self._in_piece, view, tile, least) for tile in tiles(width, height, PIECE_PX)
        ]
        return [one for faces in abreast(looks, self._at_once) for one in faces]

    def _in_piece(self, view: Turned, tile: Window, least: float) -> list[SweptFace]:
        height, width = view.picture.shape[:2]
        around = Box(tile.left, tile.top, tile.right, tile.bottom)
        window = Window.around(around, (width, height), margin_px=PIECE_OVERLAP_PX)
        assert window is not None, "a tile lies inside its picture"
        piece = np.ascontiguousarray(view.picture[window.slices])
        side = round(max(piece.shape[:2]) * PIECE_ZOOM)
        left, top = window.left, window.top
        return [
            covering(
                view,
                face.box.moved(left, top),
                face.score,
            )
            for face in self._finder.look(piece, side, least)
        ]


def _side(box: Box) -> float:
    return max(box.width, box.height)


def _upright(found: list[SweptFace]) -> int:
    """The turn in which the sum of scores is highest; 0 where nothing was seen."""
    sums = dict.fromkeys(TURNS_DEG, 0.0)
    for one in found:
        sums[one.turn_deg] += one.score
    return max(TURNS_DEG, key=lambda degrees: (sums[degrees], degrees == 0))
