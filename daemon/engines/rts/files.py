"""Where the weights lie, found without a tensor library.

Source of the names: the model is published on ModelScope as ``damo/cv_ir_face-recognition-ood_rts``
(since renamed to the ``iic`` namespace), its file is that library's standard one,
``pytorch_model.pt`` (modelscope, ``utils/constant.py``, ``ModelFile.TORCH_MODEL_FILE``).
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

from daemon.files.digest import digest_of

MODEL = "cv_ir_face-recognition-ood_rts"
# Last: where `boothd models pull` puts it, by its key in the catalogue.
FOLDERS = (f"damo/{MODEL}", f"iic/{MODEL}", MODEL, "recognition-rts-ood")
# The official file first; the other is what people convert it to.
FILES = ("pytorch_model.pt", "model.safetensors")
OFFICIAL = f"{FOLDERS[0]}/{FILES[0]}"
CALIBRATION_SUFFIX = ".calibration.json"


def find_weights(models: Path | None) -> Path | None:
    """The weight file in a model store, or ``None``."""
    if models is None:
        return None
    candidates = (models / folder / name for folder in FOLDERS for name in FILES)
    return next((path for path in candidates if path.is_file()), None)


def digest_of_weights(path: Path) -> str:
    """sha256 of the file; taken once for as long as its size and time stay what they are."""
    stat = path.stat()
    return _digest(path, stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=8)
def _digest(path: Path, _size: int, _mtime_ns: int) -> str:
    return digest_of(path).sha256


def calibration_file(weights: Path) -> Path:
    """Where the calibration of a weight file lies."""
    return weights.with_name(weights.name + CALIBRATION_SUFFIX)


def kept_calibration(weights: Path) -> tuple[str, str] | None:
    """Id and state of the calibration beside a weight file, as written; ``None`` without one.

    For showing only: whether it still holds, the engine finds out.
    """
    try:
        found = json.loads(calibration_file(weights).read_bytes())
        return str(found["id"]), str(found["state"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
