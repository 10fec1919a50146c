"""The route with an engine that colours: grey faces get colours, and nothing else changes."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from daemon.domain.job import Verdict
from daemon.imaging.colour import LUMA, in_colour, is_grey
from daemon.imaging.encode import encode_photo
from daemon.imaging.mask import SUPPORT
from daemon.imaging.photo import Container, Photo
from tests.fakes.engines import FixedRecogniser, engines_of, face_at
from tests.fakes.face_engines import FixedBackground, FixedRestorer, with_engines
from tests.fakes.pictures import grey_profile
from tests.pixels.test_restore_invariants import LEFT, SCALE, TOP, photo_of, run

ENGINE = "gpen-colorization"


def reddened(crop):
    """What a network that colours might draw: warmer, and brighter than it should be."""
    return np.asarray(crop + np.array([60, 10, -30], np.float32), np.float32)


@pytest.fixture
def grey(astronaut) -> np.ndarray:
    return np.repeat(cv2.cvtColor(astronaut, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)


@pytest.fixture
def one_channel(grey) -> Photo:
    return photo_of(grey, pixels=grey[..., :1], container=Container("PNG", mode="L"))


def coloured(photo: Photo, restorer=None, **options):
    restorer = restorer or FixedRestorer(reddened)
    engines = with_engines(engines_of([face_at(LEFT, TOP, SCALE)]), name=ENGINE, restorer=restorer)
    return run(photo, engines, **{"engine": ENGINE, "strength": 1, **options})


def saturation(srgb: np.ndarray) -> float:
    """Red over blue in the middle of the face."""
    y, x = round(TOP + SCALE * 300), round(LEFT + SCALE * 256)
    part = srgb[y - 6 : y + 6, x - 6 : x + 6].astype(float)
    return float((part[..., 0] - part[..., 2]).mean())


def test_the_face_gets_the_colour_and_keeps_its_brightness(grey) -> None:
    outcome = coloured(photo_of(grey))
    after = outcome.photo.srgb
    assert outcome.verdict is Verdict.DONE
    assert saturation(after) == pytest.approx(90, abs=4)
    light = np.abs(after.astype(float) @ LUMA - grey.astype(float) @ LUMA)
    clear = (grey > 70).all(axis=2) & (grey < 190).all(axis=2)
    assert light[clear].max() <= 1.5
    (face,) = outcome.measures["faces"]
    assert (face["outcome"], face["engine"]) == ("restored", ENGINE)
    assert face["ssim"] > 0.97
    assert outcome.measures["tone"] == "grey"


def test_outside_the_face_it_stays_grey_and_bit_for_bit(grey) -> None:
    after = coloured(photo_of(grey)).photo.srgb
    rows, columns = np.nonzero((after != grey).any(axis=2))
    assert rows.min() >= TOP + SCALE * SUPPORT.top - 2
    assert rows.max() <= TOP + SCALE * SUPPORT.bottom + 2
    assert columns.min() >= LEFT + SCALE * SUPPORT.left - 2
    assert columns.max() <= LEFT + SCALE * SUPPORT.right + 2


def test_a_file_of_one_channel_becomes_one_that_holds_colour(one_channel, grey) -> None:
    outcome = coloured(one_channel)
    assert outcome.photo.container.mode == "RGB"
    assert outcome.photo.pixels.shape == grey.shape
    assert saturation(outcome.photo.srgb) > 80
    assert outcome.measures["outside"] == {"equal": True, "ssim": 1.0}
    encoded = encode_photo(outcome.photo)
    back = cv2.imdecode(np.frombuffer(encoded.content, np.uint8), cv2.IMREAD_COLOR)
    assert np.array_equal(back[..., ::-1], outcome.photo.srgb)


def test_a_file_of_one_channel_stays_one_where_nobody_was_coloured(one_channel) -> None:
    """The guard sees another person, whatever was drawn."""
    engines = with_engines(
        engines_of([face_at(LEFT, TOP, SCALE)], recogniser=FixedRecogniser(2.0)),
        name=ENGINE,
        restorer=FixedRestorer(reddened),
    )
    outcome = run(one_channel, engines, engine=ENGINE, strength=1)
    assert outcome.verdict is Verdict.REVIEW
    assert outcome.photo.container == one_channel.container
    assert np.array_equal(outcome.photo.pixels, one_channel.pixels)


def test_half_the_strength_is_half_the_colour(grey) -> None:
    assert saturation(coloured(photo_of(grey), strength=0.5).photo.srgb) == pytest.approx(45, abs=3)


def test_without_strength_the_photo_stays_bit_for_bit(one_channel) -> None:
    outcome = coloured(one_channel, strength=0)
    assert outcome.photo.container == one_channel.container
    assert np.array_equal(outcome.photo.pixels, one_channel.pixels)


def test_a_sepia_face_gets_new_colours(grey) -> None:
    sepia = np.clip(grey * np.array((1.0, 0.86, 0.68)) + np.array((12, 8, 2)), 0, 255)
    toned = np.rint(sepia).astype(np.uint8)

    def greened(crop):
        return np.asarray((crop @ LUMA.astype(np.float32))[..., None] + [-20, 20, -20], np.float32)

    outcome = coloured(photo_of(toned), FixedRestorer(greened))
    assert outcome.measures["tone"] == "toned"
    assert saturation(toned) > 20
    assert abs(saturation(outcome.photo.srgb)) < 3


def test_faces_of_a_photo_with_colour_are_left_alone(astronaut) -> None:
    restorer = FixedRestorer(reddened)
    outcome = coloured(photo_of(astronaut), restorer)
    assert restorer.asked == []
    assert np.array_equal(outcome.photo.srgb, astronaut)
    (face,) = outcome.measures["faces"]
    assert (face["outcome"], face["reason"]) == ("left_alone", "has_colour")


def test_a_sharp_face_is_coloured_though_it_needs_no_restoring(grey) -> None:
    plain = with_engines(
        engines_of([face_at(LEFT, TOP, SCALE)]), name="gpen", restorer=FixedRestorer()
    )
    restored = run(photo_of(grey), plain, engine="gpen")
    assert restored.measures["faces"][0]["reason"] == "already_sharp"
    assert coloured(photo_of(grey)).measures["faces"][0]["outcome"] == "restored"


def test_no_other_engine_colours(grey) -> None:
    """What it draws in colour comes back grey, as ever."""
    soft = cv2.GaussianBlur(grey, (0, 0), 1.5)
    parts = {"restorer": FixedRestorer(reddened)}
    engines = with_engines(engines_of([face_at(LEFT, TOP, SCALE)]), name="gfpgan-1.0", **parts)
    outcome = run(photo_of(soft), engines, engine="gfpgan-1.0", strength=1)
    assert outcome.measures["faces"][0]["outcome"] == "restored"
    assert is_grey(outcome.photo.srgb)


def test_an_enlarged_background_stays_grey_beside_a_coloured_face(grey) -> None:
    class Tinting(FixedBackground):
        def enlarge(self, rgb, progress=None):
            x = np.arange(rgb.shape[1] * self.factor)
            waves = 15 * np.sin(x / 2)[None, :, None] * np.array([1, 0, -1])
            return np.asarray(super().enlarge(rgb, progress) + waves, np.float32)

    engines = with_engines(
        engines_of([face_at(LEFT, TOP, SCALE)]),
        name=ENGINE,
        restorer=FixedRestorer(reddened),
        background=Tinting(2),
    )
    told = {"engine": ENGINE, "strength": 1, "background": "upscale"}
    after = run(photo_of(grey), engines, **told).photo.srgb
    below = slice(round(TOP + SCALE * SUPPORT.bottom) + 3, None)
    assert (after[below] != grey[below]).mean() > 0.3
    assert np.array_equal(after[below, :, 0], after[below, :, 2])
    assert saturation(after) > 80


def test_what_says_nothing_to_an_engine_that_colours_is_named(grey) -> None:
    outcome = coloured(photo_of(grey), compat="modelscope", fidelity=0.5)
    assert outcome.measures["options_idle"] == ["compat", "fidelity"]
    assert outcome.measures["faces"][0]["mask"] == "oval"


def test_the_pages_of_a_file_are_alike_in_the_end(one_channel) -> None:
    empty = np.full((64, 64, 1), 128, np.uint8)
    page = photo_of(np.repeat(empty, 3, axis=2), pixels=empty, container=one_channel.container)

    class OnlyFirst:
        def __init__(self) -> None:
            self.faces = [[face_at(LEFT, TOP, SCALE)], []]

        def find(self, _srgb, *, view_px=None):
            return self.faces.pop(0)

    engines = with_engines(engines_of([]), name=ENGINE, restorer=FixedRestorer(reddened))
    finder = OnlyFirst()
    engines._embedded["find_faces"].get = lambda: finder
    photo = replace(one_channel, rest=(page,))
    outcome = run(photo, engines, engine=ENGINE, strength=1)
    forms = [one.container.mode for one in (outcome.photo, *outcome.photo.rest)]
    assert forms == ["RGB", "RGB"]


# ── files that can hold colour ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_a_grey_file_keeps_its_depth_and_alpha(depth) -> None:
    levels = np.linspace(0, np.iinfo(depth).max, 64).astype(depth).reshape(8, 8, 1)
    bits = 16 if depth is np.uint16 else 8
    container = Container("PNG", mode="L", bits=bits, extra={"grey_bits": 1})
    shown = np.repeat((levels / (257 if bits == 16 else 1)).astype(np.uint8), 3, axis=2)
    made = in_colour(Photo(levels, shown, levels[..., 0], container))
    assert made.pixels.dtype == depth
    assert np.array_equal(made.pixels, np.repeat(levels, 3, axis=2))
    assert made.alpha is not None
    assert (made.container.mode, made.container.bits) == ("RGB", bits)
    assert "grey_bits" not in made.container.extra


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_a_grey_profile_has_done_its_work(depth) -> None:
    from daemon.imaging.colour import to_srgb

    levels = np.linspace(0, np.iinfo(depth).max, 64).astype(depth).reshape(8, 8, 1)
    container = Container("TIFF", mode="L", icc=grey_profile())
    shown = to_srgb(levels, container)
    made = in_colour(Photo(levels, shown, None, container))
    assert made.container.icc is None
    assert np.abs(made.srgb.astype(int) - shown).max() <= 1


def test_a_file_with_colour_is_itself(astronaut) -> None:
    photo = photo_of(astronaut)
    assert in_colour(photo) is photo
