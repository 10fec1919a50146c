"""ID photos with a matter that needs weights: what it leaves out, the route does without."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from daemon.config.model import Engines as Settings
from daemon.engines.base import Face, Matte, Matter, Progress
from daemon.engines.registry import Engines
from daemon.errors import EngineError
from daemon.routes.quality.trial import as_photo
from tests.fakes.face_engines import with_engines
from tests.pixels.test_idphoto_real import codes, made

pytestmark = pytest.mark.engines


class PlainMatter:
    """Another matter's alpha and colours, with neither evidence nor trimap."""

    def __init__(self, inner: Matter, confidence: float) -> None:
        self._inner = inner
        self._confidence = confidence

    def cut(
        self,
        srgb: np.ndarray,
        face: Face,
        others: Sequence[Face] = (),
        progress: Progress | None = None,
    ) -> Matte:
        matte = self._inner.cut(srgb, face, others, progress)
        return replace(
            matte, confidence=self._confidence, evidence=None, trimap=None, engine="plain"
        )


class BrokenMatter:
    def cut(self, *_: object) -> Matte:
        message = "the network failed"
        raise EngineError(message)


def test_a_matter_that_was_offered_cuts_is_named_and_is_judged(astronaut, tmp_path: Path) -> None:
    with Engines(Settings(threads=2)) as engines:
        with_engines(engines, matter=PlainMatter(engines.matter, confidence=0.3))
        outcome = made(as_photo(astronaut), engines, tmp_path, preset="cn_1in")
    assert outcome.measures["matte"]["engine"] == "plain"
    assert "evidence" not in outcome.measures["matte"]
    assert outcome.engines["matting"]["name"] == "fake-matting"
    assert codes(outcome) == ["ID_MATTE_UNSURE"]


def test_a_matter_that_fails_is_told_and_nothing_is_written(astronaut, tmp_path: Path) -> None:
    with Engines(Settings(threads=2)) as engines:
        with_engines(engines, matter=BrokenMatter())
        with pytest.raises(EngineError, match="the network failed"):
            made(as_photo(astronaut), engines, tmp_path, preset="cn_1in")
    assert not list(tmp_path.iterdir())
