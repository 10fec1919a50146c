"""Opens what was written and looks again: container, pixels, text, codes, faces, edges."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from daemon.domain.privacy.page import Page, Quad
from daemon.domain.privacy.remains import left_over
from daemon.engines.abreast import Ask
from daemon.engines.base import Reader
from daemon.engines.sightings import FoundCode, SweptFace
from daemon.engines.tasks import CODES, READ, RESWEEP
from daemon.imaging.clean import CleanPage
from daemon.imaging.geometry import Box, Window
from daemon.imaging.inking import ink_share
from daemon.imaging.leaks import leaks_of
from daemon.imaging.loose import loose_ink
from daemon.imaging.masking import Fill, grown, outside_px, reach_of
from daemon.routes.privacy.covering import Cover, core_of, opaque_in, painted, touched_by
from daemon.routes.privacy.flatness import uneven
from daemon.routes.privacy.looking import FACE_SCORE, Eyes, Seen, covers_faces, quad_of
from daemon.routes.privacy.places import Source

MOST_DIFFERENCE = 3.0
"""Mean difference of a JPEG from the page, outside the masks. Source: README of the data, 5.8b."""
MOST_BARE_INK = 0.01
CODE_ROOM = 0.25
"""Of a code's size on each side: a reader's corners cover 0.72 of an EAN and more."""
READ_ROOM = (0.1, 0.2, 0.1, 0.2)
"""Of a line's height on each side: strokes of glyphs that were read reach so far out of it."""
_OF_TEXT = (Source.TEXT, Source.UNREAD)
_INSIDE_CELL = (0.2, 0.5, 0.8)  # of a glyph's cell, along and across, must be under a mask
_CORE_DIFFERENCE = 48.0  # ringing of a JPEG inside a flat patch stays under this


class Check(enum.StrEnum):
    """What was tested."""

    CONTAINER = "container"
    FLAT = "flat"
    UNTOUCHED = "untouched"
    TEXT = "text"
    READING = "reading"
    CODES = "codes"
    FACES = "faces"
    EDGES = "edges"
    BARE = "bare"
    LOOSE = "loose"
    TIME = "time"
    UNREAD = "unread"


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a page cannot be vouched for; never what it says.

    Attributes:
        check: Which test failed.
        page: 0-based; -1 for the file as a whole.
        detail: Type, kind or number.
        quads: Where, for another mask and for the picture that explains.
    """

    check: Check
    page: int
    detail: str
    quads: tuple[Quad, ...] = ()

    def as_json(self) -> dict[str, object]:
        """For the record."""
        return {"check": self.check, "page": self.page + 1, "detail": self.detail}


@dataclass(frozen=True)
class Claimed:
    """What is said of a written page.

    Attributes:
        page: As it was.
        seen: What was found on it.
        cover: What was painted.
        exact: Whether the file holds exactly these samples.
    """

    page: CleanPage
    seen: Seen
    cover: Cover
    exact: bool


def container_doubts(path: Path, sizes: Sequence[tuple[int, int]]) -> list[Doubt]:
    """Everything in the file that is not needed to show its pages."""
    return [Doubt(Check.CONTAINER, -1, leak.kind) for leak in leaks_of(path, sizes)]


def pixel_doubts(claimed: Claimed, written: NDArray[np.uint8]) -> list[Doubt]:
    """Whether the written page is the painted one and nothing else.

    Args:
        claimed: What is said of it.
        written: ``(H, W, 3)`` uint8 RGB, decoded from the file.
    """
    page = claimed.page
    if written.shape != page.srgb.shape:
        return [Doubt(Check.CONTAINER, page.index, "size")]
    meant = painted(page, claimed.cover)
    doubts = []
    core, touched = core_of(claimed.cover, page.size), touched_by(claimed.cover, page.size)
    if not _is_as_meant(written, meant, core, exact=claimed.exact):
        doubts.append(Doubt(Check.FLAT, page.index, "mask"))
    elif shown := uneven(written, claimed.cover, exact=claimed.exact):
        quads = tuple(patch.quad for patch in shown)
        doubts.append(Doubt(Check.FLAT, page.index, "not covered", quads))
    if not _is_untouched(written, page.srgb, touched, exact=claimed.exact):
        doubts.append(Doubt(Check.UNTOUCHED, page.index, "page"))
    return doubts


def _is_as_meant(
    written: NDArray[np.uint8],
    meant: NDArray[np.uint8],
    core: NDArray[np.bool_],
    *,
    exact: bool,
) -> bool:
    if not core.any():
        return True
    if exact:
        return bool((written[core] == meant[core]).all())
    away = np.abs(written[core].astype(np.int16) - meant[core]).max(axis=1)
    return bool(away.mean() < MOST_DIFFERENCE and np.percentile(away, 99.9) < _CORE_DIFFERENCE)


def _is_untouched(
    written: NDArray[np.uint8],
    before: NDArray[np.uint8],
    touched: NDArray[np.bool_],
    *,
    exact: bool,
) -> bool:
    away = np.asarray(cv2.absdiff(written, before), np.uint8)
    away[touched] = 0
    rest = touched.size - int(np.count_nonzero(touched))
    if exact or not rest:
        return not away.any()
    red, green, blue = cv2.split(away)
    most = cv2.max(cv2.max(red, green), blue)
    return bool(np.sum(most, dtype=np.int64) / rest < MOST_DIFFERENCE)


def page_doubts(claimed: Claimed, written: NDArray[np.uint8], eyes: Eyes) -> list[Doubt]:
    """What other eyes still see on a written page."""
    page, cover = claimed.page, claimed.cover
    doubts = []
    if cover.crossed:
        doubts.append(Doubt(Check.EDGES, page.index, str(len(cover.crossed)), cover.crossed))
    if claimed.seen.unread and eyes.options.unread == "review":
        doubts.append(Doubt(Check.UNREAD, page.index, str(claimed.seen.unread)))
    asked = [Ask(READ, lambda reader: _text_doubts(claimed, written, eyes, reader))]
    if eyes.profile.codes:
        asked.append(Ask(CODES, lambda finder: _code_doubts(page.index, finder.prove(written))))
    if covers_faces(eyes):
        asked.append(Ask(RESWEEP, lambda sweeper: _face_doubts(claimed, sweeper.sweep(written))))
    text, *others = eyes.engines.at_once(*asked)
    hidden = opaque_in(cover, page.size)
    doubts += [*_bare_doubts(claimed, hidden), *_loose_doubts(claimed, hidden)]
    return [*doubts, *text, *(one for those in others for one in those)]


def _code_doubts(page: int, codes: Sequence[FoundCode]) -> list[Doubt]:
    return [Doubt(Check.CODES, page, code.kind, (_around(code),)) for code in codes]


def _around(code: FoundCode) -> Quad:
    """A code that was read, with room: its corners are where it was measured, not its outline."""
    quad = quad_of(code.quad)
    sides = CODE_ROOM * max(1.0, quad.width_px / max(quad.height_px, 1.0))
    return grown(quad, sides, CODE_ROOM, sides, CODE_ROOM)


def _bare_doubts(claimed: Claimed, hidden: NDArray[np.bool_]) -> list[Doubt]:
    """Glyphs that were found and lie under no mask: a second reading misses two lone digits."""
    doubts = []
    for page, found in zip(claimed.seen.pages, claimed.seen.findings, strict=True):
        for finding in found:
            glyphs = [
                page.lines[piece.line].part(at, at)
                for piece in finding.pieces
                for at in range(piece.first, piece.last + 1)
                if finding.masked and not page.lines[piece.line].text[at].isspace()
            ]
            bare = tuple(quad for quad in glyphs if not _is_under(hidden, quad))
            if bare:
                doubts.append(Doubt(Check.BARE, claimed.page.index, finding.entity, bare))
    return doubts


def _loose_doubts(claimed: Claimed, hidden: NDArray[np.bool_]) -> list[Doubt]:
    """Ink beside a mask of text that nobody read: both looks may end a line two digits early."""
    grey = np.asarray(cv2.cvtColor(claimed.page.srgb, cv2.COLOR_RGB2GRAY), np.uint8)
    known = hidden.copy()
    for line in (line for page in claimed.seen.pages for line in page.lines):
        quad = grown(line.quad, *READ_ROOM)
        place = reach_of(quad, claimed.page.size)
        if place is not None:
            known[place.slices] |= outside_px(quad, place) <= 0.0
    masks = (quad for one in claimed.seen.places if one.source in _OF_TEXT for quad in one.quads)
    loose = tuple(quad for mask in masks for quad in loose_ink(grey, mask, known))
    return [Doubt(Check.LOOSE, claimed.page.index, str(len(loose)), loose)] if loose else []


def _is_under(hidden: NDArray[np.bool_], quad: Quad) -> bool:
    """Whether a glyph's cell is masked, half of one included; outside the page it is."""
    height, width = hidden.shape
    for along in _INSIDE_CELL:
        top, bottom = quad.part(along, along).corners[0], quad.part(along, along).corners[3]
        for down in _INSIDE_CELL:
            x = int(top[0] + (bottom[0] - top[0]) * down)
            y = int(top[1] + (bottom[1] - top[1]) * down)
            if 0 <= y < height and 0 <= x < width and not hidden[y, x]:
                return False
    return True


def _text_doubts(
    claimed: Claimed, written: NDArray[np.uint8], eyes: Eyes, reader: Reader
) -> list[Doubt]:
    page, seen = claimed.page, claimed.seen
    again = reader.read(written, second_look=True)
    if not waives_reading(seen, eyes) and is_unread(seen.pages, page.srgb):
        return [Doubt(Check.READING, page.index, "no text on a page with ink")]
    if not again.lines and _left_readable(claimed):
        return [Doubt(Check.READING, page.index, "the second reading saw nothing")]
    masks = [patch.quad for patch in claimed.cover.patches]
    doubts = []
    for first, found in zip(seen.pages[:1], seen.findings[:1], strict=True):
        for remain in left_over(again, masks, eyes.finder, first, found):
            detail = remain.entity or remain.net
            doubts.append(Doubt(Check.TEXT, page.index, detail, remain.quads))
    return doubts


def waives_reading(seen: Seen, eyes: Eyes) -> bool:
    """Whether a page need not show a line of text.

    A picture of people has ink enough and often no text. Whoever sets ``crowd`` says that it is
    one; a page on which no face was found either is none.
    """
    return eyes.options.crowd and seen.is_of_people


def not_asked(seen: Sequence[Seen], eyes: Eyes) -> list[Check]:
    """Tests that say nothing about these pages, for the options leave them out."""
    left_out = {
        Check.READING: any(waives_reading(one, eyes) for one in seen),
        Check.CODES: not eyes.profile.codes,
        Check.FACES: not covers_faces(eyes),
        Check.UNREAD: eyes.options.unread != "review",
    }
    return [check for check, left in left_out.items() if left]


def is_unread(pages: Sequence[Page], srgb: NDArray[np.uint8]) -> bool:
    """Whether a page is written on and nobody saw a line."""
    return not any(page.lines for page in pages) and ink_share(srgb) > MOST_BARE_INK


def _left_readable(claimed: Claimed) -> bool:
    """Whether a line lies wholly outside the masks and was read well."""
    touched = touched_by(claimed.cover, claimed.page.size)
    for line in claimed.seen.pages[0].lines:
        x, y = (round(v) for v in line.quad.centre)
        inside = 0 <= y < touched.shape[0] and 0 <= x < touched.shape[1]
        if line.confidence > 0.9 and len(line.text) > 3 and inside and not touched[y, x]:
            return True
    return False


def _face_doubts(claimed: Claimed, faces: Sequence[SweptFace]) -> list[Doubt]:
    touched = _hidden_by(claimed.cover, claimed.page.size)
    doubts = []
    for face in faces:
        if face.score >= FACE_SCORE and not _is_hidden(face.box, touched):
            box = face.cover
            quad = Quad(
                (box.left, box.top), (box.right, box.top),
                (box.right, box.bottom), (box.left, box.bottom),
            )  # fmt: skip
            doubts.append(Doubt(Check.FACES, claimed.page.index, "face", (quad,)))
    return doubts


def _hidden_by(cover: Cover, size: tuple[int, int]) -> NDArray[np.bool_]:
    solid = tuple(p for p in cover.patches if p.fill is not Fill.BLUR)
    return touched_by(Cover(solid, (), cover.smooth, cover.language), size)


def _is_hidden(box: Box, touched: NDArray[np.bool_]) -> bool:
    """A "face" that is mostly mask is the detector's fancy."""
    place = Window.around(box, (touched.shape[1], touched.shape[0]))
    return place is None or float(touched[place.slices].mean()) > 0.5
