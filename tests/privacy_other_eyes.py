"""Masked pages read by readers that share nothing with ours: Tesseract, and RapidOCR's own code.

For ``tests/pixels/test_privacy_other_eyes.py`` and ``python -m tests.privacy_table --eyes``.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

LEAST_RUN = 6
"""So many characters of a number in a row, a digit among them, give it away."""
_TURNS = (None, cv2.ROTATE_90_CLOCKWISE, cv2.ROTATE_180, cv2.ROTATE_90_COUNTERCLOCKWISE)

Read = Callable[[NDArray[np.uint8]], str]


def has_tesseract() -> bool:
    """Whether Debian's ``tesseract-ocr`` and ``tesseract-ocr-chi-sim`` are here."""
    program = shutil.which("tesseract")
    if program is None:
        return False
    listed = subprocess.run([program, "--list-langs"], check=True, capture_output=True, text=True)
    return {"eng", "chi_sim"} <= set(listed.stdout.split())


def tesseract(srgb: NDArray[np.uint8]) -> str:
    """Everything that Tesseract sees on an upright page, sparse text included."""
    _, packed = cv2.imencode(".png", cv2.cvtColor(srgb, cv2.COLOR_RGB2BGR))
    command = ["tesseract", "-", "-", "-l", "eng+chi_sim", "--psm", "11", "--dpi", "150"]
    run = subprocess.run(
        command, input=packed.tobytes(), check=True, capture_output=True,
        env={"OMP_THREAD_LIMIT": "1", "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    return run.stdout.decode(errors="replace")


@lru_cache(maxsize=1)
def _rapidocr() -> Any:
    from rapidocr import RapidOCR

    return RapidOCR(
        params={
            "Global.text_score": 0.2,
            "Global.max_side_len": 2600,
            "Global.log_level": "critical",
            "Det.limit_side_len": 1280,
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
        }
    )


def rapidocr(srgb: NDArray[np.uint8]) -> str:
    """What the package's own code makes of a page, with its own boxes, at another scale."""
    seen = _rapidocr()(cv2.cvtColor(srgb, cv2.COLOR_RGB2BGR))
    return "\n".join(seen.txts or ())


def in_turns(srgb: NDArray[np.uint8], turns: tuple[int, ...]) -> Iterator[NDArray[np.uint8]]:
    """The page in so many quarter turns clockwise."""
    for quarters in turns:
        code = _TURNS[quarters % 4]
        yield srgb if code is None else np.asarray(cv2.rotate(srgb, code), np.uint8)


def given_away(truth: dict[str, Any], read: str, *, numeric: bool = False) -> list[str]:
    """Types of the numbers of a page of which a reader read a telling part.

    Args:
        truth: An entry of ``truth.json``.
        read: What was read, line by line.
        numeric: Whether dates, amounts and references are to be hidden, too.
    """
    lines = [_plain(line) for line in read.splitlines()]
    kept = {_plain(span["text"]) for span in truth["spans"] if not _is_hidden(span, numeric)}
    seen = []
    for span in truth["spans"]:
        if _is_hidden(span, numeric):
            parts = [one for one in _parts(_plain(span["text"])) if not _stands_in(one, kept)]
            if any(part in line for part in parts for line in lines):
                seen.append(str(span["type"]))
    return seen


def _is_hidden(span: dict[str, Any], numeric: bool) -> bool:
    return bool(span["kind"] == "sensitive" or (numeric and span["kind"] == "numeric"))


def _stands_in(part: str, kept: set[str]) -> bool:
    return any(part in one for one in kept)


def _parts(value: str) -> list[str]:
    """A short value whole, of a long one every run that gives it away."""
    if len(value) <= LEAST_RUN:
        return [value]
    runs = [value[at : at + LEAST_RUN] for at in range(len(value) - LEAST_RUN + 1)]
    return [run for run in runs if any(one.isdigit() for one in run)]


def _plain(text: str) -> str:
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", text)).upper()
