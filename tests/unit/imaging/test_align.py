from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from daemon.imaging.align import CROP_PX, FFHQ_TEMPLATE, align, align_to, mapped, pose
from daemon.imaging.geometry import Window
from daemon.imaging.template import gpen_template
from tests.conftest import REPO

FIXTURE = REPO.parent / "shared" / "parity" / "alignment.npz"
LIMIT_PX = 0.01


def similarity(scale: float, degrees: float, left: float, top: float) -> np.ndarray:
    turn = math.radians(degrees)
    c, s = scale * math.cos(turn), scale * math.sin(turn)
    return np.array([[c, -s, left], [s, c, top]])


def test_the_crop_is_the_reference_crop() -> None:
    """The reference functions' own matrices, corner by corner, within a hundredth of a pixel."""
    if not FIXTURE.exists():
        pytest.skip("../shared/parity/alignment.npz is not on this machine")
    data = np.load(FIXTURE)
    assert np.array_equal(data["template_facexlib512"].astype(np.float32), FFHQ_TEMPLATE)
    corners = np.array([(0, 0), (CROP_PX, 0), (CROP_PX, CROP_PX), (0, CROP_PX)])
    for landmarks, wanted in zip(data["landmarks"], data["facexlib512"], strict=True):
        found = align(landmarks)
        assert found is not None
        in_photo = mapped(corners, cv2.invertAffineTransform(wanted.astype(float)))
        assert np.abs(mapped(in_photo, found.matrix) - corners).max() < LIMIT_PX


@pytest.mark.parametrize("scale", [0.1, 1.0, 3.7])
def test_a_turned_face_is_brought_upright(scale: float) -> None:
    placed = mapped(FFHQ_TEMPLATE, similarity(scale, 25, 300, 200)).astype(np.float32)
    found = align(placed)
    assert found is not None
    assert found.scale == pytest.approx(1 / scale, rel=1e-3)
    assert np.abs(mapped(placed, found.matrix) - FFHQ_TEMPLATE).max() < 0.05


def test_five_equal_points_are_no_face() -> None:
    assert align(np.full((5, 2), 7, np.float32)) is None


@pytest.mark.parametrize("scale", [0.4, 1.0, 2.0, 5.0])
def test_a_crop_and_its_way_back_lie_on_the_same_place(scale: float) -> None:
    side = round(560 * scale)
    y, x = np.mgrid[0:side, 0:side]
    smooth = 127 + 60 * np.sin(x / (40 * scale)) + 60 * np.cos(y / (33 * scale))
    photo = np.repeat(np.rint(smooth).astype(np.uint8)[..., None], 3, axis=2)
    found = align((FFHQ_TEMPLATE * scale + 20 * scale).astype(np.float32))
    assert found is not None
    lo, hi = round(120 * scale), round(440 * scale)
    back = found.back(found.crop(photo), Window(lo, lo, hi, hi))
    assert np.abs(back - photo[lo:hi, lo:hi]).mean() < 1.0


def test_an_enlarged_photo_shows_the_same_crop(astronaut) -> None:
    found = align((FFHQ_TEMPLATE * 0.5 + 60).astype(np.float32))
    assert found is not None
    large = cv2.resize(astronaut, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    difference = found.scaled(2).crop(large) - found.crop(astronaut)
    assert np.abs(difference).mean() < 2.5


def test_pose_tells_turned_heads_from_tilted_ones() -> None:
    assert pose(FFHQ_TEMPLATE).yaw == pytest.approx(0, abs=3)
    tilted = mapped(FFHQ_TEMPLATE, similarity(1, 30, 0, 0)).astype(np.float32)
    assert pose(tilted).roll == pytest.approx(30, abs=1)
    turned = FFHQ_TEMPLATE.copy()
    turned[2, 0] = 256 + 130  # the nose tip beyond the eye
    assert pose(turned).yaw > 60


@pytest.mark.parametrize("size_px", [256, 512, 1024])
def test_a_crop_by_gpens_template_is_the_reference_crop(size_px) -> None:
    if not FIXTURE.exists():
        pytest.skip("../shared/parity/alignment.npz is not on this machine")
    data = np.load(FIXTURE)
    corners = np.array([(0, 0), (size_px, 0), (size_px, size_px), (0, size_px)])
    for landmarks, wanted in zip(data["landmarks"], data[f"gpen{size_px}"], strict=True):
        found = align_to(landmarks, gpen_template(size_px), size_px)
        assert found is not None
        assert found.side_px == size_px
        in_photo = mapped(corners, cv2.invertAffineTransform(wanted.astype(float)))
        assert np.abs(mapped(in_photo, found.matrix) - corners).max() < LIMIT_PX * size_px / 512


@pytest.mark.parametrize("size_px", [256, 512, 1024])
def test_engines_of_ffhq_crops_get_them_by_least_median_at_any_size(size_px) -> None:
    points = FFHQ_TEMPLATE * 0.7 + 30
    points[2] += (25, -18)  # least squares would turn the face after this nose
    plain = align(points.astype(np.float32))
    found = align_to(points.astype(np.float32), FFHQ_TEMPLATE * (size_px / 512), size_px)
    assert plain is not None
    assert found is not None
    assert np.allclose(found.matrix * (512 / size_px), plain.matrix)


def test_points_in_one_place_fit_no_template() -> None:
    assert align_to(np.full((5, 2), 7, np.float32), gpen_template(512), 512) is None


@pytest.mark.parametrize("size_px", [256, 1024])
def test_a_crop_seen_from_another_is_the_same_face(astronaut, size_px) -> None:
    points = (FFHQ_TEMPLATE * 0.327 + np.array((140, 33))).astype(np.float32)
    ffhq, other = align(points), align_to(points, gpen_template(size_px), size_px)
    assert ffhq is not None
    assert other is not None
    crop = np.rint(other.crop(astronaut)).astype(np.uint8)
    seen = ffhq.seen_from(other).crop(crop)
    inner = slice(100, 480)
    difference = np.abs(seen - ffhq.crop(astronaut))[inner, inner]
    assert difference.mean() < (2.5 if size_px == 256 else 1.0)
