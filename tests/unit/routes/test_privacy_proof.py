"""What the proof asks of a page, and what it says it did not ask; no networks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from daemon.domain.privacy.page import Line, Page, Quad
from daemon.engines.embedded import embedded
from daemon.engines.registry import Engines
from daemon.engines.sightings import FoundCode
from daemon.imaging.clean import CleanPage, CleanShape, Tone
from daemon.imaging.masking import Patch, box_quad
from daemon.routes.privacy.covering import Cover, cover_for, painted
from daemon.routes.privacy.looking import Eyes, Seen, look_at
from daemon.routes.privacy.options import parse
from daemon.routes.privacy.places import Place, Source
from daemon.routes.privacy.policy import finder_for, policy_for
from daemon.routes.privacy.proof import Check, Claimed, page_doubts, pixel_doubts
from daemon.routes.privacy.record import as_json

SHAPE = CleanShape("PNG", "PNG", ".png", 1)


class Reader:
    """Reads the same lines on every page."""

    def __init__(self, *lines: Line) -> None:
        self._lines = lines

    def read(self, srgb, *, second_look=False):
        del second_look
        return Page(self._lines, srgb.shape[1], srgb.shape[0])


class Codes:
    """Sees the same shapes on every page, and reads none of them."""

    def __init__(self, *found: FoundCode) -> None:
        self._found = found

    def find(self, srgb):
        del srgb
        return list(self._found)

    def prove(self, srgb):
        del srgb
        return []


class NoFaces:
    """Sees no face."""

    def sweep(self, srgb, *, crowd=False):
        del srgb, crowd
        return []


def eyes_with(*lines: Line, shapes: tuple[FoundCode, ...] = (), **options: object) -> Eyes:
    makers = replace(
        embedded(1),
        reader=lambda: Reader(*lines),
        codes=lambda: Codes(*shapes),
        sweeper=NoFaces,
        resweeper=NoFaces,
    )
    chosen = parse(options)
    return Eyes(
        chosen, policy_for(chosen).profile, finder_for(chosen, b"key"), Engines(makers=makers)
    )


@pytest.fixture
def inked() -> CleanPage:
    srgb = np.full((400, 400, 3), 250, np.uint8)
    srgb[::8, :200] = 20
    return CleanPage(0, srgb, None, None, Tone.COLOUR, is_lossy=False)


FACE = Place(Source.FACE, "face", (box_quad(10, 10, 90, 90),), 0.9, "seen")
BARE = Cover((), (), smooth=True, language="en")


def checks(page: CleanPage, seen: Seen, eyes: Eyes) -> set[Check]:
    doubts = page_doubts(Claimed(page, seen, BARE, exact=True), page.srgb, eyes)
    return {doubt.check for doubt in doubts}


@pytest.mark.parametrize(
    ("crowd", "places", "doubted"),
    [(False, (FACE,), True), (True, (), True), (True, (FACE,), False)],
)
def test_only_a_photo_of_people_needs_no_line_of_text(inked, crowd, places, doubted):
    seen = Seen((Page((), 400, 400),), ((),), places, 0)
    assert (Check.READING in checks(inked, seen, eyes_with(crowd=crowd))) is doubted


def test_what_was_not_asked_is_not_said_to_have_passed():
    seen = Seen((Page((), 400, 400),), ((),), (FACE,), 0)
    eyes = eyes_with(crowd=True)
    proof = as_json(eyes, SHAPE, [seen], [[]], {})["proof"]
    assert {"reading", "unread"} == set(proof["not_asked"])
    assert set(proof["passed"]) == {str(check) for check in Check} - {"reading", "unread"}
    off = eyes_with(faces=False, codes=False, unread="review")
    assert as_json(off, SHAPE, [seen], [[]], {})["proof"]["not_asked"] == ["codes", "faces"]


def test_a_shape_that_is_text_is_left_and_told(inked):
    line = Line("Agreement", Quad((100, 100), (200, 100), (200, 120), (100, 120)), 0.99)
    shape = FoundCode("unread_matrix", np.array(line.quad.corners, np.float32), 0.5)
    eyes = eyes_with(line, shapes=(shape,))
    seen = look_at(inked, eyes)
    assert not seen.places
    (told,) = as_json(eyes, SHAPE, [seen], [[]], {})["taken_for_text"]
    assert (told["type"], told["reason"], told["page"]) == ("unread_matrix", "text", 1)
    assert "Agreement" not in str(told)


def test_a_digit_that_was_found_and_lies_bare_is_seen_by_its_place(inked):
    line = Line("13912345678", Quad((100, 100), (320, 100), (320, 130), (100, 130)), 0.99)
    eyes = eyes_with(line)
    seen = look_at(inked, eyes)
    cover = cover_for(inked, seen.places, eyes.options, eyes.finder, language="en")

    def bare(patches):
        claimed = Claimed(inked, seen, replace(cover, patches=patches), exact=True)
        doubts = page_doubts(claimed, painted(inked, claimed.cover), eyes)
        return [quad for doubt in doubts if doubt.check is Check.BARE for quad in doubt.quads]

    assert cover.patches
    assert not bare(cover.patches)
    assert len(bare(())) == 11
    two_left = Patch(box_quad(90, 80, 280, 150))
    assert len(bare((two_left,))) == 2


def test_a_pixel_changed_outside_the_masks_is_seen(inked):
    cover = Cover((Patch(box_quad(40, 40, 120, 60)),), (), smooth=True, language="en")
    seen = Seen((Page((), 400, 400),), ((),), (), 0)
    written = painted(inked, cover)
    claimed = Claimed(inked, seen, cover, exact=True)
    assert not pixel_doubts(claimed, written)
    written[300, 300, 1] ^= 1
    assert {one.check for one in pixel_doubts(claimed, written)} == {Check.UNTOUCHED}
    lossy = replace(claimed, exact=False)
    assert not pixel_doubts(lossy, written)
    written[200:] = 255 - written[200:]
    assert {one.check for one in pixel_doubts(lossy, written)} == {Check.UNTOUCHED}
