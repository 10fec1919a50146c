"""What both sweeping detectors make of sizes and boxes."""

from __future__ import annotations

import numpy as np
import pytest

from daemon.engines.sightings import SweptFace
from daemon.engines.sweeping import at_full_size, resized
from daemon.imaging.geometry import Box


@pytest.mark.parametrize(
    ("shape", "scale", "expected"),
    [((1, 5000, 3), 0.2, (1, 1000, 3)), ((400, 300, 3), 0.5, (200, 150, 3)),
     ((40, 30, 3), 2.0, (80, 60, 3))],
)  # fmt: skip
def test_no_side_of_a_picture_vanishes(shape, scale, expected):
    assert resized(np.zeros(shape, np.uint8), scale).shape == expected


def test_a_face_of_a_shrunk_page_lies_where_it_is_and_inside():
    seen = SweptFace(Box(40, 30, 101, 90), Box(50, 40, 90, 80), 0.9, 90)
    full = at_full_size(seen, 0.5, (200, 400))
    assert full.box == Box(100, 80, 180, 160)
    assert full.cover == Box(80, 60, 200, 180)
    assert (full.score, full.turn_deg) == (0.9, 90)
