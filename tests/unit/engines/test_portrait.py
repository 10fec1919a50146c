"""The face that engines prove themselves on is the known one, or none."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from daemon.engines.portrait import portrait, proof_crops
from daemon.errors import EngineUnavailable
from daemon.imaging.align import FFHQ_TEMPLATE


def test_another_picture_is_refused(monkeypatch) -> None:
    import skimage.data

    other = portrait().copy()
    other[0, 0, 0] ^= 1
    monkeypatch.setattr(skimage.data, "astronaut", lambda: other)
    with pytest.raises(EngineUnavailable, match=r"constraints\.txt"):
        portrait()


def test_a_missing_picture_says_what_to_install(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "skimage.data", None)
    with pytest.raises(EngineUnavailable, match="install scikit-image"):
        portrait()


def test_the_proofs_faces_are_the_same_every_time() -> None:
    crops = proof_crops()
    assert crops.shape == (2, 512, 512, 3)
    assert crops.dtype == np.float32
    assert (crops.min(), crops.max()) >= (0, 0)
    assert crops.max() <= 255
    assert np.array_equal(crops, proof_crops())


def test_the_worn_face_is_the_same_face_without_its_details() -> None:
    clean, worn = proof_crops().mean(axis=3)
    eye = [slice(int(at) - 20, int(at) + 20) for at in FFHQ_TEMPLATE[0][::-1]]
    cheek = (slice(290, 330), slice(180, 220))
    for crop in (clean, worn):
        assert crop[tuple(eye)].min() < crop[cheek].mean() - 60
    assert np.corrcoef(clean.ravel(), worn.ravel())[0, 1] > 0.95
