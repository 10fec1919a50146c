"""Draws faces anew with GFPGAN, RestoreFormer or CodeFormer, or colours them with CodeFormer."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from daemon.engines.batches import BUCKETS, Pieces, as_crops, as_network
from daemon.engines.cuda import computing, free_cached, has_bf16, tuned_shapes
from daemon.engines.gfpgan.facts import MIDDLE_FIDELITY, Kind
from daemon.engines.gfpgan.networks import load_network
from daemon.engines.offers import Setup, Weights
from daemon.engines.portrait import proof_crops
from daemon.engines.precision import BF16, proven
from daemon.errors import EngineError
from daemon.imaging.align import CROP_PX, FFHQ_TEMPLATE
from daemon.imaging.tone import grey_of

# Faces in one pass at most. On a CPU more than one gains no time and takes the memory of each.
_MOST_CPU, _MOST_CUDA = 1, 16


class SpandrelRestorer:
    """One of the networks, loaded.

    Args:
        kind: Which.
        weights: By model key; the first of the kind's models that is among them is used.
        setup: Where and in what it computes. bf16 is taken where the network draws the fixed
            faces as in fp32 (``daemon.engines.precision``), else fp32.

    Raises:
        EngineUnavailable: The file is not this network's, or a package is missing.
        GpuExhausted: It does not fit into the GPU's memory.
    """

    sizes_px: tuple[int, ...] = (CROP_PX,)

    def __init__(self, kind: Kind, weights: Weights, setup: Setup) -> None:
        if setup.threads:
            torch.set_num_threads(setup.threads)
        self._kind = kind
        self._device = torch.device(setup.device)
        used = kind.weights_of(weights)
        self._face_network = load_network(kind, used)
        with computing(self._device, kind.title):
            self._face_network.network.to(self._device)
        drawn = self._draw_proof
        asked = kind.precision_of(setup)
        self._precision = proven([used.sha256], asked, setup.device, drawn)
        self._fidelity = MIDDLE_FIDELITY
        most = _MOST_CPU if self._device.type == "cpu" else _MOST_CUDA
        self._pieces = Pieces(self._piece, most=most, relieve=free_cached)

    def template(self, size_px: int) -> NDArray[np.float64]:
        """``(5, 2)`` x and y: facexlib's template, scaled from 512."""
        return np.asarray(FFHQ_TEMPLATE, dtype=np.float64) * (size_px / CROP_PX)

    def restore(
        self, crops: NDArray[np.float32], *, fidelity: float | None = None
    ) -> NDArray[np.float32]:
        """Faces drawn anew, each on its own.

        Args:
            crops: ``(N, 512, 512, 3)`` float32 RGB, 0..255, in FFHQ's template.
            fidelity: 0 (prettier) .. 1 (truer), of CodeFormer alone; 0.5 without a wish.

        Returns:
            As ``crops``, within 0..255. A face that holds or gives what is no number is NaN
            throughout.

        Raises:
            GpuExhausted: Not even one face fits into the GPU's memory.
            EngineBroken: The GPU cannot be used any more in this process.
            EngineError: The crops are of another size, or the network failed.
        """
        if crops.ndim != 4 or crops.shape[1:] != (CROP_PX, CROP_PX, 3):
            message = f"{self._kind.title} takes faces of 512 × 512 pixels, not {crops.shape[1:3]}"
            raise EngineError(message, engine=self._kind.name)
        if not len(crops):
            return crops
        crops = grey_of(crops) if self._kind.sees_grey else crops
        self._fidelity = MIDDLE_FIDELITY if fidelity is None else min(max(fidelity, 0.0), 1.0)
        return self._pieces.over(crops)

    def warm(self) -> None:
        """Draw one batch of each size on a GPU, so that no photo waits for tuning.

        Raises:
            GpuExhausted: Not even one face fits into the GPU's memory.
        """
        if self._device.type == "cpu":
            return
        for bucket in reversed(BUCKETS):
            if bucket <= self._pieces.fitting:
                self._pieces.over(np.zeros((bucket, CROP_PX, CROP_PX, 3), np.float32))

    def _piece(self, crops: NDArray[np.float32]) -> NDArray[np.float32]:
        return self._drawn(crops, self._fidelity, half=self._precision.used == BF16)

    def _drawn(
        self, crops: NDArray[np.float32], fidelity: float, *, half: bool
    ) -> NDArray[np.float32]:
        lowered = torch.autocast(self._device.type, torch.bfloat16, enabled=half)
        with computing(self._device, self._kind.title), tuned_shapes():
            faces = torch.from_numpy(np.ascontiguousarray(crops, np.float32)).to(self._device)
            planes = as_network(faces).contiguous()  # GFPGAN takes no other order in memory
            with lowered:
                drawn = self._face_network.draw(planes, fidelity)
            return np.asarray(as_crops(drawn).cpu().numpy())

    def _draw_proof(self, half: bool) -> NDArray[np.float32]:  # noqa: FBT001 - precision.Draw
        crops = proof_crops()
        if half and not has_bf16(self._device):
            return np.full_like(crops, np.nan)
        faces = [self._drawn(crop[None], MIDDLE_FIDELITY, half=half) for crop in crops]
        return np.concatenate(faces)
