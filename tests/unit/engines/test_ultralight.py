"""Ultra-Light gives boxes; another detector reads the points in a window around each."""

from __future__ import annotations

import numpy as np
import pytest

from daemon.engines.base import Face
from daemon.engines.onnx_detectors.ultralight import UltraLight
from daemon.imaging.geometry import Box
from tests.fakes import onnx_detectors as fakes


class Points:
    """Finds what it is told, wherever it looks; remembers the pieces."""

    def __init__(self, *faces: Face) -> None:
        self.faces = list(faces)
        self.looks: list[tuple[tuple[int, ...], int | None]] = []

    def find(self, srgb: np.ndarray, *, view_px: int | None = None) -> list[Face]:
        self.looks.append((srgb.shape, view_px))
        return self.faces


def seen_at(left: float, top: float, side: float) -> Face:
    return Face(
        Box(left, top, left + side, top + side), fakes.POINTS + np.float32((left, top)), 0.6
    )


def test_points_are_read_around_each_box_and_lie_in_the_picture(detector) -> None:
    """The box is 120..184 by 88..152; the piece begins a box's side before it."""
    points = Points(seen_at(200, 100, 50), seen_at(70, 62, 60))
    finder = UltraLight(detector("ultralight", fakes.ultralight()), points)
    (face,) = finder.find(fakes.with_squares(320, 240, (9, 7)), view_px=320)
    assert points.looks == [((192, 192, 3), 240)], "64 px of the face are 80 in the view"
    assert (face.box.left, face.box.top, face.box.right, face.box.bottom) == (120, 88, 184, 152)
    np.testing.assert_allclose(face.landmarks, fakes.POINTS + np.float32((126, 86)), atol=0.01)
    assert face.score > 0.99


def test_a_box_in_which_nobody_else_sees_a_face_is_none(detector) -> None:
    proposer = detector("ultralight", fakes.ultralight())
    picture = fakes.with_squares(320, 240, (5, 3))
    assert UltraLight(proposer, Points()).find(picture, view_px=320) == []
    beside = Points(seen_at(130, 100, 40))
    assert UltraLight(proposer, beside).find(picture, view_px=320) == []


def test_a_face_that_was_read_twice_is_one(detector) -> None:
    """Two boxes side by side, and one face that covers most of both."""
    finder = UltraLight(detector("ultralight", fakes.ultralight()), Points(seen_at(0, 0, 250)))
    assert len(finder.find(fakes.with_squares(320, 240, (5, 3), (9, 3)), view_px=320)) == 1


def test_the_embedded_detectors_points_make_a_face_of_a_box(offered_finder, astronaut) -> None:
    from daemon.engines.centerface.adapter import CenterFace

    head = np.ascontiguousarray(astronaut[30:190, 144:304])
    (known,) = CenterFace(1).find(head)
    (face,) = offered_finder("ultralight", "ultralight-rfb-320", fakes.ultralight(fills=True)).find(
        head
    )
    assert face.box.as_list() == [36, 30, 126, 140], "the box is the proposer's"
    assert face.score == pytest.approx(0.95)
    eyes = np.hypot(*(known.landmarks[1] - known.landmarks[0]))
    apart = np.hypot(*(face.landmarks - known.landmarks).T).mean() / eyes
    assert apart < 0.12
