"""Reads sizes: presets by name, frames by figures, width and height by label."""

from __future__ import annotations

from collections.abc import Sequence

from daemon.domain.idphoto.instruct.clause import QUIET, Clause, use
from daemon.domain.idphoto.instruct.draft import Draft, FoundSize
from daemon.domain.idphoto.instruct.limits import SIZE_MM, SIZE_PX, within
from daemon.domain.idphoto.instruct.numbers import MM_PER_INCH, Amount, Frame, Unit
from daemon.domain.idphoto.instruct.tokens import Kind, SizeWord, Token
from daemon.domain.idphoto.instruct.vocabulary import Vocabulary
from daemon.domain.idphoto.slots import Size

# A bare AxB is millimetres up to here on both sides, pixels beyond. Source: the language's rules.
_MOST_BARE_MM = 80
_THROUGH = QUIET | {Kind.CHANGE, Kind.GROUND}
_LENGTHS = (Unit.MM, Unit.INCH, Unit.PX, Unit.NONE)


def name_papers_and_inches(clause: Clause, words: Vocabulary) -> None:
    """``2英寸`` and ``2x2 inch`` are names, ``4x6`` and ``6 inch`` are papers: in place."""
    for token in clause.free(Kind.FRAME, Kind.AMOUNT):
        plain, is_inch = _plain(token)
        if not plain:
            continue
        inch = f"{plain} inch"
        paper = words.papers.get(inch) or words.papers.get(plain) or words.papers.get(f"{plain}寸")
        size = words.size_named(inch, f"{plain}寸") if is_inch else None
        if size is not None:
            is_ambiguous = any(
                inch in row.words or f"{plain}寸" in row.words for row in words.book.ambiguities
            )
            token.kind, token.value = Kind.SIZE, SizeWord(size, is_ambiguous)
        elif paper is not None:
            token.kind, token.value = Kind.PAPER, paper


def _plain(token: Token) -> tuple[str, bool]:
    """The figures as a name would have them, and whether they are inches."""
    if isinstance(token.value, Frame) and token.value.unit in {Unit.INCH, Unit.NONE}:
        sides = sorted((token.value.width, token.value.height))
        return f"{sides[0]:g}x{sides[1]:g}", token.value.unit is Unit.INCH
    if isinstance(token.value, Amount) and token.value.unit is Unit.INCH:
        return f"{token.value.number:g}", True
    return "", False


def read_sizes(clause: Clause, draft: Draft, words: Vocabulary, *, is_online: bool) -> None:
    """Names and frames of a clause."""
    tokens = clause.free(Kind.SIZE, Kind.FRAME)
    for at, token in enumerate(tokens):
        following = tokens[at + 1] if at + 1 < len(tokens) else None
        if _is_refused(clause, token, draft) or _is_source(clause, token, following):
            continue
        size = _size(token, draft, words, is_online=is_online)
        if size is None:
            continue
        before = clause.before(token)
        use(token, before if before is not None and before.kind is Kind.ABOUT else None)
        draft.sizes.append(
            FoundSize(
                size,
                token.start,
                is_listed=_is_listed(clause, tokens, at),
                is_ambiguous=token.kind is Kind.SIZE and token.value.is_ambiguous,
            )
        )


def _is_refused(clause: Clause, token: Token, draft: Draft) -> bool:
    negation = clause.negation_of(token, _THROUGH)
    if negation is None:
        return False
    use(token, negation)
    draft.refused += [token, negation]
    return True


def _is_source(clause: Clause, token: Token, following: Token | None) -> bool:
    """``一寸改成二寸``: the first is what there is."""
    if following is None:
        return False
    change = [one for one in clause.between(token, following) if one.kind is Kind.CHANGE]
    use(*(([token] if change else []) + change))
    return bool(change)


def _is_listed(clause: Clause, tokens: Sequence[Token], at: int) -> bool:
    pairs = [(tokens[i], tokens[i + 1]) for i in (at - 1, at) if i >= 0 and i + 1 < len(tokens)]
    return any(
        any(one.kind is Kind.AND for one in clause.between(left, right)) for left, right in pairs
    )


def _size(token: Token, draft: Draft, words: Vocabulary, *, is_online: bool) -> Size | None:
    if token.kind is Kind.SIZE:
        key = token.value.preset
        upload = f"{key}_online"
        return Size(preset=upload if is_online and upload in words.book.presets else key)
    frame: Frame = token.value
    return _figures(frame.width, frame.height, frame.unit, draft, token.text)


def _figures(width: float, height: float, unit: Unit, draft: Draft, written: str) -> Size | None:
    if unit is Unit.NONE:
        unit = Unit.MM if max(width, height) <= _MOST_BARE_MM else Unit.PX
    if unit is Unit.PX:
        fits = all(within(draft, "sizes", side, SIZE_PX, written) for side in (width, height))
        is_whole = width == int(width) and height == int(height)
        return Size(width_px=int(width), height_px=int(height)) if fits and is_whole else None
    factor = MM_PER_INCH if unit is Unit.INCH else 1
    width, height = round(width * factor, 2), round(height * factor, 2)
    if not all(within(draft, "sizes", side, SIZE_MM, written) for side in (width, height)):
        return None
    return Size(width_mm=width, height_mm=height)


def read_labelled(clauses: Sequence[Clause], draft: Draft) -> None:
    """``高48mm×宽33mm``, ``33 mm wide, 48 mm high``; the two may stand in neighbouring clauses."""
    waiting: dict[Kind, tuple[Token, Token, int]] = {}
    for clause in clauses:
        for label, amount in _labels(clause):
            waiting[label.kind] = (label, amount, clause.number)
            width, height = waiting.get(Kind.WIDTH), waiting.get(Kind.HEIGHT)
            if width is None or height is None or abs(width[2] - height[2]) > 1:
                continue
            unit = _common_unit(width[1].value.unit, height[1].value.unit)
            size = unit and _figures(
                width[1].value.number, height[1].value.number, unit, draft,
                f"{width[1].text} {height[1].text}",
            )  # fmt: skip
            if size:
                draft.sizes.append(FoundSize(size, min(width[1].start, height[1].start)))
                use(width[0], width[1], height[0], height[1])
            waiting.clear()


def _labels(clause: Clause) -> list[tuple[Token, Token]]:
    labels = clause.free(Kind.WIDTH, Kind.HEIGHT)
    if not labels:
        return []
    first = clause.before(labels[0])
    is_behind = first is not None and _is_length(first)
    look = clause.before if is_behind else clause.after
    pairs = [(label, look(label)) for label in labels]
    return [(label, found) for label, found in pairs if found is not None and _is_length(found)]


def _is_length(token: Token) -> bool:
    return token.kind is Kind.AMOUNT and not token.is_used and token.value.unit in _LENGTHS


def _common_unit(one: Unit, other: Unit) -> Unit | None:
    if one is Unit.NONE:
        return other
    return one if other in {one, Unit.NONE} else None
