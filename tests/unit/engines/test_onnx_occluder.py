"""XSeg: what it feeds and gives, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from daemon.engines.offers import Setup
from daemon.engines.onnx_faces.occluder import OnnxOccluder
from daemon.engines.weights import StoredWeights
from daemon.errors import EngineError, EngineUnavailable
from tests.fakes.onnx_files import Graph, occluder, parser

KEY = "occlusion-xseg3"
RED, BLUE = (255, 0, 0), (0, 0, 255)


@pytest.fixture
def seeing(tmp_path: Path):
    """``seeing(content)``: the engine of such a file."""

    def make(content: bytes) -> OnnxOccluder:
        path = tmp_path / "xseg_3.onnx"
        path.write_bytes(content)
        stored = StoredWeights(KEY, path, "0" * 64, is_published=False)
        return OnnxOccluder({KEY: stored}, Setup("cpu", "fp32", 1))

    return make


def first_colour(times: float = 1.0) -> bytes:
    """A network that gives the first colour of each pixel."""
    return occluder((times, 0, 0))


def test_colours_reach_the_network_as_bgr_in_0_to_1(seeing) -> None:
    crops = np.stack([np.full((512, 512, 3), colour, np.uint8) for colour in (RED, BLUE)])
    seen = seeing(first_colour()).visible(crops)
    assert seen.shape == (2, 512, 512)
    assert seen.dtype == np.float32
    assert np.all(seen[0] == 0)
    np.testing.assert_allclose(seen[1], 1, atol=1e-6)


def test_what_is_seen_lies_where_it_is_in_the_crop(seeing) -> None:
    crop = np.zeros((1, 512, 512, 3), np.uint8)
    crop[:, 100:200, 300:420, 2] = 255
    (seen,) = seeing(first_colour()).visible(crop) >= 0.5
    rows, columns = np.nonzero(seen)
    assert (rows.min(), rows.max() + 1) == (100, 200)
    assert (columns.min(), columns.max() + 1) == (300, 420)


def test_numbers_beyond_the_range_are_cut_off(seeing) -> None:
    crop = np.full((1, 512, 512, 3), BLUE, np.uint8)
    assert seeing(first_colour(9.0)).visible(crop).max() == 1
    assert seeing(first_colour(-9.0)).visible(crop).min() == 0


def test_a_network_that_is_no_number_is_an_error(seeing) -> None:
    with pytest.raises(EngineError, match="no usable number"):
        seeing(first_colour(np.inf)).visible(np.zeros((1, 512, 512, 3), np.uint8))


def test_crops_of_another_size_are_refused(seeing) -> None:
    engine = seeing(occluder())
    assert engine.visible(np.zeros((0, 512, 512, 3), np.uint8)).shape == (0, 512, 512)
    with pytest.raises(EngineError, match=r"wants \(N, 512, 512, 3\)"):
        engine.visible(np.zeros((1, 256, 256, 3), np.uint8))


def channels_first() -> bytes:
    graph = Graph({"input": ((1, 3, 256, 256), 1)})
    graph.add("Identity", "input", to="output")
    return graph.written({"output": (1, 3, 256, 256)})


def three_maps() -> bytes:
    graph = Graph({"input": ((1, 256, 256, 3), 1)})
    graph.add("Identity", "input", to="output")
    return graph.written({"output": (1, 256, 256, 3)})


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (parser(), r"it takes input \(\?, 3, 512, 512\)"),
        (channels_first(), "not one picture"),
        (three_maps(), r"it gives output \(1, 256, 256, 3\), not \(1, 256, 256, 1\)"),
    ],
    ids=["parser", "channels first", "three maps"],
)
def test_a_file_of_another_network_is_refused_with_what_was_found(seeing, content, why) -> None:
    with pytest.raises(EngineUnavailable, match=why):
        seeing(content)
