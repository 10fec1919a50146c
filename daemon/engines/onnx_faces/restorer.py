"""Draws faces anew with GPEN, GFPGAN, RestoreFormer or CodeFormer, exported to ONNX."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from daemon.domain.sayings import say
from daemon.engines.offers import Setup, Weights
from daemon.engines.onnx_faces.facts import CODEFORMER, GPEN
from daemon.engines.onnx_kind import Kind
from daemon.engines.onnx_network import Network, Port, described, gives_other, takes_other
from daemon.errors import EngineError
from daemon.imaging.align import CROP_PX, FFHQ_TEMPLATE
from daemon.imaging.template import gpen_template

MIDDLE_FIDELITY: Final = 0.5  # what CodeFormer's authors take
_DIAL_TYPES: Mapping[str, Any] = {"tensor(double)": np.float64, "tensor(float)": np.float32}


class OnnxRestorer:
    """The networks of one kind, loaded: one, or GPEN's one for each side.

    Faces go through one by one: the exports have a fixed batch of one.

    Args:
        kind: Which.
        weights: By model key.
        setup: Where it computes; always in float32.

    Raises:
        EngineUnavailable: A file holds no network of this kind.
        GpuExhausted: They do not fit into the GPU's memory.
    """

    def __init__(self, kind: Kind, weights: Weights, setup: Setup) -> None:
        self._kind = kind
        self._drawers = {
            size: _Drawer(kind, Network(kind, used, setup), size)
            for used in kind.used(weights)
            for size in (kind.sizes_px.get(used.model, CROP_PX),)
        }
        self.sizes_px: tuple[int, ...] = tuple(sorted(self._drawers))

    def template(self, size_px: int) -> NDArray[np.float64]:
        """``(5, 2)`` x and y: GPEN's own template, facexlib's for the others."""
        if self._kind is GPEN:
            return gpen_template(size_px)
        return np.asarray(FFHQ_TEMPLATE, dtype=np.float64) * (size_px / CROP_PX)

    def restore(
        self, crops: NDArray[np.float32], *, fidelity: float | None = None
    ) -> NDArray[np.float32]:
        """Faces drawn anew, each on its own.

        Args:
            crops: ``(N, S, S, 3)`` float32 RGB, 0..255, aligned to ``template(S)``.
            fidelity: 0 (prettier) .. 1 (truer), of CodeFormer alone; 0.5 without a wish.

        Returns:
            As ``crops``, within 0..255. A face that holds or gives what is no number is NaN
            throughout.

        Raises:
            GpuExhausted: Not even one face fits into the GPU's memory.
            EngineError: The crops are of another size, or the network failed.
        """
        size = crops.shape[1] if crops.ndim == 4 else 0
        if size not in self._drawers or crops.shape[1:] != (size, size, 3):
            message = f"crops of {crops.shape} cannot be drawn: sizes are {self.sizes_px}"
            raise EngineError(message, engine=self._kind.name)
        wish = MIDDLE_FIDELITY if fidelity is None else min(max(fidelity, 0.0), 1.0)
        drawn = np.empty(crops.shape, np.float32)
        for at, crop in enumerate(crops):
            drawn[at] = self._drawers[size].draw(crop, wish)
        return drawn


class _Drawer:
    """A network and how it is fed; refuses one that wants something else.

    Args:
        kind: Whose it is.
        network: Loaded.
        size_px: Side of the crops it should take.
    """

    def __init__(self, kind: Kind, network: Network, size_px: int) -> None:
        self._kind, self._network = kind, network
        self._shape = (1, 3, size_px, size_px)
        pictures = [port for port in network.inputs if len(port.shape) == 4]
        dials = [port for port in network.inputs if len(port.shape) < 2]
        is_whole = len(pictures) == 1 and len(pictures) + len(dials) == len(network.inputs)
        if not is_whole or not pictures[0].takes(*self._shape):
            one = say("one_picture_float32", shape=str(self._shape))
            network.refuse(takes_other(network.inputs, one))
        if len(dials) != (1 if kind is CODEFORMER else 0):
            found = described(tuple(dials)) or say("none")
            network.refuse(say("other_inputs", found=found))
        if not network.outputs or not network.outputs[0].takes(*self._shape):
            network.refuse(gives_other(network.outputs, say("a_picture")))
        self._picture = pictures[0].name
        self._dial = _dial(dials[0], network) if dials else None

    def draw(self, crop: NDArray[np.float32], fidelity: float) -> NDArray[np.float32]:
        """``(S, S, 3)`` float32 in 0..255 of the same; NaN throughout for what is no number."""
        planes = (np.asarray(crop, np.float32) / np.float32(127.5) - 1).transpose(2, 0, 1)[None]
        fed: dict[str, NDArray[Any]] = {self._picture: np.ascontiguousarray(planes)}
        if self._dial is not None:
            name, shape, kind = self._dial
            fed[name] = np.full(shape, fidelity, kind)
        drawn = self._network.run(fed)
        if drawn.shape != self._shape:
            message = f"the network gave {drawn.shape} for a face of {self._shape}"
            raise EngineError(message, engine=self._kind.name)
        if not (np.isfinite(drawn).all() and np.isfinite(crop).all()):
            return np.full(crop.shape, np.nan, np.float32)
        planes = drawn[0].transpose(1, 2, 0) * np.float32(127.5) + np.float32(127.5)
        return np.asarray(np.clip(planes, 0, 255), np.float32)


def _dial(port: Port, network: Network) -> tuple[str, tuple[int, ...], Any]:
    """Name, shape and type of the number that sets fidelity."""
    if port.type not in _DIAL_TYPES or port.shape not in {(), (1,), (None,)}:
        network.refuse(say("other_dial", found=described((port,)), kind=port.type))
    return port.name, (1,) * len(port.shape), _DIAL_TYPES[port.type]
