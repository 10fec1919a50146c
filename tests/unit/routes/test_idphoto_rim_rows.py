"""What is told of a person's rim, on drawn photos."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from daemon.routes.idphoto.check_background import JPEG, background_rows

WHITE = np.full((413, 295, 3), 255, np.float32)
GREEN, GREY = (50, 120, 70), (150, 150, 150)


def person(shirt: tuple[int, int, int]) -> tuple[np.ndarray, np.ndarray]:
    """A head and a shirt with stripes before white, and its matte."""
    alpha = np.zeros((413, 295), np.float32)
    cv2.ellipse(alpha, (148, 170), (70, 95), 0, 0, 360, 1.0, -1, cv2.LINE_AA)
    cv2.rectangle(alpha, (50, 300), (245, 413), 1.0, -1)
    colours = np.full((413, 295, 3), (60, 45, 40), np.uint8)
    colours[300:] = shirt
    colours[310::14] = (90, 90, 90)
    colours[311::14] = (90, 90, 90)
    mixed = colours * alpha[..., None] + WHITE * (1 - alpha[..., None])
    return np.rint(mixed).astype(np.uint8), alpha


def values(rgb: np.ndarray, alpha: np.ndarray | None) -> dict[str, float]:
    return {row.name: row.value for row in background_rows(rgb, WHITE, JPEG, alpha)}


def ringed(rgb: np.ndarray, alpha: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    away = cv2.distanceTransform((alpha <= 0.5).astype(np.uint8), cv2.DIST_L2, 5)
    out = rgb.copy()
    out[(away > 0) & (away <= 3)] = colour
    return out


@pytest.mark.parametrize("knows", [True, False])
def test_edges_inside_a_white_shirt_do_not_hide_a_green_rim(knows: bool) -> None:
    rgb, alpha = person((255, 255, 255))
    matte = alpha if knows else None
    assert values(rgb, matte)["background_halo"] < 3
    assert values(ringed(rgb, alpha, GREEN), matte)["background_halo"] > 20


def test_a_grey_ring_is_told_by_where_the_person_was_put() -> None:
    """Grey lies between white and dark hair: its colour alone says nothing."""
    rgb, alpha = person((40, 40, 120))
    assert values(rgb, alpha)["background_ring"] < 1
    assert values(ringed(rgb, alpha, GREY), alpha)["background_ring"] > 15
    assert "background_ring" not in values(rgb, None)
