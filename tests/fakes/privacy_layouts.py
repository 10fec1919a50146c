"""Sheets of text by chance: letters, contracts, tables, mixed directions, passports.

Numbers and labels are those of ``tests.privacy_documents``; the drawing is independent of the
samples.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from PIL import Image

from tests.fakes.privacy_sheet import LATIN, MONO, Hand, Sheet, has_chinese, poly
from tests.privacy_documents import NUMERIC, SECRETS, WORDS

Row = tuple[str, Callable[[random.Random], str], tuple[str, ...]]
_RED = (196, 30, 36)
_TYPED_WRONG = 0.04  # letters O and l for digits
_STRONG = {"mobile", "id", "card", "credit", "email", "ssn", "iban"}


class Writer:
    """Writes down a sheet line by line."""

    def __init__(self, sheet: Sheet, hand: Hand, chance: random.Random) -> None:
        self.sheet, self.hand, self.chance = sheet, hand, chance
        self.left = 2.5 * hand.size_px
        self.y = 3.0 * hand.size_px

    @property
    def right(self) -> float:
        return self.sheet.size[0] - 2.0 * self.hand.size_px

    @property
    def is_full(self) -> bool:
        return self.y > self.sheet.size[1] - 4 * self.hand.size_px

    def down(self, heights: float = 1.7) -> float:
        self.y += heights * self.hand.size_px
        return self.y

    def put(self, text: str, x: float, kind: str = "keep", type_: str = "") -> float:
        return self.sheet.write(text, (x, self.y), self.hand, kind, type_)

    def secret(self, rows: tuple[Row, ...] = ()) -> tuple[str, str, str]:
        """Type, value and label of a number that must go; labels of the sheet's own script."""
        type_, make, labels = self.chance.choice(rows or SECRETS)
        there = [one for one in labels if has_chinese() or one.isascii()]
        label = self.chance.choice([one for one in there if one] or ["No."])
        if "" in there and self.chance.random() < 0.15:
            label = ""
        value = make(self.chance)
        if type_ in {"id", "mobile", "card"} and label and self.chance.random() < _TYPED_WRONG:
            return f"{type_} confused", value.replace("0", "O").replace("1", "l", 1), label
        return type_, value, label

    def prose(self) -> str:
        return self.chance.choice([one for one in WORDS if has_chinese() or one.isascii()])

    def fits(self, text: str, x: float) -> bool:
        return x + self.hand.width_px(text) <= self.right


def _sentence(pen: Writer) -> None:
    type_, value, label = pen.secret()
    before = pen.prose()
    joint = pen.chance.choice(("：", ": ")) if has_chinese() else ": "
    x = pen.left
    if pen.fits(f"{before}, {label}{joint}{value}", x):
        x = pen.put(f"{before}, ", x)
    if label:
        x = pen.put(f"{label}{joint}", x)
    if not pen.fits(value, x):
        pen.down()
        x = pen.left
    x = pen.put(value, x, "sensitive", type_)
    if pen.chance.random() < 0.4 and pen.fits(". Thank you", x):
        pen.put(". Thank you", x)


def _wrapped(pen: Writer) -> None:
    """A number that runs over the right margin and goes on in the next line."""
    type_, value, label = pen.secret(tuple(row for row in SECRETS if row[0] in _STRONG))
    value = value.replace(" ", "")
    at = pen.chance.randrange(4, len(value) - 4)
    head, tail = value[:at], value[at:]
    text = f"{label}: " if label else ""
    room = pen.right - pen.left - pen.hand.width_px(text + head)
    filler = "The parties confirm the following particulars and will report every change of them: "
    while filler and pen.hand.width_px(filler) > room:
        filler = filler[1:]
    x = pen.put(filler, pen.left) if filler.strip() else pen.left
    x = pen.put(text, x) if text else x
    pen.put(head, x, "sensitive", f"{type_} wrapped")
    pen.down(1.6)
    x = pen.put(tail, pen.left, "sensitive", f"{type_} wrapped")
    pen.put(" as agreed.", x)


def _numeric(pen: Writer) -> None:
    value = pen.chance.choice(NUMERIC)(pen.chance)
    if not has_chinese() and not value.isascii():
        return
    labels = ("签订日期：", "金额：", "合同编号：", "Total: ", "Ref: ")
    x = pen.put(pen.chance.choice(labels if has_chinese() else labels[-2:]), pen.left)
    pen.put(value, x, "numeric", "numeric")


def _combed(pen: Writer) -> None:
    """Every digit in a box of its own, as on forms."""
    type_, value, label = pen.secret(tuple(row for row in SECRETS if row[0] in {"mobile", "id"}))
    value = "".join(one for one in value if one.isalnum())
    cell = 1.35 * pen.hand.size_px
    x = pen.put(f"{label}: ", pen.left) + 0.5 * pen.hand.size_px if label else pen.left
    if x + cell * len(value) > pen.right:
        pen.down(2.0)
        x = pen.left
    first = len(pen.sheet.spans)
    for at, glyph in enumerate(value):
        box = (x + at * cell, pen.y - 1.1 * pen.hand.size_px, x + (at + 1) * cell, pen.y + 6)
        pen.sheet.draw.rectangle(box, outline=(90, 90, 96))
        inset = (cell - pen.hand.width_px(glyph)) / 2
        pen.put(glyph, x + at * cell + inset, "sensitive", f"{type_} combed")
    _as_one(pen.sheet, first, value)


def _as_one(sheet: Sheet, first: int, text: str) -> None:
    """Join the spans of single glyphs: one number is one sequence."""
    parts = sheet.spans[first:]
    if not parts:
        return
    chars = [one for part in parts for one in part["chars"]]
    spots = np.array([corner for one in chars for corner in one["poly"]])
    whole = poly(*spots.min(axis=0).tolist(), *spots.max(axis=0).tolist())
    sheet.spans[first:] = [{**parts[0], "text": text, "poly": whole, "chars": chars}]


def _spaced(pen: Writer) -> None:
    """A number in groups set far apart, or cut in two cells."""
    type_, value, label = pen.secret(tuple(row for row in SECRETS if row[0] in {"card", "id"}))
    value = "".join(one for one in value if one.isalnum())
    x = pen.put(f"{label}: ", pen.left) if label else pen.left
    gap = pen.chance.uniform(0.5, 1.1) * pen.hand.size_px
    first = len(pen.sheet.spans)
    for at in range(0, len(value), 4):
        x = pen.put(value[at : at + 4], x, "sensitive", f"{type_} spaced") + gap
    _as_one(pen.sheet, first, value)


def _labelled_above(pen: Writer) -> None:
    x = pen.left + pen.chance.choice((0, 8)) * pen.hand.size_px
    type_, value, label = pen.secret()
    if label:
        pen.put(label, x)
        pen.down()
    pen.put(value, x, "sensitive", type_)


def _prose(pen: Writer) -> None:
    pen.put(pen.prose(), pen.left)


PARTS = (
    _sentence, _sentence, _sentence, _numeric, _prose, _prose, _wrapped, _combed, _spaced,
    _labelled_above,
)  # fmt: skip


def _letter(chance: random.Random) -> Sheet:
    """Running text with numbers in it, down to a foot of small print."""
    size_px = chance.choice((18, 20, 22, 26, 30))
    sheet = Sheet.blank(44 * size_px, chance.randint(42, 60) * size_px)
    pen = Writer(sheet, _hand(chance, size_px), chance)
    while not pen.is_full:
        chance.choice(PARTS)(pen)
        pen.down()
    small = Writer(sheet, replace(pen.hand, size_px=max(10, round(0.6 * size_px))), chance)
    small.left, small.y = pen.left, sheet.size[1] - 1.6 * size_px
    _sentence(small)
    return sheet


def _contract(chance: random.Random) -> Sheet:
    """A letter with a red seal over its end, and a paragraph along the edge."""
    sheet = _letter(chance)
    width, height = sheet.size
    radius = round(0.09 * width)
    x, y = width - 2.4 * radius, height - 2.6 * radius
    for inset in range(4):
        box = (x - radius + inset, y - radius + inset, x + radius - inset, y + radius - inset)
        sheet.draw.ellipse(box, outline=_RED)
    hand = Hand("LiberationSans-Regular.ttf", max(11, round(0.17 * radius)), _RED)
    if chance.random() < 0.5:
        number = f"110105{chance.randrange(10**6, 10**7)}"
        place = (x - hand.width_px(number) / 2, y + 0.6 * radius)
        beside, apart = 4 * hand.size_px, 2 * hand.size_px
        right = place[0] + hand.width_px(number) + beside
        _clear(sheet, (place[0] - beside, place[1] - apart, right, place[1] + apart))
        sheet.write(number, place, hand, "sensitive", "seal")
    return sheet


def _clear(sheet: Sheet, box: tuple[float, float, float, float]) -> None:
    """Take away what would lie under a stamp's number, with its truth."""
    kept = []
    for span in sheet.spans:
        spots = np.array(span["poly"])
        low, high = spots.min(axis=0), spots.max(axis=0)
        if high[0] < box[0] or low[0] > box[2] or high[1] < box[1] or low[1] > box[3]:
            kept.append(span)
        else:
            sheet.draw.rectangle((*(low - 3), *(high + 3)), fill=(251, 251, 248))
    sheet.spans = kept


def _table(chance: random.Random) -> Sheet:
    """Rows of people with numbers, ruled or not, some of it small."""
    size_px = chance.choice((13, 15, 18, 22))
    hand = _hand(chance, size_px)
    columns = chance.sample([row for row in SECRETS if row[0] not in {"plate", "passport"}], 3)
    heads = [[one for one in row[2] if one and (has_chinese() or one.isascii())] for row in columns]
    titles = ["No", "Name", *(chance.choice(one) if one else "No." for one in heads)]
    rows = []
    for at in range(chance.randint(8, 18)):
        name = chance.choice(("张伟明", "李娜", "欧阳明月") if has_chinese() else ("Li Na", "Wu"))
        rows.append([str(at + 1), name, *(make(chance) for _, make, _ in columns)])
    wide = [
        max(hand.width_px(row[at]) for row in [titles, *rows]) + 1.4 * size_px for at in range(5)
    ]
    sheet = Sheet.blank(round(sum(wide) + 5 * size_px), round((len(rows) + 5) * 1.9 * size_px))
    kinds = [("keep", ""), ("keep", ""), *(("sensitive", row[0]) for row in columns)]
    ruled = chance.random() < 0.7
    for number, row in enumerate([titles, *rows]):
        y, x = (3.4 + 1.9 * number) * size_px, 2.5 * size_px
        for at, text in enumerate(row):
            if ruled:
                top = y - 1.3 * size_px
                sheet.draw.rectangle((x, top, x + wide[at], top + 1.9 * size_px), outline=(70,) * 3)
            kind, type_ = kinds[at] if number else ("keep", "")
            sheet.write(text, (x + 0.7 * size_px, y), hand, kind, type_)
            x += wide[at]
    return sheet


def _mixed(chance: random.Random) -> Sheet:
    """Blocks in every quarter turn on one page."""
    size_px = chance.choice((20, 24))
    sheet = Sheet.blank(54 * size_px, 58 * size_px)
    for number, quarters in enumerate(chance.sample(range(4), 4)):
        block = Sheet.blank(26 * size_px, 26 * size_px)
        pen = Writer(block, _hand(chance, size_px), chance)
        pen.left = size_px
        for _ in range(chance.randint(4, 6)):
            chance.choice((_sentence, _labelled_above, _prose))(pen)
            pen.down(2.2)
        at = (number % 2 * 27 * size_px, number // 2 * 29 * size_px)
        sheet.paste(block, at, quarters)
    return sheet


def _passport(chance: random.Random) -> Sheet:
    """A page with a portrait and two machine-readable lines."""
    size_px = chance.choice((24, 28))
    sheet = Sheet.blank(44 * size_px, 31 * size_px, (233, 240, 232))
    pen = Writer(sheet, _hand(chance, size_px), chance)
    pen.left = 15 * size_px
    number = chance.choice("EGD") + str(chance.randrange(10**7, 10**8))
    portrait(sheet, (3 * size_px, 5 * size_px), 9 * size_px)
    for label, value, kind, type_ in (
        ("Type / Code", "P  CHN", "keep", ""), ("Passport No.", number, "sensitive", "passport"),
        ("Surname", "SAMPLE", "keep", ""), ("Given names", "ANNA MARIA", "keep", ""),
        ("Date of birth", "07 MAR 1984", "numeric", "date"),
        ("Authority", "EXIT OFFICE", "keep", ""),
    ):  # fmt: skip
        pen.put(label, pen.left)
        pen.put(value, pen.left + 10 * size_px, kind, type_)
        pen.down(2.6)
    zone = Hand(MONO, round(1.3 * size_px), apart_px=0.05 * size_px)
    pen.y = 25 * size_px
    for line in machine_lines(number, chance):
        zone_px = zone.width_px(line)
        fitting = replace(zone, size_px=round(zone.size_px * 40 * size_px / zone_px))
        sheet.write(line, (2 * size_px, pen.y), fitting, "sensitive", "mrz")
        pen.down(2.4)
    return sheet


def portrait(sheet: Sheet, at: tuple[int, int], height_px: int) -> None:
    """A face (public domain, from scikit-image), where that is installed."""
    try:
        from skimage import data
    except ImportError:
        return
    head = Image.fromarray(data.astronaut()[0:256, 112:336]).resize(
        (round(height_px * 224 / 256), height_px)
    )
    sheet.image.paste(head, at)
    scale = height_px / 256
    left, top = at[0] + 58 * scale, at[1] + 56 * scale
    sheet.faces.append({"poly": poly(left, top, left + 98 * scale, top + 128 * scale)})


def machine_lines(number: str, chance: random.Random) -> tuple[str, str]:
    """Two lines of 44 with right check digits. Source: ICAO 9303-3, 4.9."""
    first = "P<CHNSAMPLE<<ANNA<MARIA".ljust(44, "<")
    born = f"84{chance.randint(1, 12):02d}{chance.randint(1, 28):02d}"
    until = f"31{chance.randint(1, 12):02d}{chance.randint(1, 28):02d}"
    document = f"{number:<9}".replace(" ", "<")
    parts = [document + _check(document), born + _check(born), until + _check(until)]
    personal = "<" * 14
    whole = parts[0] + parts[1] + parts[2] + personal + "<"
    return first, f"{parts[0]}CHN{parts[1]}F{parts[2]}{personal}<{_check(whole)}"


def _check(text: str) -> str:
    values = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    worth = [0 if one == "<" else values.index(one) for one in text]
    return str(sum(one * (7, 3, 1)[at % 3] for at, one in enumerate(worth)) % 10)


def _hand(chance: random.Random, size_px: int) -> Hand:
    return Hand(chance.choice(LATIN), size_px)


def full_page(width: int, height: int, seed: int) -> Sheet:
    """A page written from top to bottom, as large in its proportions at every resolution."""
    chance = random.Random(f"full {seed}")
    size_px = round(width / 56)
    sheet = Sheet.blank(width, height)
    pen = Writer(sheet, Hand("LiberationSerif-Regular.ttf", size_px), chance)
    while not pen.is_full:
        chance.choice(PARTS)(pen)
        pen.down()
    return sheet


LAYOUTS: tuple[Callable[[random.Random], Sheet], ...] = (
    _letter, _contract, _table, _mixed, _passport, _table,
)  # fmt: skip
