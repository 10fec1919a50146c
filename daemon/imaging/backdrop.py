"""What stands before a flat backdrop of a known colour: a second opinion without a model.

An ID photo that we have composed has a background whose colour we know. Whether a pixel belongs
to it is then a matter of its colour alone, which shares nothing with the engine that cut the
person out: the judge is not the maker.

A limit: clothes of the backdrop's own colour that reach the outline are taken for backdrop. Where
the two opinions differ in one large piece below the shoulders, that is why.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.color import deltaE_ciede2000

# dE00 from the backdrop at which a pixel is half the person's; coding noise of a JPEG of quality
# 85 stays under 1.5 (idphoto/acceptance.md, 6.3).
_HALF_DE = 6.0
_NOISE_DE = 2.5


@dataclass(frozen=True, slots=True)
class Figure:
    """The person as seen by colour alone.

    Attributes:
        alpha: ``(H, W)`` float32 0..1: 0 up to coding noise, 1 from twice ``_HALF_DE`` on, and
            1 inside what is closed all around (a white collar before white).
        distance: ``(H, W)`` float32, dE00 from the backdrop.
        blobs: Share of the picture in pieces of other colours that hang on nothing; the person
            is the largest piece.
    """

    alpha: NDArray[np.float32]
    distance: NDArray[np.float32]
    blobs: float


def figure_before(srgb: NDArray[np.uint8], backdrop: tuple[int, int, int]) -> Figure:
    """What of a picture is not its flat background.

    Args:
        srgb: ``(H, W, 3)`` uint8 RGB.
        backdrop: R, G, B of the background, 0..255.
    """
    lab = cv2.cvtColor(srgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    flat = np.array([[backdrop]], np.float32) / 255
    plain = cv2.cvtColor(flat, cv2.COLOR_RGB2LAB)
    measure: Callable[..., Any] = deltaE_ciede2000  # the library has no types
    distance = np.asarray(measure(lab, plain), np.float32)
    ramp = np.clip((distance - _NOISE_DE) / (2 * _HALF_DE - _NOISE_DE), 0, 1)
    pieces, count = ndimage.label(distance > _HALF_DE)
    if count == 0:
        return Figure(np.zeros(distance.shape, np.float32), distance, 0.0)
    sizes = np.bincount(pieces.ravel())[1:]
    person = pieces == 1 + int(sizes.argmax())
    loose = float(sizes.sum() - sizes.max()) / distance.size
    closed = filled_to_bottom(person)
    return Figure(np.asarray(np.where(closed, 1, ramp), np.float32), distance, loose)


def filled_to_bottom(person: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The mask with everything that it closes in, the picture's lower edge closing too.

    A person goes on below the frame: a white shirt that reaches it is inside.
    """
    floor = np.zeros((1, person.shape[1]), np.bool_)
    columns = np.flatnonzero(person[-1])
    if len(columns):
        floor[0, columns[0] : columns[-1] + 1] = True
    return np.asarray(ndimage.binary_fill_holes(np.vstack([person, floor]))[:-1], np.bool_)


def disagreement(alpha: NDArray[np.float32], figure: Figure) -> float:
    """Share of the picture where a matte and the second opinion differ by more than a half.

    Args:
        alpha: ``(H, W)`` float32, the matte that was composed.
        figure: Of the composed picture, of the same size.
    """
    return float((np.abs(alpha - figure.alpha) > 0.5).mean())
