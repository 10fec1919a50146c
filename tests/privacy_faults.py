"""Faults seeded into the masks of a page, and whether the proof sees them.

For ``tests/privacy_table.py --faults=N``. A fault is in the masks themselves, so that the file is
exactly what was meant and only a second reading can tell: a mask dropped, one shifted by 35 % of
its length, one that leaves the last two digits.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from daemon.domain.privacy.page import Finding, Page, Piece, Point
from daemon.imaging.clean import CleanPage
from daemon.imaging.masking import Patch, grown
from daemon.routes.privacy.covering import Cover, painted, touched_by
from daemon.routes.privacy.looking import Eyes, Seen
from daemon.routes.privacy.places import piece_quad
from daemon.routes.privacy.proof import Check, Claimed, Doubt, page_doubts

FAULTS = ("dropped", "shifted", "two_left")
SHIFT = 0.35
APART = 6.0
"""Faults of one reading lie at least so many heights from each other: each is judged alone."""
NEAR = 2.0
"""A doubt within so many heights of a bared digit is about it."""

Row: TypeAlias = tuple[str, bool, bool]
"""Kind of a fault, whether the proof saw it, and whether it would have by reading alone."""


@dataclass(frozen=True)
class Fault:
    """One fault and what it lays bare.

    Attributes:
        kind: One of ``FAULTS``.
        patches: The page's patches with the fault in them.
        bared: Centres of the digits that can be read again, px.
        height_px: Of the number's line.
    """

    kind: str
    patches: tuple[Patch, ...]
    bared: tuple[Point, ...]
    height_px: float


def judged_faults(
    page: CleanPage, seen: Seen, cover: Cover, eyes: Eyes, *, count: int, seed: int
) -> list[Row]:
    """Kind of every seeded fault, and whether the proof has a doubt where it lies.

    Args:
        page: The page as it was.
        seen: As it was looked at.
        cover: Its masks, which are right.
        eyes: For the proof; faces and codes are not asked, a fault in text is none of theirs.
        count: How many faults at most; each kind in turn, up to three to a reading.
        seed: Of the choice of masks.
    """
    chance = random.Random(seed)
    rows: list[Row] = []
    bare = replace(eyes, profile=replace(eyes.profile, codes=False, faces=False))
    bare = replace(bare, options=bare.options.model_copy(update={"faces": False}))
    while len(rows) < count:
        faults = list(_seeded(page, seen, cover, chance, min(len(FAULTS), count - len(rows))))
        if not faults:
            return rows
        wrong = cover
        for fault in faults:
            wrong = _with(wrong, cover, fault)
        claimed = Claimed(page, seen, wrong, exact=True)
        doubts = page_doubts(claimed, painted(page, wrong), bare)
        read = [doubt for doubt in doubts if doubt.check is not Check.BARE]
        rows += [(one.kind, _is_told(one, doubts), _is_told(one, read)) for one in faults]
    return rows


def _with(wrong: Cover, cover: Cover, fault: Fault) -> Cover:
    """Faults put together: of every patch, what the faults so far and this one leave of it."""
    gone = [patch for patch in cover.patches if patch not in fault.patches]
    came = [patch for patch in fault.patches if patch not in cover.patches]
    return replace(wrong, patches=(*(p for p in wrong.patches if p not in gone), *came))


def _is_told(fault: Fault, doubts: Sequence[Doubt]) -> bool:
    places = [quad.centre for doubt in doubts for quad in doubt.quads]
    return any(
        math.dist(place, digit) <= NEAR * fault.height_px
        for place in places
        for digit in fault.bared
    )


def _seeded(
    page: CleanPage, seen: Seen, cover: Cover, chance: random.Random, count: int
) -> Iterator[Fault]:
    """One fault of each kind, on numbers that lie apart."""
    read = seen.pages[0]
    findings = [one for one in seen.findings[0] if one.masked and _digits(read, one)]
    chance.shuffle(findings)
    kinds = list(FAULTS)[:count]
    chance.shuffle(kinds)
    taken: list[Fault] = []
    for finding in findings:
        if len(taken) == len(kinds):
            return
        fault = _fault(page, read, cover, finding, kinds[len(taken)])
        if fault is not None and all(_lie_apart(fault, other) for other in taken):
            taken.append(fault)
            yield fault


def _lie_apart(one: Fault, other: Fault) -> bool:
    reach_px = APART * max(one.height_px, other.height_px)
    return all(math.dist(a, b) > reach_px for a in one.bared for b in other.bared)


def _digits(read: Page, finding: Finding) -> list[tuple[Piece, int]]:
    """Digits of a number, each with its piece."""
    return [
        (piece, at)
        for piece in finding.pieces
        for at in range(piece.first, piece.last + 1)
        if read.lines[piece.line].text[at].isdigit()
    ]


def _fault(page: CleanPage, read: Page, cover: Cover, finding: Finding, kind: str) -> Fault | None:
    """The fault on one number; ``None`` where other masks hide its digits all the same."""
    digits = _digits(read, finding)
    centres = [read.lines[piece.line].part(at, at).centre for piece, at in digits]
    over = [patch for patch in cover.patches if any(_covers(patch, spot) for spot in centres)]
    rest = [patch for patch in cover.patches if patch not in over]
    if kind == "shifted":
        rest += [_shifted(patch) for patch in over]
    elif kind == "two_left":
        if len(digits) < 4:
            return None
        rest += _all_but_two(read, finding, digits, over)
    hidden = touched_by(replace(cover, patches=tuple(rest)), page.size)
    bared = tuple(spot for spot in centres if not _is_under(hidden, spot))
    least = {"dropped": len(digits), "shifted": 1, "two_left": 2}[kind]
    if len(bared) < least:
        return None
    height_px = read.lines[finding.pieces[0].line].quad.height_px
    return Fault(kind, tuple(rest), bared, height_px)


def _shifted(patch: Patch) -> Patch:
    along = SHIFT * patch.quad.width_px / max(patch.quad.height_px, 1.0)
    return replace(patch, quad=grown(patch.quad, -along, 0.0, along, 0.0))


def _all_but_two(
    read: Page, finding: Finding, digits: Sequence[tuple[Piece, int]], over: Sequence[Patch]
) -> list[Patch]:
    """The number's masks drawn anew up to its last two digits."""
    last, end = digits[-2][0], digits[-2][1] - 1
    pieces = [piece for piece in finding.pieces if piece.line != last.line]
    if end >= last.first:
        pieces.append(replace(last, last=end))
    return [replace(over[0], quad=piece_quad(read.lines[p.line], p, 0.0)) for p in pieces]


def _covers(patch: Patch, spot: Point) -> bool:
    (x, y), (dx, dy) = patch.quad.along, np.subtract(spot, patch.quad.centre)
    along, across = abs(dx * x + dy * y), abs(dy * x - dx * y)
    return bool(along <= patch.quad.width_px / 2 and across <= patch.quad.height_px / 2)


def _is_under(hidden: NDArray[np.bool_], spot: Point) -> bool:
    x = min(max(int(spot[0]), 0), hidden.shape[1] - 1)
    y = min(max(int(spot[1]), 0), hidden.shape[0] - 1)
    return bool(hidden[y, x])


def table(rows: Sequence[Row]) -> Iterator[str]:
    """A line for each kind of fault, and one for all."""
    for kind in (*FAULTS, "all"):
        of_kind = [row for row in rows if kind in {row[0], "all"}]
        count, told = len(of_kind), sum(row[1] for row in of_kind)
        share = f"{told / count:.1%}" if count else "-"
        read = sum(row[2] for row in of_kind)
        yield f"{kind:10s} {told} of {count} seen by the proof ({share}), {read} by reading again"
