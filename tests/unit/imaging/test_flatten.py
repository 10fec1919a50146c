"""A picture with see-through parts as people see it: on white."""

from __future__ import annotations

import numpy as np
import pytest

from daemon.imaging.flatten import on_white
from daemon.imaging.photo import Container, Photo

DARK = np.full((2, 3, 3), 40, np.uint8)


def photo(alpha: np.ndarray | None) -> Photo:
    return Photo(DARK, DARK, alpha, Container("PNG"))


@pytest.mark.parametrize("alpha", [None, np.full((2, 3), 255, np.uint8)])
def test_what_hides_nothing_stays_the_very_same(alpha) -> None:
    given = photo(alpha)
    assert on_white(given) is given


@pytest.mark.parametrize(
    ("alpha", "seen"),
    [
        (np.zeros((2, 3), np.uint8), 255),
        (np.zeros((2, 3), np.uint16), 255),
        (np.full((2, 3), 128, np.uint8), 147),
        (np.full((2, 3), 32896, np.uint16), 147),
    ],
)
def test_white_shows_through(alpha, seen) -> None:
    given = photo(alpha)
    shown = on_white(given)
    assert (shown.srgb == seen).all()
    assert shown.srgb.dtype == np.uint8
    assert shown.alpha is None
    assert shown.pixels is given.pixels
    assert (DARK == 40).all()


def test_only_what_is_see_through_changes() -> None:
    alpha = np.full((2, 3), 255, np.uint8)
    alpha[1, 2] = 0
    shown = on_white(photo(alpha)).srgb
    assert (shown[1, 2] == 255).all()
    assert (shown[0] == 40).all()
    assert (shown[1, :2] == 40).all()
