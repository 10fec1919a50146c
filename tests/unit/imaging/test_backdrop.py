"""The second opinion on who stands before a flat background."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from daemon.imaging.backdrop import disagreement, figure_before
from tests.alpha_metrics import composed
from tests.composites import LOOKS, drawn

BLUE, WHITE = (0x43, 0x8E, 0xDB), (255, 255, 255)


@pytest.fixture(scope="module")
def person():
    return drawn(LOOKS[0], (240, 300))


def on(person, colour):
    flat = np.empty_like(person.foreground)
    flat[:] = colour
    return composed(person.foreground, person.alpha, flat)


@pytest.mark.parametrize("colour", [BLUE, WHITE, (255, 0, 0)])
def test_it_agrees_with_the_truth(person, colour) -> None:
    figure = figure_before(on(person, colour), colour)
    assert disagreement(person.alpha, figure) < 0.01
    assert figure.blobs < 0.002


def test_coding_noise_is_no_person(person) -> None:
    _, written = cv2.imencode(".jpg", on(person, BLUE)[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 85])
    read = cv2.imdecode(written, cv2.IMREAD_COLOR)[:, :, ::-1]
    assert disagreement(person.alpha, figure_before(np.ascontiguousarray(read), BLUE)) < 0.015


def test_what_was_left_in_the_background_is_seen(person) -> None:
    picture = on(person, WHITE)
    picture[20:40, 10:30] = (90, 60, 30)
    figure = figure_before(picture, WHITE)
    assert figure.blobs == pytest.approx(400 / picture[..., 0].size, rel=0.1)


def test_a_white_shirt_inside_a_jacket_is_still_the_person(person) -> None:
    picture = on(person, WHITE)
    picture[250:, 110:130] = WHITE
    assert figure_before(picture, WHITE).alpha[250:, 110:130].min() == 1


def test_a_shirt_of_the_background_is_beyond_it() -> None:
    """Known limit: colour alone cannot tell."""
    person = drawn(LOOKS[1], (240, 300))
    assert disagreement(person.alpha, figure_before(on(person, WHITE), WHITE)) > 0.1


def test_an_empty_picture_has_nobody() -> None:
    flat = np.full((40, 30, 3), 255, np.uint8)
    figure = figure_before(flat, WHITE)
    assert figure.alpha.max() == 0
    assert figure.blobs == 0


def test_swapped_channels_are_a_stranger_everywhere(person) -> None:
    swapped = np.ascontiguousarray(on(person, BLUE)[:, :, ::-1])
    assert np.median(figure_before(swapped, BLUE).distance) > 40
