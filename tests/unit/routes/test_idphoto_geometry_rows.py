"""Where the head lies in a finished photo: rows follow what detectors say, nothing is assumed."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import pytest

from daemon.engines.base import Face
from daemon.imaging.geometry import Box
from daemon.routes.idphoto.check_geometry import GeometryRule, geometry_rows, look
from daemon.routes.idphoto.framing import Band, FrameRule
from daemon.routes.idphoto.head import CHIN_UNITS

WIDTH, HEIGHT, UNIT = 413, 531, 110.0
RULE = GeometryRule(FrameRule(WIDTH, HEIGHT, head=Band(0.62, 0.72), eye_line=Band(0.5, 0.65)))
EYE_Y, HAIR_Y = 230.0, 40.0


def points(dx: float = 0.0, dy: float = 0.0, roll_deg: float = 0.0, nose: float = 0.0):
    apart = UNIT * 0.95
    shape = np.array(
        [(-apart / 2, 0), (apart / 2, 0), (nose, 50), (-38, UNIT), (38, UNIT)], np.float64
    )
    angle = math.radians(roll_deg)
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    return (shape @ turn.T + (WIDTH / 2 + dx, EYE_Y + dy)).astype(np.float32)


@dataclass
class Finder:
    """Sees given faces, in whatever scale it is shown them."""

    shapes: tuple[np.ndarray, ...]
    sizes: tuple[float, ...] = (1.0, 1.0)

    def find(self, srgb: np.ndarray, *, view_px: int | None = None) -> list[Face]:
        height, width = srgb.shape[:2]
        if height == width:  # a face's own window: known are the places in whole photos
            return []
        by = width / WIDTH
        is_mirrored = srgb[:, -1].mean() > srgb[:, 0].mean()  # see ``PICTURE``
        faces = []
        for upright, size in zip(self.shapes, self.sizes, strict=False):
            flipped = upright[[1, 0, 2, 4, 3]] * (-1, 1) + (WIDTH - 1, 0)
            shape = flipped if is_mirrored else upright
            middle = shape[:2].mean(axis=0)
            half = 80 * size
            box = Box(*(middle - half), *(middle + half)).scaled(by, by)
            faces.append(Face(box, (shape * by).astype(np.float32), 0.9))
        return faces


PICTURE = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
PICTURE[:, : WIDTH // 2] = 200
NOBODY = Finder(())


def away(hair_y: float = HAIR_Y) -> np.ndarray:
    """Distance to the background of a photo whose hair begins at a row."""
    distance = np.zeros((HEIGHT, WIDTH), np.float32)
    distance[int(hair_y) :, 120:290] = 40
    return distance


def breached(*shapes, judge=None, rule=RULE, hair_y=HAIR_Y, sizes=(1.0, 1.0)) -> set[str]:
    seen = look(PICTURE, Finder(shapes, sizes), judge or Finder(shapes, sizes))
    return {row.name for row in geometry_rows(seen, away(hair_y), rule) if not row.passes}


def test_a_head_that_lies_well_breaches_nothing() -> None:
    assert breached(points()) == set()


def test_the_numbers_are_those_of_the_picture() -> None:
    seen = look(PICTURE, Finder((points(),)), Finder((points(),)))
    rows = {row.name: row.value for row in geometry_rows(seen, away(), RULE)}
    assert rows["eye_line"] == pytest.approx(1 - EYE_Y / HEIGHT, abs=1e-3)
    chin = EYE_Y + CHIN_UNITS * UNIT
    assert rows["head_height"] == pytest.approx((chin - HAIR_Y) / HEIGHT, abs=0.005)
    assert rows["top_margin"] == pytest.approx(HAIR_Y / HEIGHT, abs=1e-3)


@pytest.mark.parametrize(
    ("shape", "rows"),
    [
        (points(dx=0.07 * WIDTH), {"off_centre"}),
        (points(roll_deg=4), {"roll"}),
        (points(nose=25), {"yaw"}),
        (points(dy=0.2 * HEIGHT), {"eye_line", "head_height"}),
    ],
)
def test_a_head_that_lies_ill_is_named(shape, rows) -> None:
    assert breached(shape) == rows


def test_a_head_too_large_or_too_small_is_named() -> None:
    assert breached(points(), hair_y=2) == {"head_height"}
    assert breached(points(), hair_y=90) == {"head_height"}
    assert "hair_margin" in breached(points(), hair_y=0)


def test_two_people_are_one_too_many_and_a_picture_on_the_wall_is_nobody() -> None:
    other = points(dx=-120)
    assert "faces" in breached(points(), other)
    assert breached(points(), other, sizes=(1.0, 0.3)) == set()
    couple = replace(RULE, people=2)
    assert breached(points(-60), points(60), rule=couple) == set()
    assert breached(points(), points(dx=180), rule=couple) == {"head_sides"}


def test_no_face_is_never_a_pass() -> None:
    assert look(PICTURE, NOBODY, NOBODY) is None
    assert [row.name for row in geometry_rows(None, away(), RULE) if not row.passes] == ["faces"]


def test_a_face_that_only_the_maker_sees_is_said() -> None:
    assert breached(points(), judge=NOBODY) == {"second_detector"}


def test_the_eyes_are_the_judges() -> None:
    """A maker that is wrong about the eyes does not judge itself."""
    assert "roll" in breached(points(), judge=Finder((points(roll_deg=5),)))


def test_a_face_enlarged_too_far_and_eyes_too_close_are_named() -> None:
    assert breached(points(), rule=replace(RULE, enlarged=1.6)) == {"enlarged"}
    assert breached(points(), rule=replace(RULE, eyes_apart_px=110)) == {"eyes_apart"}
