"""What happens to a sheet before it is a file: scanner, phone, fax, and how it was laid down."""

from __future__ import annotations

import random

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.fakes.privacy_sheet import Sheet, poly

Picture = NDArray[np.uint8]
_GLASS = (230.0, 228.0, 225.0)


def worn(sheet: Sheet, chance: random.Random) -> tuple[Picture, Sheet, str]:
    """The picture that comes in, the sheet with its truth in it, and a name for the table."""
    if chance.random() < 0.3:
        return _photographed(sheet, chance)
    return _scanned(sheet, chance)


def _scanned(sheet: Sheet, chance: random.Random) -> tuple[Picture, Sheet, str]:
    angle = chance.choice((0, 0, 0, 90, 180, 270)) + chance.choice(
        (0.0, chance.uniform(-3, 3), chance.uniform(-15, 15))
    )
    picture, out = turned(sheet, angle)
    how = chance.choice(("clean", "clean", "noise", "jpeg", "soft", "bilevel", "grey"))
    return _scan(picture, how, chance), out, f"{how} {angle:.0f} deg"


def _scan(picture: Picture, how: str, chance: random.Random) -> Picture:
    if how == "noise":
        return _noisy(picture, chance.uniform(4, 10), chance)
    if how == "jpeg":
        return jpeg(_noisy(picture, 3, chance), chance.randint(45, 70))
    if how == "soft":
        return jpeg(np.asarray(cv2.GaussianBlur(picture, (0, 0), 0.7), np.uint8), 75)
    grey = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.uint8)
    if how == "bilevel":
        grey = np.asarray(np.where(grey > 150, 255, 0), np.uint8)
    if how in {"bilevel", "grey"}:
        return np.ascontiguousarray(np.repeat(grey[:, :, None], 3, axis=2))
    return picture


def _photographed(sheet: Sheet, chance: random.Random) -> tuple[Picture, Sheet, str]:
    """By hand: on a table, not quite from above, with a shadow, as JPEG."""
    angle = chance.choice((0, 0, 0, 90, 180, 270)) + chance.uniform(-6, 6)
    flat, out = turned(sheet, angle, beyond=(96.0, 84.0, 70.0))
    height, width = flat.shape[:2]
    border = round(0.05 * max(width, height))
    corners = np.array(poly(0, 0, width, height), np.float32)
    tilt = np.array(
        [[chance.uniform(0, 0.035) * width, chance.uniform(0, 0.035) * height] for _ in range(4)],
        np.float32,
    )
    inwards = np.array(((1, 1), (-1, 1), (-1, -1), (1, -1)), np.float32)
    way = cv2.getPerspectiveTransform(corners, corners + tilt * inwards + border).astype(np.float64)
    size = width + 2 * border, height + 2 * border
    table = (96.0, 84.0, 70.0)
    picture = np.asarray(
        cv2.warpPerspective(flat, way, size, flags=cv2.INTER_CUBIC, borderValue=table), np.uint8
    )
    laid = Sheet.blank(1, 1)
    laid.take(out, way)
    return jpeg(_noisy(_shaded(picture, chance), 4, chance), 80), laid, f"photo {angle:.0f} deg"


def _shaded(picture: Picture, chance: random.Random) -> Picture:
    """Light from one side, and the shadow of a hand."""
    height, width = picture.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    turn = chance.uniform(0, 2 * np.pi)
    along = (np.cos(turn) * x / width + np.sin(turn) * y / height).astype(np.float32)
    light = 0.9 + 0.14 * (along - along.min()) / max(float(np.ptp(along)), 1e-6)
    away = np.hypot(x - chance.random() * width, y - chance.random() * height)
    light *= 1 - 0.3 * np.exp(-((away / (0.3 * width)) ** 2))
    return np.clip(picture * light[:, :, None], 0, 255).astype(np.uint8)


def turned(
    sheet: Sheet, angle_deg: float, beyond: tuple[float, float, float] = _GLASS
) -> tuple[Picture, Sheet]:
    """The sheet turned clockwise on a ground of a colour, and its truth moved along."""
    picture = sheet.picture()
    height, width = picture.shape[:2]
    way = cv2.getRotationMatrix2D((width / 2, height / 2), -angle_deg, 1.0)
    corners = np.array(poly(0, 0, width, height)) @ way[:, :2].T + way[:, 2]
    low, high = corners.min(axis=0), corners.max(axis=0)
    way[:, 2] -= low
    size = int(np.ceil(high[0] - low[0] - 0.01)), int(np.ceil(high[1] - low[1] - 0.01))
    # A map of corners: warpAffine goes by the centres of pixels.
    centres = way.copy()
    centres[:, 2] += way[:, :2] @ (0.5, 0.5) - 0.5
    out = cv2.warpAffine(picture, centres, size, flags=cv2.INTER_CUBIC, borderValue=beyond)
    moved_sheet = Sheet.blank(1, 1)
    moved_sheet.take(sheet, way)
    return np.asarray(out, np.uint8), moved_sheet


def _noisy(picture: Picture, spread: float, chance: random.Random) -> Picture:
    noise = np.random.default_rng(chance.randint(0, 2**31))
    grain = noise.normal(0, spread, picture.shape).astype(np.float32)
    return np.clip(picture + grain, 0, 255).astype(np.uint8)


def jpeg(picture: Picture, quality: int) -> Picture:
    """What is left after packing."""
    how = [cv2.IMWRITE_JPEG_QUALITY, quality]
    _, packed = cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), how)
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR_RGB), np.uint8)
