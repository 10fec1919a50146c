"""Settles claims to the same glyphs: the surest and longest keeps them, all stay covered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from daemon.domain.privacy.glyphs import pieces_of
from daemon.domain.privacy.page import Finding, Page, Piece, Reason, Verdict

Glyph = tuple[int, int]

_RANKS = {
    Reason.ZONE: 0,
    Reason.NAMED: 1,
    Reason.CHECKED: 1,
    Reason.CONTEXT: 2,
    Reason.PATTERN: 3,
    Reason.DIGITS: 4,
    Reason.UNREAD: 5,
}


@dataclass(frozen=True, slots=True)
class Claim:
    """A candidate that counts.

    Attributes:
        entity: Type.
        origins: Its glyphs as (line, glyph), in reading order.
        reason: Why it counts.
        score: How sure, 0..1.
        checked: What its check digit says.
        verdict: What the policy does with it.
        keeps: How many last glyphs stay readable.
        tag: HMAC of its value.
        joined: Whether it lies over a joint of lines that need not belong together.
        switched_off: Whether somebody turned its type off by name.
    """

    entity: str
    origins: tuple[Glyph, ...]
    reason: Reason
    score: float
    checked: bool | None
    verdict: Verdict
    keeps: int = 0
    tag: str = field(default="", repr=False)
    joined: bool = False
    switched_off: bool = False


def resolve(claims: Iterable[Claim], page: Page, order: Mapping[str, int]) -> tuple[Finding, ...]:
    """Findings of a page.

    Args:
        claims: All that counts, in any order.
        page: For its texts.
        order: Types by rank, where nothing else decides.

    Returns:
        What is covered, then what is left or allowed; each in reading order.
    """
    ranked = sorted(
        claims,
        key=lambda one: (
            _RANKS[one.reason],
            one.joined,
            -len(one.origins),
            -one.score,
            order.get(one.entity, len(order)),
        ),
    )
    masked = [one for one in ranked if one.verdict is Verdict.MASK]
    allowed = [one for one in ranked if one.verdict is Verdict.ALLOWED]
    off = [one for one in ranked if one.verdict is Verdict.LEAVE and one.switched_off]
    masked = [one for one in masked if not _outranked(one, allowed) and not _inside(one, off)]
    taken: set[Glyph] = set()
    made = list(_settled(masked, taken, page))
    rest = [*allowed, *(one for one in ranked if one.verdict is Verdict.LEAVE)]
    left = list(_left(rest, taken))
    return (*sorted(made, key=_place), *sorted(left, key=_place))


def _outranked(one: Claim, allowed: Sequence[Claim]) -> bool:
    """Whether a claim is only about glyphs of an allowed number."""
    glyphs = set(one.origins)
    return any(glyphs <= set(own.origins) for own in allowed)


def _inside(one: Claim, off: Sequence[Claim]) -> bool:
    """Whether a claim is a part, or a mere run, of a number whose type was turned off.

    Of another type with the same glyphs it is not: ``bank_account`` off does not show a card.
    """
    glyphs = set(one.origins)
    for own in off:
        whole = set(own.origins)
        if _RANKS[one.reason] >= _RANKS[own.reason] and (
            glyphs < whole or (one.reason is Reason.DIGITS and glyphs == whole)
        ):
            return True
    return False


def _settled(masked: Sequence[Claim], taken: set[Glyph], page: Page) -> Iterable[Finding]:
    for one in masked:
        free = [
            origin
            for origin in one.origins
            if origin not in taken and not page.lines[origin[0]].text[origin[1]].isspace()
        ]
        if not free:
            continue
        whole = all(origin not in taken for origin in one.origins)
        kept: tuple[Piece, ...] = ()
        pieces = pieces_of(one.origins if whole else free)
        if whole and one.keeps:
            pieces, kept = _split(one, page)
        elif not whole:
            pieces = _apart(free, page)
        taken.update(one.origins)
        yield _finding(one, pieces, kept)


def _split(one: Claim, page: Page) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Covered and kept; a number of which more would stay than go is covered whole."""
    countable = [
        origin for origin in one.origins if page.lines[origin[0]].text[origin[1]].isalnum()
    ]
    if len(countable) < 2 * one.keeps:
        return pieces_of(one.origins), ()
    border = one.origins.index(countable[-one.keeps])
    tail = set(countable[-one.keeps :])
    covered = one.origins[: one.origins.index(countable[-one.keeps - 1]) + 1]
    return pieces_of(covered), pieces_of(
        origin for origin in one.origins[border:] if origin in tail
    )


def _apart(free: Sequence[Glyph], page: Page) -> tuple[Piece, ...]:
    """Glyphs as pieces that never close over a gap that is another finding's."""
    made: list[Piece] = []
    for line, glyph in free:
        last = made[-1] if made else None
        between = (
            page.lines[line].text[last.last + 1 : glyph]
            if last is not None and last.line == line
            else "x"
        )
        if last is not None and not between.strip():
            made[-1] = Piece(line, last.first, glyph)
        else:
            made.append(Piece(line, glyph, glyph))
    return tuple(made)


def _left(rest: Sequence[Claim], taken: set[Glyph]) -> Iterable[Finding]:
    for one in rest:
        if taken.isdisjoint(one.origins):
            taken.update(one.origins)
            yield _finding(one, pieces_of(one.origins), ())


def _finding(one: Claim, pieces: tuple[Piece, ...], kept: tuple[Piece, ...]) -> Finding:
    return Finding(
        entity=one.entity,
        pieces=pieces,
        score=one.score,
        reason=one.reason,
        checked=one.checked,
        kept=kept,
        verdict=one.verdict,
        tag=one.tag,
    )


def _place(one: Finding) -> tuple[Piece, ...]:
    return one.pieces
