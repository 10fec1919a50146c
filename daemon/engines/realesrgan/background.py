"""Enlarges a whole picture with Real-ESRGAN on torch."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from daemon.engines.base import Progress
from daemon.engines.cuda import computing, free_cached, has_bf16
from daemon.engines.offers import Setup, Weights
from daemon.engines.portrait import proof_crops
from daemon.engines.precision import BF16, proven
from daemon.engines.realesrgan.facts import Kind
from daemon.engines.realesrgan.network import ENGINE, Loaded, load_network
from daemon.engines.realesrgan.tiled import Tiling, enlarged
from daemon.errors import EngineError

# All in pixels as the network sees them; one that folds the picture to half its size sees half as
# many. Measured with the real weights for four times: pieces that read 8 or 10 px further than
# they give step by up to 16 and 12 grey levels at a seam more than the picture does, with 34 px
# and the fade by less than 1. The light network sees exactly 34 px around a pixel.
_FADE_PX, _LOOK_PX, _SMALLEST_PX = 8, 34, 32
# With its margins a piece of 128 px needs about 2.5 GiB, which an office machine has to spare,
# one of 512 px about 8 GiB on a card; the ladder finds out where that is too much.
_SIDE_CPU_PX, _SIDE_CUDA_PX = 128, 512
_PROOF_PX = 128  # a part of the proof's faces is enough: the network looks at little at a time


class TiledRealEsrgan:
    """The enlarger, loaded.

    Args:
        kind: Which.
        weights: By model key.
        setup: Where and in what it computes; bf16 as ``daemon.engines.precision`` allows it.

    Raises:
        EngineUnavailable: A file is not this network's.
        GpuExhausted: It does not fit into the GPU's memory.
    """

    def __init__(self, kind: Kind, weights: Weights, setup: Setup) -> None:
        if setup.threads:
            torch.set_num_threads(setup.threads)
        self._kind = kind
        self._device = torch.device(setup.device)
        used = kind.weights_of(weights)
        loaded = load_network([one.path for one in used], kind.factor)
        self.factor = loaded.factor
        self._network = loaded.network
        with computing(self._device, ENGINE):
            self._network.to(self._device)
        self.tiling = _tiling(loaded, self._device)
        self._layout = torch.contiguous_format
        sums = [one.sha256 for one in used]
        self._precision = proven(sums, setup.precision, setup.device, self._draw_proof)
        # In a half, a card's matrix units take maps channels last; laid otherwise they are laid
        # anew around each of hundreds of convolutions.
        is_last = self._device.type == "cuda" and self._precision.used == BF16
        self._layout = torch.channels_last if is_last else torch.contiguous_format
        with computing(self._device, ENGINE):
            self._network.to(memory_format=self._layout)

    def enlarge(
        self, rgb: NDArray[np.float32], progress: Progress | None = None
    ) -> NDArray[np.float32]:
        """The picture, ``factor`` times as large; one piece at a time is on the device.

        Args:
            rgb: ``(H, W, 3)`` float32 RGB, 0..255.
            progress: Called with pieces done and pieces in all.

        Returns:
            ``(factor·H, factor·W, 3)`` float32 RGB, 0..255.

        Raises:
            GpuExhausted: Not even the smallest piece fits into the GPU's memory.
            EngineBroken: The GPU cannot be used any more in this process.
            EngineError: The network gave what is no number.
        """
        return enlarged(rgb, self._piece, self.tiling, progress, free_cached)

    def _piece(self, rgb: NDArray[np.float32], wanted: tuple[slice, slice]) -> NDArray[np.float32]:
        """What is wanted of a piece's enlarged form; only that leaves the device."""
        drawn = self._drawn(rgb, wanted, half=self._precision.used == BF16)
        if drawn is None:
            message = f"{self._kind.name} gave what is no number: check the picture and the weights"
            raise EngineError(message, engine=self._kind.name)
        return drawn

    def _drawn(
        self, rgb: NDArray[np.float32], wanted: tuple[slice, slice], *, half: bool
    ) -> NDArray[np.float32] | None:
        """``None`` where it holds what is no finite number."""
        planes = np.ascontiguousarray(rgb.transpose(2, 0, 1)[None], dtype=np.float32)
        lowered = torch.autocast(self._device.type, torch.bfloat16, enabled=half)
        with computing(self._device, ENGINE):
            tensor = torch.from_numpy(planes).to(self._device) / 255
            tensor = tensor.contiguous(memory_format=self._layout)
            with lowered:
                found = self._network(tensor)
            rows, columns = wanted
            part = found[0, :, rows, columns].float().permute(1, 2, 0) * 255
            if not bool(torch.isfinite(part).all()):
                return None
            return np.asarray(part.clamp_(0, 255).contiguous().cpu().numpy())

    def _draw_proof(self, half: bool) -> NDArray[np.float32]:  # noqa: FBT001 - precision.Draw
        middle = slice((512 - _PROOF_PX) // 2, (512 + _PROOF_PX) // 2)
        whole = slice(None), slice(None)
        faces = proof_crops()[:, middle, middle]
        side = self.factor * _PROOF_PX
        nothing = np.full((side, side, 3), np.nan, np.float32)
        if half and not has_bf16(self._device):
            return np.stack([nothing for _ in faces])
        drawn = [self._drawn(face, whole, half=half) for face in faces]
        return np.stack([nothing if face is None else face for face in drawn])


def _tiling(loaded: Loaded, device: torch.device) -> Tiling:
    step = loaded.step_px
    return Tiling(
        loaded.factor,
        side_px=step * (_SIDE_CPU_PX if device.type == "cpu" else _SIDE_CUDA_PX),
        smallest_px=step * _SMALLEST_PX,
        fade_px=step * _FADE_PX,
        look_px=step * _LOOK_PX,
        step_px=step,
    )
