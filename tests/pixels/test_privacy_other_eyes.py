"""What the route wrote, read by readers that share nothing with its own.

All samples under both policies: ``python -m tests.privacy_table --eyes``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from daemon.config.model import Engines as Settings
from daemon.engines.registry import Engines
from daemon.imaging.clean import CleanPage, open_clean
from daemon.imaging.limits import Limits
from tests.privacy_other_eyes import Read, given_away, has_tesseract, in_turns, rapidocr, tesseract
from tests.privacy_table import SAMPLES, eyes_of, judged

pytestmark = [pytest.mark.engines, pytest.mark.slow, pytest.mark.photos, pytest.mark.timeout(240)]
# Sample → quarter turns until it stands upright: a small page.
PAGES = {"dev_04": 0}
READERS = {"tesseract": tesseract, "rapidocr": rapidocr}


@pytest.fixture(scope="module")
def engines() -> Iterator[Engines]:
    with Engines(Settings(threads=1)) as loaded:
        yield loaded


@pytest.fixture(scope="module")
def samples() -> dict[str, tuple[dict[str, Any], CleanPage]]:
    if not SAMPLES.is_dir():
        pytest.skip("no ../shared/privacy")
    truths = json.loads((SAMPLES / "truth.json").read_text(encoding="utf-8"))["images"]
    made = {}
    for truth in truths:
        name = truth["file"][:6]
        if name in PAGES:
            with open_clean(SAMPLES / truth["file"], Limits()) as source:
                made[name] = truth, source.page(truth["page"])
    return made


@pytest.fixture(scope="module")
def masked(engines: Engines, samples: Any) -> dict[str, Any]:
    eyes = eyes_of("personal", engines)
    return {name: judged(page, eyes, proof=False)[2] for name, (_, page) in samples.items()}


@pytest.mark.parametrize("reader", READERS)
def test_another_reader_finds_no_number_on_a_masked_page(
    samples: Any, masked: dict[str, Any], reader: str
) -> None:
    if reader == "tesseract" and not has_tesseract():
        pytest.skip("tesseract-ocr with tesseract-ocr-chi-sim is not on this machine")
    read: Read = READERS[reader]
    seen_before = []
    for name, (truth, page) in samples.items():
        seen_before += given_away(truth, _all_of(page.srgb, read, PAGES[name]))
        assert given_away(truth, _all_of(masked[name], read, PAGES[name])) == [], name
    assert seen_before, "this reader would not have seen a number left bare"


def _all_of(srgb: Any, read: Read, turn: int) -> str:
    return "\n".join(read(view) for view in in_turns(srgb, (turn,)))


def test_a_number_that_was_left_is_told_by_its_type() -> None:
    truth = {
        "spans": [
            {"kind": "sensitive", "type": "cn_mobile", "text": "139 0000 1234"},
            {"kind": "numeric", "type": "date", "text": "2025-01-02"},
            {"kind": "keep", "type": None, "text": "139 0000 is our hotline"},
        ]
    }
    assert given_away(truth, "Tel. 1390 0001 23") == ["cn_mobile"]
    assert given_away(truth, "1 3 9 - 0 0 0 0") == []
    assert given_away(truth, "2025.01.02", numeric=True) == ["date"]
    assert given_away(truth, "2025.01.02") == []
