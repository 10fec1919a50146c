"""The real embedded engines, on the one face every checkout has."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import pytest

from daemon.config.model import Engines as Settings
from daemon.engines.realesrgan.adapter import TILE_PX
from daemon.engines.registry import Engines
from daemon.engines.tasks import IDENTITY, RESTORE
from daemon.imaging.align import align

pytestmark = pytest.mark.engines


@pytest.fixture(scope="module")
def engines() -> Iterator[Engines]:
    with Engines(Settings(threads=2)) as loaded:
        yield loaded


def test_the_face_is_found_once(engines, astronaut) -> None:
    (face,) = engines.finder.find(astronaut)
    assert face.score > 0.8
    assert 170 < face.landmarks[0, 0] < face.landmarks[1, 0] < 280


@pytest.mark.parametrize("scale", [0.35, 6.0])
def test_the_face_is_found_once_at_any_size(engines, astronaut, scale) -> None:
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    picture = cv2.resize(astronaut, None, fx=scale, fy=scale, interpolation=how)
    (face,) = engines.finder.find(picture)
    assert face.box.width == pytest.approx(90 * scale, rel=0.15)


def test_no_face_is_found_in_a_picture_without_one(engines) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (400, 500, 3), dtype=np.uint8)
    assert engines.finder.find(noise) == []


def test_the_second_detector_agrees(engines, astronaut) -> None:
    first, second = engines.finder.find(astronaut)[0], engines.judge.find(astronaut)[0]
    assert first.box.share_of_smaller(second.box) > 0.8
    assert np.abs(first.landmarks[:2] - second.landmarks[:2]).max() < 8


def test_enlarging_keeps_light_and_colour(engines, astronaut) -> None:
    piece = astronaut[60:124, 180:260].astype(np.float32)
    large = engines.enlarger.enlarge(piece)
    assert large.shape == (256, 320, 3)
    back = cv2.resize(large, (80, 64), interpolation=cv2.INTER_AREA)
    assert np.abs(back.mean(axis=(0, 1)) - piece.mean(axis=(0, 1))).max() < 3


def test_red_stays_red(engines) -> None:
    """RGB at every border: blue people come from a mix-up."""
    patch = np.zeros((24, 24, 3), np.float32)
    patch[..., 0] = 200
    assert engines.enlarger.enlarge(patch).mean(axis=(0, 1)).argmax() == 0


def test_tiles_leave_no_seam(engines, astronaut) -> None:
    width = TILE_PX + 24
    piece = astronaut[100:148, 150 : 150 + width].astype(np.float32)
    large = engines.enlarger.enlarge(piece)
    seam = 4 * (width // 2)
    steps = np.abs(np.diff(large, axis=1)).mean(axis=(0, 2))
    assert steps[seam - 1] < 2.5 * np.median(steps)


def test_one_person_is_near_and_another_far(engines, astronaut) -> None:
    where = align(engines.finder.find(astronaut)[0].landmarks)
    here = engines.recogniser.embed(astronaut, where)
    soft = cv2.GaussianBlur(astronaut, (0, 0), 1)
    assert np.linalg.norm(engines.recogniser.embed(soft, where) - here) < 0.25
    upside_down = np.ascontiguousarray(astronaut[::-1])
    assert np.linalg.norm(engines.recogniser.embed(upside_down, where) - here) > 0.5


def test_the_same_input_gives_the_same_bits(engines, astronaut) -> None:
    piece = astronaut[80:120, 190:230].astype(np.float32)
    assert np.array_equal(engines.enlarger.enlarge(piece), engines.enlarger.enlarge(piece))


def test_describing_loads_nothing() -> None:
    described = Engines().describe()
    assert described[RESTORE]["name"] == "realesrgan-x4plus"
    assert all(len(digest) == 64 for digest in described[IDENTITY]["weights"].values())


def test_a_preference_that_cannot_be_met_is_recorded() -> None:
    described = Engines(Settings(prefer="gpu"), device="cuda:0").describe()
    assert "gpen: no weights in the model store" in described[RESTORE]["note"]
    assert described[RESTORE]["name"] == "realesrgan-x4plus"
