"""Small pictures for those who are told about a photo."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from daemon.imaging.thumbnail import SIDE_PX, thumbnail
from daemon.services.announce import MOST_THUMBNAIL


@pytest.mark.parametrize(
    ("size", "small"),
    [
        ((1024, 512), (256, 128)),
        ((300, 900), (85, 256)),
        ((40, 20), (40, 20)),
        ((4000, 2), (256, 1)),
    ],
)
def test_it_is_small_whatever_the_photo_is(size: tuple[int, int], small: tuple[int, int]) -> None:
    content = thumbnail(np.full((size[1], size[0], 3), 90, np.uint8))
    with Image.open(io.BytesIO(content)) as picture:
        assert (picture.format, picture.size) == ("JPEG", small)
        assert not picture.getexif()


def test_what_is_transparent_is_white() -> None:
    alpha = np.zeros((400, 400), np.uint16)
    alpha[:, 200:] = 65_535
    content = thumbnail(np.zeros((400, 400, 3), np.uint8), alpha)
    shown = np.asarray(Image.open(io.BytesIO(content)))
    assert shown[128, 10].min() > 250
    assert shown[128, 240].max() < 5


def test_even_noise_fits_into_an_event() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (SIDE_PX, SIDE_PX, 3), dtype=np.uint8)
    assert len(thumbnail(noise)) < MOST_THUMBNAIL
