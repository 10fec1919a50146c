"""Engines made of a few lines, one for each way to behave."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from daemon.engines.assessing import Assessment
from daemon.engines.base import EngineFacts, Face, IdentityLimits, Progress
from daemon.engines.embedded import Makers
from daemon.engines.registry import Engines
from daemon.engines.tasks import FIND, IDENTITY, JUDGE, RESTORE
from daemon.imaging.align import FFHQ_TEMPLATE, Alignment
from daemon.imaging.geometry import Box


class FixedFinder:
    """Finds the faces it was told of."""

    def __init__(self, faces: Sequence[Face]) -> None:
        self._faces = list(faces)

    def find(self, srgb: NDArray[np.uint8], *, view_px: int | None = None) -> list[Face]:
        return list(self._faces)


class Sharpener:
    """Enlarges by bicubic and sharpens: a harmless restorer."""

    def __init__(self) -> None:
        self.calls = 0

    def enlarge(
        self, rgb: NDArray[np.float32], progress: Progress | None = None
    ) -> NDArray[np.float32]:
        self.calls += 1
        if progress is not None:
            progress(1, 1)
        large = cv2.resize(rgb, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC)
        soft = cv2.GaussianBlur(large, (0, 0), 3)
        return np.asarray(large + 2 * (large - soft), dtype=np.float32)


class Filler(Sharpener):
    """Gives one value everywhere: NaN, or flat grey."""

    def __init__(self, value: float) -> None:
        super().__init__()
        self._value = value

    def enlarge(
        self, rgb: NDArray[np.float32], progress: Progress | None = None
    ) -> NDArray[np.float32]:
        self.calls += 1
        return np.full((rgb.shape[0] * 4, rgb.shape[1] * 4, 3), self._value, np.float32)


class Stranger(Sharpener):
    """Paints another face (mirrored and turned upside down) whatever it is given."""

    def __init__(self, contrast: float = 1) -> None:
        super().__init__()
        self._contrast = contrast

    def enlarge(
        self, rgb: NDArray[np.float32], progress: Progress | None = None
    ) -> NDArray[np.float32]:
        other = super().enlarge(rgb)[::-1, ::-1]
        return np.asarray(128 + self._contrast * (other - 128), dtype=np.float32)


class FixedRecogniser:
    """Says the distances it was told, one after the other, of the face before to after."""

    limits = IdentityLimits(0.25, 0.40, "fixed")

    def __init__(self, *distances: float) -> None:
        self._answers = [0.0, *distances]
        self.asked = 0

    def embed(self, srgb: NDArray[np.uint8], alignment: Alignment) -> NDArray[np.float32]:
        answer = self._answers[min(self.asked, len(self._answers) - 1)]
        self.asked += 1
        return np.array([answer], dtype=np.float32)


class FixedAssessor:
    """Says the same of every face: a vector, a raw number and its score (``None``: refused)."""

    same_person_similarity = 0.45
    threshold_source = "a fake"

    def __init__(self, score: float | None = 0.9, log_variance: float = -0.1, at: int = 0) -> None:
        self._embedding = np.zeros(512, np.float32)
        self._embedding[at] = 1
        self._score = score
        self._log_variance = log_variance

    @property
    def is_vouched_for(self) -> bool:
        return self._score is not None

    def assess(self, srgb: NDArray[np.uint8], landmarks: NDArray[np.float32]) -> Assessment:
        calibration = "refused" if self._score is None else "0123456789ab"
        return Assessment(
            self._embedding, self._log_variance, self._score, calibration, "fake-assess"
        )

    def embed(self, srgb: NDArray[np.uint8], alignment: Alignment) -> NDArray[np.float32]:
        return self._embedding


def engines_of(
    faces: Sequence[Face],
    enlarger: Sharpener | None = None,
    recogniser: FixedRecogniser | None = None,
    assessor: FixedAssessor | None = None,
) -> Engines:
    """An ``Engines`` whose parts are these fakes."""
    finder, restorer = FixedFinder(faces), enlarger or Sharpener()
    described = recogniser or FixedRecogniser(0.05)

    def facts() -> dict[str, EngineFacts]:
        return {
            task: EngineFacts(f"fake-{task}", "fake 1", {"fake.bin": "0" * 64})
            for task in (FIND, RESTORE, IDENTITY, JUDGE)
        }

    makers = Makers(lambda: finder, lambda: restorer, lambda: described, lambda: finder, facts)
    if assessor is not None:
        makers = replace(
            makers,
            assessor=lambda: assessor,
            assessor_facts=lambda _: EngineFacts("fake-assess", "fake 1", {"fake.bin": "0" * 64}),
        )
    return Engines(makers=makers)


def face_at(left: float, top: float, scale: float) -> Face:
    """A frontal face exactly as in the template, at ``scale`` photo pixels per crop pixel."""
    landmarks = (FFHQ_TEMPLATE * scale + np.array((left, top))).astype(np.float32)
    box = Box(left + 110 * scale, top + 110 * scale, left + 400 * scale, top + 480 * scale)
    return Face(box, landmarks, 0.9)


NoProgress: Callable[[str, int, int], None] = lambda _part, _done, _total: None  # noqa: E731
