"""One network on its device: faces in, faces out, in batches that fit."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from daemon.engines.batches import BUCKETS, Finish, FlowingPieces, Pieces, as_crops, as_network
from daemon.engines.cuda import computing, cuda_errors, free_cached, tuned_shapes
from daemon.engines.gpen.facts import NAME
from daemon.engines.gpen.graphs import Graphs
from daemon.engines.gpen.network import GpenNetwork
from daemon.engines.gpen.precision import Prove, ready

# Faces of a piece on a GPU, from which the ladder of ``Pieces`` goes down. A face of 512 pixels
# has its largest maps in 0.13 GiB of float32 each, and each step up has twice that. Sixteen of
# them fill a card, and of a pass of 32 one half travels while the other is drawn.
_MOST_ON_GPU = {256: 32, 512: 16, 1024: 8, 2048: 2}
_MOST_ON_CPU = 1  # a batch is no faster there, and takes its memory


class Drawer:
    """A loaded network.

    Args:
        load: Loads it onto the CPU in float32.
        device: ``cpu`` or ``cuda:N``.
        prove: Decides what it computes in (``daemon.engines.gpen.precision``).
        most: Faces in one piece; ``None``: what suits device and size.
        relieve: Called where memory is short; ``None``: this network's own memory goes.

    Attributes:
        size_px: Side of its crops.
        precision: What it computes in.

    Raises:
        EngineUnavailable: The file is not this network's.
        GpuExhausted: It does not fit into the GPU's memory.
    """

    def __init__(
        self,
        load: Callable[[], GpenNetwork],
        *,
        device: str,
        prove: Prove,
        most: int | None = None,
        relieve: Callable[[], None] | None = None,
    ) -> None:
        self._device = torch.device(device)
        with self._computing():
            self._network, self.precision = ready(load, self._device, prove)
        self.size_px = self._network.plan.size_px
        is_on_gpu = self._device.type == "cuda"
        self._graphs = Graphs(self._pass, self._device) if is_on_gpu else None
        most = most or (_MOST_ON_GPU.get(self.size_px, 1) if is_on_gpu else _MOST_ON_CPU)
        relieve = relieve or self.relieve
        self._pieces = (
            Pieces(self._piece, most=most, relieve=relieve)
            if self._graphs is None
            else FlowingPieces(partial(self._begun, self._graphs), most=most, relieve=relieve)
        )

    @property
    def remark(self) -> str:
        """What a record should know of how it computes, beside the precision; may be empty."""
        refusal = "" if self._graphs is None else self._graphs.refusal
        return f"{self.size_px} px: {refusal}" if refusal else ""

    def draw(self, crops: NDArray[np.float32]) -> NDArray[np.float32]:
        """``(N, S, S, 3)`` float32 RGB 0..255 of the same; N of 1 or more.

        Raises:
            GpuExhausted: Not even one face fits.
            EngineBroken: The GPU cannot be used any more in this process.
        """
        return self._pieces.over(crops)

    def warm(self) -> None:
        """Draw one batch of each size on a GPU, so that no photo waits for tuning or recording."""
        if self._graphs is None:
            return
        for bucket in reversed(BUCKETS):
            if bucket <= self._pieces.fitting:
                self.draw(np.zeros((bucket, self.size_px, self.size_px, 3), np.float32))

    def relieve(self) -> None:
        """Let go of all memory but the weights."""
        if self._graphs is not None:
            self._graphs.drop()
        free_cached()

    def _pass(self, crops: Tensor) -> Tensor:
        return as_crops(self._network(as_network(crops)))

    def _piece(self, crops: NDArray[np.float32]) -> NDArray[np.float32]:
        with self._computing():
            drawn = self._network(as_network(torch.tensor(crops)))
            return as_crops(drawn).contiguous().numpy()

    def _begun(self, graphs: Graphs, crops: NDArray[np.float32]) -> Finish:
        """A piece on its way through the GPU, by way of page-locked memory.

        That memory comes from the library's own stock, which gives none of it out again before
        the copies from and to it are done.
        """
        with self._computing():
            there = torch.empty(crops.shape, pin_memory=True)
            np.copyto(there.numpy(), crops)
            drawn = graphs(there.to(self._device, non_blocking=True))
            back = torch.empty(crops.shape, pin_memory=True)
            back.copy_(drawn, non_blocking=True)
            # Waits asleep: lanes warp and paste on the same cores.
            arrived = torch.cuda.Event(blocking=True)  # type: ignore[no-untyped-call]  # untyped there
            arrived.record()

        def finish() -> NDArray[np.float32]:
            with cuda_errors(NAME):
                arrived.synchronize()
            return back.numpy()

        return finish

    @contextlib.contextmanager
    def _computing(self) -> Iterator[None]:
        """On this device; on a GPU its shapes are few, so that tuning pays."""
        with computing(self._device, NAME):
            if self._device.type == "cuda":
                with tuned_shapes():
                    yield
            else:
                yield
