"""Faults in the masks, through the whole route: what can still be read is never published.

The reader here knows what stands on the page, so these are faults of the route alone; with the
networks, and counted: ``python -m tests.privacy_faults_table``.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from daemon.domain.job import Verdict
from daemon.domain.privacy.page import Line
from daemon.engines.sightings import FoundCode
from daemon.imaging.annotate import BAD
from daemon.routes.base import Context, Outcome, StagedFile
from daemon.routes.privacy import ROUTE
from daemon.routes.privacy.page import VEIL_CELLS
from tests.fakes import privacy_pages
from tests.fakes.privacy_oracle import Nobody, Oracle, engines_with, lines_of
from tests.fakes.privacy_pages import Drawn
from tests.privacy_seeding import KINDS, PLACES, Seed, seeded, showing

SMALL = (25, 2, 36)  # seeds of pages that cost little


def numbers(drawn: Drawn) -> list[dict[str, Any]]:
    return [one for one in drawn.truth["spans"] if one["kind"] == "sensitive"]


def run(
    drawn: Drawn,
    folder: Path,
    reader: Any,
    suffix: str = ".png",
    codes: Any = Nobody,
    **options: Any,
) -> Outcome:
    path = folder / f"letter{suffix}"
    Image.fromarray(drawn.srgb).save(path, quality=90)
    out = folder / "out"
    out.mkdir()
    with engines_with(reader, codes=codes) as engines:
        context = Context(engines, "en", "", lambda *_: None, out, path.name)
        parsed = ROUTE.parse_options({"profile": "personal", **options})
        return ROUTE.run(StagedFile(path), parsed, context)


def checks(outcome: Outcome, attempt: int = -1) -> set[str]:
    return {doubt["check"] for doubt in outcome.measures["proof"]["doubts"][attempt]}


def around(span: dict[str, Any], pixels: np.ndarray) -> np.ndarray:
    """What lies within half a line's height of a number."""
    corners = np.array(span["poly"], float)
    room = (np.ptp(corners[:, 1])) / 2
    left, top = np.maximum(corners.min(axis=0) - room, 0).astype(int)
    right, bottom = (corners.max(axis=0) + room).astype(int)
    return pixels[top:bottom, left:right]


def published(outcome: Outcome, folder: Path) -> np.ndarray:
    (file,) = outcome.files
    with Image.open(folder / "out" / file.name) as image:
        return np.asarray(image.convert("RGB"))


@pytest.mark.parametrize("page", SMALL)
def test_a_page_without_a_fault_goes_out_with_nothing_left(tmp_path, page):
    drawn = privacy_pages.page(page)
    outcome = run(drawn, tmp_path, Oracle(drawn.srgb, lines_of(drawn)))
    assert outcome.verdict is Verdict.DONE, outcome.measures["proof"]
    after = published(outcome, tmp_path)
    assert sum(showing(drawn.srgb, after, span) for span in numbers(drawn)) == 0
    assert outcome.measures["attempts"] == 1
    assert set(outcome.engines) == {"read_text", "find_codes", "sweep_faces", "sweep_faces_again"}


@pytest.mark.parametrize("where", PLACES)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("page", SMALL[:2])
def test_a_fault_that_stays_keeps_the_file_in_the_house(tmp_path, page, kind, where):
    drawn = privacy_pages.page(page)
    span = numbers(drawn)[page % 2]
    with seeded(Seed(kind, span), where) as seed:
        outcome = run(drawn, tmp_path, Oracle(drawn.srgb, lines_of(drawn)))
    assert seed.spoilt >= 2
    assert outcome.verdict is Verdict.REVIEW, outcome.measures["proof"]
    assert outcome.reasons[0].code == "PRIVACY_UNVERIFIED"
    assert not outcome.files
    assert not list((tmp_path / "out").iterdir())
    assert len(outcome.measures["proof"]["doubts"]) == 2
    assert span["text"] not in str(outcome.measures)


@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_that_happens_once_is_mended_by_masking_again(tmp_path, kind):
    drawn = privacy_pages.page(SMALL[0])
    span = numbers(drawn)[0]
    with seeded(Seed(kind, span, times=1)) as seed:
        outcome = run(drawn, tmp_path, Oracle(drawn.srgb, lines_of(drawn)))
    assert seed.spoilt == 1
    assert checks(outcome, 0)
    assert outcome.verdict is Verdict.DONE, outcome.measures["proof"]
    assert outcome.measures["attempts"] == 2
    after = published(outcome, tmp_path)
    assert sum(showing(drawn.srgb, after, one) for one in numbers(drawn)) == 0


def test_masks_far_from_what_was_doubted_stay_as_they_were(tmp_path):
    drawn = privacy_pages.page(SMALL[2])
    first, *_, last = numbers(drawn)
    covered = []
    for name, times in (("sound", 0), ("mended", 1)):
        (folder := tmp_path / name).mkdir()
        with seeded(Seed("dropped", first, times=times)):
            outcome = run(drawn, folder, Oracle(drawn.srgb, lines_of(drawn)))
        assert outcome.measures["attempts"] == 1 + times
        covered.append((published(outcome, folder) != drawn.srgb).any(axis=2))
    differs = covered[0] != covered[1]
    assert around(first, differs).any()
    assert not around(last, differs).any()


@pytest.mark.parametrize(
    ("kind", "suffix", "options"),
    [
        ("dropped", ".jpg", {}),
        ("two_left", ".jpg", {"mask": "auto"}),
        ("two_left", ".png", {"mask": "auto"}),
        ("dropped", ".png", {"label": True}),
        ("shifted", ".webp", {"mask": "ink", "radius": 0.1}),
    ],
)
def test_what_the_painter_left_is_seen_without_reading(tmp_path, kind, suffix, options):
    drawn = privacy_pages.page(SMALL[1])
    reader = Oracle(drawn.srgb, lines_of(drawn), sees_at_proof=False)
    with seeded(Seed(kind, numbers(drawn)[1]), "paint"):
        outcome = run(drawn, tmp_path, reader, suffix, **options)
    assert outcome.verdict is Verdict.REVIEW
    assert "flat" in checks(outcome)


@pytest.mark.parametrize("share", [0.5, 1.5])
def test_a_mask_that_ends_within_a_glyph_is_seen_by_the_glyphs_place(tmp_path, share):
    drawn = privacy_pages.page(SMALL[0])
    span = numbers(drawn)[0]
    reader = Oracle(drawn.srgb, lines_of(drawn), sees_at_proof=True, least_run=9)
    with seeded(Seed("cut", span, glyphs=share)):
        outcome = run(drawn, tmp_path, reader)
    assert "bare" in checks(outcome)
    assert not outcome.files


def test_two_digits_that_the_second_look_misses_are_seen_by_their_place(tmp_path):
    drawn = privacy_pages.page(SMALL[2])
    reader = Oracle(drawn.srgb, lines_of(drawn), least_run=3)
    with seeded(Seed("two_left", numbers(drawn)[0])):
        outcome = run(drawn, tmp_path, reader)
    assert outcome.verdict is Verdict.REVIEW
    assert checks(outcome) == {"bare"}


def test_a_number_that_the_first_look_missed_is_seen_by_the_second(tmp_path):
    drawn = privacy_pages.page(SMALL[0])
    lines = lines_of(drawn)
    whole = Oracle(drawn.srgb, lines)
    hidden = numbers(drawn)[0]["text"]

    class Misses:
        def read(self, srgb, *, second_look=False):
            page = whole.read(srgb, second_look=second_look)
            if second_look:
                return page
            return replace(page, lines=tuple(one for one in page.lines if one.text != hidden))

    outcome = run(drawn, tmp_path, Misses())
    assert checks(outcome, 0) == {"text"}
    assert outcome.verdict is Verdict.DONE  # masked again, by both looks
    assert showing(drawn.srgb, published(outcome, tmp_path), numbers(drawn)[0]) == 0


def test_digits_at_the_end_of_a_line_that_neither_look_sees_are_covered_by_their_ink(tmp_path):
    drawn = privacy_pages.page(SMALL[2])
    lines, number = lines_of(drawn), numbers(drawn)[0]
    short = tuple(two_shorter(one) if one.text == number["text"] else one for one in lines)
    assert short != tuple(lines)
    outcome = run(drawn, tmp_path, Oracle(drawn.srgb, short))
    assert checks(outcome, 0) == {"loose"}
    assert outcome.verdict is Verdict.DONE, outcome.measures["proof"]
    assert showing(drawn.srgb, published(outcome, tmp_path), number) == 0


def two_shorter(line: Line) -> Line:
    """As a reader has it that ends the line two glyphs early."""
    kept = len(line.text) - 2
    quad = line.quad.part(0.0, line.spread[kept - 1][1])
    return Line(line.text[:kept], quad, line.confidence)


def test_the_picture_of_a_page_that_nobody_could_read_shows_no_glyph(tmp_path):
    drawn = privacy_pages.page(SMALL[1])
    outcome = run(drawn, tmp_path, Oracle(drawn.srgb, ()))
    assert checks(outcome) == {"reading"}
    head = outcome.why.shape[0] - drawn.srgb.shape[0]
    shown = outcome.why[head:]
    assert shown.shape == drawn.srgb.shape
    blocks = drawn.srgb.shape[0] // VEIL_CELLS
    assert np.abs(np.diff(shown.astype(int), axis=0)).any(axis=(1, 2)).mean() < 2 / blocks


def test_what_was_not_proved_is_marked_above_what_was(tmp_path):
    drawn = privacy_pages.page(SMALL[1])
    span = numbers(drawn)[0]
    with seeded(Seed("dropped", span)):
        outcome = run(drawn, tmp_path, Oracle(drawn.srgb, lines_of(drawn)))
    head = outcome.why.shape[0] - drawn.srgb.shape[0]
    assert showing(drawn.srgb, outcome.why[head:], span, same=0.3) == 0
    red = (np.abs(outcome.why.astype(int) - BAD).max(axis=2) < 12).sum()
    assert red > 200


def test_a_code_that_only_the_proof_reads_is_covered_at_the_second_attempt(tmp_path):
    drawn = privacy_pages.page(SMALL[1])
    quad = np.array([[10, 10], [60, 10], [60, 40], [10, 40]], np.float32)

    class Second(Nobody):
        def prove(self, srgb):
            left = srgb[12:38, 12:58].max() > 0
            return [FoundCode("EAN13", quad, 1.0, b"4006381333931")] if left else []

    outcome = run(drawn, tmp_path, Oracle(drawn.srgb, lines_of(drawn)), codes=Second)
    assert checks(outcome, 0) == {"codes"}
    assert outcome.verdict is Verdict.DONE
    assert published(outcome, tmp_path)[4:46, 4:66].max() == 0
    assert b"4006381333931".decode() not in str(outcome.measures)
