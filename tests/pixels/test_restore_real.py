"""The route with the real embedded engines."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import pytest

from daemon.config.model import Engines as Settings
from daemon.domain.job import Verdict
from daemon.engines.registry import Engines
from daemon.imaging.align import align
from daemon.imaging.mask import inner_face
from tests.degrade import degraded
from tests.pixels.test_restore_invariants import photo_of, run

pytestmark = pytest.mark.engines


@pytest.fixture(scope="module")
def engines() -> Iterator[Engines]:
    with Engines(Settings(threads=2)) as loaded:
        yield loaded


def psnr(one: np.ndarray, other: np.ndarray) -> float:
    error = np.mean((one[inner_face()] - other[inner_face()]) ** 2)
    return float(10 * np.log10(255**2 / error))


def test_a_damaged_face_comes_nearer_to_the_clean_one(engines, astronaut) -> None:
    clean = cv2.resize(astronaut[:220, 110:330], None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC)
    damaged = degraded(clean, seed=7)
    outcome = run(photo_of(damaged), engines, upscale=4)
    assert outcome.verdict is Verdict.DONE
    plain = cv2.resize(damaged, clean.shape[1::-1], interpolation=cv2.INTER_CUBIC)
    where = align(engines.finder.find(clean)[0].landmarks)
    truth = where.crop(clean)
    gain = psnr(where.crop(outcome.photo.srgb), truth) - psnr(where.crop(plain), truth)
    assert gain > 0.2
    (face,) = outcome.measures["faces"]
    assert face["outcome"] == "restored"
    assert face["identity"]["distance"] < 0.25
    assert face["sharpness"]["after"] > face["sharpness"]["before"]
    # The box of the pasted face cannot be seen: no step at its border is larger than before.
    changed = (outcome.photo.srgb != plain).any(axis=2)
    whole = cv2.morphologyEx(changed.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((25, 25)))
    edge = (whole ^ cv2.erode(whole, np.ones((3, 3)))).astype(bool)
    step = np.abs(outcome.photo.srgb.astype(int) - plain).max(axis=2)
    assert step[edge].max() <= 3


def test_a_sharp_photo_is_handed_back_untouched(engines, astronaut) -> None:
    outcome = run(photo_of(astronaut), engines)
    assert outcome.photo.pixels is astronaut
    assert outcome.measures["faces"][0]["reason"] == "already_sharp"


@pytest.mark.photos
@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("group/solvay1927.png", 29),
        ("phone/selfie0.jpg", 1),
        ("pairs/0_lq.png", 1),
        ("pairs/1_lq.png", 1),
        ("group/pair.jpg", 2),
        ("old/fence.jpg", 2),
    ],
)
def test_every_person_is_found_once(engines, shared_photos, name, count) -> None:
    content = np.frombuffer(shared_photos(name).read_bytes(), np.uint8)
    picture = np.ascontiguousarray(cv2.imdecode(content, cv2.IMREAD_COLOR)[:, :, ::-1])
    assert len(engines.finder.find(picture)) == count
