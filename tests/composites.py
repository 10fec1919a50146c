"""People with a known matte, and things to stand in front of.

The people are drawn at three times the size, hair strand by strand, and averaged down, which makes
their alpha exact. Where a real cut-out is wanted, any foreground with any alpha is a truth once it
has been composed: the astronaut's own colours come with ``scikit-image``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from daemon.engines.base import Face
from daemon.imaging.geometry import Box

_FINER = 3


@dataclass(frozen=True)
class CutOut:
    """A person and the truth about their outline.

    Attributes:
        name: For tables.
        foreground: ``(H, W, 3)`` uint8 RGB.
        alpha: ``(H, W)`` float32.
        face: Where their face is.
    """

    name: str
    foreground: NDArray[np.uint8]
    alpha: NDArray[np.float32]
    face: Face


@dataclass(frozen=True)
class Look:
    """How a drawn person looks; colours are RGB."""

    name: str
    skin: tuple[int, int, int]
    hair: tuple[int, int, int]
    cloth: tuple[int, int, int]
    weave: str = "plain"
    hair_length: float = 0.4  # how far below the eyes it hangs, units
    strands: int = 200
    tilt_deg: float = 0.0


LOOKS = (
    Look("suit", (224, 188, 160), (38, 30, 28), (34, 40, 62), hair_length=-0.2),
    Look("long hair", (236, 200, 178), (62, 40, 26), (236, 234, 230), hair_length=2.4, strands=320),
    Look("knit", (198, 150, 118), (24, 20, 20), (128, 136, 128), "knit", hair_length=1.5),
    Look("blonde", (240, 208, 186), (196, 160, 104), (150, 40, 52), "stripes", 2.0, 320),
    Look("grey hair", (214, 170, 146), (150, 148, 146), (70, 84, 60), "checks", -0.1, 200),
    Look("dark skin", (104, 68, 48), (20, 16, 16), (222, 190, 60), "plain", 0.5, 300, 5.0),
)


class _Sheet:
    """Colour and coverage at the fine scale."""

    def __init__(self, size: tuple[int, int]) -> None:
        self.colour = np.zeros((size[1] * _FINER, size[0] * _FINER, 3), np.float32)
        self.cover = np.zeros(self.colour.shape[:2], np.float32)

    def fill(self, shape: NDArray[np.uint8], colour: NDArray[np.float32]) -> None:
        inside = shape > 0
        self.colour[inside] = colour[inside]
        self.cover[inside] = 1

    def done(self) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        size = self.cover.shape[1] // _FINER, self.cover.shape[0] // _FINER

        def smaller(v: NDArray[np.float32]) -> NDArray[np.float32]:
            return cv2.resize(v, size, interpolation=cv2.INTER_AREA)

        alpha = smaller(self.cover)
        colour = smaller(self.colour * self.cover[..., None]) / np.maximum(alpha, 1e-6)[..., None]
        return np.clip(np.rint(colour), 0, 255).astype(np.uint8), alpha


def drawn(look: Look, size: tuple[int, int] = (480, 600), seed: int = 0) -> CutOut:
    """A person of that look in a picture of (width, height)."""
    random = np.random.default_rng(seed)
    sheet = _Sheet(size)
    unit = size[0] / 7.0 * _FINER
    eyes = np.array((size[0] / 2 * _FINER, 3.1 * unit))
    angle = np.deg2rad(look.tilt_deg)
    across, down = (
        np.array((np.cos(angle), np.sin(angle))),
        np.array((-np.sin(angle), np.cos(angle))),
    )

    def at(x: float, y: float) -> NDArray[np.float64]:
        """A place on the head."""
        return eyes + unit * (x * across + y * down)

    def oval(x: float, y: float, rx: float, ry: float) -> NDArray[np.uint8]:
        mask = np.zeros(sheet.cover.shape, np.uint8)
        centre = tuple(int(v) for v in at(x, y))
        axes = int(rx * unit), int(ry * unit)
        cv2.ellipse(mask, centre, axes, look.tilt_deg, 0, 360, 255, -1)
        return mask

    if look.hair_length > 0.5:  # what hangs behind neck and shoulders
        _curtain(sheet, at, look, unit, random)
    _body(sheet, eyes, unit, look, random)
    sheet.fill(oval(0, 1.9, 0.62, 1.1), _shaded(sheet, look.skin, eyes, unit, 0.86))
    for side in (-1, 1):
        sheet.fill(oval(1.2 * side, 0.35, 0.17, 0.36), _shaded(sheet, look.skin, eyes, unit, 0.9))
    sheet.fill(oval(0, -0.45, 1.32, 1.42), _strand_tone(sheet, look.hair, random))
    sheet.fill(oval(0, 0.35, 1.14, 1.55), _shaded(sheet, look.skin, eyes, unit, 1.0))
    _features(sheet, oval)
    sheet.fill(oval(0, -1.3, 1.0, 0.42), _strand_tone(sheet, look.hair, random))
    _strands(sheet, at, look, unit, random)
    foreground, alpha = sheet.done()
    spots = [at(-0.5, 0), at(0.5, 0), at(0, 0.62), at(-0.42, 1.0), at(0.42, 1.0)]
    landmarks = (np.array(spots) / _FINER).astype(np.float32)
    left, top = landmarks.min(axis=0) - unit / _FINER * 0.6
    right, bottom = landmarks.max(axis=0) + unit / _FINER * 0.6
    face = Face(Box(float(left), float(top), float(right), float(bottom)), landmarks, 0.95)
    return CutOut(look.name, foreground, alpha, face)


Place = Callable[[float, float], NDArray[np.float64]]


def _shaded(
    sheet: _Sheet, colour: tuple[int, int, int], eyes: NDArray, unit: float, by: float
) -> NDArray[np.float32]:
    """A colour that gets darker towards one side, with the grain of skin."""
    width = sheet.cover.shape[1]
    x = (np.arange(width) - eyes[0]) / unit
    light = by * (1.0 - 0.07 * x)
    grain = np.random.default_rng(5).normal(0, 2.0, sheet.cover.shape).astype(np.float32)
    return np.asarray(
        np.array(colour, np.float32) * light[None, :, None] + grain[..., None], np.float32
    )


def _strand_tone(
    sheet: _Sheet, colour: tuple[int, int, int], random: np.random.Generator
) -> NDArray[np.float32]:
    streaks = random.normal(0, 1, sheet.cover.shape).astype(np.float32)
    streaks = cv2.GaussianBlur(streaks, (0, 0), sigmaX=1.5, sigmaY=18)
    streaks *= 9 / max(1e-6, float(streaks.std()))
    return np.asarray(np.array(colour, np.float32) + streaks[..., None], np.float32)


def _body(
    sheet: _Sheet, eyes: NDArray, unit: float, look: Look, random: np.random.Generator
) -> None:
    height = sheet.cover.shape[0]
    half = [(0.55, 2.2), (0.9, 2.45), (1.9, 2.85), (2.35, 3.3), (2.6, 4.2), (2.7, 9.0)]
    right = [eyes + unit * np.array(p) for p in half]
    left = [eyes + unit * np.array((-x, y)) for x, y in reversed(half)]
    outline = np.array(right + left).round().astype(np.int32)
    mask = np.zeros(sheet.cover.shape, np.uint8)
    cv2.fillPoly(mask, [outline], 255)
    coarse = random.normal(0, 1, (height // 20, mask.shape[1] // 20)).astype(np.float32)
    folds = cv2.resize(coarse, mask.shape[::-1], interpolation=cv2.INTER_CUBIC)
    folds *= 8 / max(1e-6, float(folds.std()))
    cloth = (
        np.array(look.cloth, np.float32) + folds[..., None] + _weave(sheet, look.weave)[..., None]
    )
    sheet.fill(mask, np.asarray(cloth, np.float32))


def _weave(sheet: _Sheet, kind: str) -> NDArray[np.float32]:
    y, x = np.mgrid[0 : sheet.cover.shape[0], 0 : sheet.cover.shape[1]].astype(np.float32) / _FINER
    match kind:
        case "knit":
            return 14 * np.sin(x * 1.3) * np.sin(y * 1.1 + np.sin(x * 0.65))
        case "stripes":
            return 22 * np.sign(np.sin(x * 0.35))
        case "checks":
            return 12 * (np.sign(np.sin(x * 0.25)) + np.sign(np.sin(y * 0.25)))
        case _:
            return np.zeros_like(x)


def _features(sheet: _Sheet, oval: Callable[..., NDArray[np.uint8]]) -> None:
    dark = np.full_like(sheet.colour, 40)
    for side in (-0.5, 0.5):
        sheet.fill(oval(side, -0.28, 0.3, 0.05), dark)
        sheet.fill(oval(side, 0, 0.22, 0.1), np.full_like(sheet.colour, 235))
        sheet.fill(oval(side, 0, 0.1, 0.1), dark)
    red = np.zeros_like(sheet.colour)
    red[:] = (176, 84, 84)
    sheet.fill(oval(0, 1.0, 0.42, 0.1), red)


def _curtain(
    sheet: _Sheet, at: Place, look: Look, unit: float, random: np.random.Generator
) -> None:
    tone = _strand_tone(sheet, look.hair, random)
    for side in (-1, 1):
        edge = [
            at(0, -1.6),
            at(1.35 * side, -0.6),
            at(1.5 * side, look.hair_length),
            at(0.5 * side, look.hair_length),
            at(0, 0),
        ]
        mask = np.zeros(sheet.cover.shape, np.uint8)
        cv2.fillPoly(mask, [np.array(edge).round().astype(np.int32)], 255)
        sheet.fill(mask, tone)


def _strands(
    sheet: _Sheet, at: Place, look: Look, unit: float, random: np.random.Generator
) -> None:
    """Single hairs that leave the outline and come back or do not."""
    for _ in range(look.strands):
        turn = random.uniform(np.pi, 2 * np.pi) if random.random() < 0.6 else None
        if turn is not None:
            x, y = 1.28 * np.cos(turn), -0.45 + 1.38 * np.sin(turn)
        else:
            x = random.choice((-1.0, 1.0)) * random.uniform(1.15, 1.45)
            y = random.uniform(-0.6, max(-0.3, look.hair_length))
        out = random.uniform(0.03, 0.24)
        fall = random.uniform(-0.1, 0.5)
        start, middle = np.array((x, y)), np.array((x, y)) * (1 + out * 0.6)
        end = middle + np.array((np.sign(x) * out * 0.6, fall))
        t = np.linspace(0, 1, 14)[:, None]
        curve = (1 - t) ** 2 * start + 2 * t * (1 - t) * middle + t**2 * end
        points = np.array([at(*p) for p in curve]).round().astype(np.int32)
        mask = np.zeros(sheet.cover.shape, np.uint8)
        cv2.polylines(mask, [points], False, 255, int(random.integers(1, 4)))
        x0, y0, w, h = cv2.boundingRect(points)
        pad = 4
        rows = slice(max(0, y0 - pad), y0 + h + pad)
        columns = slice(max(0, x0 - pad), x0 + w + pad)
        inside = mask[rows, columns] > 0
        tone = np.array(look.hair, np.float32) + random.normal(0, 8)
        sheet.colour[rows, columns][inside] = np.clip(tone, 0, 255)
        sheet.cover[rows, columns][inside] = 1


def backgrounds(person: CutOut, seed: int = 0) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    """Five things behind a person, easy to hard, by name."""
    height, width = person.alpha.shape
    random = np.random.default_rng(seed)
    yield "plain", _noisy(np.full((height, width, 3), (206, 212, 216), np.float32), random)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    slope = np.dstack([150 + 70 * y / height, 176 + 30 * x / width, 205 - 40 * y / height])
    yield "gradient", _noisy(slope, random)
    yield "wall", _noisy(_wall(height, width, random), random)
    yield "office", _noisy(_office(height, width, random), random)
    yield "similar", _noisy(_similar(person, random), random)


def _noisy(picture: NDArray[np.float32], random: np.random.Generator) -> NDArray[np.uint8]:
    return np.clip(np.rint(picture + random.normal(0, 1.2, picture.shape)), 0, 255).astype(np.uint8)


def _wall(height: int, width: int, random: np.random.Generator) -> NDArray[np.float32]:
    fine = random.normal(0, 1, (height, width)).astype(np.float32)
    rough = 10 * cv2.GaussianBlur(fine, (0, 0), 1.0) + 60 * cv2.GaussianBlur(fine, (0, 0), 9)
    y, x = np.mgrid[0:height, 0:width]
    joints = ((y % 48) < 3) | (((x + 40 * ((y // 48) % 2)) % 96) < 3)
    light = 168 + rough - 24 * joints
    return np.asarray(light[..., None] * np.array((1.0, 0.92, 0.8)), np.float32)


def _office(height: int, width: int, random: np.random.Generator) -> NDArray[np.float32]:
    """Out-of-focus shelves, screens and lamps."""
    room = np.full((height, width, 3), (196, 190, 182), np.float32)
    for _ in range(26):
        left, top = random.integers(-40, width), random.integers(-40, height)
        w, h = random.integers(20, 130), random.integers(16, 150)
        # Rooms are greyer than toys: a brightness, and a tint of at most a third of it.
        colour = random.uniform(30, 235) * random.uniform(0.67, 1.0, 3)
        cv2.rectangle(
            room, (int(left), int(top)), (int(left + w), int(top + h)), colour.tolist(), -1
        )
    room = cv2.GaussianBlur(room, (0, 0), 7)
    for _ in range(8):
        centre = int(random.integers(0, width)), int(random.integers(0, height // 2))
        cv2.circle(room, centre, int(random.integers(8, 18)), (250, 240, 214), -1, cv2.LINE_AA)
    return np.asarray(cv2.GaussianBlur(room, (0, 0), 3), np.float32)


def _similar(person: CutOut, random: np.random.Generator) -> NDArray[np.float32]:
    """A wall about twelve steps from the colour of the clothes."""
    height = person.alpha.shape[0]
    solid = person.alpha[-height // 8 :] > 0.99
    cloth = person.foreground[-height // 8 :][solid].mean(axis=0)
    away = np.where(cloth > 128, -14.0, 14.0)
    fine = random.normal(0, 1, person.alpha.shape).astype(np.float32)
    return np.asarray(
        (cloth + away) + 22 * cv2.GaussianBlur(fine, (0, 0), 14)[..., None], np.float32
    )
