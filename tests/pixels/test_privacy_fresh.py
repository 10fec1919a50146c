"""Fresh pages by chance, read once and covered under both policies.

Forty of them, with recall and precision by type: ``python -m tests.privacy_table --fresh=40``.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from daemon.config.model import Engines as Settings
from daemon.engines.registry import Engines
from daemon.imaging.clean import CleanPage, Tone
from daemon.routes.privacy.covering import touched_by
from tests.fakes.privacy_fresh import Fresh, fresh
from tests.fakes.privacy_sheet import has_chinese
from tests.privacy_scores import Score, score
from tests.privacy_table import PROFILES, Remembering, eyes_of, judged

pytestmark = [pytest.mark.engines, pytest.mark.slow, pytest.mark.timeout(240)]
# A table, blocks in every direction, a bill with codes: of each the smallest of its kind.
SEEDS = (2, 3, 6)
MOST_DAMAGED = 0.03


@pytest.fixture(scope="module")
def engines() -> Iterator[Remembering]:
    with Engines(Settings(threads=1)) as loaded:
        yield Remembering(loaded)


@pytest.fixture(scope="module")
def pages() -> list[Fresh]:
    if not has_chinese():
        pytest.skip("no Chinese font (fonts-wqy-microhei) on this machine")
    return [fresh(seed) for seed in SEEDS]


@pytest.mark.parametrize(("profile", "numeric"), PROFILES)
def test_fresh_pages_are_covered_and_their_labels_stay(
    engines: Remembering, pages: list[Fresh], profile: str, numeric: bool
) -> None:
    total = Score()
    for drawn in pages:
        page = CleanPage(0, drawn.srgb, None, None, Tone.COLOUR, is_lossy=False)
        seen, cover, _, _ = judged(page, eyes_of(profile, engines), proof=False)
        mask = touched_by(cover, page.size)
        total.add(score(drawn.truth, mask, numeric=numeric, places=seen.places))
    assert total.sequences > 40
    assert (total.covered, total.glyphs_covered) == (total.sequences, total.glyphs), total.missed
    assert total.damaged <= MOST_DAMAGED * total.keeps, total.missed
    assert total.rightly >= 0.9 * total.masks, total.masks_by_type


def test_the_same_seed_draws_the_same_page(pages: list[Fresh]) -> None:
    again = fresh(SEEDS[0])
    assert (again.srgb == pages[0].srgb).all()
    assert again.truth == pages[0].truth
