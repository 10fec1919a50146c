"""RetinaFace with its real weights finds the faces that the embedded detector finds.

The same rows as a table, with a third opinion: ``python -m tests.detector_table``.
"""

from __future__ import annotations

import numpy as np
import pytest

from tests import detector_table
from tests.fakes.torch_here import need_torch

need_torch()

pytestmark = [pytest.mark.engines, pytest.mark.slow, pytest.mark.xdist_group("facexlib")]


@pytest.fixture(scope="module")
def finder():
    from daemon.engines.facexlib.retinaface import RetinaFace
    from daemon.engines.offers import Setup

    if not detector_table.WEIGHTS.is_file():
        pytest.skip(f"../shared/weights/{detector_table.WEIGHTS.name} is not on this machine")
    return RetinaFace(detector_table.WEIGHTS, "mobile", Setup("cpu", "fp32", 1))


@pytest.fixture(scope="module")
def embedded():
    from daemon.engines.centerface.adapter import CenterFace

    return CenterFace(1)


@pytest.mark.parametrize(
    "folder", ["gray", "group", "headshot", "hq", "old", "pairs", "phone", "portrait"]
)
def test_the_same_faces_as_the_embedded_detector_and_the_same_points(
    finder, embedded, shared_photos, folder
) -> None:
    rows = list(
        detector_table.rows(finder, embedded, detector_table.NoJudge(), shared_photos(folder))
    )
    assert rows
    assert [row.line() for row in rows if not row.has_same_faces] == []
    assert [row.line() for row in rows if not row.is_near] == []


def test_a_quick_look_finds_a_portraits_face_where_all_looks_do(finder, astronaut) -> None:
    (face,), (quick,) = finder.find(astronaut), finder.find(astronaut, view_px=256)
    assert detector_table.same(face, quick)
    assert detector_table.apart(quick, face) < detector_table.MOST_APART


def test_nothing_is_a_face_in_noise_or_on_an_empty_page(finder) -> None:
    noise = np.random.default_rng(4).integers(0, 256, (400, 600, 3), dtype=np.uint8)
    assert finder.find(noise) == []
    assert finder.find(np.full((300, 200, 3), 255, np.uint8)) == []
    finder.warm()


def test_a_face_as_wide_as_the_picture_is_one_face(finder, astronaut) -> None:
    import cv2

    close = cv2.resize(astronaut[60:190, 160:290], None, fx=12, fy=12)
    assert len(finder.find(close)) == 1
