"""Faults in the masks of a file on its way through the whole route ``privacy``.

A fault is seeded into the masking step itself and told by the page's own truth, not by what a
reader made of it: one number's masks are dropped, shifted by 35 % of the number's length, or end
before its last two digits. *Where* it is seeded decides who may see it:

``masks``
    In the list of masks: the file is exactly what was meant, and only looking again can tell.
``paint``
    In the painter: the list is right, the pixels are not, and the page that is compared with the
    file was painted by the same painter.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from unittest import mock

import numpy as np
from numpy.typing import NDArray

from daemon.domain.privacy.page import Point, Quad
from daemon.imaging import masking
from daemon.imaging.masking import Patch
from daemon.routes.privacy import covering, steps

KINDS = ("dropped", "shifted", "two_left")
PLACES = ("masks", "paint")
SHIFT = 0.35
ALWAYS = 10**6


@dataclass
class Seed:
    """A fault on one number.

    Attributes:
        kind: One of ``KINDS``, or ``cut``: as ``two_left``, by ``glyphs``.
        span: Of the truth: the number.
        glyphs: How many of the last glyphs a mask leaves that is cut.
        times: How many maskings of a page it spoils; the next one is right.
        spoilt: How many it did.
        bared: Glyphs of the number that lay under no mask after the first of them.
    """

    kind: str
    span: dict[str, Any]
    times: int = ALWAYS
    glyphs: float = 2
    spoilt: int = 0
    bared: int = 0
    centres: tuple[Point, ...] = field(init=False)
    along: Point = field(init=False)
    length_px: float = field(init=False)

    def __post_init__(self) -> None:
        quad = Quad(*(tuple(corner) for corner in self.span["poly"]))
        self.along, self.length_px = quad.along, quad.width_px
        self.centres = tuple(_centre(glyph["poly"]) for glyph in self.span["chars"])

    def spoil(self, patches: Sequence[Patch]) -> tuple[Patch, ...]:
        """The patches with the fault in them, as often as it is meant to happen."""
        if self.spoilt >= self.times:
            return tuple(patches)
        self.spoilt += 1
        over = [patch for patch in patches if any(_holds(patch.quad, c) for c in self.centres)]
        made: list[Patch] = []
        for patch in patches:
            if patch not in over:
                made.append(patch)
            elif self.kind == "shifted":
                made.append(self._shifted(patch))
            elif self.kind in {"two_left", "cut"}:
                made += self._cut(patch)
        if self.spoilt == 1:
            self.bared = sum(not any(_holds(p.quad, c) for p in made) for c in self.centres)
        return tuple(made)

    def _shifted(self, patch: Patch) -> Patch:
        dx, dy = (SHIFT * self.length_px * value for value in self.along)
        corners = ((x + dx, y + dy) for x, y in patch.quad.corners)
        return replace(patch, quad=Quad(*corners))

    def _cut(self, patch: Patch) -> Iterator[Patch]:
        """The part of a mask that lies before the last glyphs of the number."""
        x, y = self.along
        first = self.span["chars"][-math.ceil(self.glyphs)]["poly"]
        spots = [px * x + py * y for px, py in first]
        limit = min(spots) + (max(spots) - min(spots)) * (math.ceil(self.glyphs) - self.glyphs)
        at = [px * x + py * y for px, py in patch.quad.corners]
        begin, end = min(at), max(at)
        if end <= limit:
            yield patch
        elif begin < limit:
            low, high = (0.0, (limit - begin) / (end - begin))
            turned = patch.quad.along[0] * x + patch.quad.along[1] * y < 0
            share = (1 - high, 1 - low) if turned else (low, high)
            yield replace(patch, quad=patch.quad.part(*share))


def _centre(poly: Sequence[Sequence[float]]) -> Point:
    x, y = np.mean(poly, axis=0)
    return float(x), float(y)


def _holds(quad: Quad, spot: Point) -> bool:
    (x, y), (dx, dy) = quad.along, (spot[0] - quad.centre[0], spot[1] - quad.centre[1])
    along, across = abs(dx * x + dy * y), abs(dy * x - dx * y)
    return along <= quad.width_px / 2 and across <= quad.height_px / 2


@contextmanager
def seeded(seed: Seed, where: str = "masks") -> Iterator[Seed]:
    """The route with a fault in it, for the length of a block."""
    if where == "masks":
        target = mock.patch.object(steps, "cover_for", _spoilt_masks(seed, steps.cover_for))
    else:
        target = mock.patch.object(covering, "covered", _spoilt_paint(seed, masking.covered))
    with target:
        yield seed


def _spoilt_masks(seed: Seed, right: Callable[..., Any]) -> Callable[..., Any]:
    def made(*arguments: Any, **named: Any) -> Any:
        cover = right(*arguments, **named)
        return replace(cover, patches=seed.spoil(cover.patches))

    return made


def _spoilt_paint(seed: Seed, right: Callable[..., Any]) -> Callable[..., Any]:
    def made(srgb: NDArray[np.uint8], patches: Sequence[Patch], **named: Any) -> Any:
        return right(srgb, seed.spoil(patches), **named)

    return made


def showing(
    before: NDArray[np.uint8], after: NDArray[np.uint8], span: dict[str, Any], *, same: float = 0.5
) -> int:
    """How many glyphs of a span can still be seen: so much of their box is as it was.

    Args:
        before: ``(H, W, 3)`` uint8 RGB.
        after: The same page as it was published.
        span: Of the truth.
        same: Share of a glyph's box.
    """
    count = 0
    for glyph in span["chars"]:
        xs, ys = zip(*glyph["poly"], strict=True)
        rows, columns = (
            slice(int(min(ys)), math.ceil(max(ys))),
            slice(int(min(xs)), math.ceil(max(xs))),
        )
        away = np.abs(before[rows, columns].astype(np.int16) - after[rows, columns]).max(axis=2)
        count += bool((away < 32).mean() > same)
    return count
