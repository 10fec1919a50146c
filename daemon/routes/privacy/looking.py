"""What of a page must be covered: text that was read, text that was not, faces, codes, areas."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from daemon.domain.privacy.find import Finder
from daemon.domain.privacy.page import Finding, Page, Quad
from daemon.engines.registry import Engines
from daemon.imaging.clean import CleanPage
from daemon.imaging.masking import box_quad
from daemon.routes.privacy.options import Options
from daemon.routes.privacy.places import (
    Place,
    Source,
    equalised,
    text_places,
    unread_places,
    without_covered,
)

FACE_SCORE = 0.45
"""Portraits scored 0.50 to 0.93 in one of four turns, false hits 0.21 to 0.42."""
LENGTH_STEP = 6.0


@dataclass(frozen=True)
class Seen:
    """A page as everybody saw it.

    Attributes:
        pages: As read: the page, and the page over black where parts of it are see-through.
        findings: Of each.
        places: What must be covered.
    """

    pages: tuple[Page, ...]
    findings: tuple[tuple[Finding, ...], ...]
    places: tuple[Place, ...]

    @property
    def lines(self) -> int:
        """How many lines were seen."""
        return sum(len(page.lines) for page in self.pages)


def look_at(
    page: CleanPage, options: Options, finder: Finder, engines: Engines, *, second: bool = False
) -> Seen:
    """Everything on a page that the options cover.

    Args:
        page: The page.
        options: Of the route.
        finder: Made of them.
        engines: Reader, face sweeper and code finder.
        second: Read with the second look, too, and cover what either saw.
    """
    views = [page.srgb] if page.on_black is None else [page.srgb, page.on_black]
    read = [engines.reader.read(view) for view in views]
    if second:
        read += [engines.reader.read(view, second_look=True) for view in views]
    findings = [finder.find(one) for one in read]
    found: list[Place] = []
    for one, those in zip(read, findings, strict=True):
        texts = list(text_places(one, those, options.margin_em))
        if options.equal_length:
            texts = [equalised(place, one, LENGTH_STEP) for place in texts]
        found += texts
        if options.unread == "cover":
            found += without_covered(list(unread_places(one)), texts)
    found += _faces(views, options, engines)
    found += _codes(views, options, engines)
    found += _areas(page, options)
    return Seen(tuple(read), tuple(findings), tuple(found))


def _faces(
    views: Sequence[NDArray[np.uint8]], options: Options, engines: Engines
) -> Iterator[Place]:
    if options.faces == "off":
        return
    for view in views:
        for face in engines.sweeper.sweep(view, crowd=options.crowd):
            if options.crowd or face.score >= FACE_SCORE:
                box = face.cover
                quad = box_quad(box.left, box.top, box.right, box.bottom)
                yield Place(Source.FACE, "face", (quad,), face.score, "seen")


def _codes(
    views: Sequence[NDArray[np.uint8]], options: Options, engines: Engines
) -> Iterator[Place]:
    if not options.codes:
        return
    for view in views:
        for code in engines.codes.find(view):
            corners = [(float(x), float(y)) for x, y in code.quad]
            quad = Quad(corners[0], corners[1], corners[2], corners[3])
            yield Place(Source.CODE, code.kind, (quad,), code.confidence, "seen")


def _areas(page: CleanPage, options: Options) -> Iterator[Place]:
    width, height = page.size
    for area in options.rectangles:
        if area.page in {None, page.index + 1}:
            quad = box_quad(
                area.left * width, area.top * height, area.right * width, area.bottom * height
            )
            yield Place(Source.AREA, "rectangle", (quad,), 1.0, "asked")
