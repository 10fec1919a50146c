"""What each engine does and under which terms, for people; facts of docs/licences.md, no more.

An engine that is not in this table is shown with what the worker says of it, and a pointer to
that page: nothing is guessed about a licence.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass


class Commercial(enum.StrEnum):
    """Whether the licence of the weights lets a company use them for its business."""

    YES = "yes"
    NO = "no"
    UNSETTLED = "unsettled"


@dataclass(frozen=True, slots=True)
class Terms:
    """An engine's licence.

    Attributes:
        licence: Of its weights, or of its method where it has none.
        commercial: Whether business use is allowed.
        source: Who published the weights.
    """

    licence: str
    commercial: Commercial
    source: str


_DLIB = Terms("public domain", Commercial.YES, "davisking/dlib-models")

TERMS: Mapping[str, Terms] = {
    "centerface": Terms("MIT", Commercial.YES, "Star-Clouds/CenterFace"),
    "realesrgan-x4plus": Terms("BSD-3-Clause", Commercial.YES, "xinntao/Real-ESRGAN"),
    "dlib-resnet-128": _DLIB,
    "dlib-hog": _DLIB,
    "grabcut-closed-form": Terms("MIT (PyMatting), Apache-2.0 (OpenCV)", Commercial.YES, "–"),
    "rapidocr": Terms("Apache-2.0", Commercial.YES, "PaddlePaddle/PaddleOCR, RapidAI/RapidOCR"),
    "zxing-cpp": Terms("Apache-2.0", Commercial.YES, "zxing-cpp/zxing-cpp"),
    "rts-512": Terms("–", Commercial.UNSETTLED, "ModelScope, damo/cv_ir_face-recognition-ood_rts"),
}

# Route → the tasks it asks engines for.
TASKS_OF: Mapping[str, tuple[str, ...]] = {
    "quality": ("find_faces", "judge", "assess_face"),
    "restore": (
        "find_faces",
        "restore_face",
        "identity",
        "parse_face",
        "find_occlusion",
        "enlarge_background",
        "rate_face",
    ),
    "idphoto": ("find_faces", "matting", "judge"),
    "privacy": ("read_text", "find_codes", "sweep_faces", "sweep_faces_again"),
    "copy": (),
}
# Task → engines that need weights, in the order in which ``auto`` takes them → the models any one
# of which is enough, but for ``NEED_ALL``. What the worker goes by is ``daemon.engines.offered``,
# which this process may not load; a test holds one against the other.
WEIGHTS_OF: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "find_faces": {
        "retinaface": ("detection-resnet50", "gpen-retinaface-r50", "detection-mobilenet025"),
        "yunet": ("yunet-2023mar", "yunet-n-dynamic", "yunet-n-640", "yunet-2023mar-int8"),
        "retinaface-onnx": ("retinaface-r50-onnx", "hivision-retinaface-onnx"),
        "yoloface": ("yoloface-8n",),
        "scrfd": ("scrfd-10g", "buffalo-l", "scrfd-2.5g"),
        "ultralight": ("ultralight-rfb-320",),
    },
    "restore_face": {
        "gpen": (
            "gpen-bfr-512",
            "gpen-modelscope-512",
            "gpen-bfr-256",
            "gpen-bfr-1024",
            "gpen-bfr-2048",
        ),
        "gfpgan": ("gfpgan-1.4", "gfpgan-1.3", "gfpgan-1.2"),
        "restoreformer": ("restoreformer-pp", "restoreformer"),
        "codeformer": ("codeformer",),
        "gpen-onnx": (
            "gpen-bfr-512-onnx",
            "gpen-bfr-512-onnx-reactor",
            "gpen-bfr-256-onnx",
            "gpen-bfr-1024-onnx",
            "gpen-bfr-2048-onnx",
        ),
        "gfpgan-onnx": ("gfpgan-1.4-onnx",),
        "restoreformer-onnx": ("restoreformer-pp-onnx",),
        "codeformer-onnx": ("codeformer-onnx",),
        "gfpgan-1.0": ("gfpgan-1.0",),
        "gpen-colorization": ("gpen-colorization-1024",),
        "codeformer-colorization": ("codeformer-colorization",),
    },
    "parse_face": {
        "bisenet": ("parsing-bisenet",),
        "parsenet": ("parsing-parsenet", "gpen-parsenet"),
        "bisenet34": ("parsing-bisenet34-onnx",),
    },
    "matting": {
        "modnet": ("modnet-photographic-pth",),
        "modnet-onnx": ("modnet-photographic-onnx",),
        "hivision-modnet-onnx": ("hivision-modnet-onnx",),
        "birefnet": ("birefnet",),
        "birefnet-portrait-onnx": ("birefnet-portrait-onnx",),
        "birefnet-matting-onnx": ("birefnet-matting-onnx",),
        "birefnet-hr-matting-onnx": ("birefnet-hr-matting-onnx",),
        "birefnet-general-onnx": ("birefnet-general-onnx",),
        "birefnet-lite-onnx": ("birefnet-lite-onnx",),
        "rmbg-1.4": ("rmbg-1.4",),
        "rmbg-2.0": ("rmbg-2.0",),
    },
    "identity": {
        "arcface": ("recognition-arcface-ir-se50", "gpen-model-ir-se50"),
        "arcface-r50": ("recognition-w600k-r50", "recognition-w600k-r50-facefusion"),
        "sface": ("recognition-sface", "recognition-sface-int8"),
    },
    "enlarge_background": {
        "realesrgan-x2": ("realesrgan-x2plus",),
        "realesrgan-x4": ("realesrgan-x4plus",),
        "realesr-general-x4": ("realesr-general-x4v3", "realesr-general-wdn-x4v3"),
        "realesrnet-x4": ("realesrnet-x4plus",),
        "gpen-realesrnet-x2": ("gpen-realesrnet-x2",),
        "realesr-animevideo-x4": ("realesr-animevideov3",),
    },
    "find_occlusion": {"xseg": ("occlusion-xseg3",)},
    "rate_face": {"eqface": ("gpen-eqface-backbone", "gpen-eqface-quality")},
}
# Engines that compute with all of their models or not at all.
NEED_ALL = frozenset({"eqface"})
# Engines that ``auto`` never takes.
BY_NAME_ONLY = frozenset(
    {"gfpgan-1.0", "gpen-colorization", "codeformer-colorization", "realesr-animevideo-x4"}
)
# A model whose engine finds its file by itself and asks for no terms.
FOUND_OTHERWISE = "recognition-rts-ood"
# Questions outside jobs: boothd compare, embed, the panel and the API.
ASKED = ("find_faces", "identity", "judge", "assess_face")
