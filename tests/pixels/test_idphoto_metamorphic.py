"""The same person photographed otherwise: the head in the ID photo stays where it is.

No labels are needed: whatever the photo, shifted, scaled, turned, mirrored or before another
background, the head box measured in the written file moves by less than 1 % of its height.
Source: acceptance 6.2, consistency.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from daemon.config.model import Engines as Settings
from daemon.engines.registry import Engines
from daemon.imaging.decode import read_photo
from daemon.imaging.limits import Limits
from daemon.routes.idphoto.check_background import distance_to
from daemon.routes.idphoto.check_geometry import hair_top, look
from daemon.routes.idphoto.head import CHIN_UNITS
from tests.fakes.idphoto_good import Good, cut, good_photo, target_named

pytestmark = pytest.mark.engines

SOURCES = (
    "astronaut",
    "portrait/person2.jpg",
    pytest.param("portrait/person4.jpg", marks=pytest.mark.long),
)
RULE = "cn_1in"
MOST = 0.01


@dataclass(frozen=True)
class HeadBox:
    """Where the head is in a finished photo, shares of the photo's height."""

    hair_top: float
    chin: float
    eyes_x: float
    eyes_y: float

    def moved(self, other: HeadBox) -> dict[str, float]:
        names = ("hair_top", "chin", "eyes_x", "eyes_y")
        pairs = zip(names, astuple(self), astuple(other), strict=True)
        return {name: round(abs(a - b), 4) for name, a, b in pairs}


def head_box(good: Good, engines: Engines, *, mirrored: bool = False) -> HeadBox:
    """Measured in the written file by the check's own look."""
    rgb = np.ascontiguousarray(good.rgb[:, ::-1]) if mirrored else good.rgb
    seen = look(rgb, engines.finder, engines.judge)
    assert seen is not None
    height = rgb.shape[0]
    x, y = seen.eyes.mean(axis=0)
    top = hair_top(distance_to(rgb, good.meant.painted), seen)
    chin = y + CHIN_UNITS * seen.unit_px
    return HeadBox(top / height, float(chin) / height, float(x) / height, float(y) / height)


def shifted(rgb: Any) -> Any:
    height, width = rgb.shape[:2]
    return rgb[round(0.02 * height) :, round(0.04 * width) :]


def scaled(by: float) -> Callable[[Any], Any]:
    how = cv2.INTER_AREA if by < 1 else cv2.INTER_CUBIC
    return lambda rgb: cv2.resize(rgb, None, fx=by, fy=by, interpolation=how)


def turned(degrees: float) -> Callable[[Any], Any]:
    def turn(rgb: Any) -> Any:
        height, width = rgb.shape[:2]
        matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
        return cv2.warpAffine(
            rgb, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
        )

    return turn


CHANGES: dict[str, Callable[[Any], Any]] = {
    "shifted": shifted,
    "scaled 0.7": scaled(0.7),
    "scaled 1.4": scaled(1.4),
    "turned 8 deg": turned(8),
    "turned -8 deg": turned(-8),
    "mirrored": lambda rgb: rgb[:, ::-1],
}
BACKGROUNDS = {
    "blue wall": (70, 110, 190),
    "dark wall": (60, 60, 66),
}


class Bench:
    """Photos made of a person, the unchanged one only once."""

    def __init__(self, engines: Engines, shared_photos: Any, astronaut: Any, folder: Path) -> None:
        self._engines, self._shared, self._folder = engines, shared_photos, folder
        # Large enough to be scaled by 0.7 and not enlarged beyond what the route does.
        large = cv2.resize(astronaut, None, fx=2.5, fy=2.5, interpolation=cv2.INTER_CUBIC)
        self._astronaut = np.asarray(large, np.uint8)
        self._boxes: dict[str, HeadBox] = {}
        self._moves: dict[tuple[str, str], dict[str, float]] = {}

    def photo(self, source: str) -> np.ndarray:
        if source == "astronaut":
            return self._astronaut
        return read_photo(self._shared(source), Limits()).srgb

    def box(self, rgb: Any, *, mirrored: bool = False) -> HeadBox:
        srgb = np.ascontiguousarray(rgb)
        target = target_named(RULE, "white")
        portrait = cut(srgb, self._engines, head_px=300)
        good = good_photo(srgb, portrait, target, self._folder, self._engines)
        return head_box(good, self._engines, mirrored=mirrored)

    def unchanged(self, source: str) -> HeadBox:
        if source not in self._boxes:
            self._boxes[source] = self.box(self.photo(source))
        return self._boxes[source]

    def moved(self, source: str, change: str) -> dict[str, float]:
        """By how much the head moves, made once for all who ask."""
        if (source, change) not in self._moves:
            if change in BACKGROUNDS:
                box = self.box(self.before(source, BACKGROUNDS[change]))
            else:
                rgb = CHANGES[change](self.photo(source))
                box = self.box(rgb, mirrored=change == "mirrored")
            self._moves[source, change] = self.unchanged(source).moved(box)
        return self._moves[source, change]

    def before(self, source: str, wall: tuple[int, int, int]) -> np.ndarray:
        """The person, cut out, before a wall that is not quite even."""
        portrait = cut(self.photo(source), self._engines, head_px=300)
        alpha = portrait.matte.alpha[..., None]
        height, width = alpha.shape[:2]
        light = np.linspace(1.1, 0.9, width, dtype=np.float32)[None, :, None]
        behind = np.clip(np.array(wall, np.float32) * light, 0, 255).repeat(height, axis=0)
        mixed = portrait.matte.foreground * alpha + behind * (1 - alpha)
        return np.rint(mixed).astype(np.uint8)


@pytest.fixture(scope="module")
def bench(shared_photos, astronaut, tmp_path_factory) -> Iterator[Bench]:
    with Engines(Settings(threads=2)) as engines:
        yield Bench(engines, shared_photos, astronaut, tmp_path_factory.mktemp("made"))


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("source", SOURCES)
def test_the_head_stays_where_it_is_however_the_photo_was_taken(bench, source, change) -> None:
    moved = bench.moved(source, change)
    assert max(moved.values()) < MOST, moved


@pytest.mark.parametrize("wall", BACKGROUNDS)
@pytest.mark.parametrize("source", SOURCES)
def test_the_head_stays_where_it_is_before_another_wall(bench, source, wall) -> None:
    moved = bench.moved(source, wall)
    assert max(moved.values()) < MOST, moved
