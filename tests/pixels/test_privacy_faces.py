"""Every face is covered: in a group, in a crowd, on a document in any turn; and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from daemon.engines.centerface.adapter import CenterFace
from daemon.engines.centerface.sweep import CenterFaceSweeper
from daemon.engines.dlib_face.sweep import DlibSweeper
from daemon.engines.sightings import SweptFace
from daemon.imaging.geometry import Box
from tests.fakes.crowds import crowd, head

pytestmark = pytest.mark.engines


@pytest.fixture(scope="module")
def sweeper() -> CenterFaceSweeper:
    return CenterFaceSweeper(1)


def _read(path: Path) -> NDArray[np.uint8]:
    return np.asarray(cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR_RGB), np.uint8)


def _under(found: list[SweptFace], face: Box, size: tuple[int, int]) -> float:
    """Share of a face that lies under the covers."""
    mask = np.zeros(size, bool)
    for one in found:
        cover = one.cover
        mask[int(cover.top) : int(cover.bottom) + 1, int(cover.left) : int(cover.right) + 1] = True
    return float(mask[int(face.top) : int(face.bottom), int(face.left) : int(face.right)].mean())


def test_the_solvay_group_has_29_faces(
    sweeper: CenterFaceSweeper, shared_photos: Callable[[str], Path]
) -> None:
    found = sweeper.sweep(_read(shared_photos("group/solvay1927.png")), crowd=True)
    assert len(found) == 29
    assert min(one.score for one in found) > 0.7


def test_of_a_crowd_on_a_street_at_least_95_of_100_faces_are_covered(
    sweeper: CenterFaceSweeper, shared_photos: Callable[[str], Path], astronaut: Any
) -> None:
    finder = CenterFace(1)
    group = _read(shared_photos("group/solvay1927.png"))
    heads = [head(photo, face.box) for photo in (astronaut, group) for face in finder.find(photo)]
    picture, truth = crowd(heads, seed=1)
    assert len(truth) >= 55
    found = sweeper.sweep(picture, crowd=True)
    covered = [_under(found, face, picture.shape[:2]) >= 0.8 for face in truth]
    assert sum(covered) >= 0.95 * len(truth)
    strangers = [f for f in found if not any(f.cover.overlap(face) > 0 for face in truth)]
    assert len(strangers) <= 0.1 * len(truth)


def _card(astronaut: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A page with a card on it, its portrait as wide as that on an identity card."""
    page = np.full((1100, 800, 3), 244, np.uint8)
    for row in range(20):
        cv2.putText(page, "No. 6222 0212 3456 7890", (40, 420 + 30 * row), 0, 0.7, (0, 0, 0), 1)
    portrait = cv2.resize(astronaut[0:250, 120:330], (110, 131), interpolation=cv2.INTER_AREA)
    page[120:251, 560:670] = portrait
    return page


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_a_portrait_is_covered_in_any_turn(
    sweeper: CenterFaceSweeper, astronaut: NDArray[np.uint8], turns: int
) -> None:
    page = np.ascontiguousarray(np.rot90(_card(astronaut), turns))
    place = np.zeros(page.shape[:2], bool)
    upright = np.zeros((1100, 800), bool)
    upright[150:215, 590:640] = True  # brow to chin
    place = np.rot90(upright, turns)
    (found,) = sweeper.sweep(page)
    cover = np.zeros(page.shape[:2], bool)
    cover[int(found.cover.top) : int(found.cover.bottom) + 1,
          int(found.cover.left) : int(found.cover.right) + 1] = True  # fmt: skip
    assert cover[place].all()
    assert cover.sum() < 0.03 * cover.size


@pytest.mark.parametrize("turns", [0, 2])
def test_the_second_detector_sees_a_face_and_none_where_it_was_covered(
    sweeper: CenterFaceSweeper, astronaut: NDArray[np.uint8], turns: int
) -> None:
    page = np.ascontiguousarray(np.rot90(_card(astronaut), turns))
    second = DlibSweeper()
    assert len(second.sweep(page)) == 1
    for one in sweeper.sweep(page):
        box = one.cover
        page[int(box.top) : int(box.bottom) + 1, int(box.left) : int(box.right) + 1] = 0
    assert second.sweep(page) == []


def test_more_threads_find_the_same_faces(
    sweeper: CenterFaceSweeper, astronaut: NDArray[np.uint8]
) -> None:
    page = _card(astronaut)
    assert CenterFaceSweeper(2).sweep(page) == sweeper.sweep(page)
    assert DlibSweeper(2).sweep(page) == DlibSweeper(1).sweep(page)


def test_a_page_of_text_in_black_and_white_has_no_face(sweeper: CenterFaceSweeper) -> None:
    page = np.full((1400, 1000, 3), 255, np.uint8)
    for row in range(40):
        cv2.putText(page, "O 8 @ 90 (o_o) contract 6222", (30, 40 + 34 * row), 0, 1, (0, 0, 0), 2)
    cv2.circle(page, (800, 1200), 90, (0, 0, 0), 4)
    bilevel = np.where(page > 127, 255, 0).astype(np.uint8)
    assert sweeper.sweep(bilevel) == []
    assert DlibSweeper().sweep(bilevel) == []


def test_a_cover_is_the_box_and_30_percent_on_every_side_inside_the_picture(
    sweeper: CenterFaceSweeper, astronaut: NDArray[np.uint8]
) -> None:
    (one,) = sweeper.sweep(astronaut)
    assert one.cover.left <= one.box.left - 0.3 * one.box.width + 0.01
    assert one.cover.bottom >= one.box.bottom + 0.3 * one.box.height - 0.01
    assert one.cover.top >= 0
