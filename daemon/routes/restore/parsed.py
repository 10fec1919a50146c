"""What engines say of a face's pixels: how much of it is covered, and where it may change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from daemon.engines.base import FaceParser
from daemon.engines.occlusion import Occluder
from daemon.engines.parsing import FaceClass
from daemon.imaging.mask import inner_face

MOST_COVERED: Final = 0.5
"""A face of which more is hidden is left alone: most of it would be made up."""

_FACES_AT_ONCE = 32
_SEEN_FROM: Final = 0.5  # of an occluder's 0..1

_OF_THE_FACE = (
    FaceClass.SKIN,
    FaceClass.LEFT_BROW,
    FaceClass.RIGHT_BROW,
    FaceClass.LEFT_EYE,
    FaceClass.RIGHT_EYE,
    FaceClass.GLASSES,
    FaceClass.NOSE,
    FaceClass.MOUTH,
    FaceClass.UPPER_LIP,
    FaceClass.LOWER_LIP,
)
_IS_FACE = np.zeros(256, dtype=np.bool_)
_IS_FACE[list(_OF_THE_FACE)] = True

# What must be there after the work if it was there before, and the other way round, as shares
# of the crop: up to the first it is not there, from the second on it is; between the two a
# parser may be mistaken. Glasses cover 3 to 8 % of a crop, two open eyes about 1 %.
_STAYS: Final = {
    "glasses": ((FaceClass.GLASSES,), 0.001, 0.01),
    "eyes": ((FaceClass.LEFT_EYE, FaceClass.RIGHT_EYE), 0.0002, 0.002),
}


def classes_of(parser: FaceParser, crops: Sequence[NDArray[np.float32]]) -> list[NDArray[np.uint8]]:
    """The classes of aligned faces, several in a pass.

    Args:
        parser: The engine.
        crops: ``(512, 512, 3)`` float32 RGB, 0..255, by the FFHQ template.

    Returns:
        ``(512, 512)`` uint8 for each.
    """
    return [seen for some in _pieces(crops) for seen in parser.parse(some)]


def visible_of(occluder: Occluder, crops: Sequence[NDArray[np.float32]]) -> list[NDArray[np.bool_]]:
    """Where nothing hides the faces, several in a pass.

    Args:
        occluder: The engine.
        crops: ``(512, 512, 3)`` float32 RGB, 0..255, by the FFHQ template.

    Returns:
        ``(512, 512)`` bool for each.
    """
    return [seen >= _SEEN_FROM for some in _pieces(crops) for seen in occluder.visible(some)]


def _pieces(crops: Sequence[NDArray[np.float32]]) -> Iterator[NDArray[np.uint8]]:
    for start in range(0, len(crops), _FACES_AT_ONCE):
        yield np.rint(np.stack(crops[start : start + _FACES_AT_ONCE])).astype(np.uint8)


def covered_share(classes: NDArray[np.uint8]) -> float:
    """How much of where a face is belongs to something else (a hand, a mask, hair), 0..1."""
    return float(1 - _IS_FACE[classes[inner_face()]].mean())


def hidden_share(visible: NDArray[np.bool_]) -> float:
    """As ``covered_share``, of where nothing hides the face."""
    return float(1 - visible[inner_face()].mean())


def may_change(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """``(512, 512)`` bool: face in the photo, and face as it was drawn.

    What covers the photo's face stays in front of it, and hair that an engine drew over the
    brow is not put there.
    """
    return np.asarray(_IS_FACE[before] & _IS_FACE[after], dtype=np.bool_)


def altered(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> str | None:
    """What came or went while a face was drawn, as the reason to keep the original."""
    for name, (classes, nothing, something) in _STAYS.items():
        had, has = (float(np.isin(seen, classes).mean()) for seen in (before, after))
        if had <= nothing and has >= something:
            return f"{name}_appeared"
        if has <= nothing and had >= something:
            return f"{name}_vanished"
    return None
