"""The embedded engines give the same pixels to four lanes as to one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import cv2
import numpy as np
import pytest

from daemon.config.model import Engines as Settings
from daemon.engines.lanes import SharedEngines
from daemon.engines.registry import Engines
from daemon.engines.tasks import RESTORE
from daemon.routes.base import Context
from daemon.routes.quality.trial import as_photo
from daemon.routes.restore.steps import Restore
from tests.fakes.engines import FixedRecogniser, NoProgress, engines_of, face_at
from tests.fakes.face_engines import (
    FixedParser,
    FixedRestorer,
    face_map,
    sharpened,
    with_engines,
)
from tests.fakes.lane_engines import QuietSeat

pytestmark = pytest.mark.engines

ROUTE = Restore()


def restored(srgb: Any, engines: Any) -> Any:
    context = Context(engines, "en", "", NoProgress)
    outcome = ROUTE.run(as_photo(srgb), ROUTE.parse_options({}), context)
    return outcome.photo.srgb, outcome.measures


def test_two_photos_side_by_side_are_what_each_is_alone(astronaut: Any) -> None:
    small = cv2.resize(astronaut[:260, 90:350], (104, 104), interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), 1.4)
    photos = [small, np.ascontiguousarray(small[:, ::-1])]
    settings = Settings(threads=1)
    with Engines(settings) as engines:
        alone = [restored(photo, engines) for photo in photos]
    shared = SharedEngines(Engines(settings), 0.01, died=lambda: None)

    def on_a_lane(photo: Any) -> Any:
        with shared.at(QuietSeat()) as engines:
            return restored(photo, engines)

    try:
        with ThreadPoolExecutor(4) as lanes:
            together = list(lanes.map(on_a_lane, photos))
    finally:
        shared.close()
    for (pixels, measures), (same_pixels, same_measures) in zip(alone, together, strict=True):
        assert [face["outcome"] for face in measures["faces"]] == ["restored"]
        assert np.array_equal(pixels, same_pixels)
        assert measures == same_measures


def drawing_engines() -> Engines:
    """Fakes of all that ``restore`` asks a card for, for two faces."""
    faces = [face_at(20, 20, 0.5), face_at(300, 20, 0.5)]
    return with_engines(
        engines_of(faces, recogniser=FixedRecogniser(0.0)),
        restorer=FixedRestorer(sharpened, (512,)),
        parser=FixedParser(face_map()),
    )


def test_the_route_gives_the_same_whoever_shares_its_passes() -> None:
    noise = np.random.default_rng(0)
    photos = [
        cv2.GaussianBlur(noise.integers(0, 255, (320, 640, 3), dtype=np.uint8), (0, 0), 3)
        for _ in range(4)
    ]
    alone = [restored(photo, drawing_engines()) for photo in photos]
    shared = SharedEngines(drawing_engines(), 0.05, died=lambda: None)
    seats = [QuietSeat() for _ in photos]

    def on_a_lane(number: int) -> Any:
        with shared.at(seats[number]) as engines:
            return restored(photos[number], engines)

    try:
        with ThreadPoolExecutor(4) as lanes:
            together = list(lanes.map(on_a_lane, range(len(photos))))
    finally:
        shared.close()
    for (pixels, measures), (same_pixels, same_measures) in zip(alone, together, strict=True):
        assert [face["outcome"] for face in measures["faces"]] == ["restored", "restored"]
        assert np.array_equal(pixels, same_pixels)
        assert measures == same_measures
    assert all(any(use.task == RESTORE for use in seat.uses) for seat in seats)
