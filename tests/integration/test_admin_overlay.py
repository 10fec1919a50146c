"""What is drawn over a picture lies where the gate measured it."""

from __future__ import annotations

import re

import numpy as np
import pytest

from admin.presenters_overlay import FRAME_PX, TEMPLATE, TILE, overlay_of
from daemon.domain.job import Job
from daemon.routes.quality import look, tiles
from tests.fakes.store import job_row


def judged(**face) -> Job:
    grid = [[0.5] * tiles.COUNT for _ in range(tiles.COUNT)]
    return job_row(measures={"quality": {"face": face, "heat_map": {"grid": grid}}})


def test_the_panel_knows_the_frame_of_the_gate():
    assert look.FRAME_PX == FRAME_PX
    assert np.array_equal(look.TEMPLATE, np.array(TEMPLATE))


@pytest.mark.parametrize(("scale", "angle", "shift"), [(1.0, 0.0, 0j), (0.4, 0.5, 120 + 80j)])
def test_the_heat_map_lies_on_the_face(scale, angle, shift):
    """Points of the frame, moved as the face is, come out at the face's own points."""
    turn = scale * np.exp(1j * angle)
    seen = [turn * complex(*point) + shift for point in TEMPLATE]
    landmarks = [[point.real, point.imag] for point in seen]
    found = overlay_of(judged(box=[1, 2, 30, 40], landmarks=landmarks), (640, 480), "en")
    numbers = [float(one) for one in re.findall(r"-?\d+\.\d+", found.transform)]
    a, b = complex(numbers[0], numbers[1]), complex(numbers[4], numbers[5])
    for point, wanted in zip(TEMPLATE, seen, strict=True):
        drawn = complex(*point) * TILE * tiles.COUNT / FRAME_PX
        assert abs(a * drawn + b - wanted) < 0.05
    assert len(found.tiles) == tiles.COUNT**2


def test_every_face_is_drawn_once_and_rubbish_never():
    measures = {
        "quality": {"face": {"box": [1, 2, 30, 40], "others": [[50, 2, 60, 9], "x", [1, 2, 3]]}},
        "restore": {"faces": [{"box": [2, 2, 32, 41]}, {"box": None}, 7]},
        "odd": ["x"],
    }
    found = overlay_of(job_row(measures=measures), (100, 50), "en")
    assert [(box.x, box.width, box.is_main) for box in found.faces] == [
        (1.0, 29.0, True), (50.0, 10.0, False),
    ]  # fmt: skip
    assert found.tiles == ()


@pytest.mark.parametrize("size", [None, (0, 5)])
def test_without_a_size_nothing_is_drawn(size):
    assert overlay_of(judged(box=[1, 2, 30, 40]), size, "en") is None
