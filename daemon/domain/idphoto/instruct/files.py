"""Reads what the file is to be: bytes, resolution, format."""

from __future__ import annotations

from daemon.domain.idphoto.instruct.clause import QUIET, Clause, use
from daemon.domain.idphoto.instruct.draft import Draft
from daemon.domain.idphoto.instruct.limits import DPI, FILE_KB, within
from daemon.domain.idphoto.instruct.numbers import Unit
from daemon.domain.idphoto.instruct.tokens import Kind, Token

_RELATIONS = {Kind.AT_MOST: "max_kb", Kind.AT_LEAST: "min_kb", Kind.ABOUT: "target_kb"}
_THROUGH = QUIET | {Kind.CHANGE, Kind.FORMAT, Kind.TO}


def read_file(clause: Clause, draft: Draft) -> None:
    """File wishes of a clause."""
    for token in clause.free(Kind.KB_RANGE):
        low, high = token.value
        fits = [within(draft, "file", figure, FILE_KB, token.text) for figure in (low, high)]
        if all(fits):
            use(token, *_relations(clause, token))
            draft.set("file", "min_kb", low)
            draft.set("file", "max_kb", high)
    for token in clause.free(Kind.AMOUNT):
        if token.value.unit is Unit.KB and within(
            draft, "file", token.value.number, FILE_KB, token.text
        ):
            relations = _relations(clause, token)
            use(token, *relations)
            name = _RELATIONS[relations[-1].kind] if relations else "target_kb"
            draft.set("file", name, token.value.number)
    _resolution(clause, draft)
    for token in clause.free(Kind.FORMAT):
        if clause.negation_of(token) is None:
            use(token)
            draft.set("file", "format", token.value)


def _relations(clause: Clause, figure: Token) -> list[Token]:
    """The words beside a figure that say which way it binds; one behind it outranks one before."""
    found = []
    for look, side in ((clause.before, "before"), (clause.after, "after")):
        token = look(figure, _THROUGH)
        if (
            token is not None
            and token.kind in _RELATIONS
            and not token.is_used
            and token.value in {side, "either"}
        ):
            found.append(token)
    return found


def _resolution(clause: Clause, draft: Draft) -> None:
    for token in clause.free(Kind.AMOUNT):
        if token.value.unit is Unit.DPI:
            _set_dpi(clause, token, draft)
    for word in clause.free(Kind.DPI):
        through = QUIET | {Kind.CHANGE, Kind.AT_LEAST, Kind.ABOUT}
        figure = clause.after(word, through) or clause.before(word)
        if figure is not None and figure.kind is Kind.AMOUNT:
            if figure.value.unit is Unit.NONE and not figure.is_used:
                _set_dpi(clause, figure, draft)
            # 分辨率300dpi: the word says what the unit says.
            if figure.is_used:
                use(word)
        elif figure is not None and figure.kind is Kind.FRAME:
            use(word)


def _set_dpi(clause: Clause, token: Token, draft: Draft) -> None:
    number = token.value.number
    if number == int(number) and within(draft, "file", number, DPI, token.text):
        use(token, *_relations(clause, token))
        draft.set("file", "dpi", int(number))
