"""What a person's colours are without the old background.

Source: Germer et al.: "Fast multi-level foreground estimation" (2020), as ``pymatting`` has it.
Importing this module compiles where nobody has done so before: ``matte_warm.warm`` first.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pymatting import estimate_foreground_ml


def person_colours(rgb: NDArray[np.uint8], alpha: NDArray[np.float32]) -> NDArray[np.uint8]:
    """``(H, W, 3)`` uint8: the person's own colours; where alpha is 1, the photo's to the bit."""
    estimate = estimate_foreground_ml(rgb.astype(np.float32) / 255, alpha)
    own = np.clip(np.rint(np.asarray(estimate) * 255), 0, 255).astype(np.uint8)
    return np.where((alpha >= 1)[..., None], rgb, own)
