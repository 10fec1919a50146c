"""A street full of people: many small faces on a drawn town, each with its true box.

Faces come from pictures that are handed in (public domain ones in the tests); where they land,
how large and in what light is drawn by chance, so the truth owes nothing to any detector.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from daemon.imaging.geometry import Box

SIZE = (1600, 1000)
Picture = NDArray[np.uint8]


@dataclass(frozen=True)
class Head:
    """A head cut out of a photo.

    Attributes:
        picture: ``(h, w, 3)`` uint8 RGB, head and shoulders.
        face: Where the face lies in it.
    """

    picture: Picture
    face: Box


def head(photo: Picture, face: Box) -> Head:
    """The surroundings of a face: half a face to the sides, some hair, the shoulders."""
    left, right = face.left - 0.6 * face.width, face.right + 0.6 * face.width
    top, bottom = face.top - 0.5 * face.height, face.bottom + 0.8 * face.height
    left, top = max(0, round(left)), max(0, round(top))
    piece = photo[top : round(bottom), left : round(right)]
    inner = Box(face.left - left, face.top - top, face.right - left, face.bottom - top)
    return Head(np.ascontiguousarray(piece), inner)


def town(rng: np.random.Generator) -> Picture:
    """Sky, house fronts with windows, a street, shop signs; ``(1000, 1600, 3)`` uint8 RGB."""
    width, height = SIZE
    rows = np.linspace(0, 1, height)[:, None, None]
    picture = ((1 - rows) * (205, 215, 228) + rows * (120, 118, 115)) * np.ones((1, width, 1))
    picture = picture.astype(np.uint8)
    left = 0
    while left < width:
        wide = int(rng.integers(120, 260))
        top = int(rng.integers(20, 250))
        wall = tuple(int(v) for v in rng.integers(90, 190, 3))
        cv2.rectangle(picture, (left, top), (left + wide, 700), wall, -1)
        for y in range(top + 20, 640, 60):
            for x in range(left + 15, left + wide - 30, 45):
                shade = int(rng.integers(40, 140))
                cv2.rectangle(picture, (x, y), (x + 24, y + 36), (shade, shade, shade + 20), -1)
        sign = tuple(int(v) for v in rng.integers(40, 230, 3))
        cv2.rectangle(picture, (left + 10, 640), (left + wide - 10, 680), sign, -1)
        cv2.putText(picture, "SHOP 24", (left + 20, 670), 0, 0.8, (250, 250, 250), 2)
        left += wide
    grain = rng.normal(0, 4, picture.shape)
    return np.clip(picture + grain, 0, 255).astype(np.uint8)


def crowd(heads: list[Head], seed: int, count: int = 60) -> tuple[Picture, list[Box]]:
    """A street with ``count`` people, the far ones 12 pixels wide, the near ones 60.

    Returns:
        The picture as a phone would store it, and the true box of every face.
    """
    rng = np.random.default_rng(seed)
    picture = town(rng)
    truth: list[Box] = []
    widths = np.sort(np.exp(rng.uniform(np.log(12.5), np.log(60), count)))
    for wide in widths:  # the far ones first: the near ones stand before them
        for _ in range(60):
            one = heads[int(rng.integers(len(heads)))]
            box = _placed(picture, one, float(wide), rng, truth)
            if box is not None:
                truth.append(box)
                break
    _, packed = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 88])
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR_RGB), np.uint8), truth


def _placed(
    picture: Picture, one: Head, wide: float, rng: np.random.Generator, truth: list[Box]
) -> Box | None:
    scale = wide / one.face.width
    small = cv2.resize(one.picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    height, width = small.shape[:2]
    left = int(rng.integers(0, SIZE[0] - width))
    depth = (wide - 12) / 48
    top = int(np.clip(480 + 330 * depth + rng.normal(0, 60), 300, SIZE[1] - height))
    there = Box(left, top, left + width, top + height)
    if any(there.overlap(other) > 0 for other in truth):
        return None
    if rng.random() < 0.5:
        small = small[:, ::-1]
    light = small.astype(np.float32) * rng.uniform(0.65, 1.15) + rng.uniform(-15, 15)
    mask = np.zeros((height, width), np.float32)
    centre = (width // 2, round(height * 0.5))
    cv2.ellipse(mask, centre, (round(width * 0.42), round(height * 0.52)), 0, 0, 360, 1.0, -1)
    mask = cv2.GaussianBlur(mask, (0, 0), max(0.6, width / 40))[:, :, None]
    area = picture[top : top + height, left : left + width]
    area[:] = np.clip(mask * light + (1 - mask) * area, 0, 255).astype(np.uint8)
    face = one.face.scaled(scale, scale)
    flipped = small.shape[1] - face.right  # the head is about in the middle of its piece
    shift = face.left if abs(face.left - flipped) < 2 else min(face.left, flipped)
    right = max(face.right, small.shape[1] - face.left) if shift != face.left else face.right
    return Box(left + shift, top + face.top, left + right, top + face.bottom)
