"""Whatever a reader hands over: no error, and findings that lie on the page."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from daemon.catalogue.privacy import book, policy_of
from daemon.config.privacy import Masking
from daemon.domain.privacy.filename import masked_name
from daemon.domain.privacy.find import Finder
from daemon.domain.privacy.glyphs import normalise
from daemon.domain.privacy.page import Line, Page, Quad
from daemon.domain.privacy.remains import left_over

FINDERS = [
    Finder(book(), policy_of(book(), name, over), b"key")
    for name, over in (
        ("all_digits", Masking(keep_last=4, allow=("1234", "400-123-4567"), min_digits=1)),
        ("personal", Masking(words=("张伟明",), types={"cjk_digit_sequence": True})),
    )
]
NUMBERS = st.from_regex(r"[0-9OIlSB〇一二<>: .\-/()+@A-Za-z年]{0,40}", fullmatch=True)
TEXTS = st.one_of(
    st.text(max_size=30),
    NUMBERS,
    st.sampled_from(
        ["﷽ﷺ㍻①½²㎏", "\u200b1\u200b2\u200b3\u200b4", "１２３４٤٥٦٧", "\ud8001234", "身份证"]
    ),
)
COORDINATE = st.floats(-1e4, 1e4, allow_nan=False)
POINT = st.tuples(COORDINATE, COORDINATE)
QUADS = st.one_of(
    st.builds(Quad, POINT, POINT, POINT, POINT),
    st.builds(
        lambda x, y, w, h: Quad((x, y), (x + w, y), (x + w, y + h), (x, y + h)),
        st.integers(0, 500),
        st.integers(0, 500),
        st.integers(0, 300),
        st.integers(0, 40),
    ),
)
PAGES = st.builds(
    lambda lines: Page(tuple(lines), 1000, 1000),
    st.lists(st.builds(Line, TEXTS, QUADS, st.floats(0, 1)), max_size=8),
)


@given(sheet=PAGES)
@settings(max_examples=150, deadline=None)
def test_findings_lie_on_the_page_and_never_over_each_other(sheet: Page) -> None:
    for finder in FINDERS:
        seen: set[tuple[int, int]] = set()
        for found in finder.find(sheet):
            assert found.pieces
            assert 0.0 <= found.score <= 1.0
            assert finder.entity(found.entity).label("zh")
            for piece in found.pieces + found.kept:
                assert 0 <= piece.first <= piece.last < len(sheet.lines[piece.line].text)
                glyphs = {(piece.line, at) for at in range(piece.first, piece.last + 1)}
                if found.masked and not any(
                    sheet.lines[line].text[at].isspace() for line, at in glyphs
                ):
                    assert not glyphs & seen
                seen |= glyphs if found.masked else set()


@given(sheet=PAGES)
@settings(max_examples=60, deadline=None)
def test_the_second_reading_may_be_anything(sheet: Page) -> None:
    for finder in FINDERS:
        found = finder.find(sheet)
        masks = [line.quad for line in sheet.lines]
        assert left_over(sheet, masks, finder, sheet, found) is not None
        assert left_over(sheet, [], finder, Page((), 1, 1), ()) is not None


@given(text=st.text(max_size=60))
@example("﷽")
@example("1\u20e32\u20e3")
@settings(max_examples=200, deadline=None)
def test_every_normalised_character_knows_its_glyph(text: str) -> None:
    strand = normalise(text, 3)
    assert len(strand.text) == len(strand.origins)
    glyphs = [origin[1] for origin in strand.origins if origin is not None]
    assert glyphs == sorted(glyphs)
    assert all(0 <= glyph < len(text) for glyph in glyphs)
    assert "  " not in strand.text


@given(name=st.text(max_size=60))
@settings(max_examples=150, deadline=None)
def test_a_name_keeps_its_length(name: str) -> None:
    assert len(masked_name(name, FINDERS[1])) == len(name)
