"""Fresh documents by chance, worn as they come in, with the place of every glyph."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.fakes.privacy_layouts import LAYOUTS
from tests.fakes.privacy_scenes import SCENES
from tests.fakes.privacy_wear import worn

KINDS = (*LAYOUTS, *SCENES)


@dataclass(frozen=True)
class Fresh:
    """A page as it comes in.

    Attributes:
        srgb: ``(H, W, 3)`` uint8 RGB.
        truth: As an entry of ``truth.json``.
        name: For the table: layout, and how it was worn.
    """

    srgb: NDArray[np.uint8]
    truth: dict[str, Any]
    name: str


def fresh(seed: int) -> Fresh:
    """A page by chance; kinds go round, so that forty seeds in a row hold each four times."""
    chance = random.Random(f"fresh {seed}")
    make = KINDS[seed % len(KINDS)]
    picture, laid, how = worn(make(chance), chance)
    return Fresh(picture, laid.truth(), f"{make.__name__.strip('_')} {how}")
