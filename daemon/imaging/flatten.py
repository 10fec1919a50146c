"""A picture with see-through parts as people see it."""

from __future__ import annotations

import numpy as np

from daemon.imaging.photo import Photo

_WHITE = 255.0


def on_white(photo: Photo) -> Photo:
    """A photo whose ``srgb`` is what a viewer shows: its own colours over white.

    Mixed in sRGB values, as browsers and viewers do. For looking at and measuring only:
    ``pixels`` stays what the file holds, and what is published is never made of this.

    Returns:
        The very same photo where nothing shows through, else a copy without ``alpha``.
    """
    if photo.alpha is None:
        return photo
    full = np.iinfo(photo.alpha.dtype).max
    seen = photo.alpha < full
    if not seen.any():
        return photo
    share = (photo.alpha[seen] / np.float32(full))[:, None].astype(np.float32)
    srgb = photo.srgb.copy()
    srgb[seen] = np.rint(share * srgb[seen] + (1 - share) * _WHITE).astype(np.uint8)
    return photo.with_pixels(photo.pixels, srgb, alpha=None)
