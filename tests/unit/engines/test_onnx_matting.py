"""Cutting people out with ONNX files: what networks are shown, where an alpha comes to lie."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from daemon.engines.base import REVIEW_BELOW, Face, Matte
from daemon.engines.matte_square import (
    IMAGENET_DEVIATION,
    IMAGENET_MEAN,
    in_square,
    longest_side,
    standardised,
)
from daemon.engines.offers import Setup
from daemon.engines.onnx_kind import Kind
from daemon.engines.onnx_matting.facts import HIVISION, MODNET, SQUARES, Square
from daemon.engines.onnx_matting.modnet import OnnxModNet
from daemon.engines.onnx_matting.square import OnnxSquare
from daemon.engines.weights import StoredWeights
from daemon.errors import EngineError, EngineUnavailable
from daemon.imaging.geometry import Box
from tests.fakes.figure import BLUE, RED, Drawn, edges_off, figure
from tests.fakes.onnx_files import matter, parser, restorer, square_matter

CPU = Setup("cpu", "fp32", 1)
BY_NAME = {one.kind.name: one for one in SQUARES}
BIREFNET, RMBG = BY_NAME["birefnet-general-onnx"], BY_NAME["rmbg-1.4"]


def seeing_red(square: Square, *, steep: float = 40.0, **facts: Any) -> bytes:
    """A network that gives ``steep`` times how far a pixel's red lies above the middle.

    It undoes the standardisation of the authors, so a wrong one moves the edge or all of it.
    """
    (mean, *_), (deviation, *_) = square.look
    middle = (RED[0] + BLUE[0]) / 2 / 255
    weights, bias = (steep * deviation, 0.0, 0.0), steep * (mean - middle)
    if not square.gives_logits:
        bias += 0.5
    return square_matter(square.side_px, weights=weights, bias=bias, **facts)


@pytest.fixture
def cut(stored) -> Callable[..., Matte]:
    def of(square: Square, content: bytes, drawn: Drawn, told: Any = None) -> Matte:
        used = stored(square.kind.models[0], content)
        network = OnnxSquare(square, {used.model: used}, CPU)
        return network.cut(drawn.picture, drawn.face, (), told)

    return of


# ── where the alpha lies ──────────────────────────────────────────────────────────────────────

SHAPES = [(640, 480), (479, 641), (333, 777), (1024, 1024), (1301, 987)]


@pytest.mark.parametrize(("width", "height"), SHAPES)
def test_an_outline_comes_to_lie_where_it_was(cut, width: int, height: int) -> None:
    drawn = figure(width, height)
    matte = cut(BIREFNET, seeing_red(BIREFNET), drawn)
    assert matte.alpha.shape == (height, width)
    off = edges_off(matte, drawn)
    assert max(map(abs, off.values())) < 0.25, off
    assert matte.engine == "birefnet-general-onnx"
    assert matte.evidence.agreement > 0.98
    below = drawn.mask[-1]
    assert matte.alpha[-1, below].mean() > 0.97, "a row is lost at the lower edge"


def test_what_is_wholly_there_keeps_its_own_colours(cut) -> None:
    drawn = figure(500, 620)
    matte = cut(BIREFNET, seeing_red(BIREFNET), drawn)
    whole = matte.alpha >= 1
    assert whole[drawn.mask].mean() > 0.95
    assert np.array_equal(matte.foreground[whole], drawn.picture[whole])
    assert matte.confidence >= REVIEW_BELOW


def test_each_of_its_two_views_is_a_sign_of_life(cut) -> None:
    told = []
    cut(BIREFNET, seeing_red(BIREFNET), figure(64, 80), lambda *at: told.append(at))
    assert told == [(step, 5) for step in range(6)]


def test_a_matte_of_2048_is_not_made_coarser_on_the_way(cut) -> None:
    drawn = figure(1301, 987)
    square = BY_NAME["birefnet-hr-matting-onnx"]
    off = edges_off(cut(square, seeing_red(square), drawn), drawn)
    assert max(map(abs, off.values())) < 0.15, off


def test_a_view_is_no_larger_than_picture_and_square() -> None:
    size_for = longest_side(1024)
    assert size_for(768, 512) == (768, 512)
    assert size_for(2048, 1536) == (1024, 768)
    assert size_for(1536, 2048) == (768, 1024)
    assert size_for(40, 4000) == (32, 1024)


@pytest.mark.parametrize(("height", "width"), [(37, 61), (61, 37), (64, 64), (90, 200)])
def test_pressing_into_a_square_and_back_moves_nothing(height: int, width: int) -> None:
    seen = []

    def reds(pictures: np.ndarray) -> np.ndarray:
        seen.append(pictures.shape)
        return pictures[..., 0] / 255

    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    ramp = 40 + 2 * columns / width * 80 + rows / height * 30
    pictures = np.stack([np.dstack((ramp, ramp * 0, ramp * 0)), np.zeros((height, width, 3))])
    alphas = in_square(reds, 64)(pictures.astype(np.float32))
    assert alphas.shape == (2, height, width)
    assert seen == [(1, 64, 64, 3)] * 2
    inner = np.s_[4:-4, 4:-4]
    slope = 160 / width / 255
    assert np.abs(alphas[0] - ramp / 255)[inner].max() < 0.1 * slope
    assert alphas[1].max() == 0


# ── what the network is shown ─────────────────────────────────────────────────────────────────


def test_colours_are_red_green_blue_less_the_mean_over_the_deviation() -> None:
    picture = np.zeros((1, 2, 3, 3), np.float32)
    picture[..., 0] = 255
    shown = standardised(picture, IMAGENET_MEAN, IMAGENET_DEVIATION)
    assert shown.shape == (1, 3, 2, 3)
    np.testing.assert_allclose(shown[0, :, 0, 0], [2.2489, -2.0357, -1.8044], atol=1e-4)
    for square in SQUARES:
        top = standardised(np.full((1, 1, 1, 3), 255, np.float32), *square.look)[0, :, 0, 0]
        wanted = [0.5] * 3 if square is RMBG else [2.2489, 2.4286, 2.64]
        np.testing.assert_allclose(top, wanted, atol=1e-4)


@pytest.mark.parametrize("colour", [0, 1, 2])
def test_each_colour_reaches_its_own_channel(cut, colour: int) -> None:
    """The figure is brighter in one colour alone; a network that looks at another sees nothing."""
    drawn = figure(320, 400)
    picture = np.full_like(drawn.picture, 60)
    picture[drawn.mask, colour] = 220
    weights = [0.0, 0.0, 0.0]
    weights[colour] = 20.0
    mean, deviation = (part[colour] for part in BIREFNET.look)
    middle = (140 / 255 - mean) / deviation
    content = square_matter(1024, weights=tuple(weights), bias=-20 * middle)
    matte = cut(BIREFNET, content, Drawn(picture, drawn.mask, drawn.face, drawn.unit))
    assert np.abs(matte.alpha - drawn.mask).mean() < 0.02


# ── what it gives ─────────────────────────────────────────────────────────────────────────────


def test_rmbg_is_not_stretched_to_somebody_being_there(cut) -> None:
    drawn = figure(400, 500)
    faint = cut(RMBG, square_matter("side", weights=(0.3, 0, 0), bias=0.15), drawn)
    assert faint.alpha.max() < 0.35
    assert faint.confidence < REVIEW_BELOW


def test_rmbg_gives_an_alpha_and_no_logit(cut) -> None:
    drawn = figure(400, 500)
    # Just 0 on the blue and just 1 on the red: no sigmoid is taken.
    matte = cut(RMBG, seeing_red(RMBG, steep=255 / 160, names=("input", "output")), drawn)
    assert max(map(abs, edges_off(matte, drawn).values())) < 0.25
    assert (matte.alpha >= 1)[drawn.mask].mean() > 0.95


def test_values_far_from_an_alpha_are_an_error(cut) -> None:
    with pytest.raises(EngineError, match="gave no alpha"):
        cut(RMBG, seeing_red(RMBG, steep=40.0), figure(200, 240))


@pytest.mark.parametrize("square", [BIREFNET, RMBG], ids=lambda one: one.kind.name)
def test_an_alpha_that_is_no_number_is_an_error(cut, square: Square) -> None:
    content = square_matter(1024, bias=float("nan"))
    with pytest.raises(EngineError, match="no usable number"):
        cut(square, content, figure(200, 240))


def test_logits_without_bounds_are_no_error(cut) -> None:
    drawn = figure(200, 240)
    matte = cut(BIREFNET, seeing_red(BIREFNET, steep=1e6), drawn)
    assert np.abs(matte.alpha - drawn.mask).mean() < 0.02


# ── files that are another network's ──────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("square", "content", "why"),
    [
        (BIREFNET, lambda: square_matter(512), r"\(1, 3, 512, 512\), not one picture of 1024"),
        (BIREFNET, lambda: square_matter(2048), r"not one picture of 1024 × 1024"),
        (BY_NAME["birefnet-hr-matting-onnx"], square_matter, "not one picture of 2048 × 2048"),
        (BIREFNET, parser, "not one picture"),
        (RMBG, lambda: restorer(1024), r"gives output \(1, 3, 1024, 1024\), not one alpha"),
        (RMBG, lambda: b"rubbish", "finds no network"),
    ],
)
def test_a_file_of_another_network_is_refused_with_what_was_found(
    stored, square: Square, content, why: str
) -> None:
    used = stored(square.kind.models[0], content())
    with pytest.raises(EngineUnavailable, match=why) as refused:
        OnnxSquare(square, {used.model: used}, CPU)
    assert f"boothd models pull {used.model} --replace" in str(refused.value)


# ── MODNet ────────────────────────────────────────────────────────────────────────────────────


def modnet(kind: Kind, used: StoredWeights) -> OnnxModNet:
    return OnnxModNet(kind, {used.model: used}, CPU)


@pytest.mark.parametrize("kind", [MODNET, HIVISION], ids=lambda kind: kind.name)
def test_a_random_alpha_cuts_something_and_is_doubted(stored, astronaut, kind: Kind) -> None:
    used = stored(kind.models[0], matter())
    marks = np.float32([(203, 102), (247, 104), (223, 125), (203, 142), (241, 144)])
    face = Face(Box(180, 60, 270, 170), marks, 1.0)
    matte = modnet(kind, used).cut(astronaut, face)
    assert matte.alpha.shape == (512, 512)
    assert 0 <= matte.alpha.min() <= matte.alpha.max() <= 1
    assert matte.engine == kind.name
    assert matte.confidence < REVIEW_BELOW


@pytest.mark.parametrize("side", ["side", 512])
def test_hivisions_modnet_is_shown_red_first_in_any_size(stored, side) -> None:
    drawn = figure(479, 641)
    middle = (RED[0] + BLUE[0]) / 255 - 1
    names = ("input", "output")
    # An alpha of its own: red of -0.69 (the wall) gives 0, red of 0.57 (the figure) gives 1.
    content = square_matter(side, names=names, weights=(0.797, 0, 0), bias=0.5 - 0.797 * middle)
    matte = modnet(HIVISION, stored("hivision-modnet-onnx", content)).cut(drawn.picture, drawn.face)
    assert max(map(abs, edges_off(matte, drawn).values())) < 0.3


@pytest.mark.parametrize("content", [matter(512), parser(), restorer(512)])
def test_a_network_without_an_alpha_of_any_size_is_refused(stored, content) -> None:
    used = stored("modnet-photographic-onnx", content)
    with pytest.raises(EngineUnavailable, match="not a picture of any size"):
        modnet(MODNET, used)


def test_hivisions_modnet_of_another_size_is_refused(stored) -> None:
    used = stored("hivision-modnet-onnx", matter(256))
    with pytest.raises(EngineUnavailable, match="not a picture of any size"):
        modnet(HIVISION, used)
