"""Detectors of ONNX files: where they look, networks in a package, what records say."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import pytest

from daemon.engines.base import Face
from daemon.engines.offered import OFFERS
from daemon.engines.offers import Setup
from daemon.engines.onnx_detectors.facts import SCRFD
from daemon.engines.onnx_detectors.yunet import YuNet
from daemon.engines.tasks import FIND
from daemon.engines.weights import StoredWeights
from daemon.errors import EngineUnavailable
from tests.fakes import onnx_detectors as fakes
from tests.fakes.onnx_files import recogniser, restorer, yunet

CPU = Setup("cpu", "fp32", 1)

# ── where they look: files that find red squares ──────────────────────────────────────────────

# SCRFD's anchors stand in the corners of their cells.
OFF_PX = {"scrfd": -fakes.STEP_PX / 2}


def middle_of(picture: np.ndarray) -> np.ndarray:
    """x and y of the middle of what is red."""
    rows, columns = np.nonzero(picture[..., 0] == fakes.RED[0])
    return np.array((columns.mean() + 0.5, rows.mean() + 0.5))


def agrees(face: Face, middle: np.ndarray, by: float, picture: np.ndarray) -> None:
    """Hold a face against where it must lie."""
    half, limit = fakes.FACE_PX / 2 * by, picture.shape[1::-1]
    low = np.maximum(middle - half, 0)
    high = np.minimum(middle + half, limit)
    edges = (face.box.left, face.box.top, face.box.right, face.box.bottom)
    assert edges == pytest.approx((*low, *high), abs=0.01 * by)
    np.testing.assert_allclose(face.landmarks, middle + fakes.POINTS * by, atol=0.01 * by)
    assert face.landmarks.dtype == np.float32


@pytest.mark.parametrize("turns", range(4))
@pytest.mark.parametrize("seer", fakes.SEERS)
def test_a_face_lies_where_it_was_seen_however_the_picture_is_turned(detector, seer, turns) -> None:
    name, content = fakes.SEERS[seer]
    finder = detector(name, content())
    for by in (1, 2, 3):
        upright = fakes.with_squares(320, 192, (5, 3)).repeat(by, 0).repeat(by, 1)
        picture = np.ascontiguousarray(np.rot90(upright, turns))
        (face,) = finder.find(picture, view_px=320)
        pixels = picture.copy()
        pixels[..., 1:] = 0
        middle = middle_of(pixels) + OFF_PX.get(name, 0) * by
        if name != "ultralight":  # gives no points
            agrees(face, middle, by, picture)
        assert face.box.width == pytest.approx(fakes.FACE_PX * by, abs=0.05)
        assert 0.99 < face.score <= 1


@pytest.mark.parametrize("colour", [(0, 0, 255), (0, 255, 0), (255, 255, 255), (0, 0, 0)])
@pytest.mark.parametrize("seer", fakes.SEERS)
def test_colours_reach_the_network_in_its_own_order(detector, seer, colour) -> None:
    """The files see red only, in the order that each was trained in."""
    name, content = fakes.SEERS[seer]
    picture = fakes.with_squares(320, 192, (5, 3), colour=colour)
    assert detector(name, content()).find(picture, view_px=320) == []


@pytest.mark.parametrize("seer", fakes.SEERS)
def test_a_box_at_the_edge_ends_with_the_picture(detector, seer) -> None:
    name, content = fakes.SEERS[seer]
    (face,) = detector(name, content()).find(fakes.with_squares(250, 187, (0, 0)), view_px=250)
    assert (face.box.left, face.box.top) == (0, 0)
    assert 0 < face.box.right < 60
    assert 0 < face.box.bottom < 60


@pytest.mark.parametrize("shape", [(1, 1), (3, 900), (900, 3), (37, 51)])
@pytest.mark.parametrize("seer", fakes.SEERS)
def test_pictures_of_strange_shapes_have_no_faces(detector, seer, shape) -> None:
    name, content = fakes.SEERS[seer]
    assert detector(name, content()).find(np.full((*shape, 3), fakes.GREY, np.uint8)) == []


def test_small_faces_of_a_large_picture_are_seen_in_windows_and_each_once(detector) -> None:
    """The input has 640 px, the largest view 1280: windows at 0, 320 and 640."""
    cells = [(1, 1), (39, 20), (40, 40), (78, 58), (20, 30)]
    picture = fakes.with_squares(1280, 960, *cells)
    found = detector("yoloface", fakes.yoloface()).find(picture)
    middles = sorted(
        ((face.landmarks[2] - fakes.POINTS[2]) / fakes.STEP_PX - 0.5).round().astype(int).tolist()
        for face in found
    )
    assert middles == sorted(map(list, cells))
    for face in found:
        assert face.box.width > fakes.FACE_PX / 2, "no face is what a window left of it"


def test_the_first_look_shows_all_of_the_picture(detector) -> None:
    """A face of a tall picture that is too large for any window of the other views."""
    tall = fakes.with_squares(160, 240, (4, 7)).repeat(4, 0).repeat(4, 1)
    (face,) = detector("ultralight", fakes.ultralight()).find(tall)
    assert face.box.width == pytest.approx(4 * fakes.FACE_PX, abs=1)
    assert (face.box.left + face.box.right) / 2 == pytest.approx(4.5 * 4 * fakes.STEP_PX, abs=1)


@pytest.mark.parametrize("seer", fakes.SEERS)
def test_it_can_be_warmed_and_looks_as_before(detector, seer) -> None:
    name, content = fakes.SEERS[seer]
    finder = detector(name, content())
    finder.warm()
    assert len(finder.find(fakes.with_squares(320, 192, (5, 3)), view_px=320)) == 1


# ── a network inside a package ────────────────────────────────────────────────────────────────


def test_the_package_of_models_serves_its_detector(offered_finder) -> None:
    finder = offered_finder("scrfd", "buffalo-l", fakes.packed())
    (face,) = finder.find(fakes.with_squares(320, 192, (5, 3)), view_px=320)
    agrees(face, np.array((80, 48)), 1, np.empty((192, 320, 3)))


def test_the_detector_alone_is_preferred_to_the_package(stored) -> None:
    weights = {key: stored(key, b"") for key in ("buffalo-l", "scrfd-2.5g", "scrfd-10g")}
    assert SCRFD.weights_of(weights).model == "scrfd-10g"
    del weights["scrfd-10g"]
    assert SCRFD.weights_of(weights).model == "buffalo-l"


def doubled() -> bytes:
    held = io.BytesIO(fakes.packed())
    with zipfile.ZipFile(held, "a") as package:
        package.writestr("again/det_10g.onnx", b"")
    return held.getvalue()


def damaged() -> bytes:
    content = bytearray(fakes.packed())
    content[200:400] = bytes(200)
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (lambda: b"", r"cannot be read out of it \(BadZipFile\)"),
        (fakes.scrfd, r"cannot be read out of it \(BadZipFile\)"),
        (damaged, "cannot be read out of it"),
        (lambda: fakes.packed(name="det_500m.onnx"), "holds 0 files det_10g.onnx"),
        (doubled, "holds 2 files det_10g.onnx"),
        (lambda: fakes.packed(content=bytes(64 * 2**20 + 1)), "longer than such networks"),
        (lambda: fakes.packed(content=b"rubbish"), "finds no network"),
        (lambda: fakes.packed(content=fakes.yoloface(64)), "on an empty picture, it gives"),
    ],
)
def test_a_package_that_is_none_is_refused(offered_finder, content, why) -> None:
    with pytest.raises(EngineUnavailable, match=why) as refused:
        offered_finder("scrfd", "buffalo-l", content())
    assert "boothd models pull buffalo-l --replace" in str(refused.value)


# ── what records say ──────────────────────────────────────────────────────────────────────────


def facts(name: str, used: StoredWeights) -> dict:
    (offer,) = (one for one in OFFERS[FIND] if one.name == name)
    return offer.facts({used.model: used}, CPU).as_json()


def test_the_record_says_whose_points_they_are(stored) -> None:
    said = facts("ultralight", stored("ultralight-rfb-320", b""))
    assert said["name"] == "ultralight"
    assert list(said["weights"]) == ["model.onnx"]
    assert said["landmarks"]["name"] == "centerface"
    assert list(said["landmarks"]["weights"]) == ["centerface.onnx"]


def test_the_record_names_the_package_that_was_used(stored) -> None:
    said = facts("scrfd", stored("buffalo-l", b""))
    assert (said["name"], said["model"]) == ("scrfd", "buffalo-l")


def test_the_freest_and_best_stand_first() -> None:
    assert [offer.name for offer in OFFERS[FIND]] == [
        "retinaface", "yunet", "retinaface-onnx", "yoloface", "scrfd", "ultralight",
    ]  # fmt: skip


# ── YuNet ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("content", [b"", b"rubbish", restorer(64), recogniser(("a", "b"), 128)])
def test_a_file_without_yunets_heads_is_refused(stored, content) -> None:
    with pytest.raises(EngineUnavailable, match="YuNet: OpenCV finds no network"):
        YuNet(stored("yunet-2023mar", content))


@pytest.mark.parametrize("side", [640, "side"])
def test_yunets_boxes_lie_within_the_picture_whatever_the_network_says(stored, side) -> None:
    finder = YuNet(stored("yunet-2023mar", yunet(side, bias=-6.0, lift=24.0)))
    found = finder.find(np.full((90, 200, 3), 128, np.uint8), view_px=128)
    assert found
    for face in found:
        assert 0 <= face.box.left <= face.box.right <= 200
        assert 0 <= face.box.top <= face.box.bottom <= 90
        assert 0.7 <= face.score <= 1
        assert face.landmarks.shape == (5, 2)


def test_a_yunet_that_is_sure_of_nothing_finds_nobody(stored) -> None:
    finder = YuNet(stored("yunet-2023mar", yunet(bias=-6.0)))
    assert finder.find(np.full((90, 200, 3), 128, np.uint8)) == []


@pytest.mark.parametrize("bias", [float("nan"), float("inf"), 9.0])
def test_a_yunet_that_sees_faces_in_nothing_is_refused(stored, bias) -> None:
    with pytest.raises(EngineUnavailable, match="faces in an empty picture"):
        YuNet(stored("yunet-2023mar", yunet(bias=bias)))
