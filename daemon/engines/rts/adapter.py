"""Embeds faces, and scores how far each picture can be relied on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from daemon.engines.assessing import Assessment
from daemon.engines.cuda import cuda_errors, full_float32
from daemon.engines.rts.calibration import Basis, Calibration, calibrated, keep, kept
from daemon.engines.rts.checkpoint import load_network
from daemon.engines.rts.facts import FP16, FP32, NAME
from daemon.engines.rts.files import digest_of_weights
from daemon.engines.rts.network import FEATURES
from daemon.errors import EngineError, GpuExhausted
from daemon.imaging.align import Alignment
from daemon.imaging.template import ARCFACE_PX, ARCFACE_TEMPLATE, similarity, warped

# Faces in one pass: the first maps of a face take 3 MiB each, and a dozen of them live at once.
_BATCH_CPU, _BATCH_CUDA = 8, 64


class Rts:
    """The network, loaded and calibrated.

    Args:
        weights: The checkpoint (``daemon.engines.rts.files``).
        device: ``cpu`` or ``cuda:N``.
        precision: ``fp32``, or ``fp16`` for the trunk where the device is a GPU. On the CPU half
            precision is slower, so fp32 is taken and the record says so.
        threads: CPU threads; 0 leaves the choice to the runtime.

    Raises:
        EngineUnavailable: The file is not this network's, or the self-test has no portrait.
        GpuExhausted: It does not fit into the GPU's memory.
    """

    # Source: the trust rule stated for this model (quality measures, section 6): both photos
    # 0.60 or better and a similarity above 0.45.
    same_person_similarity = 0.45
    threshold_source = "RTS model: similarity above 0.45 (quality measures, section 6)"

    def __init__(
        self, weights: Path, *, device: str = "cpu", precision: str = FP32, threads: int = 0
    ) -> None:
        if threads:
            torch.set_num_threads(threads)
        self._device = torch.device(device)
        self._is_half = precision == FP16 and self._device.type == "cuda"
        self._network = load_network(weights)
        if self._is_half:
            self._network.halve_trunk()
        with cuda_errors(NAME):
            self._network.to(self._device)
        self.calibration = self._calibrate(weights)

    @property
    def is_vouched_for(self) -> bool:
        """The self-test accepted these weights."""
        return self.calibration.refusal is None

    def assess(self, srgb: NDArray[np.uint8], landmarks: NDArray[np.float32]) -> Assessment:
        """One face of ``(H, W, 3)`` uint8 RGB; landmarks ``(5, 2)`` in the house order.

        Raises:
            EngineError: The points lie in one place, or the network failed.
        """
        return self.assess_crops(self.aligned(srgb, landmarks))[0]

    @staticmethod
    def aligned(srgb: NDArray[np.uint8], landmarks: NDArray[np.float32]) -> NDArray[np.uint8]:
        """The face as ``(1, 112, 112, 3)`` uint8 RGB in the ArcFace template; any thread may ask.

        Raises:
            EngineError: The points lie in one place.
        """
        matrix = similarity(landmarks, ARCFACE_TEMPLATE)
        if matrix is None:
            message = "the landmarks of a face lie in one place: it cannot be aligned"
            raise EngineError(message)
        return warped(srgb, matrix, ARCFACE_PX)[None]

    def embed(self, srgb: NDArray[np.uint8], alignment: Alignment) -> NDArray[np.float32]:
        """``(512,)`` float32 of length 1 of the face in ``(H, W, 3)`` uint8 RGB."""
        return self.assess(srgb, alignment.landmarks).embedding

    def assess_crops(self, crops: NDArray[np.uint8]) -> list[Assessment]:
        """Faces that are aligned already, in batches.

        Args:
            crops: ``(N, 112, 112, 3)`` uint8 RGB in the ArcFace template.

        Raises:
            GpuExhausted: Not even one face fits into the GPU's memory.
            EngineBroken: The GPU cannot be used any more in this process.
            EngineError: The network gave no finite number.
        """
        features, logs = self._outputs(crops)
        embeddings, mark = normalised(features), self.calibration
        return [
            Assessment(embedding, log, mark.score(log), mark.name, NAME)
            for embedding, log in zip(embeddings, logs.tolist(), strict=True)
        ]

    def _outputs(self, crops: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Raw features ``(N, 512)`` and log variances ``(N,)``, the latter finite.

        Raises:
            EngineError: A log variance is not.
        """
        features, logs = self._computed(crops)
        if not np.isfinite(logs).all():
            message = "the network gave no usable number: check the weights (boothd parity)"
            raise EngineError(message, engine=NAME)
        return features, logs

    def _computed(
        self, crops: NDArray[np.uint8]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Raw features ``(N, 512)`` and log variances ``(N,)``, whatever came out."""
        batch = _BATCH_CPU if self._device.type == "cpu" else _BATCH_CUDA
        features, logs, at = [], [], 0
        while at < len(crops):
            part = preprocessed(crops[at : at + batch])
            try:
                with cuda_errors(NAME):
                    feature, log = self._forward(part)
            except GpuExhausted:
                if batch == 1:
                    raise
                batch //= 2
                continue
            features.append(feature)
            logs.append(log)
            at += len(part)
        found = np.concatenate(logs) if logs else np.empty(0, np.float32)
        return np.concatenate(features) if features else np.empty((0, FEATURES), np.float32), found

    def _forward(
        self, faces: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        with torch.inference_mode(), full_float32():
            tensor = torch.from_numpy(faces).to(self._device)
            heads = self._network(tensor.half() if self._is_half else tensor)
            return heads.feature.cpu().numpy(), heads.log_variance[:, 0].cpu().numpy()

    def _calibrate(self, weights: Path) -> Calibration:
        precision = FP16 if self._is_half else FP32
        basis = Basis(digest_of_weights(weights), precision, self._device.type)
        found = kept(weights, basis)
        if found is not None:
            return found
        made = calibrated(basis, self._tried)
        keep(weights, made)
        return made

    def _tried(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Log variances ``(N,)``; NaN for a face that the network cannot describe.

        Weights that compute no numbers are the self-test's to refuse, once: raised from here
        that would fail every photo for what is no fault of the photo.
        """
        features, logs = self._computed(crops)
        lengths = np.linalg.norm(features.astype(np.float64), axis=1)
        usable = np.isfinite(lengths) & (lengths > 0)
        return np.where(usable, logs, np.float32(np.nan))


def preprocessed(crops: NDArray[np.uint8]) -> NDArray[np.float32]:
    """``(N, 3, 112, 112)`` float32 in -1..1 from ``(N, 112, 112, 3)`` uint8, same colour order."""
    scaled = (crops.astype(np.float32) / 255 - np.float32(0.5)) / np.float32(0.5)
    return np.ascontiguousarray(scaled.transpose(0, 3, 1, 2))


def normalised(features: NDArray[np.float32]) -> NDArray[np.float32]:
    """Features ``(N, 512)`` at length 1.

    Raises:
        EngineError: One of them is zero or not finite, so it says nothing of a face.
    """
    lengths = np.linalg.norm(features, axis=1, keepdims=True)
    if not (np.isfinite(lengths).all() and (lengths > 0).all()):
        message = "the network gave no usable feature: check the weights (boothd parity)"
        raise EngineError(message, engine=NAME)
    return np.asarray(features / lengths, dtype=np.float32)
