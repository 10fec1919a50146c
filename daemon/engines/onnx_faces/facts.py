"""The engines of this folder, and of which models they are made."""

from __future__ import annotations

from collections.abc import Mapping

from daemon.engines.onnx_kind import Kind

# The side in pixels that each file was exported for; of one side the first is used.
GPEN_SIZES_PX: Mapping[str, int] = {
    "gpen-bfr-512-onnx": 512,
    "gpen-bfr-512-onnx-reactor": 512,
    "gpen-bfr-256-onnx": 256,
    "gpen-bfr-1024-onnx": 1024,
    "gpen-bfr-2048-onnx": 2048,
}
GPEN = Kind("gpen-onnx", "GPEN", tuple(GPEN_SIZES_PX), sizes_px=GPEN_SIZES_PX)
GFPGAN = Kind("gfpgan-onnx", "GFPGAN", ("gfpgan-1.4-onnx",))
RESTOREFORMER = Kind("restoreformer-onnx", "RestoreFormer", ("restoreformer-pp-onnx",))
CODEFORMER = Kind("codeformer-onnx", "CodeFormer", ("codeformer-onnx",))
ARCFACE_R50 = Kind(
    "arcface-r50", "ArcFace R50", ("recognition-w600k-r50", "recognition-w600k-r50-facefusion")
)
SFACE = Kind("sface", "SFace", ("recognition-sface", "recognition-sface-int8"))
BISENET34 = Kind("bisenet34", "BiSeNet on ResNet-34", ("parsing-bisenet34-onnx",))
XSEG = Kind("xseg", "XSeg", ("occlusion-xseg3",))
