"""What the face parsers' classes mean: CelebAMask-HQ, in the order BiSeNet was trained in.

Source: Lee et al., "MaskGAN" (arXiv 1907.11922), labels of CelebAMask-HQ. ParseNet has an order
of its own; its adapter maps it to this one.
"""

from __future__ import annotations

import enum


class FaceClass(enum.IntEnum):
    """What a pixel of an aligned face belongs to; left and right are the person's own."""

    BACKGROUND = 0
    SKIN = 1
    LEFT_BROW = 2
    RIGHT_BROW = 3
    LEFT_EYE = 4
    RIGHT_EYE = 5
    GLASSES = 6
    LEFT_EAR = 7
    RIGHT_EAR = 8
    EARRING = 9
    NOSE = 10
    MOUTH = 11
    UPPER_LIP = 12
    LOWER_LIP = 13
    NECK = 14
    NECKLACE = 15
    CLOTH = 16
    HAIR = 17
    HAT = 18
