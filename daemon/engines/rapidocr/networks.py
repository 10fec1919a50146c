"""The three networks, loaded: find strips, tell half turns, read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from daemon.domain.sayings import say, unavailable
from daemon.engines.base import EngineFacts, WeightFile, runtime_version

_PACKAGE = "rapidocr"
DETECTOR = WeightFile(
    package=_PACKAGE,
    path="models/PP-OCRv6_det_small.onnx",
    distribution="rapidocr",
    sha256="090f04abcd9d9a7498bc4ebf677e4cb9bdce1fe4197ddb7e529f1ef44e1ff94f",
)
RECOGNISER = WeightFile(
    package=_PACKAGE,
    path="models/PP-OCRv6_rec_small.onnx",
    distribution="rapidocr",
    sha256="6f327246b50388f3c176ae304bd95767ea6dc0c9ae92153ef8cbe210b3c14884",
)
TURNS = WeightFile(
    package=_PACKAGE,
    path="models/ch_ppocr_mobile_v2.0_cls_mobile.onnx",
    distribution="rapidocr",
    sha256="e47acedf663230f8863ff1ab0e64dd2d82b838fceb5957146dab185a89d6215c",
)
_TURNS_SIZE_PX = (48, 192)
_LEAST_STRIP = (1, 3, 48, 8)


class Networks:
    """All three, and the alphabet of the last.

    Args:
        threads: CPU threads; 0 leaves the choice to the runtime.

    Raises:
        EngineUnavailable: A file is not installed, or not the one tested.
    """

    def __init__(self, threads: int = 0) -> None:
        # Strips are many and small: several at once use the cores better than each split up.
        shares = {DETECTOR: threads, RECOGNISER: 1, TURNS: 1}
        self._sessions = {
            weight: _session(weight.verified(), share) for weight, share in shares.items()
        }
        self.alphabet = _alphabet(self._sessions[RECOGNISER])

    @staticmethod
    def facts() -> EngineFacts:
        weights = {weight.path: weight.sha256 for weight in (DETECTOR, RECOGNISER, TURNS)}
        return EngineFacts("rapidocr", runtime_version("onnxruntime"), weights)

    def detect(self, planes: NDArray[np.float32]) -> NDArray[np.float32]:
        """``(1, 3, h, w)`` float32 BGR -1..1 → ``(h, w)`` float32 0..1."""
        return np.asarray(self._run(DETECTOR, planes, _freeing())[0, 0], np.float32)

    def recognise(self, planes: NDArray[np.float32]) -> NDArray[np.float32]:
        """``(n, 3, 48, w)`` float32 BGR -1..1 → ``(n, columns, classes)`` float32.

        May be called by several threads at once. Keeps its memory for the next strips: call
        ``let_go`` after the last.
        """
        return self._run(RECOGNISER, planes)

    def let_go(self) -> None:
        """Give the memory of the strips back, by a run over next to none of one.

        Kept, it would grow for many pages: what two runs hold at once depends on how they meet.
        """
        self._run(RECOGNISER, np.zeros(_LEAST_STRIP, np.float32), _freeing())

    def half_turned(self, cuts: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """How likely each cut-out is upside down.

        Args:
            cuts: ``(48, w, 3)`` uint8 BGR each; the first 192 px count.

        Returns:
            ``(n,)`` float32 0..1.
        """
        height, width = _TURNS_SIZE_PX
        planes = np.zeros((len(cuts), 3, height, width), np.float32)
        for plane, cut in zip(planes, cuts, strict=True):
            part = cut[:, :width].transpose(2, 0, 1)
            plane[:, :, : part.shape[2]] = part * np.float32(2 / 255) - np.float32(1)
        return np.asarray(self._run(TURNS, planes, _freeing())[:, 1], np.float32)

    def _run(
        self,
        weight: WeightFile,
        planes: NDArray[np.float32],
        how: onnxruntime.RunOptions | None = None,
    ) -> NDArray[np.float32]:
        session = self._sessions[weight]
        name = session.get_inputs()[0].name
        return np.asarray(session.run(None, {name: planes}, how)[0], np.float32)


def _freeing() -> onnxruntime.RunOptions:
    """Gives the memory of a page back after it, where the arena would keep the largest's.

    Without an arena every layer's memory is taken from and given to the system: as much time
    again as the network computes.
    """
    options = onnxruntime.RunOptions()
    options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
    return options


def _session(path: Path, threads: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = threads
    # Threads that wait would keep a core busy on which another engine works beside this one.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def _alphabet(session: onnxruntime.InferenceSession) -> tuple[str, ...]:
    """Class → code point, from the file's own description: the blank, the list, the space."""
    listed = session.get_modelmeta().custom_metadata_map.get("character", "")
    alphabet = ("", *listed.removesuffix("\n").split("\n"), " ")
    classes = session.get_outputs()[0].shape[-1]
    if len(alphabet) != classes:
        other = say("alphabet_other", path=RECOGNISER.path, named=len(alphabet), classes=classes)
        raise unavailable(other, engine=_PACKAGE)
    return alphabet
