"""Reads the print sheet: paper, copies, cut lines, gap; and the watermark."""

from __future__ import annotations

from collections.abc import Sequence

from daemon.domain.idphoto.instruct.clause import QUIET, Clause, use
from daemon.domain.idphoto.instruct.draft import Draft
from daemon.domain.idphoto.instruct.limits import COPIES, GAP_MM, within
from daemon.domain.idphoto.instruct.numbers import Unit
from daemon.domain.idphoto.instruct.tokens import Kind, Token

_THROUGH = QUIET | {Kind.KEEP, Kind.CHANGE, Kind.UP}


def speaks_of_printing(clauses: Sequence[Clause]) -> bool:
    """Whether a sentence has a print clause, so that its ``8张`` are copies."""
    return any(clause.has(Kind.PAPER, Kind.PRINT, Kind.CUT) for clause in clauses)


def read_print(clause: Clause, draft: Draft, *, is_printed: bool) -> None:
    """Print wishes of a clause."""
    for token in clause.free(Kind.PAPER):
        if clause.negation_of(token) is None:
            use(token)
            draft.set("print", "paper", token.value)
    if is_printed:
        _copies(clause, draft)
    for token in clause.free(Kind.CUT):
        negation = _negation(clause, token)
        use(token, negation)
        draft.set("print", "cut_lines", negation is None)
    for token in clause.free(Kind.GAP):
        _gap(clause, token, draft)
    if draft.of("print"):
        use(*clause.free(Kind.PRINT))


def _negation(clause: Clause, token: Token) -> Token | None:
    found = clause.negation_of(token, _THROUGH)
    before = clause.before(token, _THROUGH)
    if found is None and before is not None and before.kind is Kind.REMOVE:
        return before
    return found


def _copies(clause: Clause, draft: Draft) -> None:
    for token in clause.free(Kind.AMOUNT):
        if token.value.unit is not Unit.COPIES:
            continue
        following = clause.tokens[clause.place(token) + 1 :][:1]
        if following and following[0].kind is Kind.PAPER:
            # 一张6寸 is one sheet; more than one sheet is in no slot.
            use(*([token] if token.value.number == 1 else []))
            continue
        number = token.value.number
        if number == int(number) and within(draft, "print", number, COPIES, token.text):
            use(token)
            draft.set("print", "copies", int(number))


def _gap(clause: Clause, token: Token, draft: Draft) -> None:
    negation = _negation(clause, token)
    if negation is not None:
        use(token, negation, *clause.free(Kind.KEEP))
        draft.set("print", "gap_mm", 0.0)
        return
    for figure in (clause.after(token, _THROUGH), clause.before(token, _THROUGH)):
        if figure is None or figure.kind is not Kind.AMOUNT or figure.is_used:
            continue
        if figure.value.unit in {Unit.MM, Unit.INCH}:
            if within(draft, "print", figure.value.mm, GAP_MM, figure.text):
                use(token, figure, *clause.free(Kind.KEEP))
                draft.set("print", "gap_mm", round(figure.value.mm, 2))
            return


def read_watermark(clause: Clause, draft: Draft) -> None:
    """The words of a watermark, or that there shall be none."""
    for token in clause.free(Kind.WATERMARK):
        texts = clause.free(Kind.VERBATIM)
        negation = clause.negation_of(token)
        if negation is not None:
            use(token, negation)
            draft.set("watermark", "text", "")
        elif texts:
            use(token, *texts)
            draft.set("watermark", "text", texts[-1].value)
