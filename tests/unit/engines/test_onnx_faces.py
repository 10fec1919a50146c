"""Engines of ONNX files: what they feed and give, what they refuse, and when they are taken."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from daemon.config.model import Engines as Settings
from daemon.engines import onnx_kind
from daemon.engines.base import EngineFacts
from daemon.engines.offers import Chooser, Offer, Setup
from daemon.engines.onnx_faces.facts import ARCFACE_R50, CODEFORMER, GFPGAN, GPEN, SFACE
from daemon.engines.onnx_faces.parser import OnnxParser
from daemon.engines.onnx_faces.recognisers import OnnxRecogniser, preprocessed
from daemon.engines.onnx_faces.restorer import OnnxRestorer
from daemon.engines.onnx_kind import Kind, device_of, onnx_facts
from daemon.engines.registry import Engines
from daemon.engines.weights import StoredWeights
from daemon.errors import EngineError, EngineUnavailable
from daemon.imaging.align import FFHQ_TEMPLATE
from daemon.imaging.template import gpen_template
from tests.fakes.onnx_files import FILES, Graph, parser, recogniser, restorer, yunet

CPU = Setup("cpu", "fp32", 1)
RNG = np.random.default_rng(3)


def restoring(kind: Kind, *files: StoredWeights) -> OnnxRestorer:
    return OnnxRestorer(kind, {one.model: one for one in files}, CPU)


def faces(count: int, size: int = 256) -> np.ndarray:
    return RNG.uniform(0, 255, (count, size, size, 3)).astype(np.float32)


def passing_on(*, size: int, dial: bool = False) -> bytes:
    """A network that gives its picture; with a dial it adds the dial's number."""
    return restorer(size, dial=(1,) if dial else None, scale=0.0, middle=1.0)


# ── drawing ───────────────────────────────────────────────────────────────────────────────────


def test_a_network_that_gives_what_it_takes_gives_the_face_back(stored) -> None:
    network = restoring(GPEN, stored("gpen-bfr-256-onnx", passing_on(size=256)))
    crops = faces(2)
    np.testing.assert_allclose(network.restore(crops), crops, atol=1e-3)
    assert network.restore(crops).dtype == np.float32


def test_a_face_is_drawn_as_it_is_alone(stored) -> None:
    network = restoring(GPEN, stored("gpen-bfr-256-onnx", restorer(256)))
    crops = faces(3)
    alone = np.concatenate([network.restore(crop[None]) for crop in crops])
    np.testing.assert_array_equal(network.restore(crops), alone)
    assert network.restore(crops[:0]).shape == (0, 256, 256, 3)


def test_every_side_that_is_there_is_drawn_once(stored) -> None:
    keys = ("gpen-bfr-512-onnx-reactor", "gpen-bfr-512-onnx", "gpen-bfr-256-onnx")
    files = [stored(key, FILES[key]()) for key in keys]
    assert restoring(GPEN, *files).sizes_px == (256, 512)
    used = GPEN.used({one.model: one for one in files})
    assert [one.model for one in used] == ["gpen-bfr-256-onnx", "gpen-bfr-512-onnx"]


def test_templates_are_those_the_networks_were_trained_in(stored) -> None:
    gpen = restoring(GPEN, stored("gpen-bfr-256-onnx", restorer(256)))
    other = restoring(GFPGAN, stored("gfpgan-1.4-onnx", restorer(512)))
    np.testing.assert_array_equal(gpen.template(256), gpen_template(256))
    np.testing.assert_allclose(other.template(512), FFHQ_TEMPLATE)


@pytest.mark.parametrize("dial", [(1,), ()], ids=["one number", "a number alone"])
def test_the_dial_reaches_the_network(stored, dial) -> None:
    content = restorer(512, dial=dial, scale=0.0, middle=0.0)
    network = restoring(CODEFORMER, stored("codeformer-onnx", content))
    crops = faces(1, 512)
    for wish, level in ((0.25, 0.25), (None, 0.5), (7.0, 1.0)):
        drawn = network.restore(crops, fidelity=wish)
        np.testing.assert_allclose(drawn, 127.5 + 127.5 * level, atol=1e-3)


def test_a_face_that_is_no_number_harms_no_neighbour(stored) -> None:
    network = restoring(GPEN, stored("gpen-bfr-256-onnx", restorer(256)))
    crops = faces(2)
    clean = network.restore(crops[1:])
    crops[0, 5, 5, 0] = np.nan
    drawn = network.restore(crops)
    assert np.isnan(drawn[0]).all()
    np.testing.assert_array_equal(drawn[1:], clean)


def test_weights_that_are_no_number_draw_no_face(stored) -> None:
    content = restorer(256, scale=float("nan"))
    drawn = restoring(GPEN, stored("gpen-bfr-256-onnx", content)).restore(faces(1))
    assert np.isnan(drawn).all()


@pytest.mark.parametrize("shape", [(1, 512, 512, 3), (1, 256, 256, 4), (256, 256, 3), (1, 3, 256)])
def test_crops_of_another_shape_are_refused(stored, shape) -> None:
    network = restoring(GPEN, stored("gpen-bfr-256-onnx", restorer(256)))
    with pytest.raises(EngineError, match="cannot be drawn"):
        network.restore(np.zeros(shape, np.float32))


# ── files that are another network's ──────────────────────────────────────────────────────────


def smaller_output() -> bytes:
    graph = Graph({"input": ((1, 3, 256, 256), 1)})
    graph.add("AveragePool", "input", to="output", kernel_shape=[2, 2], strides=[2, 2])
    return graph.written({"output": (1, 3, 128, 128)})


@pytest.mark.parametrize(
    ("kind", "content", "why"),
    [
        (GPEN, lambda: restorer(512), r"input \(1, 3, 512, 512\), not one picture"),
        (GPEN, lambda: restorer(256, dial=(1,)), r"beside the picture are weight \(1\)"),
        (GPEN, lambda: recogniser(("data", "fc1"), 128), "not one picture"),
        (GPEN, yunet, "not one picture"),
        (GPEN, smaller_output, r"gives output \(1, 3, 128, 128\), not a picture"),
        (GPEN, lambda: b"", "finds no network"),
        (GPEN, lambda: b"PK\3\4 no network at all", "finds no network"),
        (GPEN, lambda: restorer(256)[:-40], "finds no network"),
    ],
)
def test_a_file_of_another_network_is_refused_with_what_was_found(
    stored, kind, content, why
) -> None:
    used = stored("gpen-bfr-256-onnx", content())
    with pytest.raises(EngineUnavailable, match=why) as refused:
        restoring(kind, used)
    assert "boothd models pull gpen-bfr-256-onnx --replace" in str(refused.value)


def test_a_file_with_its_weights_in_another_beside_it_is_refused(stored, tmp_path: Path) -> None:
    import onnx

    used = stored("gpen-bfr-256-onnx", b"")
    model = onnx.load_model_from_string(restorer(256))
    onnx.save_model(
        model, used.path, save_as_external_data=True, location="weights.bin", size_threshold=0
    )
    assert used.path.with_name("weights.bin").is_file()
    with pytest.raises(EngineUnavailable, match="finds no network"):
        restoring(GPEN, used)


def test_a_codeformer_without_its_dial_is_refused(stored) -> None:
    with pytest.raises(EngineUnavailable, match="beside the picture are none"):
        restoring(CODEFORMER, stored("codeformer-onnx", restorer(512)))


def test_a_dial_of_several_numbers_is_refused(stored) -> None:
    with pytest.raises(EngineUnavailable, match="not one number"):
        restoring(CODEFORMER, stored("codeformer-onnx", restorer(512, dial=(2,))))


# ── parsing ───────────────────────────────────────────────────────────────────────────────────


def parsing(used: StoredWeights) -> OnnxParser:
    return OnnxParser({used.model: used}, CPU)


def test_each_pixel_gets_the_class_of_its_best_score(stored) -> None:
    content = parser()
    network = parsing(stored("parsing-bisenet34-onnx", content))
    crops = RNG.integers(0, 256, (2, 512, 512, 3), dtype=np.uint8)
    found = network.parse(crops)
    assert (found.shape, found.dtype) == ((2, 512, 512), np.uint8)
    assert found.max() < 19
    assert len(np.unique(found)) > 1
    np.testing.assert_array_equal(network.parse(crops[1:])[0], found[1])
    assert network.parse(crops[:0]).shape == (0, 512, 512)
    with pytest.raises(EngineError, match="a parser wants"):
        network.parse(crops[:, :256])


def test_scores_that_are_no_number_are_an_error(stored) -> None:
    network = parsing(stored("parsing-bisenet34-onnx", parser(scale=float("nan"))))
    with pytest.raises(EngineError, match="no usable number"):
        network.parse(np.zeros((1, 512, 512, 3), np.uint8))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (lambda: parser(classes=11), r"gives output \(\?, 11, 512, 512\)"),
        (lambda: restorer(256), "not one picture"),
    ],
)
def test_a_network_of_other_classes_is_refused(stored, content, why) -> None:
    with pytest.raises(EngineUnavailable, match=why):
        parsing(stored("parsing-bisenet34-onnx", content()))


# ── telling apart ─────────────────────────────────────────────────────────────────────────────


def recognising(kind: Kind, used: StoredWeights) -> OnnxRecogniser:
    return OnnxRecogniser(kind, {used.model: used}, CPU)


@pytest.mark.parametrize(
    ("kind", "key", "numbers"),
    [(SFACE, "recognition-sface", 128), (ARCFACE_R50, "recognition-w600k-r50", 512)],
)
def test_vectors_have_length_one_and_tell_faces_apart(stored, kind, key, numbers) -> None:
    network = recognising(kind, stored(key, FILES[key]()))
    crops = RNG.integers(0, 256, (3, 112, 112, 3), dtype=np.uint8)
    vectors = network.embed_crops(crops)
    assert vectors.shape == (3, numbers)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    np.testing.assert_array_equal(network.embed_crops(crops[1:2])[0], vectors[1])
    assert np.linalg.norm(vectors[0] - vectors[1]) > 0
    assert network.embed_crops(crops[:0]).shape == (0, numbers)


def test_each_takes_colours_in_its_own_range() -> None:
    crop = np.zeros((1, 112, 112, 3), np.uint8)
    crop[..., 0] = 255
    assert preprocessed(SFACE, crop)[0, :, 0, 0].tolist() == [255, 0, 0]
    assert preprocessed(ARCFACE_R50, crop)[0, :, 0, 0].tolist() == [1, -1, -1]


@pytest.mark.parametrize("scale", [0.0, float("nan")])
def test_a_vector_that_is_nothing_is_an_error(stored, scale) -> None:
    used = stored("recognition-sface", recogniser(("data", "fc1"), 128, scale=scale))
    with pytest.raises(EngineError, match="no usable number"):
        recognising(SFACE, used).embed_crops(np.full((1, 112, 112, 3), 9, np.uint8))


def test_a_vector_of_another_length_is_refused(stored) -> None:
    used = stored("recognition-sface", recogniser(("data", "fc1"), 512))
    with pytest.raises(EngineUnavailable, match="not 128 numbers"):
        recognising(SFACE, used)


# ── when they are taken ───────────────────────────────────────────────────────────────────────


def test_a_gpu_that_the_runtime_cannot_use_is_said(stored, monkeypatch) -> None:
    used = stored("gfpgan-1.4-onnx", restorer(512))
    monkeypatch.setattr(onnx_kind, "_UNUSABLE", {"cuda:1"})
    assert device_of("onnxruntime", "cuda:1") == "cpu"
    assert device_of("cv2", "cuda:0") == "cpu"
    said = onnx_facts(GFPGAN, {used.model: used}, Setup("cuda:1", "bf16", 1)).as_json()
    assert (said["device"], said["precision"]) == ("cpu", "fp32")
    assert "cuda:1 was asked for" in said["device_note"]
    assert "bf16 was asked for" in said["precision_note"]


def test_they_need_no_torch(stocked, tmp_path: Path, monkeypatch) -> None:
    stocked(tmp_path, "gfpgan-1.4-onnx", restorer(512))
    monkeypatch.setitem(sys.modules, "torch", None)
    with Engines(Settings(prefer="gpu", threads=1), models=tmp_path) as engines:
        assert isinstance(engines.restorer("auto"), OnnxRestorer)


def chosen(device: str, store: Path, offer: Offer) -> tuple[str, str]:
    found = Chooser(Settings(), device, store).choose((offer,))
    return ("" if found.offer is None else found.offer.name), found.note


def test_auto_takes_none_that_would_compute_on_the_cpu(stocked, tmp_path: Path) -> None:
    stocked(tmp_path, "gfpgan-1.4-onnx", restorer(512))
    facts = EngineFacts("one", "1", {})

    def offer(device_of: Callable[[str], str]) -> Offer:
        return Offer(
            "one", ("gfpgan-1.4-onnx",), lambda *_: None, lambda *_: facts, "cv2", device_of
        )

    assert chosen("cuda:0", tmp_path, offer(str)) == ("one", "")
    name, note = chosen("cuda:0", tmp_path, offer(lambda _: "cpu"))
    assert not name
    assert "cv2 computes on the CPU" in note
    name, note = chosen("cpu", tmp_path, offer(str))
    assert not name
    assert "no GPU" in note


def test_a_library_that_is_missing_is_named(stocked, tmp_path: Path) -> None:
    stocked(tmp_path, "gfpgan-1.4-onnx", restorer(512))
    facts = EngineFacts("one", "1", {})
    offer = Offer("one", ("gfpgan-1.4-onnx",), lambda *_: None, lambda *_: facts, "no_such_one")
    with pytest.raises(EngineUnavailable, match="no_such_one is not installed"):
        Chooser(Settings(), "cpu", tmp_path).choose((offer,), "one")
