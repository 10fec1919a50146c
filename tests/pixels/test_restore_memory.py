"""A GPU without room for one face of a size: a smaller one, or this photo alone fails."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from daemon.errors import GpuExhausted
from tests.fakes.engines import FixedRecogniser, engines_of, face_at
from tests.fakes.face_engines import FixedRestorer, with_engines
from tests.pixels.test_restore_invariants import LEFT, SCALE, TOP, photo_of, run


class CrampedRestorer(FixedRestorer):
    """Has room for faces up to a size."""

    def __init__(self, room_px: int, sizes_px) -> None:
        super().__init__(sizes_px=sizes_px)
        self._room_px = room_px

    def restore(self, crops, *, fidelity=None):
        drawn = super().restore(crops, fidelity=fidelity)
        if crops.shape[1] > self._room_px:
            raise GpuExhausted("no room")
        return drawn


@pytest.fixture
def restored(astronaut):
    """``restored(restorer, **options)``: the route's outcome for one face of some 150 pixels."""
    blurred = cv2.GaussianBlur(astronaut, (0, 0), 1.5)
    engines = engines_of([face_at(LEFT, TOP, SCALE)], recogniser=FixedRecogniser(0.05))

    def go(restorer, **options):
        return run(photo_of(blurred), with_engines(engines, restorer=restorer), **options)

    return go


def test_a_face_for_which_there_is_no_room_is_drawn_smaller_and_the_record_says_so(
    restored,
) -> None:
    restorer = CrampedRestorer(64, sizes_px=(64, 128, 256))
    outcome = restored(restorer)
    assert restorer.asked == [(1, 256), (1, 128), (1, 64)]
    assert outcome.measures["faces"][0]["size_px"] == 64
    assert outcome.measures["faces"][0]["outcome"] == "restored"
    assert np.isfinite(outcome.photo.pixels).all()


def test_where_the_smallest_has_no_room_the_photo_fails(restored) -> None:
    restorer = CrampedRestorer(32, sizes_px=(64, 128, 256))
    with pytest.raises(GpuExhausted):
        restored(restorer)
    assert restorer.asked == [(1, 256), (1, 128), (1, 64)]


def test_a_size_that_was_asked_for_is_not_exchanged(restored) -> None:
    restorer = CrampedRestorer(256, sizes_px=(256, 512))
    with pytest.raises(GpuExhausted):
        restored(restorer, size_px=512)
    assert restorer.asked == [(1, 512)]
