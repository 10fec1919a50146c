"""Which faces are chosen, at which scale and blend, and what the guard rules."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from daemon.engines.base import Face, IdentityLimits
from daemon.imaging.geometry import Box
from daemon.routes.restore.calibration import treatment
from daemon.routes.restore.drawing import size_for
from daemon.routes.restore.guard import Measurable, Ruling, measurable, ruling
from daemon.routes.restore.options import Options
from daemon.routes.restore.selection import Choice, choose
from tests.fakes.engines import face_at

EYES_AND_MOUTH = np.array([(204, 112), (244, 112), (224, 132), (209, 152), (241, 152)], np.float32)


@pytest.fixture
def portrait(astronaut) -> np.ndarray:
    return astronaut


@pytest.fixture
def real_face() -> Face:
    return Face(Box(180, 70, 268, 180), EYES_AND_MOUTH, 0.9)


def blurred(picture: np.ndarray, sigma_px: float) -> np.ndarray:
    return cv2.GaussianBlur(picture, (0, 0), sigma_px)


def test_a_sharp_face_is_left_alone_and_a_blurred_one_is_not(portrait, real_face) -> None:
    (sharp,) = choose(portrait, [real_face], Options())
    (soft,) = choose(blurred(portrait, 2.5), [real_face], Options())
    assert sharp.choice is Choice.ALREADY_SHARP
    assert soft.choice is Choice.WANTED


def test_a_face_sharp_at_its_own_size_is_restored_when_enlarged(portrait, real_face) -> None:
    (face,) = choose(portrait, [real_face], Options(upscale=4))
    assert face.choice is Choice.WANTED


def test_small_turned_and_shapeless_faces_are_left_alone(portrait) -> None:
    turned = face_at(50, 50, 0.5)
    turned.landmarks[2, 0] += 0.5 * 140
    pointlike = replace(face_at(0, 0, 0.5), landmarks=np.full((5, 2), 9, np.float32))
    soft = blurred(portrait, 3)
    for face, choice in (
        (face_at(200, 200, 0.1), Choice.TOO_SMALL),
        (turned, Choice.TURNED_AWAY),
        (pointlike, Choice.NOT_ALIGNABLE),
    ):
        assert choose(soft, [face], Options())[0].choice is choice


def test_beyond_max_faces_the_smaller_ones_are_left_alone(portrait) -> None:
    soft = blurred(portrait, 3)
    faces = [face_at(0, 0, 0.4), face_at(150, 150, 0.6), face_at(300, 0, 0.35)]
    chosen = choose(soft, faces, Options(max_faces=1))
    assert chosen[0].width_px == max(c.width_px for c in chosen)
    assert [c.choice for c in chosen].count(Choice.BEYOND_MAX_FACES) == 2


def test_the_crowd_behind_the_focus_is_left_alone(portrait, real_face) -> None:
    # The same face twice: in front in focus, and small, far and out of focus.
    front = cv2.resize(portrait, None, fx=2.5, fy=2.5, interpolation=cv2.INTER_CUBIC)
    front = blurred(front, 1.2)
    back = blurred(portrait, 6)
    scene = np.zeros((front.shape[0], front.shape[1] + back.shape[1], 3), np.uint8)
    scene[:, : front.shape[1]] = front
    scene[: back.shape[0], front.shape[1] :] = back
    near = replace(
        real_face, box=real_face.box.scaled(2.5, 2.5), landmarks=real_face.landmarks * 2.5
    )
    shift = front.shape[1]
    far = replace(
        real_face,
        box=Box(180 + shift, 70, 268 + shift, 180),
        landmarks=real_face.landmarks + np.array((shift, 0), np.float32),
    )
    choices = [c.choice for c in choose(scene, [far, near], Options())]
    assert choices == [Choice.WANTED, Choice.BACKGROUND]


def test_the_scale_follows_sharpness_and_never_outgrows_the_photo() -> None:
    scales = [treatment(0.6, lost, 600).working_px for lost in (0.02, 0.05, 0.07, 0.2)]
    assert scales == sorted(scales)
    assert len(set(scales)) == 4
    assert treatment(0.6, 0.2, 60).working_px == 96


@pytest.mark.parametrize("source_px", [100, 1000])
@pytest.mark.parametrize("lost", [0.0, 0.05, 0.09, 0.3])
def test_strength_zero_and_one_are_exact_for_every_face(lost, source_px) -> None:
    assert treatment(0, lost, source_px).blend == 0
    assert treatment(1, lost, source_px).blend == 1


def test_better_faces_get_less() -> None:
    blends = [treatment(0.6, lost, 600).blend for lost in (0.03, 0.07, 0.10, 0.2)]
    assert blends == sorted(blends, reverse=True)
    assert blends[-1] == pytest.approx(0.36)


def test_a_blurred_face_with_pixels_to_spare_gets_less_and_softer() -> None:
    """It was enlarged from a small picture, whose compression blocks pass for detail."""
    small, large = treatment(0.6, 0.047, 500), treatment(0.6, 0.047, 1000)
    assert large.blend < small.blend
    assert large.working_px < small.working_px
    assert large.softness_px > small.softness_px
    assert treatment(0.6, 0.2, 1000) == treatment(0.6, 0.2, 700)


@pytest.mark.parametrize(
    ("distance", "halved", "wanted"),
    [
        (0.10, False, Ruling.DELIVER),
        (0.30, False, Ruling.HALVE),
        (0.30, True, Ruling.KEEP_ORIGINAL),
        (0.10, True, Ruling.DELIVER),
        (0.60, False, Ruling.KEEP_ORIGINAL),
        (float("nan"), False, Ruling.KEEP_ORIGINAL),
    ],
)
def test_the_guard_delivers_halves_or_keeps(distance, halved, wanted) -> None:
    assert ruling(distance, IdentityLimits(0.25, 0.40, "a test"), halved=halved) is wanted


def test_identity_is_measured_only_where_it_means_something(portrait, real_face) -> None:
    def judged(
        picture: np.ndarray, face: Face, size: tuple[int, int], upscale: int = 1
    ) -> Measurable:
        (candidate,) = choose(picture, [face], Options(upscale=upscale, min_face_px=20))
        return measurable(candidate, size, Options(upscale=upscale))

    small = cv2.resize(portrait, None, fx=0.4, fy=0.4, interpolation=cv2.INTER_AREA)
    tiny = replace(
        real_face, box=real_face.box.scaled(0.4, 0.4), landmarks=real_face.landmarks * 0.4
    )
    assert judged(blurred(portrait, 1.5), real_face, (512, 512)) is Measurable.YES
    assert judged(blurred(portrait, 8), real_face, (512, 512)) is Measurable.NO
    assert judged(small, tiny, (200, 200)) is Measurable.NO
    assert judged(small, tiny, (1300, 600)) is Measurable.SMALL_IN_CROWD
    assert judged(small, tiny, (1300, 600), upscale=2) is Measurable.NO


ALL_PX = (256, 512, 1024, 2048)


@pytest.mark.parametrize(
    ("width_px", "has_px", "wanted_px"),
    [
        (40, ALL_PX, 256),
        (127, ALL_PX, 256),
        (128, ALL_PX, 512),
        (700, ALL_PX, 512),
        (701, ALL_PX, 1024),
        (5000, ALL_PX, 1024),
        (40, (512,), 512),
        (5000, (512,), 512),
        (300, (256, 1024), 1024),
        (900, (256,), 256),
    ],
)
def test_the_crop_is_the_smallest_that_holds_the_face(width_px, has_px, wanted_px) -> None:
    assert size_for(width_px, has_px) == wanted_px
