"""Where masks lie along a line."""

from __future__ import annotations

import pytest

from daemon.domain.privacy.page import Line, Piece, Quad
from daemon.routes.privacy.places import piece_quad

BOX = Quad((100.0, 100.0), (200.0, 100.0), (200.0, 120.0), (100.0, 120.0))


@pytest.mark.parametrize("text", ["-2,752.33", "：138000", "-¥138.00"])
def test_a_sign_that_begins_a_line_goes_with_its_number(text: str) -> None:
    """Readers name a thin first glyph late: its cell reached over a quarter of the first digit."""
    first = next(at for at, glyph in enumerate(text) if glyph.isdigit())
    mask = piece_quad(Line(text, BOX), Piece(0, first, len(text) - 1), 0.04)
    assert mask.start[0] < BOX.start[0]


def test_a_word_before_a_number_stays() -> None:
    mask = piece_quad(Line("No. 138000", BOX), Piece(0, 4, 9), 0.04)
    assert mask.start[0] == pytest.approx(140.0 - 0.04 * 20, abs=0.5)
