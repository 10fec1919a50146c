"""Pages with numbers on them, drawn by chance, with the place of every glyph."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

_FONTS = (
    "wqy-microhei.ttc", "DejaVuSans.ttf", "DejaVuSerif.ttf", "LiberationSans-Regular.ttf",
    "LiberationSerif-Regular.ttf", "LiberationMono-Regular.ttf",
)  # fmt: skip
_CHINESE = "wqy-microhei.ttc"
_LABELS = {
    True: (("身份证号码：", "cn_resident_id"), ("联系电话：", "cn_mobile"), ("账号：", "bank_card"),
           ("邮箱：", "email")),
    False: (("Phone: ", "cn_mobile"), ("Card no. ", "bank_card"), ("ID no. ", "cn_resident_id"),
            ("E-mail: ", "email")),
}  # fmt: skip
_PROSE = {
    True: ("双方应当共同遵守本合同的各项约定", "提交样例仲裁委员会进行仲裁", "收款方式为银行转账"),
    False: ("This agreement is made between the parties", "Please keep this letter safe",
            "All names are invented"),
}  # fmt: skip


@dataclass
class Drawn:
    """A page and its truth, in the shape of ``truth.json``.

    Attributes:
        srgb: ``(H, W, 3)`` uint8 RGB.
        truth: ``spans`` with kinds and polygons.
        dpi: Nothing but a name for the table.
    """

    srgb: NDArray[np.uint8]
    truth: dict[str, Any]
    name: str = ""


@dataclass
class _Sheet:
    image: Image.Image
    draw: ImageDraw.ImageDraw
    spans: list[dict[str, Any]] = field(default_factory=list)

    def write(self, text: str, at: tuple[float, float], font: Any, kind: str, type_: str) -> float:
        x, y = at
        chars = []
        for index, glyph in enumerate(text):
            here = x + font.getlength(text[:index])
            box = self.draw.textbbox((here, y), glyph, font=font)
            if not glyph.isspace():
                chars.append({"c": glyph, "poly": _poly(*box)})
            self.draw.text((here, y), glyph, font=font, fill=(20, 20, 24))
        box = self.draw.textbbox((x, y), text, font=font)
        self.spans.append(
            {"type": type_, "kind": kind, "text": text, "poly": _poly(*box), "chars": chars}
        )
        return x + font.getlength(text)


def _poly(left: float, top: float, right: float, bottom: float) -> list[list[float]]:
    return [[left, top], [right, top], [right, bottom], [left, bottom]]


def fonts() -> list[Path]:
    """Fonts of this machine that pages can be drawn with."""
    folder = Path("/usr/share/fonts")
    return [path for name in _FONTS for path in sorted(folder.rglob(name))]


def page(seed: int) -> Drawn:
    """A page with eight to fourteen lines, turned and worn as chance has it."""
    chance = random.Random(seed)
    there = fonts()
    path = chance.choice(there) if there else None
    chinese = path is not None and path.name == _CHINESE
    size_px = chance.randint(18, 40)
    font = ImageFont.truetype(str(path), size_px) if path else ImageFont.load_default(size_px)
    width, rows = 36 * size_px, chance.randint(8, 14)
    image = Image.new("RGB", (width, (rows + 3) * size_px * 2), (252, 252, 250))
    sheet = _Sheet(image, ImageDraw.Draw(image))
    for row in range(rows):
        y = (1.5 + row) * size_px * 2
        if chance.random() < 0.35:
            sheet.write(chance.choice(_PROSE[chinese]), (size_px * 2, y), font, "keep", "")
            continue
        label, type_ = chance.choice(_LABELS[chinese])
        x = sheet.write(label, (size_px * 2, y), font, "keep", "")
        sheet.write(value(type_, chance), (x, y), font, "sensitive", type_)
    return _worn(sheet, chance, f"{path.name if path else 'default'} {size_px} px")


def value(type_: str, chance: random.Random) -> str:
    """An invented number of a type, check digit included."""
    if type_ == "cn_mobile":
        return f"139{chance.randint(10**7, 10**8 - 1)}"
    if type_ == "email":
        return f"sample{chance.randint(100, 999)}@example.com"
    if type_ == "bank_card":
        return _with_luhn("62" + "".join(str(chance.randint(0, 9)) for _ in range(13)))
    day = f"{chance.randint(1950, 2005)}{chance.randint(1, 12):02d}{chance.randint(1, 28):02d}"
    body = f"110101{day}{chance.randint(1, 999):03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(d) * w for d, w in zip(body, weights, strict=True))
    return body + "10X98765432"[total % 11]


def _with_luhn(body: str) -> str:
    total = 0
    for at, digit in enumerate(reversed(body)):
        doubled = int(digit) * (2 if at % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return body + str(-total % 10)


def _worn(sheet: _Sheet, chance: random.Random, name: str) -> Drawn:
    picture = np.asarray(sheet.image, np.uint8)
    angle = chance.choice((0, 0, 90, 180, 270)) + chance.choice((0.0, chance.uniform(-15, 15)))
    picture, way = _turned(picture, angle)
    noise = np.random.default_rng(chance.randint(0, 2**31))
    if chance.random() < 0.5:
        spread = chance.uniform(2, 8)
        picture = np.clip(picture + noise.normal(0, spread, picture.shape), 0, 255).astype(np.uint8)
    if chance.random() < 0.4:
        _, packed = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 55])
        picture = np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8)
    for span in sheet.spans:
        span["poly"] = _moved(span["poly"], way)
        for glyph in span["chars"]:
            glyph["poly"] = _moved(glyph["poly"], way)
    truth = {"spans": sheet.spans, "faces": [], "codes": []}
    return Drawn(picture, truth, f"{name} {angle:.0f} deg")


def _turned(
    picture: NDArray[np.uint8], angle_deg: float
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    height, width = picture.shape[:2]
    way = cv2.getRotationMatrix2D((width / 2, height / 2), -angle_deg, 1.0)
    corners = np.array(_poly(0, 0, width, height)) @ way[:, :2].T + way[:, 2]
    low, high = corners.min(axis=0), corners.max(axis=0)
    way[:, 2] -= low
    size = int(np.ceil(high[0] - low[0])), int(np.ceil(high[1] - low[1]))
    turned = cv2.warpAffine(picture, way, size, flags=cv2.INTER_CUBIC, borderValue=(230, 228, 225))
    return np.asarray(turned, np.uint8), np.asarray(way)


def _moved(poly: list[list[float]], way: NDArray[np.float64]) -> list[list[float]]:
    moved: list[list[float]] = (np.array(poly) @ way[:, :2].T + way[:, 2]).tolist()
    return moved
