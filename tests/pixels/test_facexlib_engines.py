"""The networks out of facexlib: how their files load, and what becomes of their numbers.

That every model of the catalogue loads from the store is tested in ``test_every_model``.
"""

from __future__ import annotations

import importlib.util
import socket
import sys
from pathlib import Path

import numpy as np
import pytest

from daemon.engines.base import REVIEW_BELOW, Face
from daemon.engines.offers import Setup
from daemon.engines.parsing import FaceClass
from daemon.errors import EngineError, EngineUnavailable
from daemon.imaging.align import align
from daemon.imaging.geometry import Box
from tests.alpha_metrics import composed
from tests.composites import LOOKS, drawn
from tests.fakes.torch_here import need_torch

need_torch()

pytestmark = [pytest.mark.engines, pytest.mark.xdist_group("facexlib")]

ON_CPU = Setup("cpu", "fp32", 1)
# As CenterFace finds them in the portrait.
LANDMARKS = np.array(
    [(203.2, 101.7), (247.0, 104.5), (223.3, 125.1), (203.4, 142.3), (241.3, 144.4)], np.float32
)


def loaded_instead(monkeypatch, module: str, network) -> None:
    """Let an engine have a network of ours in place of a checkpoint's."""
    monkeypatch.setattr(f"daemon.engines.facexlib.{module}.loaded", lambda *_: network)


# ── facexlib's files ──────────────────────────────────────────────────────────────────────────


def test_networks_come_without_the_package_its_tracker_or_the_network(monkeypatch) -> None:
    from daemon.engines.facexlib.networks import FILES, network_file

    def refuse(*_: object, **__: object) -> None:
        pytest.fail("something was to be fetched")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    for name in list(sys.modules):
        if name.startswith("_facexlib_networks"):
            monkeypatch.delitem(sys.modules, name)
    classes = {"BiSeNet", "ParseNet", "MODNet", "Backbone", "FPN"}
    found = {name for file in FILES for name in dir(network_file(file))}
    assert classes <= found
    ours = {"_facexlib_networks", "daemon", "tests"}
    run = {name for name in sys.modules if "facexlib" in name and name.split(".")[0] not in ours}
    assert run == set()
    theirs = {name for name in sys.modules if name.startswith("_facexlib_networks.")}
    assert not any("track" in name or "utils" in name for name in theirs)
    assert {"sort", "filterpy"} & set(sys.modules) == set()


def test_only_files_with_networks_are_run() -> None:
    from daemon.engines.facexlib.networks import network_file

    with pytest.raises(ValueError, match="tracking"):
        network_file("tracking.sort")


def test_without_facexlib_the_command_that_brings_it_is_named(monkeypatch) -> None:
    from daemon.engines.facexlib.networks import network_file

    found = importlib.util.find_spec

    def missing(name: str):
        return None if name == "facexlib" else found(name)

    monkeypatch.setattr(importlib.util, "find_spec", missing)
    with pytest.raises(EngineUnavailable, match=r"facexlib is not installed: .*pip install"):
        network_file("parsing.bisenet")


def test_a_facexlib_without_the_file_is_said_to_be_another(monkeypatch, tmp_path) -> None:
    from daemon.engines.facexlib import networks

    monkeypatch.setattr(networks, "_ALIAS", "_facexlib_networks_of_a_test")
    monkeypatch.setattr(networks, "_folder", lambda: tmp_path)
    with pytest.raises(EngineUnavailable, match=r"parsing\.bisenet cannot be loaded"):
        networks.network_file("parsing.bisenet")
    for name in [name for name in sys.modules if name.startswith("_facexlib_networks_of")]:
        del sys.modules[name]


# ── checkpoints ───────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def mobile_state():
    from tests.fakes.official_layouts import random_checkpoint

    return random_checkpoint("detection-mobilenet025")[0]


@pytest.fixture
def detector(tmp_path):
    """``detector(state)``: RetinaFace with these entries in its file."""
    import torch

    from daemon.engines.facexlib.retinaface import RetinaFace

    def make(state, trunk: str = "mobile"):
        path = tmp_path / "weights.pth"
        torch.save(state, path)
        return RetinaFace(path, trunk, ON_CPU)

    return make


def test_a_file_loads_with_the_prefix_of_training_and_without(
    detector, mobile_state, astronaut
) -> None:
    bare = {key.removeprefix("module."): value for key, value in mobile_state.items()}
    assert bare.keys() != mobile_state.keys()
    with_prefix, without = detector(mobile_state), detector(bare)
    assert len(with_prefix.find(astronaut)) == len(without.find(astronaut))


def test_a_file_from_before_there_were_counters_loads(detector, mobile_state) -> None:
    older = {k: v for k, v in mobile_state.items() if not k.endswith("num_batches_tracked")}
    assert len(older) < len(mobile_state)
    detector(older)


def test_another_networks_file_is_refused_by_what_it_lacks(detector, mobile_state) -> None:
    with pytest.raises(EngineUnavailable, match=r"weights\.pth is not the weight file"):
        detector(mobile_state, "resnet50")
    short = dict(list(mobile_state.items())[:-1])
    with pytest.raises(EngineUnavailable, match=r"1 missing \(LandmarkHead"):
        detector(short)


def test_a_file_with_a_shape_or_a_key_of_its_own_is_refused(detector, mobile_state) -> None:
    key = next(key for key in mobile_state if key.endswith("conv1x1.weight"))
    with pytest.raises(EngineUnavailable, match="of another shape"):
        detector({**mobile_state, key: mobile_state[key][:1]})
    with pytest.raises(EngineUnavailable, match="1 unknown"):
        detector({**mobile_state, "module.head2.weight": mobile_state[key]})


# ── detection ─────────────────────────────────────────────────────────────────────────────────


def test_the_view_keeps_its_shape_and_its_border_is_the_mean() -> None:
    from daemon.engines.facexlib.retinaface import prepared

    picture = np.full((300, 450, 3), (10, 20, 30), np.uint8)
    planes, view = prepared(picture, 640)
    assert planes.shape == (1, 3, 448, 640)
    assert planes[0, :, 10, 10].tolist() == [30 - 104, 20 - 117, 10 - 123], "BGR less its mean"
    assert planes[0, :, 430, 10].tolist() == [0, 0, 0]
    assert view.by == (pytest.approx(450 / 640), pytest.approx(300 / 427))


@pytest.mark.parametrize(
    ("long_side", "sides"), [(100, [320, 640]), (900, [320, 640, 900]), (9000, [320, 640, 1280])]
)
def test_views_of_a_picture(long_side, sides) -> None:
    from daemon.engines.views import sides_for

    assert sides_for(long_side) == sides


def test_weights_that_compute_nothing_are_said_to(monkeypatch, astronaut) -> None:
    import torch

    from daemon.engines.facexlib.retinaface import RetinaFace

    def network(pictures):
        count = 2 * sum(pictures.shape[2] * pictures.shape[3] // step**2 for step in (8, 16, 32))
        return (
            torch.zeros(1, count, 4),
            torch.full((1, count), torch.nan),
            torch.zeros(1, count, 10),
        )

    loaded_instead(monkeypatch, "retinaface", network)
    with pytest.raises(EngineError, match="no usable number"):
        RetinaFace(Path("none.pth"), "mobile", ON_CPU).find(astronaut)


def test_boxes_end_where_the_picture_does_not_where_the_view_does(monkeypatch) -> None:
    import torch

    from daemon.engines.facexlib.retinaface import RetinaFace

    def network(pictures):
        """Every anchor sees a face of its own size."""
        count = 2 * sum(pictures.shape[2] * pictures.shape[3] // step**2 for step in (8, 16, 32))
        return torch.zeros(1, count, 4), torch.full((1, count), 0.95), torch.zeros(1, count, 10)

    loaded_instead(monkeypatch, "retinaface", network)
    picture = np.zeros((150, 200, 3), np.uint8)
    found = RetinaFace(Path("none.pth"), "mobile", ON_CPU).find(picture)
    assert found
    assert all(0 <= one.box.left < one.box.right <= 200 for one in found)
    assert all(0 <= one.box.top < one.box.bottom <= 150 for one in found)


@pytest.mark.parametrize("shape", [(1, 1, 3), (3, 2000, 3), (2000, 3, 3)])
def test_pictures_of_strange_shapes_have_no_faces(detector, mobile_state, shape) -> None:
    still = {k: v * 0 if "ClassHead" in k else v for k, v in mobile_state.items()}
    assert detector(still).find(np.zeros(shape, np.uint8)) == []


# ── parsing ───────────────────────────────────────────────────────────────────────────────────


def test_parsenets_classes_are_brought_into_the_house_order(monkeypatch) -> None:
    import torch

    from daemon.engines.facexlib.parser import PARSENET_PARSING, FacexlibParser

    def network(faces):
        """Row by row one class after the other, in the network's own order."""
        rows = torch.arange(512) % 19
        scores = torch.nn.functional.one_hot(rows, 19).float().T[None, :, :, None]
        return (scores.expand(len(faces), -1, -1, 512), None)

    loaded_instead(monkeypatch, "parser", network)
    parser = FacexlibParser(PARSENET_PARSING, Path("none.pth"), ON_CPU)
    found = parser.parse(np.zeros((2, 512, 512, 3), np.uint8))
    assert found.shape == (2, 512, 512)
    assert found.dtype == np.uint8
    # As the program that shows ParseNet's classes lists them.
    named = [
        "BACKGROUND", "SKIN", "NOSE", "GLASSES", "LEFT_EYE", "RIGHT_EYE", "LEFT_BROW",
        "RIGHT_BROW", "LEFT_EAR", "RIGHT_EAR", "MOUTH", "UPPER_LIP", "LOWER_LIP", "HAIR", "HAT",
        "EARRING", "NECKLACE", "NECK", "CLOTH",
    ]  # fmt: skip
    assert [FaceClass(value).name for value in found[0, :19, 7]] == named


@pytest.mark.parametrize("colour", [(255, 255, 255), (10, 200, 90)])
def test_each_parser_sees_colours_as_it_was_trained(monkeypatch, colour) -> None:
    import torch

    from daemon.engines.facexlib.parser import (
        BISENET_PARSING,
        PARSENET_PARSING,
        FacexlibParser,
    )

    seen = []

    def network(faces):
        seen.append(faces[0, :, 5, 5].numpy())
        return (torch.zeros(len(faces), 19, 512, 512),)

    loaded_instead(monkeypatch, "parser", network)
    crop = np.full((1, 512, 512, 3), colour, np.uint8)
    for parsing in (BISENET_PARSING, PARSENET_PARSING):
        FacexlibParser(parsing, Path("none.pth"), ON_CPU).parse(crop)
    rgb = np.array(colour) / 255
    assert seen[0] == pytest.approx((rgb - (0.485, 0.456, 0.406)) / (0.229, 0.224, 0.225), abs=1e-5)
    assert seen[1] == pytest.approx(rgb * 2 - 1, abs=1e-5)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_face_without_finite_scores_is_an_error_not_background(monkeypatch, value) -> None:
    import torch

    from daemon.engines.facexlib.parser import BISENET_PARSING, FacexlibParser

    def network(faces):
        scores = torch.zeros(len(faces), 19, 512, 512)
        scores[:, 3, 100, 100] = value
        return (scores,)

    loaded_instead(monkeypatch, "parser", network)
    parser = FacexlibParser(BISENET_PARSING, Path("none.pth"), ON_CPU)
    with pytest.raises(EngineError, match="no usable number"):
        parser.parse(np.zeros((1, 512, 512, 3), np.uint8))
    with pytest.raises(EngineError, match="wants"):
        parser.parse(np.zeros((1, 256, 256, 3), np.uint8))
    assert parser.parse(np.zeros((0, 512, 512, 3), np.uint8)).shape == (0, 512, 512)


# ── identity ──────────────────────────────────────────────────────────────────────────────────


def test_arcface_gives_a_vector_of_length_one(stocked, tmp_path, astronaut) -> None:
    from daemon.config.model import Engines as Settings
    from daemon.engines.registry import Engines
    from tests.fakes.official_layouts import random_checkpoint

    key = "recognition-arcface-ir-se50"
    state, wrapped = random_checkpoint(key)
    stocked(tmp_path, key, state, wrapped=wrapped)
    where = align(LANDMARKS)
    with Engines(Settings(prefer="gpu", threads=1), models=tmp_path) as engines:
        recogniser = engines.recogniser
        one, again = (recogniser.embed(astronaut, where) for _ in range(2))
        other = recogniser.embed(np.ascontiguousarray(astronaut[:, ::-1]), where)
    assert one.shape == (512,)
    assert one.dtype == np.float32
    assert np.linalg.norm(one) == pytest.approx(1, abs=1e-4)
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)
    assert recogniser.limits.deliver_within**2 / 2 == pytest.approx(0.15), "cosine distance"
    assert recogniser.limits.keep_beyond**2 / 2 == pytest.approx(0.30)


def test_arcface_sees_blue_first() -> None:
    from daemon.engines.facexlib.arcface import preprocessed

    crops = np.full((1, 112, 112, 3), (255, 0, 51), np.uint8)
    assert preprocessed(crops)[0, :, 3, 3] == pytest.approx([-0.6, -1, 1])


@pytest.mark.parametrize("fault", ["no_number", "one_place"])
def test_arcface_answers_nothing_rather_than_nonsense(monkeypatch, astronaut, fault) -> None:
    import torch

    from daemon.engines.facexlib.arcface import ArcFace
    from daemon.imaging.align import Alignment

    loaded_instead(monkeypatch, "arcface", lambda faces: torch.full((len(faces), 512), torch.nan))
    points = LANDMARKS if fault == "no_number" else np.full((5, 2), 9, np.float32)
    where = Alignment(align(LANDMARKS).matrix, points)
    with pytest.raises(EngineError, match=r"no usable number|one place"):
        ArcFace(Path("none.pth"), ON_CPU).embed(astronaut, where)


# ── matting ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("size", "seen"),
    [
        ((640, 512), (640, 512)), ((1280, 1024), (640, 512)), ((300, 240), (640, 512)),
        ((1000, 700), (704, 512)), ((600, 400), (576, 384)), ((40, 4000), (32, 1536)),
    ],
)  # fmt: skip
def test_the_network_sees_about_512_pixels(size, seen) -> None:
    from daemon.engines.matte_network import modnet_size

    assert modnet_size(*size) == seen


def knowing(truth: np.ndarray):
    """A network that knows the matte, plain first and then mirrored; nearly but never wholly."""
    import cv2
    import torch

    asked = []

    def network(pictures, _inference):
        asked.append(len(pictures))
        alpha = truth if len(asked) % 2 else truth[:, ::-1]
        small = cv2.resize(alpha, (pictures.shape[3], pictures.shape[2]), None, 0, 0, 3)
        return None, None, torch.from_numpy(0.005 + 0.99 * np.clip(small, 0, 1))[None, None]

    return network


@pytest.fixture(scope="module")
def two_people():
    """Two people side by side before a wall: picture, matte of both, and their faces."""
    one, other = drawn(LOOKS[0], seed=0), drawn(LOOKS[2], seed=2)
    width = one.alpha.shape[1]
    foreground = np.concatenate((one.foreground, other.foreground), axis=1)
    alpha = np.concatenate((one.alpha, other.alpha), axis=1)
    wall = np.full_like(foreground, (90, 120, 150))
    beside = other.face.box
    box = Box(beside.left + width, beside.top, beside.right + width, beside.bottom)
    moved = Face(box, other.face.landmarks + np.float32((width, 0)), 1.0)
    return composed(foreground, alpha, wall), alpha, one.face, moved


def test_other_people_are_left_out_and_the_persons_pixels_stay(monkeypatch, two_people) -> None:
    from daemon.engines.facexlib.modnet import ModNet

    picture, truth, face, other = two_people
    loaded_instead(monkeypatch, "modnet", knowing(truth))
    matte = ModNet(Path("none.pth"), ON_CPU).cut(picture, face, [other])
    half = picture.shape[1] // 2
    mine, neighbours = matte.alpha[:, :half], matte.alpha[:, half:]
    assert matte.alpha.shape == picture.shape[:2]
    assert np.abs(mine - truth[:, :half]).mean() < 0.01
    assert neighbours.mean() < 0.01, "the neighbour"
    whole = matte.alpha >= 1
    bodies = whole[:, :half][truth[:, :half] == 1]
    assert bodies.mean() > 0.9, "nothing of the wall shines through a body"
    assert np.array_equal(matte.foreground[whole], picture[whole])
    assert matte.confidence >= REVIEW_BELOW
    assert matte.evidence.agreement > 0.97
    assert matte.evidence.behind_known is None
    assert "behind_known" not in matte.as_json()["evidence"]


def test_a_view_that_contradicts_its_mirror_image_is_doubted(monkeypatch, two_people) -> None:
    import torch

    from daemon.engines.facexlib.modnet import ModNet

    picture, truth, face, other = two_people
    sure = knowing(truth)
    asked = []

    def network(pictures, inference):
        asked.append(1)
        answer = sure(pictures, inference)
        return answer if len(asked) == 1 else (None, None, torch.zeros_like(answer[2]))

    loaded_instead(monkeypatch, "modnet", network)
    matte = ModNet(Path("none.pth"), ON_CPU).cut(picture, face, [other])
    assert matte.evidence.agreement == 0
    assert matte.doubts[0] == "unsure_outline"
    assert matte.confidence < REVIEW_BELOW


@pytest.mark.parametrize("value", [0.0, 1.0, np.nan])
def test_a_matte_that_says_nothing_is_doubted_or_refused(monkeypatch, value, two_people) -> None:
    import torch

    from daemon.engines.facexlib.modnet import ModNet

    def network(pictures, _inference):
        return None, None, torch.full((len(pictures), 1, *pictures.shape[2:]), value)

    loaded_instead(monkeypatch, "modnet", network)
    picture, _, face, _ = two_people
    matter = ModNet(Path("none.pth"), ON_CPU)
    if np.isnan(value):
        with pytest.raises(EngineError, match="no usable number"):
            matter.cut(picture, face)
        return
    matte = matter.cut(picture, face)
    assert matte.confidence < REVIEW_BELOW
    assert matte.doubts


def test_a_random_modnet_cuts_something_and_doubts_it(stocked, tmp_path, astronaut) -> None:
    from daemon.config.model import Engines as Settings
    from daemon.engines.registry import Engines
    from tests.fakes.official_layouts import random_checkpoint

    key = "modnet-photographic-pth"
    state, wrapped = random_checkpoint(key)
    stocked(tmp_path, key, state, wrapped=wrapped)
    face = Face(Box(180, 60, 270, 170), LANDMARKS, 1.0)
    told = []
    with Engines(Settings(prefer="gpu", threads=1), models=tmp_path) as engines:
        matte = engines.matter().cut(astronaut, face, (), lambda *at: told.append(at))
        assert engines.describe()["matting"]["name"] == "modnet"
    assert matte.alpha.shape == (512, 512)
    assert 0 <= matte.alpha.min() <= matte.alpha.max() <= 1
    assert matte.engine == "modnet"
    assert matte.confidence < REVIEW_BELOW
    assert told == [(step, 5) for step in (0, 2, 3, 4, 5)]
