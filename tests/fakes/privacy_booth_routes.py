"""Route ``privacy`` itself, for whole booths, with a reader that fails as each page wishes.

A page says in its first pixel how the reader shall end on it; otherwise the reader sees the two
lines of every such page for as long as their ink shows, and nothing else is loaded.
"""

from __future__ import annotations

import enum
import io
import os
import signal
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from unittest import mock

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from daemon.domain.privacy.page import Line, Page
from daemon.errors import EngineError
from daemon.imaging.masking import box_quad
from daemon.routes.base import Context, Outcome, StagedFile
from daemon.routes.privacy import ROUTE
from tests.fakes.privacy_oracle import engines_with

NUMBER = "13800000123"
WORDS = "keep this"
NUMBER_BOX, WORDS_BOX = (40, 40, 260, 64), (40, 120, 220, 144)
FOR_EVER_S = 3600.0


class Wish(enum.IntEnum):
    """How the reader ends on a page; ``PROOF``: only where it reads the masked page."""

    GOOD = 0
    PACKAGE_ABSENT = 1
    WEIGHTS_CHANGED = 2
    RAISES = 3
    RAISES_AT_PROOF = 4
    SURPRISES = 5
    KILLED = 6
    KILLED_ONCE = 7  # at the proof of the first attempt
    HANGS_AT_PROOF = 8
    BLIND = 9
    BLIND_AT_PROOF = 10


def page_png(wish: Wish) -> bytes:
    """A page with a number and words: ``(200, 300)`` pixels."""
    srgb = np.full((200, 300, 3), 255, np.uint8)
    for left, top, right, bottom in (NUMBER_BOX, WORDS_BOX):
        srgb[top:bottom:4, left:right:3] = 0
        srgb[top + 1 : bottom : 4, left:right:2] = 0
    srgb[0, 0] = (255 - wish, 255, 255)
    buffer = io.BytesIO()
    Image.fromarray(srgb).save(buffer, "PNG")
    return buffer.getvalue()


class FailingReader:
    """Reads the page, unless it wishes otherwise.

    Args:
        attempt: Number of the job's attempt.
    """

    def __init__(self, attempt: int) -> None:
        self._attempt = attempt

    def read(self, srgb: NDArray[np.uint8], *, second_look: bool = False) -> Page:
        wish = Wish(255 - int(srgb[0, 0, 0]))
        self._fail(wish, proof=second_look)
        lines = (Line(NUMBER, box_quad(*NUMBER_BOX), 0.99), Line(WORDS, box_quad(*WORDS_BOX), 0.99))
        blind = wish is Wish.BLIND or (wish is Wish.BLIND_AT_PROOF and second_look)
        seen = () if blind else tuple(line for line in lines if _shows(srgb, line))
        return Page(seen, srgb.shape[1], srgb.shape[0])

    def _fail(self, wish: Wish, *, proof: bool) -> None:
        if wish is Wish.PACKAGE_ABSENT:
            _real_reader(package="no_such_package")
        if wish is Wish.WEIGHTS_CHANGED:
            _real_reader(sha256="0" * 64)
        if wish is Wish.SURPRISES:
            message = f"cannot make sense of {NUMBER}"
            raise ValueError(message)
        if wish is Wish.RAISES or (wish is Wish.RAISES_AT_PROOF and proof):
            message = f"the network failed at {NUMBER}"
            raise EngineError(message)
        once = wish is Wish.KILLED_ONCE and self._attempt == 1
        if wish is Wish.KILLED or (once and proof):
            os.kill(os.getpid(), signal.SIGKILL)
        if wish is Wish.HANGS_AT_PROOF and proof:
            time.sleep(FOR_EVER_S)


def _real_reader(**changed: str) -> None:
    """The booth's own reader, where one of its files is not there or not the one tested."""
    from daemon.engines.rapidocr import networks
    from daemon.engines.rapidocr.adapter import RapidOcr

    with mock.patch.object(networks, "DETECTOR", replace(networks.DETECTOR, **changed)):
        RapidOcr(1)


def _shows(srgb: NDArray[np.uint8], line: Line) -> bool:
    (left, top), (right, bottom) = line.quad.top_left, line.quad.bottom_right
    part = srgb[int(top) : int(bottom), int(left) : int(right)]
    return float(cv2.cvtColor(part, cv2.COLOR_RGB2GRAY).std()) > 20


class Failing:
    """The route as it is, with that reader."""

    opens_file = True
    writes_files = True

    def parse_options(self, raw: Mapping[str, object]) -> Any:
        return ROUTE.parse_options(raw)

    def run(self, photo: StagedFile, options: Any, context: Context) -> Outcome:
        attempt = int(context.folder.name)
        with engines_with(FailingReader(attempt)) as engines:
            return ROUTE.run(photo, options, replace(context, engines=engines))


ROUTES: Mapping[str, Any] = {"privacy": Failing()}
