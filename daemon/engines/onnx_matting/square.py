"""Cuts a person out with a network that looks at a square: BiRefNet or RMBG, exported to ONNX."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from daemon.domain.sayings import say
from daemon.engines.matte_network import NetworkMatter
from daemon.engines.matte_square import checked, in_square, longest_side, standardised
from daemon.engines.matte_zones import logistic
from daemon.engines.offers import Setup, Weights
from daemon.engines.onnx_matting.facts import Square
from daemon.engines.onnx_network import Network, gives_other, takes_other
from daemon.errors import EngineError


class OnnxSquare(NetworkMatter):
    """The matter, loaded.

    What RMBG gives is taken as it is. Its authors stretch it so that something is always wholly
    there and something wholly not, which makes a person of a faint guess.

    Args:
        square: Which network.
        weights: By model key.
        setup: Where it computes; always in float32.

    Raises:
        EngineUnavailable: ``pymatting`` is not installed, or the file holds no network that
            gives an alpha for a picture of this side.
        GpuExhausted: It does not fit into the GPU's memory.
    """

    def __init__(self, square: Square, weights: Weights, setup: Setup) -> None:
        self._square, side = square, square.side_px
        self._network = network = Network(square.kind, square.kind.weights_of(weights), setup)
        if len(network.inputs) != 1 or not network.inputs[0].takes(1, 3, side, side):
            network.refuse(takes_other(network.inputs, say("one_picture_square", side=side)))
        if not network.outputs or not network.outputs[0].takes(1, 1, side, side):
            network.refuse(gives_other(network.outputs, say("one_alpha_square", side=side)))
        pressed = in_square(self._forward, side)
        super().__init__(pressed, square.kind.name, longest_side(side), is_slow=True)

    def _forward(self, pictures: NDArray[np.float32]) -> NDArray[np.float32]:
        """``(1, S, S)`` of ``(1, S, S, 3)`` float32 RGB 0..255."""
        square = self._square
        planes = standardised(pictures, *square.look)
        found = self._network.run({self._network.inputs[0].name: planes})
        if found.shape != (1, 1, square.side_px, square.side_px):
            message = f"the network gave an alpha of {found.shape}"
            raise EngineError(message, engine=square.kind.name)
        alpha = found[:, 0]
        return logistic(alpha) if square.gives_logits else checked(alpha, square.kind.name)
