"""The embedded matter against known mattes, and on input nobody would choose.

The whole table: ``tests/matting_table.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple

import cv2
import numpy as np
import pytest

from daemon.config.model import Engines as Settings
from daemon.engines.base import Face
from daemon.engines.registry import Engines
from daemon.engines.tasks import MATTE
from daemon.errors import EngineError
from daemon.imaging.geometry import Box
from tests.alpha_metrics import composed
from tests.composites import LOOKS, backgrounds, drawn
from tests.matting_table import BARS, judged, taken

pytestmark = [pytest.mark.engines, pytest.mark.slow]
CASES = ((0, "plain"), (1, "gradient"), (2, "similar"), (3, "office"), (5, "wall"))


@pytest.fixture(scope="module")
def engines() -> Iterator[Engines]:
    with Engines(Settings(threads=1)) as loaded:
        yield loaded


@pytest.fixture(scope="module")
def rows(engines):
    """Person, background, picture and matte of one row of the table for each background."""
    found = []
    for number, name in CASES:
        person = drawn(LOOKS[number], seed=number)
        behind = dict(backgrounds(person))[name]
        seen = composed(person.foreground, person.alpha, behind)
        found.append((person, behind, seen, engines.matter().cut(seen, person.face)))
    return found


def test_the_bars_of_acceptance_hold(rows) -> None:
    errors = [judged(person, behind, matte) for person, behind, _, matte in rows]
    mse, mad = (np.mean([getattr(e, name) for e, _ in errors]) for name in ("mse", "mad"))
    de, p95, contamination = np.mean([astuple(edge) for _, edge in errors], axis=0)
    measured = dict(zip(BARS, (mse, mad, de, p95, contamination), strict=True))
    assert {k: v for k, v in measured.items() if v > BARS[k]} == {}


def test_shapes_ranges_and_untouched_pixels(rows) -> None:
    for person, _, seen, matte in rows:
        assert matte.alpha.shape == person.alpha.shape
        assert matte.alpha.dtype == np.float32
        assert 0 <= matte.alpha.min() <= matte.alpha.max() <= 1
        assert matte.foreground.dtype == np.uint8
        solid = matte.alpha >= 1
        assert solid.mean() > 0.2
        assert np.array_equal(matte.foreground[solid], seen[solid])


def test_the_colours_are_the_persons_own(rows) -> None:
    """In half-transparent hair the foreground is nearer to the truth than the photo is."""
    person, _, seen, matte = rows[0]
    band = (person.alpha > 0.2) & (person.alpha < 0.8)
    ours = np.abs(matte.foreground[band].astype(int) - person.foreground[band]).mean()
    photo = np.abs(seen[band].astype(int) - person.foreground[band]).mean()
    assert ours < 0.5 * photo


def test_the_same_picture_gives_the_same_bytes(engines, rows) -> None:
    person, _, seen, matte = rows[3]
    again = engines.matter().cut(seen, person.face)
    assert again.alpha.tobytes() == matte.alpha.tobytes()
    assert again.foreground.tobytes() == matte.foreground.tobytes()
    assert again.as_json() == matte.as_json()


def test_a_larger_picture_has_the_same_matte(engines, rows) -> None:
    person, _, seen, matte = rows[0]
    by = 2.5
    large = cv2.resize(seen, None, fx=by, fy=by, interpolation=cv2.INTER_CUBIC)
    face = Face(person.face.box, person.face.landmarks * np.float32(by), 0.9)
    found = engines.matter().cut(large, face).alpha
    back = cv2.resize(found, person.alpha.shape[::-1], interpolation=cv2.INTER_AREA)
    assert found.shape == large.shape[:2]
    assert np.abs(back - matte.alpha).mean() < 0.01


def test_progress_reaches_its_end(engines, rows) -> None:
    told: list[tuple[int, int]] = []
    person, _, seen, _ = rows[0]
    engines.matter().cut(seen, person.face, progress=lambda done, of: told.append((done, of)))
    assert told == [(i, 4) for i in range(5)]


def test_the_astronaut_is_cut_out_with_confidence(engines, astronaut) -> None:
    person = taken(engines, astronaut, "astronaut")
    height, width = person.alpha.shape
    x, y = person.face.landmarks.mean(axis=0).astype(int)
    assert person.alpha[y, x] == 1
    assert person.alpha[: height // 3, [0, width - 1]].max() == 0
    assert person.alpha[-1].mean() > 0.6


def test_a_grey_photo_is_cut_out_too(engines, rows) -> None:
    person, _, seen, _ = rows[0]
    grey = np.repeat(cv2.cvtColor(seen, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)
    found = engines.matter().cut(grey, person.face)
    assert np.abs(found.alpha - person.alpha).mean() < 0.02
    assert (np.ptp(found.foreground.astype(int), axis=2) <= 1).all()


def test_a_face_that_fills_the_frame_is_not_trusted_or_is_right(engines, rows) -> None:
    person, _, seen, _ = rows[0]
    x, y = person.face.landmarks.mean(axis=0).astype(int)
    tight = np.ascontiguousarray(seen[y - 60 : y + 60, x - 50 : x + 50])
    face = Face(Box(0, 0, 100, 120), person.face.landmarks - np.float32((x - 50, y - 60)), 0.9)
    found = engines.matter().cut(tight, face)
    off = np.abs(found.alpha - person.alpha[y - 60 : y + 60, x - 50 : x + 50]).mean()
    assert found.confidence < 0.5 or off < 0.03


def test_a_flat_picture_breaks_nothing(engines, rows) -> None:
    flat = np.full((300, 240, 3), 127, np.uint8)
    face = Face(Box(80, 80, 160, 180), rows[0][0].face.landmarks / np.float32(2), 0.9)
    found = engines.matter().cut(flat, face)
    assert np.isfinite(found.alpha).all()


@pytest.mark.parametrize(
    ("shape", "dtype", "why"),
    [
        ((20, 30, 3), np.uint8, "too small"),
        ((300, 240), np.uint8, "wants"),
        ((300, 240, 4), np.uint8, "wants"),
        ((300, 240, 3), np.uint16, "wants"),
        ((60, 60, 3), np.uint8, "does not lie"),
    ],
)
def test_what_cannot_be_cut_is_refused(engines, rows, shape, dtype, why) -> None:
    with pytest.raises(EngineError, match=why):
        engines.matter().cut(np.zeros(shape, dtype), rows[0][0].face)


def test_points_that_make_no_face_are_refused(engines) -> None:
    face = Face(Box(0, 0, 9, 9), np.zeros((5, 2), np.float32), 0.9)
    with pytest.raises(EngineError, match="one place"):
        engines.matter().cut(np.zeros((90, 90, 3), np.uint8), face)


def test_the_record_says_what_made_it(engines) -> None:
    described = engines.describe()[MATTE]
    assert described["name"] == "grabcut-closed-form"
    assert described["version"].startswith("PyMatting 1")


@pytest.mark.photos
@pytest.mark.parametrize("name", ["person0", "person2", "person4", "elder"])
def test_portraits_are_cut_out_with_confidence(engines, shared_photos, name) -> None:
    picture = cv2.imread(str(shared_photos(f"portrait/{name}.jpg")))
    srgb = np.ascontiguousarray(picture[:, :, ::-1])
    face = engines.finder.find(srgb)[0]
    found = engines.matter().cut(srgb, face)
    assert found.confidence > 0.5, found.as_json()
    x, y = face.landmarks.mean(axis=0).astype(int)
    assert found.alpha[y, x] == 1
    assert found.alpha[:20, :20].max() < 0.05
