"""Engines that need weights, without any: restorers, parsers and enlargers of a few lines."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from daemon.engines.base import EngineFacts, IdentityLimits, Progress
from daemon.engines.offers import AUTO, EMBEDDED, Chosen, Offer, is_auto
from daemon.engines.parsing import FaceClass
from daemon.engines.rating import Rating
from daemon.engines.registry import Engines
from daemon.engines.tasks import BACKGROUND, MATTE, OCCLUDE, PARSE, RATE, RESTORE
from daemon.errors import EngineUnavailable
from daemon.imaging.align import CROP_PX, FFHQ_TEMPLATE, Alignment
from daemon.imaging.mask import inner_face
from daemon.imaging.template import gpen_template

Picture = NDArray[np.float32]


class FixedRestorer:
    """Draws each crop by a function, and remembers what it was asked for.

    Args:
        draw: Crop ``(S, S, 3)`` → crop; the same crop if not given.
        sizes_px: What it takes.
        by_ffhq: Aligned by the FFHQ template; else by GPEN's.
    """

    def __init__(
        self,
        draw: Callable[[Picture], Picture] | None = None,
        sizes_px: Sequence[int] = (512,),
        *,
        by_ffhq: bool = False,
    ) -> None:
        self.sizes_px = tuple(sizes_px)
        self.asked: list[tuple[int, int]] = []
        self.fidelities: list[float | None] = []
        self._draw = draw or (lambda crop: crop)
        self._by_ffhq = by_ffhq

    def template(self, size_px: int) -> NDArray[np.float64]:
        if self._by_ffhq:
            return np.asarray(FFHQ_TEMPLATE * (size_px / CROP_PX), np.float64)
        return gpen_template(size_px)

    def restore(self, crops: Picture, *, fidelity: float | None = None) -> Picture:
        self.asked.append((len(crops), crops.shape[1]))
        self.fidelities.append(fidelity)
        return np.stack([self._draw(crop) for crop in crops])


def sharpened(crop: Picture) -> Picture:
    """Plainly sharper: nobody overlooks where it was pasted."""
    sigma = 6 * crop.shape[0] / CROP_PX
    return np.asarray(crop + 2 * (crop - cv2.GaussianBlur(crop, (0, 0), sigma)), np.float32)


def in_turn(*draws: Callable[[Picture], Picture]) -> Callable[[Picture], Picture]:
    """One way of drawing for each face, in their order."""
    left = list(draws)

    def draw(crop: Picture) -> Picture:
        return left.pop(0)(crop)

    return draw


class FixedParser:
    """Says the maps it was told, one for each face in its order; the last one over and over."""

    def __init__(self, *maps: NDArray[np.uint8]) -> None:
        self._maps = list(maps)
        self.asked: list[int] = []

    def parse(self, crops: NDArray[np.uint8]) -> NDArray[np.uint8]:
        assert crops.dtype == np.uint8
        assert crops.shape[1:] == (CROP_PX, CROP_PX, 3)
        self.asked.append(len(crops))
        return np.stack([self._next() for _ in crops])

    def _next(self) -> NDArray[np.uint8]:
        return self._maps.pop(0) if len(self._maps) > 1 else self._maps[0]


class FixedOccluder:
    """Says of every face the map it was told."""

    def __init__(self, seen: NDArray[np.float32]) -> None:
        self._seen = seen
        self.asked: list[int] = []

    def visible(self, crops: NDArray[np.uint8]) -> Picture:
        assert crops.dtype == np.uint8
        assert crops.shape[1:] == (CROP_PX, CROP_PX, 3)
        self.asked.append(len(crops))
        return np.stack([self._seen] * len(crops))


class AngleRater:
    """Rates every face alike, the drawn ones as turned by so many degrees; keeps what it saw.

    The first call is about the photo's faces.
    """

    def __init__(self, quality: float, degrees: float = 0.0) -> None:
        self._quality, self._degrees = quality, degrees
        self.saw: list[NDArray[np.uint8]] = []

    def rate_crops(self, crops: NDArray[np.uint8]) -> list[Rating]:
        assert crops.dtype == np.uint8
        assert crops.shape[1:] == (112, 112, 3)
        angle = math.radians(self._degrees) if self.saw else 0.0
        self.saw.append(crops)
        feature = 3 * np.array((math.cos(angle), math.sin(angle)), np.float32)
        return [Rating(self._quality, feature) for _ in crops]


def face_map(**patches: tuple[slice, slice]) -> NDArray[np.uint8]:
    """A face of skin with two eyes under hair, and patches of other classes by their names."""
    classes = np.full((CROP_PX, CROP_PX), FaceClass.BACKGROUND, np.uint8)
    y, x = np.mgrid[0:CROP_PX, 0:CROP_PX]
    classes[np.hypot((x - 256) / 185, (y - 290) / 215) < 1] = FaceClass.HAIR
    classes[np.hypot((x - 256) / 150, (y - 310) / 190) < 1] = FaceClass.SKIN
    classes[230:248, 175:212] = FaceClass.LEFT_EYE
    classes[230:248, 300:337] = FaceClass.RIGHT_EYE
    for name, where in patches.items():
        classes[where] = FaceClass[name.upper()]
    return classes


def covered_map(share: float) -> NDArray[np.uint8]:
    """A face of which so much, from below, is hidden by cloth."""
    classes = face_map()
    rows = np.cumsum(inner_face().sum(axis=1)[::-1]) / inner_face().sum()
    classes[CROP_PX - int(np.searchsorted(rows, share)) :] = FaceClass.CLOTH
    return classes


class FixedBackground:
    """Enlarges by bicubic and sharpens."""

    def __init__(self, factor: int) -> None:
        self.factor = factor
        self.calls = 0

    def enlarge(self, rgb: Picture, progress: Progress | None = None) -> Picture:
        self.calls += 1
        if progress is not None:
            progress(1, 1)
        by = self.factor
        large = cv2.resize(rgb, None, fx=by, fy=by, interpolation=cv2.INTER_CUBIC)
        return np.asarray(large + 2 * (large - cv2.blur(large, (9, 9))), np.float32)


class AngleRecogniser:
    """Sees the face turned by so many degrees, look by look: cosine distance 1 - cos."""

    limits = IdentityLimits(0.25, 0.40, "angles")

    def __init__(self, *degrees: float) -> None:
        self._left = [0.0, *degrees]

    def embed(self, srgb: NDArray[np.uint8], alignment: Alignment) -> NDArray[np.float32]:
        angle = math.radians(self._left.pop(0) if len(self._left) > 1 else self._left[0])
        return np.array((math.cos(angle), math.sin(angle)), dtype=np.float32)


class _Everything:
    """Takes the first offer, or the one asked for: no store, no weights."""

    def choose(self, offers: tuple[Offer, ...], asked: str = AUTO) -> Chosen:
        if asked == EMBEDDED or (is_auto(asked) and not offers):
            return Chosen(None)
        for offer in offers:
            if is_auto(asked) or asked == offer.name:
                return Chosen(offer)
        message = f"no weights in the model store (boothd models pull {asked})"
        raise EngineUnavailable(message, engine=asked)


def with_engines(
    engines: Engines, name: str = "gpen", offers: Mapping[str, Any] | None = None, **parts: Any
) -> Engines:
    """The same engines with some that need weights.

    Args:
        engines: Whose embedded parts stay.
        name: What the restorer is called.
        offers: More of them, by task: an engine, or offers in their order.
        parts: ``restorer``, ``parser``, ``occluder``, ``rater``, ``background``, ``matter``; each
            may be left out.
    """
    tasks = {
        "restorer": RESTORE,
        "parser": PARSE,
        "occluder": OCCLUDE,
        "rater": RATE,
        "background": BACKGROUND,
        "matter": MATTE,
    }
    by_task = {tasks[key]: part for key, part in parts.items()} | dict(offers or {})
    offered = engines._offered
    offered._offers = {
        task: part
        if isinstance(part, tuple)
        else (fake_offer(name if task == RESTORE else f"fake-{task}", part),)
        for task, part in by_task.items()
    }
    offered._chooser = _Everything()
    offered._chosen.clear()
    return engines


def fake_offer(name: str, engine: Any) -> Offer:
    """An offer of an engine that is there already."""

    def facts(_weights: Any, _setup: Any) -> EngineFacts:
        return EngineFacts(name, "fake 1", {f"{name}.pth": "1" * 64}, device="cpu")

    return Offer(name, (name,), lambda _weights, _setup: engine, facts)
