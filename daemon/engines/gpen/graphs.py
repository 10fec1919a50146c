"""A network's pass, recorded once for each batch size on a GPU and replayed.

One pass of GPEN-512 is some four hundred kernels; for a batch of one, starting them from Python
takes longer than running them. A recorded graph starts them all at once.

Source of the rules kept here: PyTorch's notes on CUDA semantics, "CUDA Graphs" (warm up on a
side stream, addresses that stay, no second stream while recording, one pool for graphs that
never run at the same time).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from daemon.engines.cuda import free_cached, is_no_room

_WARM_PASSES = 3  # libraries choose their ways and workspaces in them; none may be new later


@dataclass(frozen=True, slots=True)
class _Recorded:
    """A graph, and the memory that it reads and writes."""

    graph: torch.cuda.CUDAGraph
    inward: Tensor
    outward: Tensor


class Graphs:
    """Replays a function on one GPU.

    To be called by one thread, in inference mode, with the same settings of float32 throughout:
    they are recorded with the kernels.

    Args:
        run: A tensor of a tensor, without a look at values on the way.
        device: The GPU.

    Attributes:
        refusal: Why it is run kernel by kernel instead; empty while graphs are used.
    """

    def __init__(self, run: Callable[[Tensor], Tensor], device: torch.device) -> None:
        self._run, self._device = run, device
        self._stream: torch.cuda.Stream | None = None
        self._pool: Any = None  # an opaque token
        self._recorded: dict[int, _Recorded] = {}
        self.refusal = ""

    def __call__(self, faces: Tensor) -> Tensor:
        """What ``run`` gives; holds until the next call, so copy it away before."""
        recorded = self._recorded.get(len(faces))
        if recorded is None and not self.refusal:
            recorded = self._record(faces)
        if recorded is None:
            return self._run(faces)
        recorded.inward.copy_(faces)
        recorded.graph.replay()
        return recorded.outward

    def drop(self) -> None:
        """Let every graph and its memory go; the next calls record anew."""
        for recorded in self._recorded.values():
            recorded.graph.reset()
        self._recorded.clear()
        self._pool = None
        free_cached()

    def _record(self, faces: Tensor) -> _Recorded | None:
        """``None`` where it cannot be recorded, which is said in ``refusal``.

        Raises:
            torch.OutOfMemoryError: There is no room for this batch.
        """
        if self._stream is None:
            self._stream = torch.cuda.Stream(self._device)  # type: ignore[no-untyped-call]  # untyped there
        if self._pool is None:
            self._pool = torch.cuda.graph_pool_handle()
        inward = faces.clone()
        self._warm(inward, self._stream)
        try:
            recorded = self._captured(inward, self._stream)
        except RuntimeError as error:
            if is_no_room(error):  # of a map, or of what the recording itself takes on the card
                raise
            # The end of a recording that ran out of memory fails, too, and hides why.
            if error.__context__ is not None and is_no_room(error.__context__):
                raise error.__context__ from None
            self.refusal = f"no CUDA graph could be recorded ({type(error).__name__})"
            return None
        self._recorded[len(faces)] = recorded
        return recorded

    def _captured(self, inward: Tensor, stream: torch.cuda.Stream) -> _Recorded:
        graph = torch.cuda.CUDAGraph()
        # Only this thread uses the GPU; what others do must not spoil the recording.
        with torch.cuda.graph(
            graph, pool=self._pool, stream=stream, capture_error_mode="thread_local"
        ):
            outward = self._run(inward)
        return _Recorded(graph, inward, outward)

    def _warm(self, inward: Tensor, stream: torch.cuda.Stream) -> None:
        here = torch.cuda.current_stream(self._device)
        stream.wait_stream(here)
        with torch.cuda.stream(stream):
            for _ in range(_WARM_PASSES):
                self._run(inward)
        here.wait_stream(stream)
