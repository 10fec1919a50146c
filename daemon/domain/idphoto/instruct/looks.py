"""Reads what is on or off: spots, moles, texture, hair, level, mirror; how large the head is."""

from __future__ import annotations

from daemon.domain.idphoto.instruct.clause import QUIET, Clause, use
from daemon.domain.idphoto.instruct.draft import Draft
from daemon.domain.idphoto.instruct.limits import HEAD_MM, MARGIN_MM, within
from daemon.domain.idphoto.instruct.numbers import Amount, Unit
from daemon.domain.idphoto.instruct.tokens import Kind, Token

_OFF = (Kind.NEGATION, Kind.KEEP)
_LOOK_THROUGH = QUIET | {Kind.CHANGE, Kind.REMOVE, Kind.KEEP}


def read_looks(clause: Clause, draft: Draft) -> None:
    """Everything here of a clause."""
    _blemish(clause, draft)
    _kept_or_removed(clause, draft, Kind.MOLE, ("retouch", "moles"))
    _stray_hair(clause, draft)
    for kind, slot, name in (
        (Kind.TEXTURE, "retouch", "keep_texture"),
        (Kind.HAIR_DETAIL, "matting", "hair_detail"),
    ):
        for token in clause.free(kind):
            # "No hair detail" is in no slot: it stays not understood.
            if clause.negation_of(token) is None:
                use(token, _keep_before(clause, token))
                draft.set(slot, name, True)
    for kind, name in ((Kind.LEVEL, "level"), (Kind.FLIP, "flip")):
        for token in clause.free(kind):
            negation = clause.negation_of(token)
            use(token, negation, *clause.free(Kind.HEAD))
            draft.set("pose", name, negation is None)


def _keep_before(clause: Clause, token: Token) -> Token | None:
    before = clause.before(token)
    return before if before is not None and before.kind is Kind.KEEP else None


def _blemish(clause: Clause, draft: Draft) -> None:
    for token in clause.free(Kind.BLEMISH):
        before = clause.before(token)
        off = before if before is not None and before.kind in _OFF else None
        off = off or clause.negation_of(token)
        use(token, off, before if before is not None and before.kind is Kind.REMOVE else None)
        draft.set("retouch", "blemish", "remove" if off is None else "keep")
    _kept_or_removed(clause, draft, Kind.SPOT, ("retouch", "blemish"))


def _stray_hair(clause: Clause, draft: Draft) -> None:
    for token in clause.free(Kind.STRAY_REMOVE):
        negation = clause.negation_of(token)
        use(token, negation)
        draft.set("matting", "stray_hair", "remove" if negation is None else "keep")
    _kept_or_removed(clause, draft, Kind.STRAY, ("matting", "stray_hair"))


def _kept_or_removed(clause: Clause, draft: Draft, kind: Kind, slot: tuple[str, str]) -> None:
    """A thing and a word that says whether it goes; without one nothing is asked."""
    for token in clause.free(kind):
        removal = _nearest(clause, token, Kind.REMOVE)
        keep = _nearest(clause, token, Kind.KEEP)
        negation = _negation(clause, token, removal)
        if removal is not None:
            draft.set(*slot, "remove" if negation is None else "keep")
        elif keep is not None:
            draft.set(*slot, "keep")
        elif negation is not None:
            # 不要痘痘: it should not be there.
            draft.set(*slot, "remove")
        else:
            continue
        use(token, removal, keep if removal is None else None, negation)


def _nearest(clause: Clause, token: Token, kind: Kind) -> Token | None:
    """The word of that kind next to the thing, with nothing of its own between."""
    for look in (clause.before, clause.after):
        found = look(token, QUIET | {Kind.NEGATION, Kind.AND, Kind.SPOT, Kind.MOLE, Kind.STRAY})
        if found is not None and found.kind is kind:
            return found
    return None


def _negation(clause: Clause, token: Token, removal: Token | None) -> Token | None:
    found = clause.before(removal or token)
    if found is not None and found.kind is Kind.NEGATION:
        return found
    return clause.negation_of(token, _LOOK_THROUGH)


def read_head(clause: Clause, draft: Draft) -> None:
    """How large the head is to be, and the room above it."""
    for kind, scale in ((Kind.HEAD_LARGER, "larger"), (Kind.HEAD_SMALLER, "smaller")):
        for token in clause.free(kind):
            use(token)
            draft.set("head", "scale", scale)
    for token in clause.free(Kind.TOP_MARGIN):
        _measure(clause, token, draft, "top_margin")
    heads = clause.free(Kind.HEAD)
    for token in heads:
        _measure(clause, token, draft, "height")
    sizes = clause.free(Kind.LARGER, Kind.SMALLER)
    if heads and sizes:
        use(*heads, *sizes, *clause.free(Kind.STRONG_AFTER, Kind.STRONG_BEFORE))
        draft.set("head", "scale", "larger" if sizes[-1].kind is Kind.LARGER else "smaller")


def _measure(clause: Clause, token: Token, draft: Draft, name: str) -> None:
    figure = _figure(clause, token)
    if figure is None:
        return
    amount: Amount = figure.value
    bounds = MARGIN_MM if name == "top_margin" else HEAD_MM
    if amount.unit is Unit.PERCENT:
        ratio = amount.number / 100
        if within(draft, "head", ratio, (0.0, 0.95), figure.text):
            draft.set("head", f"{name}_ratio", round(ratio, 4))
            use(token, figure)
    elif within(draft, "head", amount.mm, bounds, figure.text):
        draft.set("head", f"{name}_mm", round(amount.mm, 2))
        use(token, figure)


def _figure(clause: Clause, token: Token) -> Token | None:
    """The figure behind the word, else the one before it (``3mm top margin``)."""
    through = QUIET | {Kind.KEEP, Kind.ABOUT, Kind.HEIGHT, Kind.GROUND}
    for look in (clause.after, clause.before):
        found = look(token, through)
        if found is None or found.kind is not Kind.AMOUNT or found.is_used:
            continue
        if found.value.unit in {Unit.MM, Unit.INCH, Unit.PERCENT}:
            use(*clause.free(Kind.KEEP, Kind.HEIGHT))
            return found
    return None
