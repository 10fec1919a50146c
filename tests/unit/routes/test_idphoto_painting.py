"""What lies behind the person."""

from __future__ import annotations

import numpy as np
import pytest

from daemon.routes.idphoto.painting import Background, Stop, canvas, composed

BLUE = (67, 142, 219)
FADE = (Stop(0.0, BLUE), Stop(1.0, (255, 255, 255)))


def test_a_solid_colour_is_one_colour_to_the_bit() -> None:
    behind = canvas(Background("solid", rgb=BLUE), 30, 40)
    empty = composed(np.zeros((40, 30, 3), np.uint8), np.zeros((40, 30), np.float32), behind)
    assert (empty == BLUE).all()


def test_where_the_person_is_the_person_stays_to_the_bit() -> None:
    person = np.random.default_rng(1).integers(0, 256, (40, 30, 3), np.uint8)
    for background in (Background("solid", rgb=BLUE), Background("gradient", stops=FADE)):
        behind = canvas(background, 30, 40)
        assert (composed(person, np.ones((40, 30), np.float32), behind) == person).all()


def test_half_a_hair_is_half_a_hair() -> None:
    hair = np.full((4, 4, 3), 40, np.uint8)
    behind = canvas(Background("solid", rgb=(200, 200, 200)), 4, 4)
    assert (composed(hair, np.full((4, 4), 0.5, np.float32), behind) == 120).all()


@pytest.mark.parametrize("kind", ["vertical", "radial"])
def test_a_gradient_runs_from_its_first_stop_to_its_last(kind) -> None:
    behind = canvas(Background("gradient", kind=kind, stops=FADE), 61, 81)
    first = behind[0, 30] if kind == "vertical" else behind[40, 30]
    last = behind[-1, 30] if kind == "vertical" else behind[0, 0]
    assert first == pytest.approx(BLUE, abs=1)
    assert last == pytest.approx((255, 255, 255), abs=1)
    line = behind[:, 30, 0] if kind == "vertical" else behind[40, 30:, 0]
    assert (np.diff(line) >= 0).all()


def test_a_slow_gradient_shows_no_bands() -> None:
    slow = (Stop(0, (100, 100, 100)), Stop(1, (104, 104, 104)))
    behind = canvas(Background("gradient", stops=slow), 64, 400)
    shown = composed(np.zeros((400, 64, 3), np.uint8), np.zeros((400, 64), np.float32), behind)
    averaged = shown[..., 0].reshape(50, 8, 8, 8).mean(axis=(1, 3))
    wanted = behind[..., 0].reshape(50, 8, 8, 8).mean(axis=(1, 3))
    assert np.abs(averaged - wanted).max() < 0.1
