"""Fresh documents that are no sheets of text: bills with codes, cards, plates, screens."""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np
import zxingcpp
from PIL import Image

from tests.fakes.privacy_layouts import Writer, portrait
from tests.fakes.privacy_sheet import LATIN, Hand, Sheet, has_chinese, poly
from tests.privacy_documents import SECRETS

_BY_TYPE = {row[0]: row for row in SECRETS}


def _waybill(chance: random.Random) -> Sheet:
    """A linear code with its digits below, a matrix code, and boxes of addresses."""
    size_px = chance.choice((22, 26))
    sheet = Sheet.blank(40 * size_px, 50 * size_px, (255, 255, 255))
    pen = Writer(sheet, Hand(chance.choice(LATIN), size_px), chance)
    number = _BY_TYPE["waybill"][1](chance)
    formats = zxingcpp.BarcodeFormat
    _code(sheet, number, formats.Code128, (3 * size_px, 2 * size_px, 28 * size_px, 5 * size_px))
    pen.y = 9 * size_px
    pen.put(number, 9 * size_px, "sensitive", "waybill")
    payload = f"https://example.com/t/{number}"
    _code(sheet, payload, formats.QRCode, (30 * size_px, 11 * size_px, 8 * size_px, 8 * size_px))
    pen.y = 13 * size_px
    for _ in range(4):
        box = (size_px, pen.y - 2 * size_px, 28 * size_px, pen.y + 3.6 * size_px)
        sheet.draw.rectangle(box, outline=(0, 0, 0), width=2)
        type_, value, label = pen.secret((_BY_TYPE["mobile"], _BY_TYPE["order"], _BY_TYPE["id"]))
        x = pen.put(f"{label or pen.prose()} ", pen.left)
        if not label or x + pen.hand.width_px(value) > 28 * size_px:
            pen.down()
            x = pen.left
        pen.put(value, x, "sensitive", type_)
        pen.y = box[3] + 3 * size_px
    return sheet


def _code(
    sheet: Sheet, payload: str, format_: zxingcpp.BarcodeFormat, box: tuple[int, int, int, int]
) -> None:
    left, top, width, height = box
    drawn = np.array(zxingcpp.write_barcode_to_image(zxingcpp.create_barcode(payload, format_)))
    dark = np.argwhere(drawn < 128)
    (first_row, first), (last_row, last) = dark.min(axis=0), dark.max(axis=0)
    tight = Image.fromarray(drawn[first_row : last_row + 1, first : last + 1]).convert("RGB")
    scale = max(1, width // tight.width)
    tight = tight.resize((tight.width * scale, max(height, 1)), Image.Resampling.NEAREST)
    if tight.height != height or width == height:
        tight = tight.resize((tight.width, tight.width), Image.Resampling.NEAREST)
    sheet.image.paste(tight, (left, top))
    sheet.codes.append({"poly": poly(left, top, left + tight.width, top + tight.height)})


def _card(chance: random.Random) -> Sheet:
    """An identity card and a payment card on one sheet, on patterned grounds."""
    size_px = chance.choice((24, 30))
    sheet = Sheet.blank(44 * size_px, 58 * size_px, (244, 244, 244))
    front = _ground(36 * size_px, 22 * size_px, (214, 230, 242), chance)
    pen = Writer(front, Hand("LiberationSans-Regular.ttf", size_px), chance)
    portrait(front, (25 * size_px, 3 * size_px), 11 * size_px)
    name = ("姓名 样本", "性别 女 民族 汉") if has_chinese() else ("Name Sample", "Sex F")
    for text in name:
        pen.put(text, pen.left)
        pen.down(2.4)
    pen.y = 19 * size_px
    x = pen.put("公民身份号码 " if has_chinese() else "ID No. ", pen.left)
    pen.put(_BY_TYPE["id"][1](chance), x, "sensitive", "id")
    sheet.paste(front, (4 * size_px, 3 * size_px), chance.choice((0, 0, 2)))
    back = _ground(36 * size_px, 22 * size_px, chance.choice(((32, 60, 110), (60, 20, 40))), chance)
    light = Hand("LiberationMono-Regular.ttf", round(1.5 * size_px), (225, 225, 218))
    number = _BY_TYPE["card"][1](chance)
    back.write(number, (2.5 * size_px, 13 * size_px), light, "sensitive", "card")
    small = Hand("LiberationSans-Regular.ttf", size_px, (225, 225, 218))
    back.write("SAMPLE BANK", (2.5 * size_px, 4 * size_px), small)
    back.write("A. SAMPLE", (2.5 * size_px, 19 * size_px), small)
    sheet.paste(back, (4 * size_px, 30 * size_px), chance.choice((0, 0, 2)))
    return sheet


def _ground(width: int, height: int, colour: tuple[int, int, int], chance: random.Random) -> Sheet:
    """Guilloche: waves of nearly the same colour."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    waves = np.sin(x / chance.uniform(9, 16) + 3 * np.sin(y / 37)) + np.sin(y / 11 + x / 53)
    picture = np.array(colour, np.float32) + 5.0 * waves[:, :, None]
    return Sheet(Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8)))


def _plate(chance: random.Random) -> Sheet:
    """A car's plate in a street, with an advertisement above it."""
    size_px = 60
    back = _ground(1200, 900, (120, 124, 128), chance)
    plain = chance.choice(((24, 60, 150), (24, 60, 150), (240, 196, 40)))
    ink = (245, 245, 245) if plain[2] > 100 else (20, 20, 20)
    plate = Sheet.blank(440, 140, plain)
    plate.draw.rectangle((4, 4, 435, 135), outline=ink, width=3)
    hand = Hand("LiberationSans-Regular.ttf", 84, ink)
    number = _BY_TYPE["plate"][1](chance).replace(" ", "")
    if not has_chinese():
        number = number[1:]
    apart = (410 - hand.width_px(number)) / len(number)
    plate.write(number, (15, 102), Hand(hand.latin, 84, ink, apart_px=apart), "sensitive", "plate")
    back.paste(plate, (chance.randint(150, 500), chance.randint(450, 600)))
    pen = Writer(back, Hand("LiberationSans-Regular.ttf", size_px, (250, 250, 250)), chance)
    x = pen.put("Tel ", 100)
    pen.put(_BY_TYPE["landline"][1](chance), x, "sensitive", "landline")
    return back


def _screen(chance: random.Random) -> Sheet:
    """A conversation on a telephone, light on dark or the other way round."""
    dark = chance.random() < 0.5
    ground, ink = ((18, 18, 20), (232, 232, 234)) if dark else ((237, 237, 237), (20, 20, 20))
    size_px = chance.choice((26, 32))
    sheet = Sheet.blank(30 * size_px, 60 * size_px, ground)
    pen = Writer(sheet, Hand("LiberationSans-Regular.ttf", size_px, ink), chance)
    while not pen.is_full:
        type_, value, label = pen.secret()
        mine = chance.random() < 0.5
        bubble = (40, 90, 60) if dark else (150, 236, 106)
        other = (44, 44, 48) if dark else (255, 255, 255)
        words = pen.prose() if chance.random() < 0.4 else ""
        text = words or (f"{label}: " if label else "")
        wide = max(pen.hand.width_px(text), pen.hand.width_px(value)) + 1.6 * size_px
        x = max(size_px, sheet.size[0] - wide - size_px) if mine else size_px
        box = (x, pen.y - 1.6 * size_px, x + wide, pen.y + (2.4 if not words else 0.8) * size_px)
        sheet.draw.rounded_rectangle(box, 0.4 * size_px, fill=bubble if mine else other)
        if text:
            pen.put(text, x + 0.8 * size_px)
            pen.down(1.5)
        if not words:
            pen.put(value, x + 0.8 * size_px, "sensitive", type_)
        pen.y = box[3] + 2.6 * size_px
    return sheet


SCENES: tuple[Callable[[random.Random], Sheet], ...] = (_waybill, _card, _plate, _screen)
