"""Cuts a person out with MODNet, exported to ONNX."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from daemon.domain.sayings import say
from daemon.engines.matte_network import NetworkMatter
from daemon.engines.matte_square import in_square, longest_side
from daemon.engines.offers import Setup, Weights
from daemon.engines.onnx_kind import Kind
from daemon.engines.onnx_matting.facts import HIVISION, MODNET_SQUARE_PX
from daemon.engines.onnx_network import Network, gives_other, takes_other
from daemon.errors import EngineError

_OPEN = (1, 3, None, None)
# Of Hivision's own file nobody says whether it is of one size; its program hands it a square.
_MAY_BE_SQUARE = frozenset({HIVISION.name})


class OnnxModNet(NetworkMatter):
    """The matter, loaded. It sees RGB in -1..1.

    Args:
        kind: Whose training.
        weights: By model key.
        setup: Where it computes; always in float32.

    Raises:
        EngineUnavailable: ``pymatting`` is not installed, or the file holds no network that
            gives an alpha for a picture of any size (Hivision's: of any size or 512 px).
        GpuExhausted: It does not fit into the GPU's memory.
    """

    def __init__(self, kind: Kind, weights: Weights, setup: Setup) -> None:
        self._name = kind.name
        self._network = network = Network(kind, kind.weights_of(weights), setup)
        if len(network.inputs) != 1 or not network.inputs[0].takes(*_OPEN):
            network.refuse(takes_other(network.inputs, say("picture_of_any_size")))
        sides = network.inputs[0].shape[2:]
        square = sides == (MODNET_SQUARE_PX, MODNET_SQUARE_PX) and kind.name in _MAY_BE_SQUARE
        if sides != (None, None) and not square:
            network.refuse(takes_other(network.inputs, say("picture_of_any_size")))
        if not network.outputs or not network.outputs[0].takes(1, 1, None, None):
            network.refuse(gives_other(network.outputs, say("one_alpha")))
        if square:
            pressed = in_square(self._forward, MODNET_SQUARE_PX)
            super().__init__(pressed, kind.name, longest_side(MODNET_SQUARE_PX))
        else:
            super().__init__(self._forward, kind.name)

    def _forward(self, pictures: NDArray[np.float32]) -> NDArray[np.float32]:
        """``(N, h, w)`` of ``(N, h, w, 3)`` float32 RGB 0..255, one by one."""
        name = self._network.inputs[0].name
        planes = (pictures / np.float32(127.5) - 1).transpose(0, 3, 1, 2)
        alphas = [self._network.run({name: np.ascontiguousarray(one[None])}) for one in planes]
        wanted = (1, 1, *pictures.shape[1:3])
        if any(alpha.shape != wanted for alpha in alphas):
            message = f"the network gave an alpha of another size than {wanted}"
            raise EngineError(message, engine=self._name)
        return np.concatenate(alphas)[:, 0]
