"""The route on real pages: covered, proved, and never published where that fails.

The whole table: ``tests/privacy_table.py``.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from daemon.config.model import Engines as Settings
from daemon.domain.job import Verdict
from daemon.domain.privacy.page import Page
from daemon.engines.embedded import embedded
from daemon.engines.registry import Engines
from daemon.errors import EngineError
from daemon.imaging.clean import CleanPage, Tone
from daemon.imaging.masking import grown
from daemon.routes.base import Context, Outcome, StagedFile
from daemon.routes.privacy import ROUTE
from daemon.routes.privacy.covering import Cover, cover_for, painted, touched_by
from daemon.routes.privacy.looking import Eyes, Seen, look_at
from daemon.routes.privacy.options import parse
from daemon.routes.privacy.places import Source
from daemon.routes.privacy.policy import finder_for, policy_for
from daemon.routes.privacy.proof import Claimed, page_doubts
from tests.fakes import privacy_pages
from tests.fakes.privacy_layouts import full_page
from tests.privacy_table import SAMPLES, Score, score

pytestmark = [pytest.mark.engines, pytest.mark.slow]
PAGES = (0, 7)


@pytest.fixture(scope="module")
def engines() -> Iterator[Engines]:
    with Engines(Settings(threads=1)) as loaded:
        yield loaded


def eyes_of(engines: Engines, **options: object) -> Eyes:
    chosen = parse({"profile": "personal", **options})
    return Eyes(chosen, policy_for(chosen).profile, finder_for(chosen, b"key"), engines)


def clean(srgb: np.ndarray) -> CleanPage:
    return CleanPage(0, srgb, None, None, Tone.COLOUR, is_lossy=False)


def run(path: Path, folder: Path, engines: Engines, **options: object) -> Outcome:
    folder.mkdir(exist_ok=True)
    context = Context(engines, "en", "", lambda *_: None, folder, path.name)
    return ROUTE.run(StagedFile(path), ROUTE.parse_options(options), context)


@pytest.fixture(scope="module")
def looked(engines) -> list[tuple[privacy_pages.Drawn, CleanPage, Seen, Cover]]:
    eyes = eyes_of(engines)
    made = []
    for seed in PAGES:
        drawn = privacy_pages.page(seed)
        page = clean(drawn.srgb)
        seen = look_at(page, eyes)
        cover = cover_for(page, seen.places, eyes.options, eyes.finder, language="en")
        made.append((drawn, page, seen, cover))
    return made


def test_pages_drawn_by_chance_are_covered_glyph_by_glyph(looked):
    total = Score()
    for drawn, page, _, cover in looked:
        total.add(score(drawn.truth, touched_by(cover, page.size), numeric=False))
    assert total.sequences > 8
    assert total.covered == total.sequences, total.missed
    assert total.glyphs_covered == total.glyphs
    assert total.damaged <= 0.06 * total.keeps, total.missed  # 1 of 19


def faulty(cover: Cover, places_of_text: list[int], fault: str, chance: random.Random) -> Cover:
    at = chance.choice(places_of_text)
    patch = cover.patches[at]
    if fault == "dropped":
        kept = [one for number, one in enumerate(cover.patches) if number != at]
        return replace(cover, patches=tuple(kept))
    width = patch.quad.width_px / patch.quad.height_px
    if fault == "shifted":
        moved = grown(patch.quad, -0.35 * width, 0.0, 0.35 * width, 0.0)
    else:  # two digits left; the mask ends beyond the line by a fifth of its height
        moved = grown(patch.quad, 0.0, 0.0, -0.2 - 1.1, 0.0)
    patches = list(cover.patches)
    patches[at] = replace(patch, quad=moved)
    return replace(cover, patches=tuple(patches))


@pytest.mark.parametrize("fault", ["dropped", "shifted", "two_left"])
def test_a_seeded_fault_is_seen(looked, engines, fault):
    eyes, chance = eyes_of(engines), random.Random(fault)
    _drawn, page, seen, cover = looked[0]
    texts = [n for n, place in enumerate(seen.places) if place.source is Source.TEXT]
    wrong = faulty(cover, texts, fault, chance)
    doubts = page_doubts(Claimed(page, seen, wrong, exact=True), painted(page, wrong), eyes)
    assert doubts, fault
    assert all(glyph not in json.dumps([d.as_json() for d in doubts]) for glyph in ("@", "139"))


def test_a_file_goes_through_and_its_record_holds_no_value(tmp_path, engines):
    drawn = privacy_pages.page(PAGES[0])
    path = tmp_path / "letter.png"
    Image.fromarray(drawn.srgb).save(path)
    outcome = run(path, tmp_path / "out", engines, profile="personal")
    assert outcome.verdict is Verdict.DONE, outcome.measures["proof"]
    (file,) = outcome.files
    written = np.asarray(Image.open(tmp_path / "out" / file.name).convert("RGB"))
    assert written.shape == drawn.srgb.shape
    told = json.dumps(outcome.measures)
    for span in drawn.truth["spans"]:
        if span["kind"] == "sensitive":
            assert span["text"] not in told
    assert outcome.measures["covered"]


def test_what_the_proof_still_saw_is_covered_and_lines_around_other_masks_stay(tmp_path, engines):
    """At 100 dpi lines stand so close that a mask larger than it must be covers its neighbours."""
    sheet = full_page(827, 1169, 7)
    path = tmp_path / "page.png"
    sheet.image.convert("RGB").save(path)
    outcome = run(path, tmp_path / "out", engines, profile="all_digits")
    first, second = outcome.measures["proof"]["doubts"]
    assert {doubt["check"] for doubt in first} == {"loose", "text"}
    assert not second
    assert outcome.verdict is Verdict.DONE
    (file,) = outcome.files
    before, after = (
        np.asarray(Image.open(one).convert("RGB")).astype(int)
        for one in (path, tmp_path / "out" / file.name)
    )
    counted = score(sheet.truth(), np.abs(before - after).max(axis=2) > 0, numeric=True)
    assert counted.damaged <= 0.15 * counted.keeps, counted.missed


class Blind:
    """A reader that sees nothing at all."""

    def read(self, srgb, *, second_look=False):
        del second_look
        return Page((), srgb.shape[1], srgb.shape[0])


class Broken:
    """A reader whose network fails."""

    def read(self, srgb, *, second_look=False):
        del srgb, second_look
        msg = "the network failed"
        raise EngineError(msg)


class BlindAtProof:
    """A reader that works once and sees nothing afterwards."""

    def __init__(self, reader):
        self._reader = reader

    def read(self, srgb, *, second_look=False):
        return Blind().read(srgb) if second_look else self._reader.read(srgb)


@pytest.fixture
def letter(tmp_path) -> Path:
    path = tmp_path / "letter.png"
    Image.fromarray(privacy_pages.page(PAGES[0]).srgb).save(path)
    return path


def reading_with(reader) -> Engines:
    return Engines(makers=replace(embedded(1), reader=lambda: reader))


def test_a_reader_that_sees_nothing_lets_nothing_through(letter, tmp_path):
    with reading_with(Blind()) as engines:
        outcome = run(letter, tmp_path / "out", engines, faces=False, codes=False)
    assert outcome.verdict is Verdict.REVIEW
    assert outcome.reasons[0].code == "PRIVACY_UNVERIFIED"
    assert not outcome.files
    assert not list((tmp_path / "out").iterdir())


def test_a_broken_reader_lets_nothing_through(letter, tmp_path):
    with reading_with(Broken()) as engines, pytest.raises(EngineError):
        run(letter, tmp_path / "out", engines, faces=False, codes=False)
    assert not list((tmp_path / "out").iterdir())


def test_a_reader_that_goes_blind_for_the_proof_lets_nothing_through(letter, tmp_path, engines):
    with reading_with(BlindAtProof(engines.reader)) as blind:
        outcome = run(letter, tmp_path / "out", blind, profile="personal", faces=False)
    assert outcome.verdict is Verdict.REVIEW
    assert not outcome.files


def test_a_page_that_takes_too_long_lets_nothing_through(letter, tmp_path, engines):
    reader = engines.reader

    class Slow:
        def read(self, srgb, *, second_look=False):
            return reader.read(srgb, second_look=second_look)

    from unittest import mock

    with (
        reading_with(Slow()) as slow,
        mock.patch("daemon.routes.privacy.steps.time.perf_counter", ticking(30.0)),
    ):
        outcome = run(
            letter, tmp_path / "out", slow, profile="personal", page_limit_s=20, faces=False
        )
    assert outcome.verdict is Verdict.REVIEW
    assert "time" in str(outcome.reasons[0].facts["checks"])


def test_engines_side_by_side_see_what_one_after_the_other_sees(engines):
    page = clean(privacy_pages.page(PAGES[0]).srgb)
    one_by_one = look_at(page, eyes_of(engines))
    with Engines(Settings(threads=2)) as side_by_side:
        eyes = eyes_of(side_by_side)
        assert look_at(page, eyes) == one_by_one
        cover = cover_for(page, one_by_one.places, eyes.options, eyes.finder, language="en")
        claimed = Claimed(page, one_by_one, cover, exact=True)
        assert page_doubts(claimed, painted(page, cover), eyes) == []


def ticking(step_s: float):
    now = iter(range(10_000))
    return lambda: next(now) * step_s


@pytest.mark.photos
def test_the_samples_page_upside_down_is_covered(engines):
    if not SAMPLES.is_dir():
        pytest.skip("no ../shared/privacy")
    from daemon.imaging.clean import open_clean
    from daemon.imaging.limits import Limits

    truths = json.loads((SAMPLES / "truth.json").read_text(encoding="utf-8"))["images"]
    truth = next(one for one in truths if "rot180" in one["file"])
    eyes = eyes_of(engines)
    with open_clean(SAMPLES / truth["file"], Limits()) as source:
        page = source.page(0)
    seen = look_at(page, eyes)
    cover = cover_for(page, seen.places, eyes.options, eyes.finder, language="zh")
    made = score(truth, touched_by(cover, page.size), numeric=False)
    assert (made.covered, made.glyphs_covered) == (made.sequences, made.glyphs)
    assert made.damaged == 0
