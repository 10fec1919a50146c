"""The background of a finished photo, measured from its pixels: defects put in are found."""

from __future__ import annotations

import io
import math

import cv2
import numpy as np
import pytest
from PIL import Image

from daemon.routes.idphoto.check_background import (
    GRADIENT,
    JPEG,
    PNG,
    background_rows,
    filled_to_bottom,
)
from daemon.routes.idphoto.painting import Background, Stop, canvas, composed

BLUE = (67, 142, 219)
WIDTH, HEIGHT = 295, 413


def person() -> tuple[np.ndarray, np.ndarray]:
    """Colours and matte of a drawn person with some loose hair."""
    alpha = np.zeros((HEIGHT * 2, WIDTH * 2), np.float32)
    cv2.ellipse(alpha, (295, 340), (150, 220), 0, 0, 360, 1.0, -1)
    cv2.ellipse(alpha, (295, 860), (290, 300), 0, 0, 360, 1.0, -1)
    rng = np.random.default_rng(11)
    for x in range(160, 430, 6):
        end = int(x + rng.normal(0, 25)), int(330 - abs(rng.normal(215, 12)))
        cv2.line(alpha, (x, 300), end, 1.0, 1, cv2.LINE_AA)
    colours = np.empty((HEIGHT * 2, WIDTH * 2, 3), np.uint8)
    colours[:] = (38, 30, 28)
    cv2.ellipse(colours, (295, 380), (110, 150), 0, 0, 360, (214, 172, 148), -1)
    colours[620:] = (52, 58, 84)
    size = (WIDTH, HEIGHT)
    return (
        cv2.resize(colours, size, interpolation=cv2.INTER_AREA),
        cv2.resize(alpha, size, interpolation=cv2.INTER_AREA),
    )


def written(rgb: np.ndarray, form: str = "JPEG") -> np.ndarray:
    buffer = io.BytesIO()
    Image.fromarray(rgb).save(buffer, form, quality=92, subsampling=0)
    return np.asarray(Image.open(buffer))


def failing(rgb: np.ndarray, painted: np.ndarray, limits=JPEG) -> set[str]:
    return {row.name for row in background_rows(rgb, painted, limits) if row.verdict == "fail"}


@pytest.fixture(params=[(255, 255, 255), BLUE, (200, 30, 40), (240, 240, 240)])
def painted(request) -> np.ndarray:
    return canvas(Background("solid", rgb=request.param), WIDTH, HEIGHT)


@pytest.mark.parametrize(("form", "limits"), [("JPEG", JPEG), ("PNG", PNG)])
def test_a_clean_photo_passes_in_every_row(painted, form, limits) -> None:
    photo = written(composed(*person(), painted), form)
    rows = background_rows(photo, painted, limits)
    assert [row.name for row in rows if not row.passes] == []
    assert len(rows) == 7


def test_a_clean_gradient_passes_and_a_flat_photo_for_it_does_not() -> None:
    fade = Background("gradient", stops=(Stop(0, BLUE), Stop(1, (255, 255, 255))))
    behind = canvas(fade, WIDTH, HEIGHT)
    assert failing(written(composed(*person(), behind)), behind, GRADIENT) == set()
    flat = canvas(Background("solid", rgb=BLUE), WIDTH, HEIGHT)
    assert failing(written(composed(*person(), flat)), behind, GRADIENT)


def test_a_background_a_little_off_is_seen(painted) -> None:
    # 12 steps darker: between 2 and 4 dE00 for these colours.
    off = np.clip(painted - 12, 0, 255)
    assert "background_mean" in failing(written(composed(*person(), off)), painted)


def test_a_thing_left_behind_the_person_is_seen(painted) -> None:
    photo = composed(*person(), painted)
    side = round(math.sqrt(0.002 * WIDTH * HEIGHT))
    photo[40 : 40 + side, 20 : 20 + side] = (120, 90, 60)
    assert "background_blobs" in failing(written(photo), painted)


def test_a_halo_of_the_old_background_is_seen(painted) -> None:
    colours, alpha = person()
    old = np.array((30, 120, 60), np.float32)
    wide = cv2.dilate(alpha, np.ones((7, 7)))
    ring = np.clip(wide - alpha, 0, 1)[..., None]
    glowing = painted * (1 - 0.6 * ring) + 0.6 * ring * old
    assert "background_halo" in failing(written(composed(colours, alpha, glowing)), painted)


def test_a_shadow_in_one_corner_is_seen(painted) -> None:
    light = np.linspace(1.0, 0.9, WIDTH)[None, :, None]
    found = failing(written(composed(*person(), painted * light)), painted)
    assert found & {"background_corners", "background_mean", "background_spread"}


def test_blue_asked_and_red_painted_is_never_a_pass() -> None:
    painted = canvas(Background("solid", rgb=BLUE), WIDTH, HEIGHT)
    swapped = composed(*person(), painted)[..., ::-1]
    assert "background_mean" in failing(written(np.ascontiguousarray(swapped)), painted)


def test_a_photo_without_any_background_is_never_a_pass(painted) -> None:
    full = np.full((HEIGHT, WIDTH, 3), (120, 90, 60), np.uint8)
    assert failing(full, painted) == {"background_mean"}


def test_a_white_shirt_that_reaches_the_lower_edge_is_the_person() -> None:
    around = np.zeros((60, 40), np.bool_)
    around[20:, 8:32] = True
    around[30:, 16:24] = False  # the shirt, open to the edge below
    filled = filled_to_bottom(around)
    assert filled[30:, 16:24].all()
    assert not filled[:20].any()
    assert not filled[:, :8].any()
