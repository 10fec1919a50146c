"""Pages of plain text lines for the tests of the text side."""

from __future__ import annotations

from collections.abc import Sequence

from daemon.domain.privacy.page import Finding, Line, Page, Quad

HEIGHT = 20.0


def line(text: str, x: float, y: float, height: float = HEIGHT) -> Line:
    """A line whose top left corner is given; wide characters are as wide as the line is high."""
    glyph = height / 2
    width = sum(2 if one >= "\u1100" else 1 for one in text) * glyph
    return Line(text, Quad((x, y), (x + width, y), (x + width, y + height), (x, y + height)))


def page(*rows: str, pitch: float = 40.0) -> Page:
    """Lines below each other, all at the left margin."""
    return placed(*(line(text, 100.0, 100.0 + pitch * at) for at, text in enumerate(rows)))


def placed(*lines: Line) -> Page:
    """Lines where they are."""
    return Page(tuple(lines), 1200, 1700)


def shown(sheet: Page, found: Sequence[Finding]) -> list[str]:
    """Every line's text with blanks where it is covered."""
    texts = [list(one.text) for one in sheet.lines]
    for finding in found:
        if finding.masked:
            for piece in finding.pieces:
                for at in range(piece.first, piece.last + 1):
                    texts[piece.line][at] = " "
    return ["".join(text) for text in texts]
