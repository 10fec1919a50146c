"""Machine-readable zones: which lines are one, whatever the reader made of their fillers.

Readers drop runs of ``<`` or turn them into ``>>``, ``((``, ``«`` or letters, so a zone is known by
its shape and covered by whole lines, and the lines beside it that are as wide go with it.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from daemon.domain.privacy.checkdigits import icao9303_td1, icao9303_td2, icao9303_td3
from daemon.domain.privacy.layout import NEXT_ROW, Placed
from daemon.domain.privacy.strands import Weave

LEAST_GLYPHS = 20
LEAST_FILLERS = 3
_FILLER_RUN = re.compile(r"[<>«»‹›〈〉《》＜＞]{2,}|\({2,}|<")
_LETTER_RUN = re.compile(r"([KLCSEX])\1{4,}$|([KLC])\2{6,}")
_NUMBER_LINE = re.compile(
    r"[0-9A-Z<]{9}[0-9OI<][A-Z0<]{3}[0-9OILSB]{6}[0-9OILSB<][MFX<][0-9OILSB]{6}[0-9OILSB]"
)
_CODE = re.compile(r"[0-9A-Z<>«»‹›〈〉(]")
_MOSTLY_CODE = 0.85
_SAME_WIDTH = 0.15


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone.

    Attributes:
        entity: ``mrz_td1``, ``mrz_td2``, ``mrz_td3``, or ``mrz_line`` where its kind is not sure.
        lines: Indices of its lines, topmost first.
        checked: Whether all its check digits are right.
    """

    entity: str
    lines: tuple[int, ...]
    checked: bool


def zones_of(weave: Weave) -> Iterator[Zone]:
    """The zones of a page, each line in one."""
    for group in weave.groups:
        sure = [one for one in group.placed if is_zone_line(weave.normal(one.line).text)]
        chosen = {one.line for one in sure}
        for one in sure:
            chosen |= {beside.line for beside in _beside(weave, group.placed, one)}
        lines = [one for one in group.placed if one.line in chosen]
        for block in _blocks(lines):
            yield _named(weave, block)


def is_zone_line(text: str) -> bool:
    """Whether one normalised line is of a zone."""
    dense = text.replace(" ", "")
    if len(dense) < LEAST_GLYPHS or dense != dense.upper():
        return False
    if sum(1 for one in dense if _CODE.match(one)) < _MOSTLY_CODE * len(dense):
        return False
    fillers = sum(len(run.group()) for run in _FILLER_RUN.finditer(dense))
    return (
        fillers >= LEAST_FILLERS
        or _LETTER_RUN.search(dense) is not None
        or _NUMBER_LINE.match(dense) is not None
    )


def _beside(weave: Weave, placed: Sequence[Placed], one: Placed) -> Iterator[Placed]:
    """Lines next above and below that are as long, in pixels, and code rather than words."""
    width = one.right - one.left
    for other in placed:
        drop = abs(other.middle - one.middle)
        if not 0 < drop <= 2 * NEXT_ROW * one.height or other.line == one.line:
            continue
        alike = abs(other.right - other.left - width) <= _SAME_WIDTH * width
        level = abs(other.left - one.left) <= _SAME_WIDTH * width
        text = weave.normal(other.line).text.replace(" ", "")
        if alike and level and text == text.upper() and text.isascii():
            yield other


def _blocks(lines: Sequence[Placed]) -> Iterator[list[Placed]]:
    block: list[Placed] = []
    for one in lines:
        if block and one.middle - block[-1].middle > 2 * NEXT_ROW * one.height:
            yield block
            block = []
        block.append(one)
    if block:
        yield block


_KINDS = (
    ("mrz_td3", 2, icao9303_td3),
    ("mrz_td2", 2, icao9303_td2),
    ("mrz_td1", 3, icao9303_td1),
)


def _named(weave: Weave, block: Sequence[Placed]) -> Zone:
    lines = tuple(one.line for one in block)
    texts = [weave.normal(line).text.replace(" ", "") for line in lines]
    for entity, count, check in _KINDS:
        for chosen in itertools.combinations(texts, count):
            if check("".join(chosen)):
                return Zone(entity, lines, checked=True)
    return Zone("mrz_line", lines, checked=False)
