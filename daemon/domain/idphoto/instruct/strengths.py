"""Reads how much: smoothing, whitening and tones, each with the adverb, figure or negation beside.

An adverb before (``轻微``, ``strong``) belongs to what follows, one behind (``一点``, ``20%``) to
what stands before; where several things are named in a row without a break, they share it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from daemon.domain.idphoto.instruct.clause import QUIET, Clause, use
from daemon.domain.idphoto.instruct.draft import Draft
from daemon.domain.idphoto.instruct.limits import within
from daemon.domain.idphoto.instruct.numbers import Amount, Unit
from daemon.domain.idphoto.instruct.tokens import Kind, Token

_MEDIUM = 0.5
_SLIGHT = 0.3
_COSMETIC = frozenset({Kind.SMOOTH, Kind.WHITEN, Kind.BEAUTY})
_TONES = {
    Kind.BRIGHTNESS: "brightness",
    Kind.CONTRAST: "contrast",
    Kind.SATURATION: "saturation",
    Kind.SHARPNESS: "sharpness",
}
_GRADED = _COSMETIC | set(_TONES)
_THROUGH = QUIET | {
    Kind.CHANGE, Kind.STRONG_BEFORE, Kind.STRONG_AFTER, Kind.UP, Kind.DOWN,
}  # fmt: skip


@dataclass(slots=True, eq=False)
class _Graded:
    """Something with a strength, and what was said of it."""

    token: Token
    strength: float | None = None
    sign: int = 1
    is_negated: bool = False
    marks: list[Token] = field(default_factory=list)


def read_strengths(clause: Clause, draft: Draft) -> None:
    """Cosmetics and tones of a clause."""
    things = [_Graded(token) for token in clause.free(*_GRADED)]
    if not things:
        return
    _give_strengths(clause, things, draft)
    _give_directions(clause, things)
    for at, thing in enumerate(things):
        _negate(clause, thing, things[at - 1] if at else None)
    _share(clause, things)
    for thing in things:
        _fill(thing, draft)
        use(thing.token, *thing.marks)


def _give_strengths(clause: Clause, things: Sequence[_Graded], draft: Draft) -> None:
    kinds = (Kind.STRONG_BEFORE, Kind.STRONG_AFTER, Kind.AMOUNT)
    for mark in clause.free(*kinds):
        strength = _strength(mark, draft)
        if strength is None:
            continue
        left, right = _neighbours(clause, mark, things)
        if mark.kind is Kind.STRONG_BEFORE:
            thing = right or left
        else:
            thing = left if left and (left.strength is None or not right) else right
        if thing is None or (mark.kind is Kind.AMOUNT and not _is_beside(clause, mark, thing)):
            continue
        # 稍微强一点: the first adverb is the one that counts.
        if thing.strength is None:
            thing.strength = abs(strength)
            thing.sign = -1 if strength < 0 else thing.sign
        thing.marks.append(mark)


def _neighbours(
    clause: Clause, mark: Token, things: Sequence[_Graded]
) -> tuple[_Graded | None, _Graded | None]:
    at = clause.place(mark)
    left = [thing for thing in things if clause.place(thing.token) < at]
    right = [thing for thing in things if clause.place(thing.token) > at]
    return (left[-1] if left else None), (right[0] if right else None)


def _is_beside(clause: Clause, mark: Token, thing: _Graded) -> bool:
    """A figure belongs to a thing only where nothing else stands between."""
    left, right = sorted((mark, thing.token), key=lambda token: token.start)
    return all(one.kind in _THROUGH for one in clause.between(left, right))


def _strength(mark: Token, draft: Draft) -> float | None:
    if mark.kind is not Kind.AMOUNT:
        return float(mark.value)
    amount: Amount = mark.value
    scale = {Unit.PERCENT: 100, Unit.TENTHS: 10, Unit.NONE: 1}.get(amount.unit)
    if scale is None:
        return None
    strength = amount.number / scale
    return strength if within(draft, "retouch", strength, (-1, 1), mark.text) else None


def _give_directions(clause: Clause, things: Sequence[_Graded]) -> None:
    """``提高亮度`` and ``亮度提高``: where the first direction stands tells which way it goes."""
    marks = clause.free(Kind.UP, Kind.DOWN)
    if not marks:
        return
    is_ahead = clause.place(marks[0]) < clause.place(things[0].token)
    for mark in marks:
        left, right = _neighbours(clause, mark, things)
        thing = (right or left) if is_ahead else (left or right)
        if thing is not None:
            thing.marks.append(mark)
            if mark.kind is Kind.DOWN:
                thing.sign = -1


def _negate(clause: Clause, thing: _Graded, before: _Graded | None) -> None:
    negation = clause.negation_of(thing.token, _THROUGH)
    removal = clause.before(thing.token, _THROUGH)
    if negation is None and removal is not None and removal.kind is Kind.REMOVE:
        negation = removal
    if negation is not None:
        thing.is_negated = True
        thing.marks.append(negation)
    elif before is not None and before.is_negated and _is_in_row(clause, before, thing):
        thing.is_negated = True  # 不要磨皮和美白


def _is_in_row(clause: Clause, left: _Graded, right: _Graded) -> bool:
    through = QUIET | {Kind.AND}
    return all(one.kind in through for one in clause.between(left.token, right.token))


def _share(clause: Clause, things: Sequence[_Graded]) -> None:
    for left, right in pairwise(things):
        if _is_in_row(clause, left, right) and right.strength is None:
            right.strength = left.strength
    for left, right in reversed(list(pairwise(things))):
        if _is_in_row(clause, left, right) and left.strength is None:
            left.strength = right.strength


def _fill(thing: _Graded, draft: Draft) -> None:
    token = thing.token
    strength = 0.0 if thing.is_negated else thing.strength
    fill = draft.set
    if strength is None and token.text.endswith(("一点", "一些", "些")):
        strength = _SLIGHT  # 亮一点, 清晰一点 carry their adverb in the word itself
    elif strength is None:
        strength, fill = _MEDIUM, draft.assume
    if token.kind in _COSMETIC:
        if token.kind is not Kind.WHITEN:
            fill("retouch", "smooth", strength)
        if token.kind is not Kind.SMOOTH:
            fill("retouch", "whiten", strength)
        return
    sign = -1 if token.value == -1 else thing.sign
    fill("adjust", _TONES[token.kind], round(sign * strength, 4) + 0.0)
