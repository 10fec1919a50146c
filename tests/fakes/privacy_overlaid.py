"""Lines of numbers with a red seal or a grey watermark across them."""

from __future__ import annotations

import random

import numpy as np
from PIL import Image, ImageDraw

from tests.fakes.privacy_sheet import CHINESE, Hand, Sheet, font
from tests.privacy_documents import SECRETS

_BY_TYPE = {row[0]: row[1] for row in SECRETS}
_RED = (215, 40, 45)
_PALE = (165, 165, 165)
_SIZE = (760, 520)


def sealed(chance: random.Random) -> Sheet:
    """A round seal on every number, its characters on the digits themselves."""
    sheet, ends = _lines(chance, ("account", "credit", "card"), "LiberationSerif-Regular.ttf")
    over = Image.new("RGB", _SIZE, (255, 255, 255))
    draw = ImageDraw.Draw(over)
    for x, y in ends:
        draw.ellipse((x - 70, y - 75, x + 70, y + 65), outline=_RED, width=6)
        draw.text((x - 60, y - 14), "示范公司合同章", font=font(CHINESE, 18), fill=_RED)
    return _laid(sheet, over)


def watermarked(chance: random.Random) -> Sheet:
    """Slanting words all over the page."""
    sheet, _ = _lines(chance, ("email", "order", "landline"), "LiberationSans-Regular.ttf")
    over = Image.new("RGB", (1200, 1200), (255, 255, 255))
    draw = ImageDraw.Draw(over)
    for row in range(7):
        for column in range(3):
            at = column * 520 - 60 * (row % 2), 60 + 170 * row
            draw.text(at, "仅供内部使用 CONFIDENTIAL", font=font(CHINESE, 34), fill=_PALE)
    turned = over.rotate(28, fillcolor=(255, 255, 255))
    return _laid(sheet, turned.crop((220, 340, 220 + _SIZE[0], 340 + _SIZE[1])))


def _lines(
    chance: random.Random, types: tuple[str, ...], latin: str
) -> tuple[Sheet, list[tuple[float, float]]]:
    """One number below the other, and where each has its middle."""
    sheet = Sheet.blank(*_SIZE, (255, 255, 255))
    hand = Hand(latin, 25)
    labels = {row[0]: next(one for one in row[2] if one > "\u2e80") for row in SECRETS[:9]}
    labels["order"] = "订单号"
    middles = []
    for number, type_ in enumerate(types):
        y = 110.0 + 150 * number
        x = sheet.write(f"联系人信息 {labels[type_]}：", (60, y), hand)
        end = sheet.write(_BY_TYPE[type_](chance), (x, y), hand, "sensitive", type_)
        middles.append(((x + end) / 2, y))
    return sheet, middles


def _laid(sheet: Sheet, over: Image.Image) -> Sheet:
    """The sheet with ink that lets through what is under it."""
    sheet.image = Image.fromarray(np.minimum(sheet.picture(), np.asarray(over)))
    return sheet
