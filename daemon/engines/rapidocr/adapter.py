"""Reads a page: strips of text, which way round they are, what they say and where it stands."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from daemon.domain.privacy.page import Line, Page
from daemon.engines.base import EngineFacts
from daemon.engines.rapidocr.cutting import extents_of, ink_columns
from daemon.engines.rapidocr.finding import strips_in
from daemon.engines.rapidocr.looks import (
    FIRST,
    SECOND,
    Look,
    framed,
    looked_at,
    scale_for,
    written_on,
)
from daemon.engines.rapidocr.mending import mended
from daemon.engines.rapidocr.networks import Networks
from daemon.engines.rapidocr.overlaid import overlaid
from daemon.engines.rapidocr.recognition import Reading, read_strips
from daemon.engines.rapidocr.strip import Strip, cut_out

SURE_FROM = 0.85
"""A line under this is read the other way round, too, as is one that the vote on turns is against:
digits upside down read well (9806 for 9086)."""
SURE_AMONG_MIXED = 0.95
"""The same where lines of one direction do not agree which way round they are."""
RIM = 0.15
"""Share of a strip's height that is paper above, below, before and after the text."""
_LEAST_TURNED = 4  # digits; the vote on fewer says little
_CLEARLY = 1.03
_SMALL_PRINT_PX = 15.0  # a strip this high at the detector's scale: look again, larger
_FEW_STRIPS = 3
_SAME_PLACE = 0.5
_VOTES = 24  # of a group; the longest strips say most


@dataclass(frozen=True)
class _Read:
    strip: Strip
    cut: NDArray[np.uint8] = field(repr=False)
    reading: Reading


class RapidOcr:
    """The reader, loaded.

    Args:
        threads: CPU threads; 0 leaves the choice to the runtime.

    Raises:
        EngineUnavailable: The weights are not installed, or not the ones tested.
    """

    def __init__(self, threads: int = 0) -> None:
        self._networks = Networks(threads)
        self._threads = threads

    @staticmethod
    def facts() -> EngineFacts:
        return Networks.facts()

    def read(self, srgb: NDArray[np.uint8], *, second_look: bool = False) -> Page:
        """Every line of ``(H, W, 3)`` uint8 RGB, those that could not be read included.

        Pages with hardly a line, and dark ones, are looked at once more, inverted; small print
        is looked for at twice the scale. A line with a seal or a watermark across it may be there
        twice: as it is, and as its dark ink reads alone.

        Args:
            srgb: The page, upright or not.
            second_look: Look at another scale and with the contrast evened out, as a reader
                would who shares none of the first one's misses.
        """
        page = framed(np.ascontiguousarray(srgb[:, :, ::-1]))
        strips = self._strips(page.pixels, second_look=second_look)
        try:
            read = self._both_ways(page.pixels, strips)
            read += self._under(page.pixels, read, second_look=second_look)
        finally:
            self._networks.let_go()
        lines = tuple(_line(one, page.left_px, page.top_px) for one in read)
        return Page(lines, int(srgb.shape[1]), int(srgb.shape[0]))

    def _strips(self, bgr: NDArray[np.uint8], *, second_look: bool) -> list[Strip]:
        look = SECOND if second_look else FIRST
        strips = self._seen(bgr, look)
        height_px = float(np.median([strip.height_px for strip in strips])) if strips else 0.0
        scale = scale_for(bgr, look)
        if strips and height_px * scale < _SMALL_PRINT_PX:
            strips = _united(self._seen(bgr, look.closer()), strips)
        if len(strips) < _FEW_STRIPS or float(bgr.mean()) < 96.0:
            strips = _united(strips, self._seen(bgr, look.inverted()))
        return mended(strips)

    def _seen(self, bgr: NDArray[np.uint8], look: Look) -> list[Strip]:
        window = written_on(bgr)
        if window is None:
            return []
        part = np.ascontiguousarray(looked_at(bgr, look)[window.slices])
        strips = strips_in(part, scale_for(bgr, look), self._networks.detect)
        return [strip.moved(window.left, window.top) for strip in strips]

    def _under(
        self, bgr: NDArray[np.uint8], read: Sequence[_Read], *, second_look: bool
    ) -> list[_Read]:
        """What the dark ink says where paler ink lies across it, if that is more than was read."""
        over = overlaid(bgr)
        if over is None:
            return []
        look = replace(SECOND if second_look else FIRST, evened=False)
        part = np.ascontiguousarray(over.dark[over.window.slices])
        seen = strips_in(part, scale_for(bgr, look), self._networks.detect)
        strips = mended([one.moved(over.window.left, over.window.top) for one in seen])
        again = self._both_ways(over.dark, [one for one in strips if over.is_crossed(one)])
        return [one for one in again if one.reading.score >= SURE_FROM and not _is_known(one, read)]

    def _both_ways(self, bgr: NDArray[np.uint8], strips: Sequence[Strip]) -> list[_Read]:
        """Rows and columns each vote on which way round they are; unsure lines try both."""
        read: list[_Read] = []
        for rows in (True, False):
            group = [strip for strip in strips if strip.is_upright is rows]
            if group:
                read.extend(self._read_group(bgr, group))
        return read

    def _read_group(self, bgr: NDArray[np.uint8], group: Sequence[Strip]) -> list[_Read]:
        cuts = [cut_out(bgr, strip) for strip in group]
        votes = self._networks.half_turned(cuts)
        turned, mixed = self._is_half_turned(cuts, votes)
        if turned:
            group = [strip.turned_over() for strip in group]
            cuts = [_turned_over(cut) for cut in cuts]
        read = self._read(group, cuts)
        against = (votes > 0.5) != turned
        sure_from = SURE_AMONG_MIXED if mixed else SURE_FROM
        unsure = [
            number
            for number, one in enumerate(read)
            if one.reading.score < sure_from or (against[number] and _reads_turned(one.reading))
        ]
        again = self._read(
            [group[number].turned_over() for number in unsure],
            [_turned_over(cuts[number]) for number in unsure],
        )
        for number, other in zip(unsure, again, strict=True):
            if _better(other, read[number]):
                read[number] = other
        return read

    def _is_half_turned(
        self, cuts: Sequence[NDArray[np.uint8]], votes: NDArray[np.float32]
    ) -> tuple[bool, bool]:
        """Whether most strips are upside down, and whether some may not be as the others are."""
        order = sorted(range(len(cuts)), key=lambda n: -cuts[n].shape[1])[:_VOTES]
        share = float(votes[order].mean())
        if len(order) < 2 or 0.15 < share < 0.85:
            return self._reads_better_turned([cuts[number] for number in order[:3]]), True
        return share > 0.5, False

    def _reads_better_turned(self, cuts: Sequence[NDArray[np.uint8]]) -> bool:
        straight = self._readings(cuts)
        turned = self._readings([_turned_over(cut) for cut in cuts])
        return sum(r.score * len(r.glyphs) for r in turned) > sum(
            r.score * len(r.glyphs) for r in straight
        )

    def _read(self, strips: Sequence[Strip], cuts: Sequence[NDArray[np.uint8]]) -> list[_Read]:
        return [_Read(*one) for one in zip(strips, cuts, self._readings(cuts), strict=True)]

    def _readings(self, cuts: Sequence[NDArray[np.uint8]]) -> list[Reading]:
        networks = self._networks
        return read_strips(cuts, networks.recognise, networks.alphabet, self._threads)


def _turned_over(cut: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.ascontiguousarray(cut[::-1, ::-1])


def _reads_turned(reading: Reading) -> bool:
    """Whether it may be as sure upside down: 0, 1, 6, 8 and 9 are digits both ways."""
    digits = sum(glyph.text.isdigit() for glyph in reading.glyphs)
    return digits >= max(_LEAST_TURNED, len(reading.glyphs) / 2)


def _better(one: _Read, other: _Read) -> bool:
    """More text that is surer; a single sure glyph does not outweigh a line.

    Where both are sure, the first stays: 9 is 6 upside down.
    """
    return _weight(one) > _weight(other) * (1.0 if other.reading.score < SURE_FROM else _CLEARLY)


def _weight(read: _Read) -> float:
    return read.reading.score * math.sqrt(len(read.reading.glyphs))


def _line(one: _Read, left_px: float, top_px: float) -> Line:
    """A line as tall as its glyphs: the strip around it is larger by a known share."""
    glyphs, strip = one.reading.glyphs, one.strip
    rim_px = min(RIM * strip.height_px, strip.length_px / 4)
    inner = replace(
        strip.moved(-left_px, -top_px),
        length_px=strip.length_px - 2 * rim_px,
        height_px=strip.height_px * (1 - 2 * RIM),
    )
    extents = extents_of(glyphs, ink_columns(one.cut)) if glyphs else ()
    length_px = strip.length_px
    return Line(
        one.reading.text,
        inner.quad,
        one.reading.score,
        tuple(
            (
                (begin * length_px - rim_px) / inner.length_px,
                (end * length_px - rim_px) / inner.length_px,
            )
            for begin, end in extents
        ),
    )


def _is_known(one: _Read, read: Sequence[_Read]) -> bool:
    """Whether the same was read in the same place."""
    return any(
        one.reading.text == other.reading.text and _same_place(one.strip, other.strip)
        for other in read
    )


def _united(strips: Sequence[Strip], more: Sequence[Strip]) -> list[Strip]:
    """All of the first, and those of the second whose place none of the first takes."""
    return [*strips, *(one for one in more if not any(_same_place(one, s) for s in strips))]


def _same_place(one: Strip, other: Strip) -> bool:
    reach = (max(one.length_px, one.height_px) + max(other.length_px, other.height_px)) / 2
    if abs(one.x - other.x) > reach or abs(one.y - other.y) > reach:
        return False
    shared, _corners_shared = cv2.intersectConvexConvex(_corners(one), _corners(other))
    return float(shared) > _SAME_PLACE * one.length_px * one.height_px


def _corners(strip: Strip) -> NDArray[np.float32]:
    return np.array(strip.quad.corners, np.float32)
