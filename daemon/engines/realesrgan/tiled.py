"""Enlarges a picture piece by piece, without seams and with memory for one piece at a time.

The picture is divided into cores. A piece is its core with a margin around: the outer part of
the margin only lets the network look further, the inner part is faded into the neighbour's. The
fades of all pieces add up to one in every place, however the cores were divided.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from daemon.engines.base import Progress
from daemon.errors import GpuExhausted
from daemon.imaging.geometry import Window, tiles

# A piece of the picture, and which rows and columns of its enlarged form are wanted → those.
Forward = Callable[[NDArray[np.float32], tuple[slice, slice]], NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Tiling:
    """How a picture is divided.

    Attributes:
        factor: How many times as large the result is.
        side_px: Largest side of a core.
        smallest_px: No core is divided into smaller ones, whatever the memory says; at least
            four fades, so that never three pieces meet in one.
        fade_px: Half the width of the strip in which two pieces are mixed.
        look_px: How far a piece reads beyond what it gives. Where that covers what the network
            sees from one pixel, the result is that of the whole picture at once.
        step_px: Pieces begin and end at multiples of this (networks that fold pixels).
    """

    factor: int
    side_px: int
    smallest_px: int
    fade_px: int
    look_px: int
    step_px: int = 1

    def __post_init__(self) -> None:
        assert self.side_px >= self.smallest_px >= max(1, 4 * self.fade_px)


def enlarged(
    rgb: NDArray[np.float32],
    forward: Forward,
    tiling: Tiling,
    progress: Progress | None = None,
    relieve: Callable[[], None] = lambda: None,
) -> NDArray[np.float32]:
    """A picture enlarged.

    A piece that finds no memory is divided into four, and all later ones are as small.

    Args:
        rgb: ``(H, W, 3)`` float32.
        forward: Gives a part of ``(factor·h, factor·w, 3)`` float32 for ``(h, w, 3)``, in an
            array of its own; raises ``GpuExhausted`` where a piece is too large for it.
        tiling: How to divide.
        progress: Called with pieces done and pieces in all; the latter grows where pieces are
            divided.
        relieve: Called before a smaller piece is tried: lets go of what can be had again.

    Returns:
        ``(factor·H, factor·W, 3)`` float32.

    Raises:
        GpuExhausted: Not even the smallest piece finds memory.
    """
    height, width = rgb.shape[:2]
    padded = _padded(rgb, tiling.step_px)
    out = np.zeros((height * tiling.factor, width * tiling.factor, 3), np.float32)
    waiting, side, done = tiles(width, height, tiling.side_px)[::-1], tiling.side_px, 0
    while waiting:
        core = waiting.pop()
        if max(core.width, core.height) > side:
            waiting += list(_divided(core, side))[::-1]
            continue
        if progress is not None:
            progress(done, done + 1 + len(waiting))
        if _fits(out, padded, core, forward, tiling):
            done += 1
            continue
        relieve()
        side = -(-max(core.width, core.height) // 2)
        waiting.append(core)
    if progress is not None:
        progress(done, done)
    return out


def _fits(
    out: NDArray[np.float32],
    padded: NDArray[np.float32],
    core: Window,
    forward: Forward,
    tiling: Tiling,
) -> bool:
    """Compute one piece and add it; ``False`` where it was too large and can be divided."""
    try:
        _add(out, padded, core, forward, tiling)
    except GpuExhausted:
        if max(core.width, core.height) < 2 * tiling.smallest_px:
            raise
        return False
    return True


def _divided(core: Window, side_px: int) -> Iterator[Window]:
    for part in tiles(core.width, core.height, side_px):
        yield Window(
            core.left + part.left,
            core.top + part.top,
            core.left + part.right,
            core.top + part.bottom,
        )


def _padded(rgb: NDArray[np.float32], step_px: int) -> NDArray[np.float32]:
    """The picture with its last row and column repeated up to a whole number of steps."""
    below, right = -rgb.shape[0] % step_px, -rgb.shape[1] % step_px
    return np.pad(rgb, ((0, below), (0, right), (0, 0)), mode="edge") if below or right else rgb


def _add(
    out: NDArray[np.float32],
    padded: NDArray[np.float32],
    core: Window,
    forward: Forward,
    tiling: Tiling,
) -> None:
    """Compute one piece and add what it gives, faded at its borders.

    The middle of a piece is only copied: with a quick card, this is what takes the time.
    """
    factor = tiling.factor
    height, width = out.shape[0] // factor, out.shape[1] // factor
    rows = _Span.of(core.top, core.bottom, height, padded.shape[0], tiling)
    columns = _Span.of(core.left, core.right, width, padded.shape[1], tiling)
    wanted = rows.within(factor), columns.within(factor)
    given = forward(padded[rows.read, columns.read], wanted)
    down, across = rows.fade(factor, tiling.fade_px), columns.fade(factor, tiling.fade_px)
    upper_or_lower, left_or_right = down < 1, across < 1
    given[upper_or_lower] *= down[upper_or_lower, None, None]
    given[:, left_or_right] *= across[left_or_right, None]
    out[rows.placed(factor), columns.placed(factor)] += given


@dataclass(frozen=True, slots=True)
class _Span:
    """One piece along one axis, in pixels of the picture handed in.

    Attributes:
        core: First and one past the last pixel of the core.
        give: The same of what the piece gives: the core and half a fade on either side.
        reach: The same of what the network reads.
        end: The picture's length.
    """

    core: tuple[int, int]
    give: tuple[int, int]
    reach: tuple[int, int]
    end: int

    @classmethod
    def of(cls, first: int, last: int, end: int, padded_end: int, tiling: Tiling) -> _Span:
        give = max(0, first - tiling.fade_px), min(end, last + tiling.fade_px)
        begin = max(0, give[0] - tiling.look_px) // tiling.step_px * tiling.step_px
        finish = -(-(give[1] + tiling.look_px) // tiling.step_px) * tiling.step_px
        return cls((first, last), give, (begin, min(padded_end, finish)), end)

    @property
    def read(self) -> slice:
        return slice(*self.reach)

    def within(self, factor: int) -> slice:
        """What is given, in the network's result."""
        return slice(*((at - self.reach[0]) * factor for at in self.give))

    def placed(self, factor: int) -> slice:
        """What is given, in the enlarged picture."""
        return slice(*(at * factor for at in self.give))

    def fade(self, factor: int, fade_px: int) -> NDArray[np.float32]:
        """Weights of what is given: 1, falling to 0 across every border inside the picture.

        A neighbour's rise is this fall mirrored, so the two are 1 together.
        """
        at = np.arange(self.give[0] * factor, self.give[1] * factor) + 0.5
        weights = np.ones(at.size)
        reach = max(fade_px * factor, 0.5)  # without a fade: a step at the border itself
        if self.core[0] > 0:
            weights *= np.clip((at - self.core[0] * factor + reach) / (2 * reach), 0, 1)
        if self.core[1] < self.end:
            weights *= np.clip((self.core[1] * factor + reach - at) / (2 * reach), 0, 1)
        return weights.astype(np.float32)
