"""Puts the change of an aligned face back into the photo, inside the face's own rectangle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from daemon.imaging.align import Alignment
from daemon.imaging.geometry import Window
from daemon.imaging.mask import SUPPORT, face_mask

_BAND_PX = 512  # rows worked on at once: a face of 24 megapixels would need a gigabyte


@dataclass
class Canvas:
    """A picture that faces are pasted into.

    Attributes:
        srgb: ``(H, W, 3)`` uint8 RGB, changed in place.
        touched: ``(H, W)`` uint8: how much of each pixel faces already changed, 0..255; 0 means
            the pixel is bit for bit the photo's.
    """

    srgb: NDArray[np.uint8]
    touched: NDArray[np.uint8]

    @classmethod
    def of(cls, srgb: NDArray[np.uint8]) -> Canvas:
        """A canvas on a copy of the picture."""
        return cls(srgb.copy(), np.zeros(srgb.shape[:2], dtype=np.uint8))

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return int(self.srgb.shape[1]), int(self.srgb.shape[0])

    def window(self, alignment: Alignment) -> Window | None:
        """The rectangle that a face's mask can touch, or ``None`` where it is off the picture."""
        return alignment.window(SUPPORT, self.size)

    def keep(self, window: Window) -> Kept:
        """What is under a window now, for ``put_back``."""
        return Kept(window, self.srgb[window.slices].copy(), self.touched[window.slices].copy())

    def put_back(self, kept: Kept) -> None:
        """Undo everything done inside a window since ``keep``."""
        self.srgb[kept.window.slices] = kept.srgb
        self.touched[kept.window.slices] = kept.touched

    def add(self, change: NDArray[np.float32], alignment: Alignment) -> None:
        """Add a change to the picture where the face's mask is.

        Only the change is resampled, never the photo: a face larger than the crop keeps its own
        detail, and where the mask is zero nothing is written. Where two faces overlap, the
        later one gets what the earlier one left of the mask, so that nothing is added twice.

        Args:
            change: ``(512, 512, 3)`` float32 in the aligned crop.
            alignment: Where the crop lies in this picture.
        """
        window = self.window(alignment)
        if window is None:
            return
        for top in range(window.top, window.bottom, _BAND_PX):
            bottom = min(window.bottom, top + _BAND_PX)
            self._add_band(change, alignment, Window(window.left, top, window.right, bottom))

    def shade(self, alignment: Alignment) -> None:
        """Mark a face's mask as touched without changing the picture."""
        window = self.window(alignment)
        if window is None:
            return
        mask = alignment.back(np.array(face_mask()), window)
        wanted = np.rint(np.clip(mask, 0, 1) * 255).astype(np.uint8)
        taken = self.touched[window.slices]
        self.touched[window.slices] = np.maximum(taken, wanted)

    def _add_band(self, change: NDArray[np.float32], alignment: Alignment, band: Window) -> None:
        mask = alignment.back(np.array(face_mask()), band)
        wanted = np.rint(np.clip(mask, 0, 1) * 255).astype(np.uint8)
        taken = self.touched[band.slices]
        share = wanted.astype(np.float32) - np.minimum(taken, wanted)
        if not share.any():
            return
        old = self.srgb[band.slices]
        moved = old + alignment.back(change, band) * (share / np.float32(255))[..., None]
        new = np.clip(np.rint(moved), 0, 255).astype(np.uint8)
        self.srgb[band.slices] = np.where(share[..., None] > 0, new, old)
        self.touched[band.slices] = np.maximum(taken, wanted)


@dataclass(frozen=True)
class Kept:
    """A copy of a window of a canvas."""

    window: Window
    srgb: NDArray[np.uint8]
    touched: NDArray[np.uint8]
