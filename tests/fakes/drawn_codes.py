"""Pages with one code each, drawn, turned, blurred and soiled; and pages with none."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

SIZE = (800, 600)
TEXTS = {
    "EAN13": "2975337727471",
    "Code128": "ABC-123456",
    "Code39": "ABC123",
    "ITF": "12345678901231",
    "QRCode": "https://example.com/t?no=SF3161147076551",
    "DataMatrix": "hello world 12345",
    "Aztec": "hello aztec 123",
    "PDF417": "hello world 12345",
}
MATRIX = frozenset({"QRCode", "DataMatrix", "Aztec", "PDF417"})


@dataclass(frozen=True)
class Wear:
    """How a code is drawn.

    Attributes:
        module_px: Width of its smallest stripe.
        blur_px: Standard deviation of the blur.
        noise: Standard deviation of the grain, of 255.
        degrees: By how much it is turned.
        inverted: Light on dark.
    """

    module_px: int = 3
    blur_px: float = 0.0
    noise: float = 4.0
    degrees: float = 0.0
    inverted: bool = False


def code_page(kind: str, wear: Wear) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """``(600, 800, 3)`` uint8 RGB, and the corners ``(4, 2)`` of the code's ink."""
    made = zxingcpp.create_barcode(TEXTS[kind], getattr(zxingcpp.BarcodeFormat, kind))
    drawn = np.squeeze(np.array(made.to_image(scale=wear.module_px, add_quiet_zones=False)))
    if kind not in MATRIX:
        drawn = np.repeat(drawn[:1], drawn.shape[1] // 3, axis=0)
    height, width = drawn.shape
    page = np.full((SIZE[1], SIZE[0]), 235, np.uint8)
    left, top = (SIZE[0] - width) // 2, (SIZE[1] - height) // 2
    page[top : top + height, left : left + width] = (drawn > 128) * 235
    corners = np.array(
        [(left, top), (left + width, top), (left + width, top + height), (left, top + height)],
        np.float32,
    )
    move = cv2.getRotationMatrix2D((SIZE[0] / 2, SIZE[1] / 2), wear.degrees, 1.0)
    page = cv2.warpAffine(page, move, SIZE, borderValue=235, flags=cv2.INTER_AREA)
    if wear.blur_px:
        page = cv2.GaussianBlur(page, (0, 0), wear.blur_px)
    grain = np.random.default_rng(11).normal(0, wear.noise, page.shape)
    page = np.clip(page + grain, 0, 255).astype(np.uint8)
    if wear.inverted:
        page = 255 - page
    quad = cv2.transform(corners[None], move)[0].astype(np.float32)
    return np.repeat(page[:, :, None], 3, axis=2), quad
