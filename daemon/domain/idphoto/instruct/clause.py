"""A clause: its tokens, and the looks around that every reader needs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from daemon.domain.idphoto.instruct.tokens import Kind, Token

# Carry no wish of their own: readers look through them.
QUIET = frozenset({Kind.FILLER, Kind.CONTEXT, Kind.OWNER})
# Grammar that, left over beside something understood, means nothing more.
LINKS = frozenset({
    Kind.AND, Kind.CHANGE, Kind.FROM, Kind.TO, Kind.WITH, Kind.BUT, Kind.EACH, Kind.GROUND,
    Kind.VERTICAL, Kind.ONLINE,
}) | QUIET  # fmt: skip


class Clause:
    """The tokens between two breaks.

    Args:
        number: Which clause of the text, from 0.
        tokens: Its tokens, in order.
    """

    def __init__(self, number: int, tokens: Sequence[Token]) -> None:
        self.number = number
        self.tokens = tuple(tokens)
        self._place = {id(token): at for at, token in enumerate(self.tokens)}

    def free(self, *kinds: Kind) -> list[Token]:
        """Tokens of these kinds that nobody took yet."""
        return [one for one in self.tokens if one.kind in kinds and not one.is_used]

    def has(self, *kinds: Kind) -> bool:
        return any(token.kind in kinds for token in self.tokens)

    @property
    def is_understood(self) -> bool:
        """Whether a reader took anything."""
        return any(token.is_used for token in self.tokens)

    def place(self, token: Token) -> int:
        return self._place[id(token)]

    def before(self, token: Token, through: frozenset[Kind] = QUIET) -> Token | None:
        """The nearest token before that is not looked through."""
        return next(self._walk(self.place(token), -1, through), None)

    def after(self, token: Token, through: frozenset[Kind] = QUIET) -> Token | None:
        """The nearest token after that is not looked through."""
        return next(self._walk(self.place(token), 1, through), None)

    def _walk(self, at: int, step: int, through: frozenset[Kind]) -> Iterator[Token]:
        at += step
        while 0 <= at < len(self.tokens):
            if self.tokens[at].kind not in through:
                yield self.tokens[at]
            at += step

    def span(self, start: Token, end: Token) -> tuple[Token, ...]:
        """Tokens from one to another, both with it."""
        return self.tokens[self.place(start) : self.place(end) + 1]

    def between(self, left: Token, right: Token) -> tuple[Token, ...]:
        """Tokens that stand between two."""
        return self.tokens[self.place(left) + 1 : self.place(right)]

    def negation_of(self, token: Token, through: frozenset[Kind] = QUIET) -> Token | None:
        """The negation that governs a token, before it or as the clause's last word."""
        found = self.before(token, through)
        if found is not None and found.kind is Kind.NEGATION:
            return found
        after = self.after(token)
        if after is not None and after.kind is Kind.NEGATION and self.after(after) is None:
            return after
        return None


def use(*tokens: Token | None) -> None:
    """Mark tokens as understood."""
    for token in tokens:
        if token is not None:
            token.is_used = True
