"""ID photos with a matter that needs weights: what it leaves out, the route does without."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from daemon.config.model import Engines as Settings
from daemon.engines.base import Face, Matte, Matter, Progress
from daemon.engines.offered import OFFERS
from daemon.engines.registry import Engines
from daemon.engines.tasks import MATTE
from daemon.errors import EngineError, EngineUnavailable
from daemon.routes.idphoto.options import Options
from daemon.routes.quality.trial import as_photo
from tests.fakes.face_engines import fake_offer, with_engines
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
        with_engines(engines, matter=PlainMatter(engines.matter(), confidence=0.3))
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


def test_a_matter_asked_for_by_name_cuts_and_another_is_refused_first(
    astronaut, tmp_path: Path
) -> None:
    with Engines(Settings(threads=2)) as engines:
        plain = PlainMatter(engines.matter(), confidence=0.9)
        fakes = {MATTE: (fake_offer("modnet", BrokenMatter()), fake_offer("birefnet", plain))}
        with_engines(engines, offers=fakes)
        outcome = made(as_photo(astronaut), engines, tmp_path, preset="cn_1in", engine="birefnet")
        assert outcome.measures["matte"]["engine"] == "plain"
        assert outcome.engines["matting"]["name"] == "birefnet"
        with pytest.raises(EngineError, match="the network failed"):
            made(as_photo(astronaut), engines, tmp_path, preset="cn_1in")
    with Engines(Settings(threads=2)) as engines:
        # Not even looked at: without a face another reason would come first.
        blank = as_photo(np.full((64, 64, 3), 128, np.uint8))
        with pytest.raises(EngineUnavailable, match="no model store is known"):
            made(blank, engines, tmp_path, preset="cn_1in", engine="rmbg-2.0")


def test_the_embedded_matter_can_be_asked_for(astronaut, tmp_path: Path) -> None:
    with Engines(Settings(threads=2)) as engines:
        with_engines(engines, matter=BrokenMatter())
        outcome = made(as_photo(astronaut), engines, tmp_path, preset="cn_1in", engine="embedded")
    assert outcome.engines["matting"]["name"] == "grabcut-closed-form"


def test_every_matter_that_is_offered_can_be_asked_for() -> None:
    names = get_args(Options.model_fields["engine"].annotation)
    assert names == ("auto", "embedded", *(offer.name for offer in OFFERS[MATTE]))
