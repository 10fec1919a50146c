"""Puts the change of an aligned face back into the photo, inside the face's own rectangle."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from daemon.imaging.align import Alignment
from daemon.imaging.geometry import Box, Window
from daemon.imaging.mask import SUPPORT, face_mask

Step = Callable[[Window, NDArray[np.uint8]], NDArray[np.float32]]
"""What is to be added to a window of the picture, given what is there."""

_BAND_PX = 512  # rows worked on at once: a face of 24 megapixels would need a gigabyte


@dataclass(frozen=True)
class Region:
    """Where a face may change.

    Attributes:
        alignment: Photo → the crop that the mask lies in.
        layer: ``(side, side)`` float32 0..1 in that crop.
        support: What of the crop the mask can touch; outside it is exactly zero.
    """

    alignment: Alignment
    layer: NDArray[np.float32]
    support: Box

    @classmethod
    def oval(cls, alignment: Alignment) -> Region:
        """The soft oval from brow to chin, for a crop by the FFHQ template."""
        return cls(alignment, np.array(face_mask()), SUPPORT)


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

    def window(self, region: Region) -> Window | None:
        """The rectangle that a face's mask can touch, or ``None`` where it is off the picture."""
        return region.alignment.window(region.support, self.size)

    def keep(self, window: Window) -> Kept:
        """What is under a window now, for ``put_back``."""
        return Kept(window, self.srgb[window.slices].copy(), self.touched[window.slices].copy())

    def put_back(self, kept: Kept) -> None:
        """Undo everything done inside a window since ``keep``."""
        self.srgb[kept.window.slices] = kept.srgb
        self.touched[kept.window.slices] = kept.touched

    def add(
        self, change: NDArray[np.float32], alignment: Alignment, region: Region | None = None
    ) -> None:
        """Add a change to the picture where the face's mask is.

        Only the change is resampled, never the photo: a face larger than the crop keeps its own
        detail, and where the mask is zero nothing is written. Where two faces overlap, the
        later one gets what the earlier one left of the mask, so that nothing is added twice.

        Args:
            change: ``(side, side, 3)`` float32 in the aligned crop.
            alignment: Where the crop lies in this picture.
            region: The mask, which may lie in another crop; the oval in this one if not given.
        """

        def step(band: Window, _: NDArray[np.uint8]) -> NDArray[np.float32]:
            return alignment.back(change, band)

        self._write(region or Region.oval(alignment), step)

    def lay(
        self, picture: NDArray[np.float32], alignment: Alignment, region: Region, share: float
    ) -> None:
        """Lay a picture over this one where the face's mask is, resampled as a whole.

        Args:
            picture: ``(side, side, 3)`` float32 RGB, 0..255, in the aligned crop.
            alignment: Where the crop lies in this picture.
            region: The mask.
            share: How much of the picture goes in under a mask of one, 0..1.
        """

        def step(band: Window, old: NDArray[np.uint8]) -> NDArray[np.float32]:
            return np.asarray(np.float32(share) * (alignment.back(picture, band) - old))

        self._write(region, step)

    def shade(self, region: Region) -> None:
        """Mark a face's mask as touched without changing the picture."""
        window = self.window(region)
        if window is None:
            return
        taken = self.touched[window.slices]
        self.touched[window.slices] = np.maximum(taken, _in_steps(region, window))

    def _write(self, region: Region, step: Step) -> None:
        window = self.window(region)
        if window is None:
            return
        for top in range(window.top, window.bottom, _BAND_PX):
            bottom = min(window.bottom, top + _BAND_PX)
            self._write_band(region, step, Window(window.left, top, window.right, bottom))

    def _write_band(self, region: Region, step: Step, band: Window) -> None:
        wanted = _in_steps(region, band)
        taken = self.touched[band.slices]
        share = wanted.astype(np.float32) - np.minimum(taken, wanted)
        if not share.any():
            return
        old = self.srgb[band.slices]
        moved = old + step(band, old) * (share / np.float32(255))[..., None]
        new = np.clip(np.rint(moved), 0, 255).astype(np.uint8)
        self.srgb[band.slices] = np.where(share[..., None] > 0, new, old)
        self.touched[band.slices] = np.maximum(taken, wanted)


def _in_steps(region: Region, window: Window) -> NDArray[np.uint8]:
    """The mask as it lies on a window of the photo, 0..255."""
    mask = region.alignment.back(region.layer, window)
    return np.asarray(np.rint(np.clip(mask, 0, 1) * 255), dtype=np.uint8)


@dataclass(frozen=True)
class Kept:
    """A copy of a window of a canvas."""

    window: Window
    srgb: NDArray[np.uint8]
    touched: NDArray[np.uint8]
