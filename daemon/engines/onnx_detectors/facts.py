"""The engines of this folder, and of which models they are made."""

from __future__ import annotations

from daemon.engines.onnx_kind import OPENCV, Kind

YUNET = Kind(
    "yunet",
    "YuNet",
    ("yunet-2023mar", "yunet-n-dynamic", "yunet-n-640", "yunet-2023mar-int8"),
    OPENCV,
)
