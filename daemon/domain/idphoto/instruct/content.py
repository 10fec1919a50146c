"""Reads what only an image-generating engine can do: clothes, hair, expression, glasses, pose.

A mention is no request: ``my blue shirt`` speaks of what is there, and a negation or ``keep``
calls a request off.
"""

from __future__ import annotations

from daemon.domain.idphoto.caution import Caution
from daemon.domain.idphoto.instruct.clause import QUIET, Clause, use
from daemon.domain.idphoto.instruct.draft import Draft
from daemon.domain.idphoto.instruct.folding import Folded
from daemon.domain.idphoto.instruct.tokens import Kind, Token
from daemon.domain.idphoto.slots import Generative, GenerativeOp

_OPS = {
    Kind.CLOTHES: GenerativeOp.CLOTHES,
    Kind.GARMENT: GenerativeOp.CLOTHES,
    Kind.WEAR: GenerativeOp.CLOTHES,
    Kind.HAIR: GenerativeOp.HAIR,
    Kind.EXPRESSION: GenerativeOp.EXPRESSION,
    Kind.GLASSES: GenerativeOp.GLASSES,
    Kind.GENERATED_POSE: GenerativeOp.POSE,
}
_GROUPS = (
    (Kind.CLOTHES, Kind.GARMENT, Kind.WEAR),
    (Kind.HAIR,),
    (Kind.EXPRESSION,),
    (Kind.GLASSES,),
    (Kind.GENERATED_POSE,),
)
_VERBS = frozenset({Kind.CHANGE, Kind.WEAR, Kind.TO})
# What a description of clothes or hair is made of.
_DESCRIPTION = QUIET | {
    Kind.COLOUR, Kind.UNKNOWN, Kind.AND, Kind.WITH, Kind.GARMENT, Kind.HAIR, Kind.STRONG_BEFORE,
    Kind.DOCUMENT, Kind.EXPRESSION,
}  # fmt: skip
_EDGES = QUIET | {Kind.AND, Kind.WITH, Kind.TO}
_BARE_GLASSES = frozenset({"眼镜", "反光", "glasses", "eyeglasses", "reflection", "reflections"})
_ADVERBS = frozenset({Kind.STRONG_AFTER, Kind.STRONG_BEFORE})
_CALLED_OFF = (Kind.NEGATION, Kind.KEEP)


def read_content(clause: Clause, draft: Draft, folded: Folded) -> None:
    """Requests of a clause, one for each thing they are about."""
    for kinds in _GROUPS:
        named = clause.free(*kinds)
        if kinds == (Kind.GLASSES,):
            named = _asked_to_go(clause, named)
        if named:
            _read(clause, named, draft, folded)


def _asked_to_go(clause: Clause, named: list[Token]) -> list[Token]:
    """Glasses are only ever taken off: a bare mention asks for nothing."""
    is_request = clause.has(Kind.REMOVE, Kind.KEEP, Kind.NEGATION)
    return [one for one in named if is_request or one.text not in _BARE_GLASSES]


def _read(clause: Clause, named: list[Token], draft: Draft, folded: Folded) -> None:
    first, last, op = named[0], named[-1], _OPS[named[0].kind]
    off = [
        one
        for one in clause.free(*_CALLED_OFF)
        if clause.place(one) < clause.place(first) and _governs(clause, one, first)
    ]
    # 不要眼镜 asks for them to go, 不要去掉眼镜 calls that off.
    is_removal = bool(off) and first.text in _BARE_GLASSES and off[-1].kind is Kind.NEGATION
    if off and not (is_removal and not clause.has(Kind.REMOVE)):
        use(*off, *clause.span(off[0], last))
        draft.generative.pop(op, None)
        return
    if _is_mention(clause, first):
        return
    said = _description(clause, named)
    if not said:
        return
    removal = clause.free(Kind.REMOVE) if op is GenerativeOp.GLASSES else []
    if first.text in _BARE_GLASSES:
        removal += clause.free(Kind.NEGATION)
    use(*said, *named, *removal)
    both = sorted((*said, *removal), key=lambda token: token.start)
    words = folded.verbatim(both[0].start, both[-1].end).strip()
    if op in draft.generative and draft.generative[op].to != words:
        draft.warn(
            Caution.CONFLICTING_VALUES, "generative", value=draft.generative[op].to, used=words
        )
    draft.generative[op] = Generative(op, words)


def _governs(clause: Clause, negation: Token, named: Token) -> bool:
    """Nothing that asks for something else stands between."""
    through = _DESCRIPTION | _VERBS | {Kind.REMOVE}
    return all(one.kind in through for one in clause.between(negation, named))


def _is_mention(clause: Clause, named: Token) -> bool:
    if named.kind not in {Kind.GARMENT, Kind.HAIR}:
        return False
    before = clause.tokens[: clause.place(named)]
    has_verb = any(one.kind in _VERBS or one.kind is Kind.CHANGE for one in before)
    return not has_verb and any(one.kind is Kind.OWNER for one in before)


def _description(clause: Clause, named: list[Token]) -> tuple[Token, ...]:
    """The words for what is wanted: after the last verb, else around the thing itself."""
    goods = [one for one in named if one.kind is not Kind.WEAR]
    if not goods:
        return _worn(clause, named[-1])
    end = goods[-1]
    verbs = [
        one for one in clause.tokens[: clause.place(end)] if one.kind in _VERBS and not one.is_used
    ]
    at = clause.place(goods[0])
    if verbs and clause.place(verbs[-1]) > at:
        # 把衣服换成黑色西装: what comes after the change.
        at = clause.place(verbs[-1]) + 1
    else:
        while at > 0 and _describes(clause, clause.tokens[at - 1]):
            at -= 1
    stop = clause.place(end) + 1
    # 染成棕色, 微笑一点: what follows belongs to it.
    more = {Kind.HAIR: _DESCRIPTION, Kind.EXPRESSION: _ADVERBS}.get(end.kind, frozenset())
    while stop < len(clause.tokens) and clause.tokens[stop].kind in more:
        if not _describes(clause, clause.tokens[stop]) and end.kind is Kind.HAIR:
            break
        stop += 1
    return _trimmed(clause, at, stop)


def _describes(clause: Clause, token: Token) -> bool:
    """Words of a description; the colour of a background is none."""
    if token.is_used or token.kind not in _DESCRIPTION:
        return False
    following = clause.after(token)
    is_ground = following is not None and following.kind in {Kind.GROUND, Kind.GRADIENT_WORD}
    return not (token.kind is Kind.COLOUR and (token.text.endswith("底") or is_ground))


def _worn(clause: Clause, verb: Token) -> tuple[Token, ...]:
    """``穿`` something that is in no list: all that may describe it."""
    start = clause.place(verb) + 1
    end = start
    while end < len(clause.tokens) and _describes(clause, clause.tokens[end]):
        end += 1
    said = _trimmed(clause, start, end)
    return said if any(one.kind is Kind.UNKNOWN for one in said) else ()


def _trimmed(clause: Clause, start: int, end: int) -> tuple[Token, ...]:
    while start < end and clause.tokens[start].kind in _EDGES:
        start += 1
    while end > start and clause.tokens[end - 1].kind in _EDGES - {Kind.CONTEXT}:
        end -= 1
    return clause.tokens[start:end]
