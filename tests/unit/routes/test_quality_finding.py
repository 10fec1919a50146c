"""How many looks the gate takes at a photo, and how small a face it looks for."""

from __future__ import annotations

import numpy as np
import pytest

from daemon.engines.embedded import Makers
from daemon.engines.registry import Engines
from daemon.imaging.geometry import Box
from daemon.routes.quality.finding import look_at
from daemon.routes.quality.trial import as_photo
from tests.fakes.engines import FixedFinder, FixedRecogniser, Sharpener, face_at

ALL_LOOKS = None
SEEN_PX = 20  # of a face in a view


class Eye:
    """Sees faces of at least so many pixels in the view it is asked for, and keeps count."""

    def __init__(self, *faces) -> None:
        self._faces = faces
        self.views: list[int | None] = []

    def find(self, srgb, *, view_px=None):
        self.views.append(view_px)
        scale = (view_px or 1280) / max(srgb.shape[:2])
        return [face for face in self._faces if face.box.width * scale >= SEEN_PX]


def face(left: float, top: float, width: float):
    return face_at(left, top, width / 290)  # its box is 290 wide at scale 1


def looked(eye: Eye, size: tuple[int, int], **rest):
    makers = Makers(lambda: eye, Sharpener, FixedRecogniser, lambda: FixedFinder([]), dict)
    photo = as_photo(np.full((size[1], size[0], 3), 128, np.uint8))
    with Engines(makers=makers) as engines:
        return look_at(photo, engines, **rest)


@pytest.mark.parametrize(
    ("size", "views"),
    [
        # In the small ones a face that 640 does not show has too few pixels for any score.
        ((200, 150), [384, 640, 320]),
        ((600, 400), [384, 640, 320]),
        ((1000, 800), [384, 640, 320]),
        ((1600, 1200), [384, 640, 320, 1000]),
        ((4000, 3000), [384, 640, 320, 1280]),
    ],
)
def test_a_photo_of_nobody_gets_a_coarse_look_and_one_fine_one_at_most(size, views) -> None:
    eye = Eye()
    assert looked(eye, size) is None
    assert eye.views == views


def test_a_face_too_small_for_the_quick_looks_is_found_by_the_last_one() -> None:
    eye = Eye(face(500, 500, 90))
    assert looked(eye, (4000, 3000)) is not None
    assert eye.views == [384, 640, 320, 1280]


def test_a_spoilt_face_that_only_the_coarse_look_finds_is_taken_from_it() -> None:
    class Coarse(Eye):
        def find(self, srgb, *, view_px=None):
            found = super().find(srgb, view_px=view_px)
            return found if view_px == 320 else []

    eye = Coarse(face(100, 50, 600))
    assert looked(eye, (4000, 3000)).face.box.width == pytest.approx(600)
    assert eye.views == [384, 640, 320]


def test_a_large_face_takes_one_look() -> None:
    eye = Eye(face(100, 50, 300))
    assert looked(eye, (1000, 800)) is not None
    assert eye.views == [384]


def test_a_face_of_few_pixels_in_both_views_takes_every_look() -> None:
    eye = Eye(face(100, 50, 60))
    assert looked(eye, (1000, 800)) is not None
    assert eye.views == [384, 640, ALL_LOOKS]


# ── a second face ─────────────────────────────────────────────────────────────────────────

LARGE = face(100, 50, 200)
SMALL = face(800, 50, 46)  # 0.053 of the large one's area


@pytest.mark.parametrize(
    ("second_face", "views", "others"),
    [
        (None, [384], 0),
        (0.5, [384], 0),
        (0.25, [384], 0),
        (0.05, [384, 640], 1),
        (0.0, [384, 1280], 1),
    ],
)
def test_a_second_face_is_looked_for_as_far_down_as_it_matters(second_face, views, others) -> None:
    eye = Eye(LARGE, SMALL)
    look = looked(eye, (1280, 800), second_face=second_face)
    assert eye.views == views
    assert look.face is LARGE
    assert len(look.others) == others


def test_the_same_face_seen_twice_is_no_second_one() -> None:
    class Shifting(Eye):
        def find(self, srgb, *, view_px=None):
            self.views.append(view_px)
            by = (view_px or 0) / 640
            box = LARGE.box
            shifted = Box(box.left + by, box.top, box.right + by, box.bottom)
            return [type(LARGE)(shifted, LARGE.landmarks, 0.9)]

    look = looked(Shifting(), (1280, 800), second_face=0.05)
    assert look.others == ()
