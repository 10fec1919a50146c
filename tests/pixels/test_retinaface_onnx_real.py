"""RetinaFace's real weights, exported here as their publishers do it, find what PyTorch finds."""

from __future__ import annotations

import io
import warnings
from dataclasses import replace

import numpy as np
import pytest

from tests import detector_table
from tests.fakes.torch_here import need_torch

need_torch()

pytestmark = [pytest.mark.engines, pytest.mark.slow, pytest.mark.xdist_group("facexlib")]

# Two runtimes add up in another order: a few units of the last digit of float32, in pixels.
NEAR_PX = 0.02


def exported(network) -> bytes:
    """As biubug6's ``convert_to_onnx.py``: boxes, softmax of the classes, landmarks."""
    import torch

    class Whole(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, pictures):
            boxes, scores, points = self.network(pictures)
            return boxes, torch.stack([1 - scores, scores], dim=-1), points

    written = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Whole(), torch.zeros(1, 3, 64, 96), written, dynamo=False, opset_version=17,
            input_names=["input"], output_names=["output", "outputt", "outputtt"],
            dynamic_axes={"input": {2: "height", 3: "width"}},
        )  # fmt: skip
    return written.getvalue()


@pytest.fixture(scope="module")
def finders(tmp_path_factory):
    """The network in PyTorch and out of an ONNX file."""
    from daemon.engines.facexlib.loading import loaded
    from daemon.engines.facexlib.retina_network import RetinaNetwork
    from daemon.engines.facexlib.retinaface import RetinaFace
    from daemon.engines.offers import Setup
    from daemon.engines.onnx_detectors.detector import OnnxDetector
    from daemon.engines.onnx_detectors.facts import RETINAFACE
    from daemon.engines.onnx_detectors.retinaface import RETINAFACE_FORMAT
    from daemon.engines.retina_boxes import LEAST_SCORES
    from daemon.engines.weights import StoredWeights

    if not detector_table.WEIGHTS.is_file():
        pytest.skip(f"../shared/weights/{detector_table.WEIGHTS.name} is not on this machine")
    setup = Setup("cpu", "fp32", 1)
    network = loaded(lambda: RetinaNetwork("mobile"), detector_table.WEIGHTS, "RetinaFace", setup)
    path = tmp_path_factory.mktemp("exported") / "retinaface.onnx"
    path.write_bytes(exported(network))
    used = StoredWeights(RETINAFACE.models[0], path, "0" * 64, is_published=False)
    form = replace(RETINAFACE_FORMAT, least=LEAST_SCORES["mobile"])
    torch_one = RetinaFace(detector_table.WEIGHTS, "mobile", setup)
    return torch_one, OnnxDetector(RETINAFACE, used, setup, form)


@pytest.mark.parametrize("folder", ["group", "old", "phone"])
def test_the_file_finds_what_the_network_finds(finders, shared_photos, folder) -> None:
    from daemon.imaging.decode import read_photo
    from daemon.imaging.limits import Limits

    torch_one, onnx_one = finders
    paths = [p for p in sorted(shared_photos(folder).iterdir()) if p.suffix in {".png", ".jpg"}]
    assert paths
    for path in paths:
        srgb = read_photo(path, Limits()).srgb
        known, found = torch_one.find(srgb), onnx_one.find(srgb)
        assert len(found) == len(known) == detector_table.FACES.get(path.name, 1)
        assert [f.score for f in found] == pytest.approx([f.score for f in known], abs=1e-4)
        near = NEAR_PX * max(1.0, max(srgb.shape[:2]) / 320)
        for mine, other in zip(found, known, strict=True):
            edges = (mine.box.left, mine.box.top, mine.box.right, mine.box.bottom)
            box = (other.box.left, other.box.top, other.box.right, other.box.bottom)
            assert edges == pytest.approx(box, abs=near)
            np.testing.assert_allclose(mine.landmarks, other.landmarks, atol=near)


def test_the_file_finds_an_upright_face_and_no_more_in_a_turned_picture(finders, astronaut) -> None:
    torch_one, onnx_one = finders
    (face,) = onnx_one.find(astronaut)
    assert detector_table.same(face, torch_one.find(astronaut)[0])
    for turns in (1, 2, 3):
        turned = np.ascontiguousarray(np.rot90(astronaut, turns))
        known, found = torch_one.find(turned), onnx_one.find(turned)
        assert [one.score for one in found] == pytest.approx([one.score for one in known], abs=1e-4)
