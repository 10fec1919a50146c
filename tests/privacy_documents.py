"""Random documents as an ideal reader hands them over: numbers in Chinese and English contexts.

Written apart from the samples: other labels, other sentences, other layouts. Numbers are made with
right check digits by brute force over the last place, so that nothing here repeats a formula.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from daemon.domain.privacy.national import SCHEMES
from daemon.domain.privacy.page import Line, Page, Quad

PLACES = ("110199", "310199", "440399", "510199", "330199", "810000", "659099")
_CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def _digits(rng: random.Random, count: int) -> str:
    return "".join(rng.choice("0123456789") for _ in range(count))


def _with_check(body: str, scheme: str, alphabet: str = "0123456789X") -> str:
    for last in alphabet:
        if SCHEMES[scheme](body + last):
            return body + last
    return ""


def _resident(rng: random.Random) -> str:
    day = dt.date(1940, 1, 1) + dt.timedelta(rng.randrange(28000))
    body = f"{rng.choice(PLACES)}{day:%Y%m%d}{_digits(rng, 3)}"
    return _with_check(body, "iso7064_mod11_2")


def _mobile(rng: random.Random) -> str:
    number = rng.choice(["138", "150", "186", "199", "177"]) + "0000" + _digits(rng, 4)
    shapes = ("{0}{1}{2}", "{0}-{1}-{2}", "{0} {1} {2}", "+86 {0}{1}{2}", "86-{0}{1}{2}")
    return rng.choice(shapes).format(number[:3], number[3:7], number[7:])


def _landline(rng: random.Random) -> str:
    local = rng.choice("2345678") + _digits(rng, 7)
    return rng.choice(["010-", "0755-", "021 ", "(0571)", "028"]) + local


def _card(rng: random.Random) -> str:
    front, length = rng.choice([("629999", 16), ("629999", 19), ("4999", 16), ("5599", 16)])
    number = _with_check(front + _digits(rng, length - len(front) - 1), "luhn", "0123456789")
    joint = rng.choice(["", " ", "-"])
    return joint.join(number[at : at + 4] for at in range(0, len(number), 4))


def _credit(rng: random.Random) -> str:
    body = "91" + rng.choice(PLACES) + "".join(rng.choice(_CREDIT) for _ in range(9))
    return _with_check(body, "gb32100_mod31", _CREDIT)


def _email(rng: random.Random) -> str:
    name = rng.choice(["li.na", "wang_wu", "zhao-1", "info", "x.y.z"]) + _digits(rng, 2)
    return f"{name}@{rng.choice(['example.com', 'mail.example.org', 'example.co.uk'])}"


def _passport(rng: random.Random) -> str:
    return rng.choice(["E", "G", "EA", "EK"]) + _digits(rng, 7) + rng.choice(["", "8"])


def _plate(rng: random.Random) -> str:
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZ"
    tail = "".join(rng.choice(letters + "0123456789") for _ in range(4)) + rng.choice("0123456789")
    return rng.choice("京沪粤苏浙川") + rng.choice(letters) + rng.choice(["", "·", " "]) + tail


def _account(rng: random.Random) -> str:
    return "0" + _digits(rng, rng.randrange(11, 18))


def _ssn(rng: random.Random) -> str:
    return f"{rng.randrange(100, 600)}-{rng.randrange(10, 99)}-{rng.randrange(1000, 9999)}"


def _us_phone(rng: random.Random) -> str:
    area, local = rng.choice(["202", "312", "415"]), f"555-01{_digits(rng, 2)}"
    return rng.choice([f"({area}) {local}", f"+1 ({area}) {local}", f"{area}-{local}"])


def _iban(rng: random.Random) -> str:
    body = _digits(rng, 18)
    number = next(
        value for check in range(2, 99) if SCHEMES["mod97_10"](value := f"DE{check:02d}{body}")
    )
    joint = rng.choice(["", " "])
    return joint.join(number[at : at + 4] for at in range(0, len(number), 4))


def _waybill(rng: random.Random) -> str:
    return rng.choice(["SF", "YT", "JD"]) + _digits(rng, 13)


def _order(rng: random.Random) -> str:
    return _digits(rng, rng.choice([15, 16, 18, 20]))


# Type, maker, labels.
SECRETS: tuple[tuple[str, Callable[[random.Random], str], tuple[str, ...]], ...] = (
    ("id", _resident, ("身份证号", "公民身份号码", "证件号码", "法人身份证", "ID No.", "")),
    ("mobile", _mobile, ("手机", "联系方式", "紧急联系人", "Mobile", "收货人电话", "")),
    ("landline", _landline, ("电话", "办公电话", "传真", "Tel", "")),
    ("card", _card, ("银行卡号", "工资卡", "收款账号", "Card number", "")),
    ("credit", _credit, ("统一社会信用代码", "纳税人识别号", "税号", "")),
    ("email", _email, ("邮箱", "E-mail", "")),
    ("passport", _passport, ("护照号码", "Passport No.", "护 照 号")),
    ("plate", _plate, ("车牌号", "号牌", "")),
    ("account", _account, ("账号", "开户行及账号", "Account number")),
    ("ssn", _ssn, ("SSN", "Social Security No.", "")),
    ("us_phone", _us_phone, ("Phone", "Fax", "")),
    ("iban", _iban, ("IBAN", "")),
    ("waybill", _waybill, ("运单号", "快递单号", "")),
    ("order", _order, ("订单编号", "订单号", "交易单号")),
)

WORDS = (
    "双方本着平等自愿的原则订立本协议",
    "第三条 乙方应在收到货物后3日内验收",
    "共 2 页 第 1 页",
    "保修期12个月，终身维护",
    "付款比例为30%，余款于验收后付清",
    "The tenant shall keep the premises clean",
    "Please reply within 14 days of receipt",
    "See section 4.2 of the general terms",
    "会议室A座3层 会议时间另行通知",
    "净重500g 件数 2",
    "甲方代表签字",
    "备注：易碎",
    "iPhone 15 Pro 白色",
    "ISO 900 系列",
    "温度25℃ 湿度60%",
    "张伟明 女 汉族",
    "示范路88号院6号楼",
    "合格率99.5%",
)
NUMERIC: tuple[Callable[[random.Random], str], ...] = (
    lambda rng: f"{rng.randrange(1990, 2030)}年{rng.randrange(1, 13)}月{rng.randrange(1, 29)}日",
    lambda rng: (
        f"{rng.randrange(1990, 2030)}-{rng.randrange(1, 13):02d}-{rng.randrange(1, 29):02d}"
    ),
    lambda rng: f"¥{rng.randrange(100, 9999)}.{rng.randrange(10, 99)}",
    lambda rng: f"{rng.randrange(1, 99)},{rng.randrange(100, 999)}.00",
    lambda rng: f"HT{rng.randrange(10**7, 10**8)}",
    lambda rng: f"{rng.randrange(1000, 99999)}",
)


@dataclass(frozen=True)
class Stretch:
    """Glyphs of a line that must go or must stay.

    Attributes:
        kind: ``sensitive``, ``numeric`` or ``keep``.
        type: What it is.
        line: Its line.
        first: First glyph.
        last: Last glyph.
    """

    kind: str
    type: str
    line: int
    first: int
    last: int


@dataclass
class Document:
    """A page being written.

    Attributes:
        lines: So far.
        stretches: So far.
    """

    rng: random.Random
    height: float
    lines: list[Line] = field(default_factory=list)
    stretches: list[Stretch] = field(default_factory=list)
    y: float = 100.0

    def page(self) -> Page:
        """As a reader hands it over."""
        return Page(tuple(self.lines), 1600, int(self.y) + 100)

    def put(self, text: str, x: float, y: float, *parts: tuple[str, str, str]) -> float:
        """A line, and what stands where in it.

        Args:
            text: The whole line.
            x: Left edge.
            y: Upper edge.
            parts: Kind, type and text of each stretch in it, in order.

        Returns:
            The right edge.
        """
        glyph = self.height / 2
        width = sum(2 if one >= "\u1100" else 1 for one in text) * glyph
        quad = Quad((x, y), (x + width, y), (x + width, y + self.height), (x, y + self.height))
        at = 0
        for kind, type_, part in parts:
            first = text.index(part, at)
            at = first + len(part)
            self.stretches.append(Stretch(kind, type_, len(self.lines), first, at - 1))
        self.lines.append(Line(text, quad))
        return x + width


def document(seed: int) -> Document:
    """A random page: sentences, label and value, labels above, a table, splits."""
    rng = random.Random(seed)
    made = Document(rng, rng.choice([13.0, 20.0, 34.0]))
    layouts = (_sentence, _label_value, _label_above, _words, _table, _split, _numeric, _wrapped)
    for _ in range(rng.randrange(6, 14)):
        rng.choice(layouts)(made)
        made.y += made.height * rng.uniform(0.6, 1.6)
    return made


def _secret(made: Document) -> tuple[str, str, str]:
    type_, make, labels = made.rng.choice(SECRETS)
    return type_, make(made.rng), made.rng.choice(labels)


def _next(made: Document) -> float:
    made.y += made.height * made.rng.uniform(1.2, 2.0)
    return made.y


def _sentence(made: Document) -> None:
    type_, value, label = _secret(made)
    before, after = made.rng.choice(WORDS), made.rng.choice(("，请核对。", "；以上属实。", " etc."))
    joint = made.rng.choice(("：", ": ", " ", "为")) if label else "，"
    parts = (("keep", "words", before), ("sensitive", type_, value))
    text = f"{before}，{label}{joint}{value}{after}"
    if not label and type_ == "ssn":
        text = f"{before} {value}{after}"
    made.put(text, 100, _next(made), *parts)


def _label_value(made: Document) -> None:
    type_, value, label = _secret(made)
    y = _next(made)
    right = 100.0
    if label:
        right = made.put(label, 100, y, ("keep", "label", label))
    gap = made.rng.choice([0.4, 1.0, 2.0, 5.0]) * made.height
    made.put(value, right + gap, y + made.rng.uniform(-0.1, 0.1) * made.height,
             ("sensitive", type_, value))  # fmt: skip


def _label_above(made: Document) -> None:
    type_, value, label = _secret(made)
    x = made.rng.choice([100.0, 500.0])
    if label:
        made.put(label, x, _next(made), ("keep", "label", label))
    made.put(value, x, _next(made), ("sensitive", type_, value))


def _words(made: Document) -> None:
    for _ in range(made.rng.randrange(1, 4)):
        text = made.rng.choice(WORDS)
        made.put(text, 100, _next(made), ("keep", "words", text))


def _numeric(made: Document) -> None:
    value = made.rng.choice(NUMERIC)(made.rng)
    text = f"{made.rng.choice(('签订日期', '金额', '合同编号', '数量', 'Total', 'Ref'))}：{value}。"
    made.put(text, 100, _next(made), ("numeric", "numeric", value))


def _table(made: Document) -> None:
    columns = made.rng.sample([row for row in SECRETS if row[2][0]], 2)
    xs = (100.0, 100 + 4 * made.height, 100 + 12 * made.height, 100 + 34 * made.height)
    y = _next(made)
    for x, head in zip(xs, ("序号", "姓名", columns[0][2][0], columns[1][2][0]), strict=True):
        made.put(head, x, y, ("keep", "head", head))
    for at in range(made.rng.randrange(2, 12)):
        y = _next(made)
        name = made.rng.choice(("张伟明", "李娜", "王建国", "欧阳明月"))
        number = str(at + 1)
        made.put(number, xs[0], y, ("keep", "row", number))
        made.put(name, xs[1], y, ("keep", "name", name))
        for x, (type_, make, _) in zip(xs[2:], columns, strict=True):
            value = make(made.rng)
            made.put(value, x, y, ("sensitive", type_, value))


def _split(made: Document) -> None:
    """A value cut in two boxes, as detectors do."""
    type_, value, label = _secret(made)
    at = made.rng.randrange(2, len(value) - 1)
    left, right = value[:at], value[at:]
    y = _next(made)
    text = f"{label}：{left.rstrip()}" if label else left.rstrip()
    x = made.put(text, 100, y, ("sensitive", f"{type_} split", left.rstrip()))
    gap = made.rng.choice([0.1, 0.5, 1.0]) * made.height
    made.put(right.lstrip(), x + gap, y, ("sensitive", f"{type_} split", right.lstrip()))


def _wrapped(made: Document) -> None:
    """A value that goes on in the next line, at its left margin."""
    type_, make, labels = made.rng.choice(
        [row for row in SECRETS if row[0] in {"id", "mobile", "card", "credit", "email"}]
    )
    value = make(made.rng)
    at = made.rng.randrange(3, len(value) - 2)
    left, right = value[:at].rstrip(), value[at:].lstrip()
    before = "双方确认下列事项并保证其真实有效，如有变更应当及时书面通知对方，"
    label = made.rng.choice(labels)
    parts = (("keep", "words", before), ("sensitive", f"{type_} wrapped", left))
    made.put(f"{before}{label}：{left}" if label else f"{before}{left}", 100, _next(made), *parts)
    after = "，特此说明。"
    made.y += 1.5 * made.height
    made.put(f"{right}{after}", 100, made.y,
             ("sensitive", f"{type_} wrapped", right), ("keep", "words", after))  # fmt: skip
