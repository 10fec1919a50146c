"""Reads the background: a colour by name or figures, a gradient, transparent, the one there is.

A colour is a background where a word for one stands beside it, or where nothing else in the clause
claims it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from daemon.domain.idphoto.caution import Caution
from daemon.domain.idphoto.colour import Gradient
from daemon.domain.idphoto.instruct.clause import QUIET, Clause, use
from daemon.domain.idphoto.instruct.draft import Draft, FoundGround
from daemon.domain.idphoto.instruct.tokens import Kind, Token
from daemon.domain.idphoto.instruct.vocabulary import Vocabulary
from daemon.domain.idphoto.slots import Background

_PAINTED = (Kind.COLOUR, Kind.RGB, Kind.GRADIENT, Kind.SPECIAL)
_THROUGH = QUIET | {Kind.GROUND, Kind.CHANGE, Kind.TO, Kind.KEEP}
_JOINS = frozenset({Kind.AND, Kind.CHANGE, Kind.TO, Kind.WITH, Kind.BUT, Kind.NEGATION, Kind.FROM})
# Things that have colours of their own.
_CLAIMS = (Kind.GARMENT, Kind.HAIR, Kind.GLASSES, Kind.MOLE, Kind.SPOT)
_REMOVES = ("去", "删", "remove")
_BARE_BLUE = frozenset({"蓝", "蓝底", "蓝色", "blue"})
# Family of a colour → beginning of the keys of its gradients, the nearest first.
_FAMILIES = {
    "light_grey": ("light_grey", "grey"),
    "pale_grey": ("light_grey", "grey"),
    "mid_grey": ("grey",),
    "dark_grey": ("grey",),
    "red": ("red_white",),
}


def read_grounds(clause: Clause, draft: Draft, words: Vocabulary) -> None:
    """Backgrounds of a clause, in their order."""
    _use_names_of_figures(clause)
    tokens = [token for token in clause.free(*_PAINTED) if _counts(clause, token)]
    wanted: list[Token] = []
    refused: list[Token] = []
    for at, token in enumerate(tokens):
        negation = _refusal(clause, token, refused)
        if negation is not None:
            refused.append(token)
            use(token, negation)
            draft.refused += [token, negation]
        elif at + 1 < len(tokens) and _is_source(clause, token, tokens[at + 1]):
            use(token)
        else:
            wanted.append(token)
    if clause.free(Kind.GRADIENT_WORD, Kind.RADIAL):
        wanted = _gradient(clause, wanted, draft, words)
    for at, token in enumerate(wanted):
        ground = _background(token, draft)
        if ground is not None:
            use(token)
            is_listed = at > 0 and _is_joined(clause, wanted[at - 1], token)
            is_blue = token.kind is Kind.COLOUR and token.text in _BARE_BLUE
            draft.grounds.append(FoundGround(ground, token.start, is_listed, is_blue))


def _use_names_of_figures(clause: Clause) -> None:
    """``蓝色 #438EDB``: the figures say which blue."""
    painted = clause.free(*_PAINTED)
    for left, right in pairwise(painted):
        between = clause.between(left, right)
        is_one = all(one.kind in QUIET | {Kind.GROUND} for one in between)
        if left.kind is Kind.COLOUR and right.kind is Kind.RGB and right.value and is_one:
            use(left)


def _counts(clause: Clause, token: Token) -> bool:
    if token.kind is Kind.SPECIAL and token.text.startswith(_REMOVES):
        # 去掉背景里的人 wants somebody removed, not the background.
        return not any(one.kind is Kind.UNKNOWN for one in clause.tokens[clause.place(token) :])
    if token.kind is not Kind.COLOUR or _is_strong(clause, token):
        return True
    strong = [one for one in clause.free(*_PAINTED) if _is_strong(clause, one)]
    following = clause.after(token)
    if strong:
        # "white and blue background", "change white to a blue background", 从蓝到白的渐变
        sides = (clause.before(token, QUIET | {Kind.GROUND}), following)
        is_joined = any(one is not None and one.kind in _JOINS for one in sides)
        return is_joined or clause.has(Kind.GRADIENT_WORD)
    if following is not None and following.kind is Kind.STRONG_AFTER:
        return False  # 脸红一点 is no background
    return not clause.has(Kind.UNKNOWN) and not clause.free(*_CLAIMS)


def _is_strong(clause: Clause, token: Token) -> bool:
    """A word for a background stands beside it."""
    beside = {Kind.GROUND, Kind.GRADIENT_WORD}
    sides = (clause.before(token, QUIET | {Kind.CHANGE, Kind.TO}), clause.after(token))
    is_beside = any(one is not None and one.kind in beside for one in sides)
    return token.kind in _PAINTED and (
        token.kind is not Kind.COLOUR or token.text.endswith("底") or is_beside
    )


def _refusal(clause: Clause, token: Token, refused: Sequence[Token]) -> Token | None:
    negation = clause.negation_of(token, _THROUGH)
    if negation is not None:
        return negation
    before = clause.before(token, _THROUGH)
    if before is not None and before.kind is Kind.AND and refused:
        first = clause.before(before, _THROUGH)
        return before if first is refused[-1] else None  # 不要蓝底和红底
    return None


def _is_source(clause: Clause, token: Token, following: Token) -> bool:
    """``白底换成蓝底``, ``from white to blue``: the first is what there is."""
    between = clause.between(token, following)
    change = [one for one in between if one.kind in {Kind.CHANGE, Kind.TO}]
    before = clause.before(token, QUIET | {Kind.GROUND})
    if not change and before is not None and before.kind is Kind.CHANGE:
        change = [one for one in between if one.kind is Kind.WITH]  # replace white with blue
    return bool(change)


def _is_joined(clause: Clause, left: Token, right: Token) -> bool:
    return any(one.kind is Kind.AND for one in clause.between(left, right))


def _background(token: Token, draft: Draft) -> Background | None:
    if token.kind is Kind.COLOUR:
        return Background("solid", color=token.value)
    if token.kind is Kind.GRADIENT:
        return Background("gradient", gradient=token.value)
    if token.kind is Kind.SPECIAL:
        return Background("keep" if token.value == "keep" else "transparent")
    if token.value is None:
        draft.warn(Caution.OUT_OF_RANGE, "background", value=token.text.strip(), used="0–255")
        return None
    return Background("solid", rgb=token.value)


def _gradient(
    clause: Clause, wanted: Sequence[Token], draft: Draft, words: Vocabulary
) -> list[Token]:
    """A colour beside a word for gradients, or a gradient beside a direction, selects one."""
    named = [token for token in wanted if token.kind in {Kind.GRADIENT, Kind.COLOUR}]
    marks = clause.free(Kind.GRADIENT_WORD, Kind.RADIAL, Kind.VERTICAL)
    radial = [token for token in marks if token.kind is Kind.RADIAL]
    is_told = any(token.kind is Kind.GRADIENT_WORD for token in marks)
    if not named or not (is_told or named[0].kind is Kind.GRADIENT):
        return list(wanted)
    gradients = words.book.gradients
    found = _choose(gradients, named[0], "radial" if radial else "vertical")
    if found is None or not _ends_as_said(found, named, words):
        return [token for token in wanted if token not in named]
    if named[0].kind is Kind.COLOUR and "blue" in named[0].value and named[0].value != "id_blue":
        draft.warn(Caution.COLOUR_SUBSTITUTED, "background", value=named[0].text, used=found.key)
    use(*named, *marks)
    kept = [token for token in wanted if token not in named]
    named[0].kind, named[0].value = Kind.GRADIENT, found.key
    return [named[0], *kept]


def _choose(gradients: Mapping[str, Gradient], token: Token, kind: str) -> Gradient | None:
    families: tuple[str, ...]
    if token.kind is Kind.GRADIENT:
        own = gradients[token.value]
        if kind in {own.kind, "vertical"}:
            return own
        families = (own.key.rpartition("_")[0], "grey")
    else:
        families = _family(token.value)
    for family in families:
        if f"{family}_{kind}" in gradients:
            return gradients[f"{family}_{kind}"]
    return None


def _family(colour: str) -> tuple[str, ...]:
    if "blue" in colour:
        return ("blue_white",)
    if colour.endswith("red"):
        return ("red_white",)
    return _FAMILIES.get(colour, ())


def _ends_as_said(found: Gradient, named: Sequence[Token], words: Vocabulary) -> bool:
    """Of two colours the second must be where the gradient ends: 白到蓝 is none of the data's."""
    colours = [token.value for token in named if token.kind is Kind.COLOUR]
    if len(colours) < 2:
        return True
    return len(colours) == 2 and words.book.colours[colours[1]].rgb in {
        stop.rgb for stop in found.stops
    }
