"""The rule of trust: both photos good, one clear similarity, one face each."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.domain.comparison import (
    POOR_BELOW,
    TRUST_FROM,
    Conclusion,
    Scale,
    Side,
    compare,
)

SCALE = Scale(same_from=0.65, different_below=0.40, source="a test")
GOOD = Side(0.9, 1)
QUALITY = st.floats(0, 1)
SIMILARITY = st.floats(-1, 1)


@pytest.mark.parametrize(
    ("similarity", "first", "second", "conclusion", "reasons"),
    [
        (0.70, GOOD, GOOD, Conclusion.MATCH, ()),
        (0.65, GOOD, GOOD, Conclusion.MATCH, ()),
        (0.39, GOOD, GOOD, Conclusion.NON_MATCH, ()),
        (0.40, GOOD, GOOD, Conclusion.NEEDS_PERSON, ("SIMILARITY_UNCLEAR",)),
        (0.64, GOOD, GOOD, Conclusion.NEEDS_PERSON, ("SIMILARITY_UNCLEAR",)),
        (0.90, GOOD, Side(0.59, 1), Conclusion.NEEDS_PERSON, ("LOW_OVERALL_QUALITY",)),
        (0.90, GOOD, Side(0.60, 1), Conclusion.MATCH, ()),
        (0.90, Side(0.39, 1), GOOD, Conclusion.TOO_POOR, ("LOW_OVERALL_QUALITY",)),
        (0.90, Side(0.40, 1), GOOD, Conclusion.NEEDS_PERSON, ("LOW_OVERALL_QUALITY",)),
        (0.10, GOOD, Side(0.9, 2), Conclusion.NEEDS_PERSON, ("MULTIPLE_FACES",)),
        (None, GOOD, Side(0.0, 0), Conclusion.TOO_POOR, ("FACE_NOT_FOUND",)),
        (math.nan, GOOD, GOOD, Conclusion.TOO_POOR, ("FACE_NOT_FOUND",)),
        (0.9, GOOD, Side(math.nan, 1), Conclusion.TOO_POOR, ("LOW_OVERALL_QUALITY",)),
    ],
)
def test_the_table_of_answers(similarity, first, second, conclusion, reasons) -> None:
    found = compare(similarity, first, second, SCALE)
    assert (found.conclusion, found.reasons) == (conclusion, reasons)


@given(SIMILARITY, QUALITY, QUALITY, st.integers(0, 3), st.integers(0, 3))
def test_the_order_of_the_photos_does_not_matter(similarity, a, b, m, n) -> None:
    there = compare(similarity, Side(a, m), Side(b, n), SCALE)
    assert there == compare(similarity, Side(b, n), Side(a, m), SCALE)


@given(SIMILARITY, QUALITY, QUALITY, QUALITY)
def test_a_better_photo_never_makes_an_answer_less_sure(similarity, a, b, more) -> None:
    order = [Conclusion.TOO_POOR, Conclusion.NEEDS_PERSON, Conclusion.MATCH]

    def sureness(quality: float) -> int:
        found = compare(similarity, Side(quality, 1), Side(b, 1), SCALE).conclusion
        return 2 if found.is_trusted else order.index(found)

    assert sureness(max(a, more)) >= sureness(a)


@given(SIMILARITY, QUALITY, QUALITY)
def test_trust_needs_both_photos(similarity, a, b) -> None:
    found = compare(similarity, Side(a, 1), Side(b, 1), SCALE)
    assert found.conclusion.is_trusted <= (min(a, b) >= TRUST_FROM)
    assert (found.conclusion is Conclusion.TOO_POOR) == (min(a, b) < POOR_BELOW)
    assert bool(found.reasons) != found.conclusion.is_trusted
