"""The engines of this folder, and of which models they are made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from daemon.engines.onnx_kind import Kind

MODNET = Kind("modnet-onnx", "MODNet", ("modnet-photographic-onnx",))
HIVISION = Kind("hivision-modnet-onnx", "Hivision's MODNet", ("hivision-modnet-onnx",))

MODNET_SQUARE_PX: Final = 512
"""What an export of MODNet of one size takes. Source: HivisionIDPhotos human_matting.py."""

# RGB of 0..1. Source: rembg's sessions of BiRefNet; the model card of RMBG-1.4.
_IMAGENET = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_HALF = (0.5, 0.5, 0.5), (1.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Square:
    """An engine whose network looks at a square.

    Attributes:
        kind: Its name and model.
        side_px: Of the square.
        look: Mean and deviation of RGB of 0..1 that it takes.
        gives_logits: Whether a sigmoid is still to be taken of what it gives.
    """

    kind: Kind
    side_px: int = 1024
    look: tuple[tuple[float, float, float], tuple[float, float, float]] = _IMAGENET
    gives_logits: bool = True


def _birefnet(name: str, side_px: int = 1024) -> Square:
    return Square(Kind(name, "BiRefNet", (name,)), side_px)


# Sides. Source: the shapes that the releases were exported for (BiRefNet, release v1).
SQUARES = (
    _birefnet("birefnet-portrait-onnx"),
    _birefnet("birefnet-matting-onnx"),
    _birefnet("birefnet-hr-matting-onnx", 2048),
    _birefnet("birefnet-general-onnx"),
    _birefnet("birefnet-lite-onnx"),
    Square(Kind("rmbg-1.4", "RMBG-1.4", ("rmbg-1.4",)), look=_HALF, gives_logits=False),
)
