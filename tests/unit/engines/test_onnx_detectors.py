"""Detectors of ONNX files: what they read of a network, where they look, and what they refuse."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from daemon.engines.base import Face
from daemon.engines.offered import OFFERS
from daemon.engines.offers import Setup
from daemon.engines.onnx_detectors.detector import Format, OnnxDetector
from daemon.engines.onnx_detectors.facts import RETINAFACE, SCRFD, ULTRALIGHT, YOLOFACE
from daemon.engines.onnx_detectors.retinaface import RETINAFACE_FORMAT
from daemon.engines.onnx_detectors.scrfd import SCRFD_FORMAT
from daemon.engines.onnx_detectors.ultralight import ULTRALIGHT_FORMAT, UltraLight
from daemon.engines.onnx_detectors.yoloface import YOLOFACE_FORMAT
from daemon.engines.onnx_detectors.yunet import YuNet
from daemon.engines.onnx_kind import Kind
from daemon.engines.tasks import FIND
from daemon.engines.weights import StoredWeights
from daemon.errors import EngineError, EngineUnavailable
from daemon.imaging.geometry import Box
from tests.fakes import onnx_detectors as fakes
from tests.fakes.onnx_files import recogniser, restorer, yunet

CPU = Setup("cpu", "fp32", 1)
GREY, RED = 120, (255, 0, 0)
KINDS: dict[str, tuple[Kind, Format]] = {
    one.name: (one, form)
    for one, form in (
        (RETINAFACE, RETINAFACE_FORMAT),
        (SCRFD, SCRFD_FORMAT),
        (YOLOFACE, YOLOFACE_FORMAT),
        (ULTRALIGHT, ULTRALIGHT_FORMAT),
    )
}


@pytest.fixture
def detector(stored) -> Callable[..., OnnxDetector]:
    """``detector(name, content)``: one that has this file."""

    def make(name: str, content: bytes) -> OnnxDetector:
        kind, form = KINDS[name]
        return OnnxDetector(kind, stored(kind.models[0], content), CPU, form)

    return make


@pytest.fixture
def offered(stored) -> Callable[..., object]:
    """``offered(name, key, content)``: the engine as a worker gets it."""

    def make(name: str, key: str, content: bytes) -> object:
        (offer,) = (one for one in OFFERS[FIND] if one.name == name)
        used = stored(key, content)
        return offer.load({key: used}, CPU)

    return make


# ── where they look: files that find red squares ──────────────────────────────────────────────

SEERS = {
    "retinaface": ("retinaface-onnx", fakes.retinaface),
    "scrfd": ("scrfd", fakes.scrfd),
    "scrfd of one size": ("scrfd", lambda: fakes.scrfd((1, 3, 640, 640))),
    "yoloface": ("yoloface", fakes.yoloface),
    "ultralight": ("ultralight", fakes.ultralight),
}
# SCRFD's anchors stand in the corners of their cells.
OFF_PX = {"scrfd": -fakes.STEP_PX / 2}


def with_squares(width: int, height: int, *cells: tuple[int, int], colour=RED) -> np.ndarray:
    """A grey picture with whole cells of another colour, by column and row."""
    picture = np.full((height, width, 3), GREY, np.uint8)
    for column, row in cells:
        x, y = column * fakes.STEP_PX, row * fakes.STEP_PX
        picture[y : y + fakes.STEP_PX, x : x + fakes.STEP_PX] = colour
    return picture


def middle_of(picture: np.ndarray) -> np.ndarray:
    """x and y of the middle of what is red."""
    rows, columns = np.nonzero(picture[..., 0] == RED[0])
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
@pytest.mark.parametrize("seer", SEERS)
def test_a_face_lies_where_it_was_seen_however_the_picture_is_turned(detector, seer, turns) -> None:
    name, content = SEERS[seer]
    finder = detector(name, content())
    for by in (1, 2, 3):
        upright = with_squares(320, 192, (5, 3)).repeat(by, 0).repeat(by, 1)
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
@pytest.mark.parametrize("seer", SEERS)
def test_colours_reach_the_network_in_its_own_order(detector, seer, colour) -> None:
    """The files see red only, in the order that each was trained in."""
    name, content = SEERS[seer]
    picture = with_squares(320, 192, (5, 3), colour=colour)
    assert detector(name, content()).find(picture, view_px=320) == []


@pytest.mark.parametrize("seer", SEERS)
def test_a_box_at_the_edge_ends_with_the_picture(detector, seer) -> None:
    name, content = SEERS[seer]
    (face,) = detector(name, content()).find(with_squares(250, 187, (0, 0)), view_px=250)
    assert (face.box.left, face.box.top) == (0, 0)
    assert 0 < face.box.right < 60
    assert 0 < face.box.bottom < 60


@pytest.mark.parametrize("shape", [(1, 1), (3, 900), (900, 3), (37, 51)])
@pytest.mark.parametrize("seer", SEERS)
def test_pictures_of_strange_shapes_have_no_faces(detector, seer, shape) -> None:
    name, content = SEERS[seer]
    assert detector(name, content()).find(np.full((*shape, 3), GREY, np.uint8)) == []


def test_small_faces_of_a_large_picture_are_seen_in_windows_and_each_once(detector) -> None:
    """The input has 640 px, the largest view 1280: windows at 0, 320 and 640."""
    cells = [(1, 1), (39, 20), (40, 40), (78, 58), (20, 30)]
    picture = with_squares(1280, 960, *cells)
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
    tall = with_squares(160, 240, (4, 7)).repeat(4, 0).repeat(4, 1)
    (face,) = detector("ultralight", fakes.ultralight()).find(tall)
    assert face.box.width == pytest.approx(4 * fakes.FACE_PX, abs=1)
    assert (face.box.left + face.box.right) / 2 == pytest.approx(4.5 * 4 * fakes.STEP_PX, abs=1)


# ── what the numbers mean: files that state given faces ───────────────────────────────────────

CANVASES = {
    "the picture's shape": ((96, 64), (288, 192), 96),
    "wider than the input": ((96, 64), (190, 60), 96),
    "tall": ((96, 64), (100, 150), 64),
    "square input": ((128, 128), (70, 55), 128),
}
UPRIGHT = np.array([(0.3, 0.35), (0.7, 0.36), (0.52, 0.6), (0.33, 0.8), (0.68, 0.82)])


def known_faces(view: tuple[int, int]) -> list[tuple[np.ndarray, np.ndarray]]:
    """Two faces in a view of (width, height), the second lying on its side: edges and points."""
    size = np.array(view, float)
    lying = np.stack([1 - UPRIGHT[:, 1], UPRIGHT[:, 0]], axis=1)
    faces = []
    for low, high, points in (
        ((0.05, 0.1), (0.45, 0.6), UPRIGHT),
        ((0.55, 0.3), (0.95, 0.9), lying),
    ):
        edges = np.concatenate([low * size, high * size])
        faces.append((edges, edges[:2] + points * (edges[2:] - edges[:2])))
    return faces


def cell_of(edges: np.ndarray, size: tuple[int, int], step: int) -> tuple[int, int, int]:
    """Column and row of the cell in which a face's middle lies, and how many come before it."""
    column, row = (int((edges[i] + edges[i + 2]) / 2 // step) for i in (0, 1))
    return column, row, row * -(-size[0] // step) + column


def rows_before(size: tuple[int, int], steps: list[int], each: list[int]) -> list[int]:
    """Rows of all maps before each one, and of all of them."""
    counts = [n * -(-size[0] // s) * -(-size[1] // s) for s, n in zip(steps, each, strict=True)]
    return [0, *np.cumsum(counts).tolist()]


def retinaface_says(size, faces, level):
    """Units of an anchor's side: a tenth for middles and points, a fifth of its logarithm."""
    before = rows_before(size, [8, 16, 32], [2, 2, 2])
    boxes, points = np.zeros((before[-1], 4)), np.zeros((before[-1], 10))
    classes = np.tile([1.0, 0.0], (before[-1], 1))
    step = (8, 16, 32)[level]
    for number, (edges, marks) in enumerate(faces):
        column, row, cell = cell_of(edges, size, step)
        side = ((16, 32), (64, 128), (256, 512))[level][number]
        middle = np.array((column + 0.5, row + 0.5)) * step
        at = before[level] + 2 * cell + number
        extent = edges[2:] - edges[:2]
        boxes[at, :2] = ((edges[:2] + edges[2:]) / 2 - middle) / side / 0.1
        boxes[at, 2:] = np.log(extent / side) / 0.2
        points[at] = ((marks - middle) / side / 0.1).ravel()
        classes[at] = 0.03 - 0.01 * number, 0.97 + 0.01 * number
    return {"loc": boxes[None], "conf": classes[None], "landms": points[None]}


def scrfd_says(size, faces, level):
    """Distances from the upper left corner of a cell, in cells."""
    heads = {}
    for name, step in enumerate((8, 16, 32)):
        count = 2 * (size[0] // step) * (size[1] // step)
        scores, boxes, points = np.zeros((count, 1)), np.zeros((count, 4)), np.zeros((count, 10))
        for number, (edges, marks) in enumerate(faces if name == level else ()):
            column, row, cell = cell_of(edges, size, step)
            corner, at = np.array((column, row)) * step, 2 * cell + number
            boxes[at] = np.concatenate([corner - edges[:2], edges[2:] - corner]) / step
            points[at] = ((marks - corner) / step).ravel()
            scores[at] = 0.97 + 0.01 * number
        heads |= {f"score_{step}": scores, f"bbox_{step}": boxes, f"kps_{step}": points}
    return dict(sorted(heads.items(), key=lambda one: one[0], reverse=True))


def yoloface_says(size, faces, level):
    """Middle, extent and points in pixels of the input."""
    before = rows_before(size, [8, 16, 32], [1, 1, 1])
    columns = np.zeros((20, before[-1]))
    for number, (edges, marks) in enumerate(faces):
        at = before[level] + cell_of(edges, size, (8, 16, 32)[level])[2]
        middle, extent = (edges[:2] + edges[2:]) / 2, edges[2:] - edges[:2]
        sure = np.concatenate([marks, np.ones((5, 1))], axis=1).ravel()
        columns[:, at] = np.concatenate([middle, extent, [0.97 + 0.01 * number], sure])
    return {"output0": columns[None]}


def ultralight_says(size, faces, level):
    """Edges in parts of the input."""
    before = rows_before(size, [8, 16, 32, 64], [3, 2, 2, 3])
    boxes, classes = np.zeros((before[-1], 4)), np.tile([1.0, 0.0], (before[-1], 1))
    for number, (edges, _marks) in enumerate(faces):
        at = before[level] + number
        boxes[at] = edges / np.array((*size, *size))
        classes[at] = 0.03 - 0.01 * number, 0.97 + 0.01 * number
    return {"scores": classes[None], "boxes": boxes[None]}


SAYS = {
    "retinaface-onnx": retinaface_says,
    "scrfd": scrfd_says,
    "yoloface": yoloface_says,
    "ultralight": ultralight_says,
}


def file_of(name: str, size: tuple[int, int], faces, level: int = 1, **changed) -> bytes:
    """A file that says so of a picture, and of an empty one that nobody is in it."""
    some, none = (SAYS[name](size, each, level) for each in (faces, []))
    some = {head: changed.get(head, value) for head, value in some.items()}
    heads = {h: (none[h].astype(np.float32), some[h].astype(np.float32)) for h in some}
    return fakes.stating(size, heads)


def busy(width: int, height: int) -> np.ndarray:
    return np.random.default_rng(5).integers(0, 256, (height, width, 3), dtype=np.uint8)


@pytest.mark.parametrize("level", range(3))
@pytest.mark.parametrize("shape", CANVASES)
@pytest.mark.parametrize("name", SAYS)
def test_what_was_coded_comes_back_in_pixels_of_the_picture(detector, name, shape, level) -> None:
    size, (width, height), side = CANVASES[shape]
    scale = side / max(width, height)
    view = round(width * scale), round(height * scale)
    by = np.array((width / view[0], height / view[1]))
    faces = known_faces(view)
    found = detector(name, file_of(name, size, faces, level)).find(
        busy(width, height), view_px=side
    )
    assert [face.score for face in found] == pytest.approx([0.98, 0.97]), "surest first"
    for face, (edges, points) in zip(found, reversed(faces), strict=True):
        box = (face.box.left, face.box.top, face.box.right, face.box.bottom)
        assert box == pytest.approx((*(edges[:2] * by), *(edges[2:] * by)), abs=0.02)
        if name != "ultralight":
            np.testing.assert_allclose(face.landmarks, points * by, atol=0.02)


@pytest.mark.parametrize("name", SAYS)
def test_of_two_boxes_of_one_face_the_surer_speaks(detector, name) -> None:
    size = (96, 64)
    edges, points = known_faces(size)[0]
    twin = edges + np.array((2, 1, 2, 1)), points
    finder = detector(name, file_of(name, size, [(edges, points), twin], 0))
    (face,) = finder.find(busy(*size), view_px=96)
    assert face.score == pytest.approx(0.98)
    assert face.box.left == pytest.approx(edges[0] + 2, abs=0.02)


@pytest.mark.parametrize("name", SAYS)
@pytest.mark.parametrize("head", [0, -1])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_number_that_is_none_is_an_error_and_no_face(detector, name, head, value) -> None:
    size, faces = (96, 64), known_faces((96, 64))
    heads = SAYS[name](size, faces, 1)
    spoilt = list(heads)[head]
    heads[spoilt].flat[3] = value
    finder = detector(name, file_of(name, size, faces, **{spoilt: heads[spoilt]}))
    with pytest.raises(EngineError, match="no usable number: check the weights"):
        finder.find(busy(96, 64), view_px=96)


# ── files that are another network's ──────────────────────────────────────────────────────────


def sure_of_nothing(name: str, faces) -> bytes:
    """A file that says of an empty picture that somebody is in it."""
    said = SAYS[name]((96, 64), faces, 1)
    heads = {head: (value.astype(np.float32),) * 2 for head, value in said.items()}
    return fakes.stating((96, 64), heads)


@pytest.mark.parametrize("name", SAYS)
def test_a_network_that_sees_faces_in_nothing_is_refused(detector, name) -> None:
    with pytest.raises(EngineUnavailable, match="faces in an empty picture"):
        detector(name, sure_of_nothing(name, known_faces((96, 64))))


@pytest.mark.parametrize("name", SAYS)
def test_a_network_without_a_number_for_nothing_is_refused(detector, name) -> None:
    said = {head: value * np.nan for head, value in SAYS[name]((96, 64), [], 1).items()}
    heads = {head: (value.astype(np.float32),) * 2 for head, value in said.items()}
    with pytest.raises(EngineUnavailable, match="empty picture, the network gave no usable number"):
        detector(name, fakes.stating((96, 64), heads))


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("other", ["retinaface", "scrfd", "yoloface", "ultralight"])
def test_a_file_of_another_format_is_refused_with_what_it_gives(detector, name, other) -> None:
    whose, content = SEERS[other]
    if whose == name:
        detector(name, content())
        return
    with pytest.raises(EngineUnavailable, match="on an empty picture, it gives") as refused:
        detector(name, content())
    assert f"boothd models pull {KINDS[name][0].models[0]} --replace" in str(refused.value)


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize(
    ("content", "why"),
    [
        (lambda: b"", "finds no network"),
        (fakes.packed, "finds no network"),
        (lambda: restorer(64), "on an empty picture, it gives"),
        (lambda: recogniser(("a", "b"), 128), "on an empty picture, it gives"),
        (lambda: restorer(64, dial=(1,)), "not one picture"),
        (lambda: yunet("side"), "on an empty picture, it gives"),
    ],
)
def test_a_file_of_another_network_is_refused_by_every_detector(
    detector, name, content, why
) -> None:
    with pytest.raises(EngineUnavailable, match=why):
        detector(name, content())


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("retinaface-onnx", lambda: fakes.retinaface(softmax=False), "not 0 to 1"),
        ("scrfd", lambda: fakes.scrfd(points=False), "not 3 each with rows of 1, 4, 10"),
    ],
)
def test_an_export_with_other_outputs_is_refused(detector, name, content, why) -> None:
    with pytest.raises(EngineUnavailable, match=why):
        detector(name, content())


def test_classes_that_do_not_make_one_are_refused(detector) -> None:
    size = (96, 64)
    said = SAYS["retinaface-onnx"](size, [], 1)
    said["conf"] = np.full_like(said["conf"], 0.3)
    heads = {head: (value.astype(np.float32),) * 2 for head, value in said.items()}
    with pytest.raises(EngineUnavailable, match="face and background do not make one"):
        detector("retinaface-onnx", fakes.stating(size, heads))


@pytest.mark.parametrize("name", SAYS)
def test_a_network_of_fewer_rows_is_refused(detector, name) -> None:
    size = (96, 64)
    said = SAYS[name](size, [], 1)
    fewer = {h: v[..., :-1] if name == "yoloface" else v[..., :-1, :] for h, v in said.items()}
    heads = {head: (value.astype(np.float32),) * 2 for head, value in fewer.items()}
    with pytest.raises(EngineUnavailable, match="rows for 96 x 64 pixels, not"):
        detector(name, fakes.stating(size, heads))


# ── a network inside a package ────────────────────────────────────────────────────────────────


def test_the_package_of_models_serves_its_detector(offered) -> None:
    finder = offered("scrfd", "buffalo-l", fakes.packed())
    (face,) = finder.find(with_squares(320, 192, (5, 3)), view_px=320)
    agrees(face, np.array((80, 48)), 1, np.empty((192, 320, 3)))


def test_the_detector_alone_is_preferred_to_the_package(stored) -> None:
    weights = {key: stored(key, b"") for key in ("buffalo-l", "scrfd-2.5g", "scrfd-10g")}
    assert SCRFD.weights_of(weights).model == "scrfd-10g"
    del weights["scrfd-10g"]
    assert SCRFD.weights_of(weights).model == "buffalo-l"


def doubled() -> bytes:
    import io
    import zipfile

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
def test_a_package_that_is_none_is_refused(offered, content, why) -> None:
    with pytest.raises(EngineUnavailable, match=why) as refused:
        offered("scrfd", "buffalo-l", content())
    assert "boothd models pull buffalo-l --replace" in str(refused.value)


# ── boxes whose points another network reads ──────────────────────────────────────────────────


class Points:
    """Finds what it is told, wherever it looks; remembers the pieces."""

    def __init__(self, *faces: Face) -> None:
        self.faces = list(faces)
        self.looks: list[tuple[tuple[int, ...], int | None]] = []

    def find(self, srgb: np.ndarray, *, view_px: int | None = None) -> list[Face]:
        self.looks.append((srgb.shape, view_px))
        return self.faces


def seen_at(left: float, top: float, side: float) -> Face:
    return Face(
        Box(left, top, left + side, top + side), fakes.POINTS + np.float32((left, top)), 0.6
    )


def test_points_are_read_around_each_box_and_lie_in_the_picture(detector) -> None:
    """The box is 120..184 by 88..152; the piece begins a box's side before it."""
    points = Points(seen_at(200, 100, 50), seen_at(70, 62, 60))
    finder = UltraLight(detector("ultralight", fakes.ultralight()), points)
    (face,) = finder.find(with_squares(320, 240, (9, 7)), view_px=320)
    assert points.looks == [((192, 192, 3), 240)], "64 px of the face are 80 in the view"
    assert (face.box.left, face.box.top, face.box.right, face.box.bottom) == (120, 88, 184, 152)
    np.testing.assert_allclose(face.landmarks, fakes.POINTS + np.float32((126, 86)), atol=0.01)
    assert face.score > 0.99


def test_a_box_in_which_nobody_else_sees_a_face_is_none(detector) -> None:
    proposer = detector("ultralight", fakes.ultralight())
    picture = with_squares(320, 240, (5, 3))
    assert UltraLight(proposer, Points()).find(picture, view_px=320) == []
    beside = Points(seen_at(130, 100, 40))
    assert UltraLight(proposer, beside).find(picture, view_px=320) == []


def test_a_face_that_was_read_twice_is_one(detector) -> None:
    """Two boxes side by side, and one face that covers most of both."""
    finder = UltraLight(detector("ultralight", fakes.ultralight()), Points(seen_at(0, 0, 250)))
    assert len(finder.find(with_squares(320, 240, (5, 3), (9, 3)), view_px=320)) == 1


def test_the_embedded_detectors_points_make_a_face_of_a_box(offered, astronaut) -> None:
    from daemon.engines.centerface.adapter import CenterFace

    head = np.ascontiguousarray(astronaut[30:190, 144:304])
    (known,) = CenterFace(1).find(head)
    (face,) = offered("ultralight", "ultralight-rfb-320", fakes.ultralight(fills=True)).find(head)
    assert face.box.as_list() == [36, 30, 126, 140], "the box is the proposer's"
    assert face.score == pytest.approx(0.95)
    eyes = np.hypot(*(known.landmarks[1] - known.landmarks[0]))
    apart = np.hypot(*(face.landmarks - known.landmarks).T).mean() / eyes
    assert apart < 0.12


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
