"""What of a page must be covered: text that was read, text that was not, faces, codes, areas."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daemon.domain.privacy.entity import Profile
from daemon.domain.privacy.find import Finder
from daemon.domain.privacy.page import Finding, Line, Page, Quad
from daemon.engines.abreast import Ask
from daemon.engines.base import Reader
from daemon.engines.registry import Engines
from daemon.engines.sightings import FaceSweeper, FoundCode
from daemon.engines.tasks import CODES, READ, SWEEP
from daemon.imaging.clean import CleanPage
from daemon.imaging.masking import box_quad
from daemon.imaging.plates import plate_area
from daemon.imaging.signing import SIGNING_WORDS, seals, signatures
from daemon.routes.privacy.key import Tags
from daemon.routes.privacy.options import Options
from daemon.routes.privacy.places import (
    Place,
    Source,
    equalised,
    holds,
    text_places,
    unread_places,
    without_covered,
)

FACE_SCORE = 0.45
"""Portraits scored 0.50 to 0.93 in one of four turns, false hits 0.21 to 0.42."""
LENGTH_STEP = 6.0
_PLATE = "cn_plate"
_BELIEVED = 0.85
_TEXT_GLYPHS = 6  # so many well-read glyphs inside a shape say that it is text, not a code

Shape = NDArray[np.float32]


@dataclass(frozen=True)
class Seen:
    """A page as everybody saw it.

    Attributes:
        pages: As read: the page; over black too, where parts of it are see-through; and both at
            the second look, where that was asked for.
        findings: Of each.
        places: What must be covered.
        unread: How many lines were seen and not read.
        passed_over: Shapes like a code that were left, for they are text that was read well.
    """

    pages: tuple[Page, ...]
    findings: tuple[tuple[Finding, ...], ...]
    places: tuple[Place, ...]
    unread: int
    passed_over: tuple[Place, ...] = ()

    @property
    def lines(self) -> int:
        """How many lines were seen."""
        return sum(len(page.lines) for page in self.pages)

    @property
    def is_of_people(self) -> bool:
        """Whether there are faces on it and nothing that could be a line of text."""
        return not self.lines and any(place.source is Source.FACE for place in self.places)


@dataclass(frozen=True)
class Eyes:
    """What a page is looked at with.

    Attributes:
        options: Of the route.
        profile: The options' profile, with their changes in it.
        finder: Made of both.
        engines: Reader, face sweepers and code finder.
        tags: Whether the finder makes tags, and why not.
    """

    options: Options
    profile: Profile
    finder: Finder
    engines: Engines
    tags: Tags = Tags.NO_KEY


def look_at(page: CleanPage, eyes: Eyes, *, second: bool = False) -> Seen:
    """Everything on a page that the options cover.

    Args:
        page: The page.
        eyes: What to look with.
        second: Read with the second look, too, and cover what either saw.
    """
    views = [page.srgb] if page.on_black is None else [page.srgb, page.on_black]
    reading = Ask(READ, lambda reader: _text(reader, views, eyes, second=second))
    sweeping = Ask(SWEEP, lambda sweeper: list(_faces(sweeper, views, eyes)))
    searching = Ask(CODES, lambda codes: [code for view in views for code in codes.find(view)])
    # Faces of a crowd are looked for in pieces, which takes the memory of several pages.
    beside = covers_faces(eyes) and not eyes.options.crowd
    asked: list[Ask[Any]] = [reading, *[sweeping] * beside, *[searching] * eyes.profile.codes]
    seen = dict(zip([one.task for one in asked], eyes.engines.at_once(*asked), strict=True))
    if covers_faces(eyes) and not beside:
        (seen[SWEEP],) = eyes.engines.at_once(sweeping)
    text: Seen = seen[READ]
    codes, passed_over = _codes(seen.get(CODES, ()), text.pages[0])
    places = [*text.places, *seen.get(SWEEP, ()), *codes]
    places += _areas(page, eyes.options)
    places += _hand_made(page.srgb, text.pages[0], eyes)
    return replace(text, places=tuple(places), passed_over=tuple(passed_over))


def _text(reader: Reader, views: Sequence[NDArray[np.uint8]], eyes: Eyes, *, second: bool) -> Seen:
    """What is to be read on a page, and no more than that."""
    options = eyes.options
    read = [reader.read(view) for view in views]
    if second:
        read += [reader.read(view, second_look=True) for view in views]
    findings = [eyes.finder.find(one) for one in read]
    found: list[Place] = []
    unread = 0
    for one, those in zip(read, findings, strict=True):
        texts = [_whole_plate(p, views[0]) for p in text_places(one, those, options.margin_em)]
        if options.equal_length:
            texts = [equalised(place, one, LENGTH_STEP) for place in texts]
        dim = without_covered(list(unread_places(one)), texts)
        unread += len(dim)
        found += texts
        if options.unread == "cover":
            found += dim
    return Seen(tuple(read), tuple(findings), tuple(found), unread)


def _whole_plate(place: Place, srgb: NDArray[np.uint8]) -> Place:
    """A licence plate is covered to its rim, everything else as it is."""
    if place.entity != _PLATE:
        return place
    around = [quad_of(plate_area(srgb, _shape(quad))) for quad in place.quads]
    return replace(place, quads=(*place.quads, *around))


def covers_faces(eyes: Eyes) -> bool:
    """Whether faces are to go."""
    return eyes.profile.faces if eyes.options.faces is None else eyes.options.faces


def _faces(sweeper: FaceSweeper, views: Sequence[NDArray[np.uint8]], eyes: Eyes) -> Iterator[Place]:
    for view in views:
        for face in sweeper.sweep(view, crowd=eyes.options.crowd):
            if eyes.options.crowd or face.score >= FACE_SCORE:
                box = face.cover
                quad = box_quad(box.left, box.top, box.right, box.bottom)
                yield Place(Source.FACE, "face", (quad,), face.score, "seen")


def _codes(found: Iterable[FoundCode], read: Page) -> tuple[list[Place], list[Place]]:
    """Codes to cover, and shapes like one that are text."""
    cover: list[Place] = []
    text: list[Place] = []
    for code in found:
        quad = quad_of(code.quad)
        if _is_text(code, quad, read.lines):
            text.append(Place(Source.CODE, code.kind, (quad,), code.confidence, "text"))
        else:
            cover.append(Place(Source.CODE, code.kind, (quad,), code.confidence, "seen"))
    return cover, text


def _is_text(code: FoundCode, quad: Quad, lines: Sequence[Line]) -> bool:
    """Whether a shape that nobody could decode is text that was read well."""
    if code.is_read:
        return False
    glyphs = 0
    for line in lines:
        if line.confidence >= _BELIEVED:
            glyphs += sum(
                not glyph.isspace() and holds(quad, line.part(at, at).centre)
                for at, glyph in enumerate(line.text)
            )
    return glyphs >= _TEXT_GLYPHS


def _areas(page: CleanPage, options: Options) -> Iterator[Place]:
    width, height = page.size
    for area in options.rectangles:
        if area.page in {None, page.index + 1}:
            quad = box_quad(
                area.left * width, area.top * height, area.right * width, area.bottom * height
            )
            yield Place(Source.AREA, "rectangle", (quad,), 1.0, "asked")


def _hand_made(srgb: NDArray[np.uint8], read: Page, eyes: Eyes) -> Iterator[Place]:
    """Signatures and seals, where they are to go; experimental."""
    if eyes.profile.signatures:
        texts = [_shape(line.quad) for line in read.lines if line.confidence >= _BELIEVED]
        for area in signatures(srgb, [_shape(quad) for quad in _labels(read)], texts):
            yield Place(
                Source.SIGNATURE, "signature", (quad_of(area.quad),), area.confidence, "seen"
            )
    if eyes.options.seals:
        for area in seals(srgb):
            yield Place(Source.SEAL, "seal", (quad_of(area.quad),), area.confidence, "seen")


def _labels(read: Page) -> Iterator[Quad]:
    for line in read.lines:
        for word in SIGNING_WORDS:
            at = line.text.find(word)
            if at >= 0:
                yield line.part(at, at + len(word) - 1)


def quad_of(shape: Shape) -> Quad:
    """Four points in order around something, clockwise."""
    points = [(float(x), float(y)) for x, y in shape]
    area = sum(
        one[0] * other[1] - other[0] * one[1]
        for one, other in zip(points, (*points[1:], points[0]), strict=True)
    )
    first, second, third, fourth = points if area > 0 else (points[0], *points[:0:-1])
    return Quad(first, second, third, fourth)


def _shape(quad: Quad) -> Shape:
    return np.array(quad.corners, np.float32)
