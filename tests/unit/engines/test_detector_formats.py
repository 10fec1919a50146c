"""What the numbers of each format mean, and which files are another network's."""

from __future__ import annotations

import numpy as np
import pytest

from daemon.engines.onnx_detectors.facts import RETINAFACE, SCRFD, ULTRALIGHT, YOLOFACE
from daemon.errors import EngineError, EngineUnavailable
from tests.fakes import onnx_detectors as fakes
from tests.fakes.onnx_files import recogniser, restorer, yunet

FIRST = {kind.name: kind.models[0] for kind in (RETINAFACE, SCRFD, YOLOFACE, ULTRALIGHT)}

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


@pytest.mark.parametrize("name", SAYS)
@pytest.mark.parametrize("other", ["retinaface", "scrfd", "yoloface", "ultralight"])
def test_a_file_of_another_format_is_refused_with_what_it_gives(detector, name, other) -> None:
    whose, content = fakes.SEERS[other]
    if whose == name:
        detector(name, content())
        return
    with pytest.raises(EngineUnavailable, match="on an empty picture, it gives") as refused:
        detector(name, content())
    assert f"boothd models pull {FIRST[name]} --replace" in str(refused.value)


@pytest.mark.parametrize("name", SAYS)
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
