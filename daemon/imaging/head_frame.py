"""A ruler laid on a head: where things lie on a person, in units of the face.

The unit is the larger of two distances, eye to eye and eyes to mouth: turning the head shortens
the one, nodding the other. On upright frontal faces the chin lies about 1.55 units below the
eyes, the top of the skull 1.5 to 1.8 above, ears 1.2 beside, shoulders reach 2.2 to 2.6 to each
side from about 2.3 units below (measured on the frontal test portraits, adults and a child).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from daemon.imaging.geometry import Box, Window

# How much of the picture around a head is needed to tell the person from what is behind, in
# units from the eyes: shoulders and something beside them, and room above tall hair.
_SIDE, _ABOVE, _BELOW = 3.8, 3.6, 5.2


@dataclass(frozen=True, slots=True)
class HeadFrame:
    """Position, size and tilt of a head.

    Attributes:
        x: Of the point between the eyes, pixels.
        y: Of the same point.
        unit_px: Length of one unit.
        roll_rad: Tilt, positive clockwise as seen.
        turn: How far the nose points to the picture's right, in units; about 0.5 in half profile.
    """

    x: float
    y: float
    unit_px: float
    roll_rad: float
    turn: float = 0.0

    @classmethod
    def of(cls, landmarks: NDArray[np.float32]) -> HeadFrame:
        """From ``(5, 2)`` x and y: two eyes, nose, two mouth corners.

        Raises:
            ValueError: Not five finite points, or all in one place.
        """
        points = np.asarray(landmarks, np.float64)
        if points.shape != (5, 2) or not np.isfinite(points).all():
            raise ValueError("a head frame needs five finite points")
        eyes, mouth = points[:2].mean(axis=0), points[3:].mean(axis=0)
        across = points[1] - points[0]
        unit = float(max(np.hypot(*across), np.hypot(*(mouth - eyes))))
        if unit < 1.0:
            raise ValueError("the five points lie in one place")
        roll = math.atan2(across[1], across[0])
        aside = points[2] - (eyes + mouth) / 2
        turn = float(aside[0] * math.cos(roll) + aside[1] * math.sin(roll)) / unit
        return cls(float(eyes[0]), float(eyes[1]), unit, roll, max(-0.6, min(0.6, turn)))

    def moved(self, x: float, y: float, scale: float = 1.0) -> HeadFrame:
        """The same head in a picture cut at ``(x, y)`` and then scaled."""
        return HeadFrame(
            (self.x - x) * scale,
            (self.y - y) * scale,
            self.unit_px * scale,
            self.roll_rad,
            self.turn,
        )

    def grid(self, shape: tuple[int, int]) -> HeadGrid:
        """Where each pixel of a picture of (height, width) lies on the person."""
        y, x = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
        right = (x + 0.5 - self.x) / self.unit_px
        down = (y + 0.5 - self.y) / self.unit_px
        c, s = math.cos(self.roll_rad), math.sin(self.roll_rad)
        return HeadGrid(right * c + down * s, down * c - right * s, right, down)

    def portrait_window(self, size: tuple[int, int]) -> Window:
        """Head, shoulders and surroundings inside a picture of (width, height).

        Raises:
            ValueError: The head lies outside the picture.
        """
        unit = self.unit_px
        around = Box(
            self.x - _SIDE * unit,
            self.y - _ABOVE * unit,
            self.x + _SIDE * unit,
            self.y + _BELOW * unit,
        )
        window = Window.around(around, size)
        if window is None:
            raise ValueError("the head lies outside the picture")
        return window


@dataclass(frozen=True, slots=True)
class HeadGrid:
    """Coordinates of every pixel in units of the head, ``(H, W)`` float32 each.

    Attributes:
        across: Along the line of the eyes, positive to the picture's right.
        along: Along the face, positive towards the chin.
        right: Upright x, whatever the tilt: shoulders stay level when a head tilts.
        down: Upright y.
    """

    across: NDArray[np.float32]
    along: NDArray[np.float32]
    right: NDArray[np.float32]
    down: NDArray[np.float32]

    def oval(
        self, centre: float, half_width: float, half_up: float, half_down: float
    ) -> NDArray[np.float32]:
        """Radius in an oval around the face's axis: 1 on it, less inside.

        Args:
            centre: Its widest place, units below the eyes.
            half_width: Half its width in units; the other two are its reach up and down.
            half_up: Reach upwards.
            half_down: Reach downwards.
        """
        reach = np.where(self.along < centre, half_up, half_down)
        radius = np.hypot(self.across / half_width, (self.along - centre) / reach)
        return np.asarray(radius, np.float32)
