"""The language of one-line instructions, Chinese and English mixed as people write them.

A text is folded (width, case, traditional characters), cut into tokens by longest match, split
into clauses, and each clause is read by small readers that take the tokens they understand. What
no reader took is handed back word for word. Deterministic, linear in the length of the text, and
nothing a text says is ever carried out: it fills slots, or it is reported.

May import ``daemon.domain.idphoto``; the figures and words come in as a ``Book``.
"""

from __future__ import annotations

from daemon.domain.idphoto.instruct.reader import Parsed, Piece, parse

__all__ = ["Parsed", "Piece", "parse"]
