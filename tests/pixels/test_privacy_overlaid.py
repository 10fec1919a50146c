"""Lines with a seal or a watermark across them: found by their dark ink, at no cost to others."""

from __future__ import annotations

import random
from collections.abc import Iterator

import cv2
import numpy as np
import pytest

from daemon.config.model import Engines as Settings
from daemon.engines.rapidocr.overlaid import overlaid
from daemon.engines.registry import Engines
from daemon.imaging.clean import CleanPage, Tone
from daemon.routes.privacy.covering import touched_by
from tests.fakes.privacy_fresh import fresh
from tests.fakes.privacy_overlaid import sealed, watermarked
from tests.fakes.privacy_sheet import Sheet, has_chinese
from tests.privacy_scores import score
from tests.privacy_table import eyes_of, judged

pytestmark = [pytest.mark.engines, pytest.mark.timeout(120)]
DRAWN = (sealed, watermarked)


@pytest.fixture(scope="module")
def engines() -> Iterator[Engines]:
    if not has_chinese():
        pytest.skip("no Chinese font (fonts-wqy-microhei) on this machine")
    with Engines(Settings(threads=1)) as loaded:
        yield loaded


@pytest.mark.slow
@pytest.mark.parametrize("draw", DRAWN)
def test_numbers_under_paler_ink_are_covered_and_labels_stay(engines: Engines, draw) -> None:
    sheet: Sheet = draw(random.Random(0))
    page = CleanPage(0, sheet.picture(), None, None, Tone.COLOUR, is_lossy=False)
    _, cover, _, _ = judged(page, eyes_of("personal", engines), proof=False)
    made = score(sheet.truth(), touched_by(cover, page.size), numeric=False)
    assert (made.covered, made.glyphs_covered) == (made.sequences, made.glyphs), made.missed
    assert made.sequences >= 3
    assert made.damaged <= 1, made.missed


@pytest.mark.parametrize("draw", DRAWN)
def test_the_dark_ink_alone_has_nothing_of_the_pale_one(draw) -> None:
    sheet: Sheet = draw(random.Random(0))
    over = overlaid(np.ascontiguousarray(sheet.picture()[:, :, ::-1]))
    assert over is not None
    where = over.pale[:, :, 0] > 0
    assert where.sum() > 500
    assert over.dark[where].mean() > 250
    black = cv2.erode(np.uint8(sheet.picture().max(axis=2) < 60), np.ones((2, 2), np.uint8)) > 0
    assert over.dark[black].mean() < 90


@pytest.mark.parametrize("seed", [0, 2, 5])
def test_a_page_without_is_not_looked_at_again(seed: int) -> None:
    """Noisy, packed and soft pages of text: the edges of dark ink are no pale ink."""
    assert overlaid(np.ascontiguousarray(fresh(seed).srgb[:, :, ::-1])) is None
