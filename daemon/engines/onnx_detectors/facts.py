"""The engines of this folder, and of which models they are made."""

from __future__ import annotations

from daemon.engines.onnx_kind import OPENCV, Kind

YUNET = Kind(
    "yunet",
    "YuNet",
    ("yunet-2023mar", "yunet-n-dynamic", "yunet-n-640", "yunet-2023mar-int8"),
    OPENCV,
)
RETINAFACE = Kind(
    "retinaface-onnx", "RetinaFace", ("retinaface-r50-onnx", "hivision-retinaface-onnx")
)
YOLOFACE = Kind("yoloface", "YOLOFace", ("yoloface-8n",))
PACKAGE = "buffalo-l"
"""A zip with SCRFD 10G in it, as its publisher has it."""
SCRFD = Kind("scrfd", "SCRFD", ("scrfd-10g", PACKAGE, "scrfd-2.5g"))
ULTRALIGHT = Kind("ultralight", "Ultra-Light", ("ultralight-rfb-320",))
