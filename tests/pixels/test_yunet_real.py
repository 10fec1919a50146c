"""YuNet with its published weights beside the embedded detector, on the photos of ../shared."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from daemon.engines.onnx_detectors.yunet import YuNet
from daemon.engines.weights import StoredWeights
from daemon.files.digest import digest_of
from tests import detector_table

pytestmark = [pytest.mark.engines, pytest.mark.slow, pytest.mark.photos]
WEIGHTS = detector_table.WEIGHTS.with_name("face_detection_yunet_2023mar.onnx")


@pytest.fixture(scope="module")
def finder() -> YuNet:
    if not WEIGHTS.is_file():
        pytest.skip(f"../shared/weights/{WEIGHTS.name} is not on this machine")
    return YuNet(StoredWeights("yunet-2023mar", WEIGHTS, digest_of(WEIGHTS).sha256, True))


@pytest.fixture(scope="module")
def embedded():
    from daemon.engines.centerface.adapter import CenterFace

    return CenterFace(1)


@pytest.mark.parametrize("folder", ["gray", "headshot", "old", "pairs", "portrait"])
def test_the_same_faces_as_the_embedded_detector_and_the_same_points(
    finder, embedded, shared_photos, folder
) -> None:
    rows = list(
        detector_table.rows(finder, embedded, detector_table.NoJudge(), shared_photos(folder))
    )
    assert rows
    assert [row.line() for row in rows if not row.has_same_faces] == []
    assert [row.line() for row in rows if not row.is_near] == []


def test_groups_have_the_same_faces_and_points_that_are_near_on_the_average(
    finder, embedded, shared_photos
) -> None:
    """The network holds a tilted face for more upright than it is: 0.18 on one of pair.jpg."""
    rows = list(
        detector_table.rows(finder, embedded, detector_table.NoJudge(), shared_photos("group"))
    )
    assert rows
    assert [row.line() for row in rows if not row.has_same_faces] == []
    assert max(np.mean(row.apart) for row in rows) <= detector_table.MOST_APART


def test_a_quick_look_finds_a_portraits_face_where_all_looks_do(finder, astronaut) -> None:
    (face,), (quick,) = finder.find(astronaut), finder.find(astronaut, view_px=256)
    assert detector_table.same(face, quick)
    assert detector_table.apart(quick, face) < detector_table.MOST_APART


def test_nothing_is_a_face_in_noise_or_on_an_empty_page(finder) -> None:
    noise = np.random.default_rng(4).integers(0, 256, (400, 600, 3), dtype=np.uint8)
    assert finder.find(noise) == []
    assert finder.find(np.full((300, 200, 3), 255, np.uint8)) == []


def test_a_face_as_wide_as_the_picture_is_one_face(finder, astronaut) -> None:
    close = cv2.resize(astronaut[60:190, 160:290], None, fx=12, fy=12)
    assert len(finder.find(close)) == 1


def test_a_strip_of_one_pixel_has_no_face(finder) -> None:
    assert finder.find(np.zeros((1, 4000, 3), np.uint8)) == []
    assert finder.find(np.zeros((900, 1, 3), np.uint8)) == []
