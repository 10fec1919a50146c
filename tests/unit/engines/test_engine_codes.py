"""Codes are found at any angle, covered whole, and seen by their shape where nothing reads them."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from daemon.engines.sightings import FoundCode
from daemon.engines.zxing.adapter import ZxingCodes
from daemon.engines.zxing.matrix import matrix_shapes
from tests.conftest import REPO
from tests.fakes.drawn_codes import MATRIX, SIZE, TEXTS, Wear, code_page

SAMPLES = REPO.parent / "shared" / "privacy" / "samples"


def _mask(quad: NDArray[np.float32], size: tuple[int, int] = SIZE) -> NDArray[np.uint8]:
    mask = np.zeros((size[1], size[0]), np.uint8)
    cv2.fillPoly(mask, [np.rint(quad).astype(np.int32)], 1)
    return mask


def _covered(found: list[FoundCode], truth: NDArray[np.float32]) -> tuple[float, float]:
    """Share of the truth under all covers, and area of all covers against it."""
    cover = np.zeros((SIZE[1], SIZE[0]), np.uint8)
    for one in found:
        cover |= _mask(one.quad)
    meant = _mask(truth)
    return float((cover & meant).sum() / meant.sum()), float(cover.sum() / meant.sum())


READ = [
    Wear(),
    Wear(degrees=90, inverted=True),
    Wear(degrees=180, noise=8),
    Wear(module_px=4, blur_px=1.0, degrees=7),
]


@pytest.mark.parametrize("kind", sorted(TEXTS))
@pytest.mark.parametrize("wear", READ)
def test_a_code_is_read_and_covered_whole(kind: str, wear: Wear) -> None:
    page, truth = code_page(kind, wear)
    found = ZxingCodes().find(page)
    assert any(code.is_read and code.confidence == 1 for code in found)
    share, size = _covered(found, truth)
    assert share >= 0.995
    assert size <= 3.2


@pytest.mark.parametrize("kind", sorted(set(TEXTS) - MATRIX))
@pytest.mark.parametrize("degrees", [12, 45, 71])
def test_stripes_that_nothing_can_read_are_seen_at_any_angle(kind: str, degrees: float) -> None:
    page, truth = code_page(kind, Wear(module_px=4, blur_px=3.0, noise=6, degrees=degrees))
    found = ZxingCodes().find(page)
    share, _ = _covered(found, truth)
    assert share >= 0.97
    assert all(0.4 <= code.confidence <= 1 for code in found)


@pytest.mark.parametrize(("blur_px", "degrees"), [(1.5, 0), (1.5, 20), (2.0, 45)])
def test_a_blurred_qr_code_is_seen_by_its_shape(blur_px: float, degrees: float) -> None:
    page, truth = code_page("QRCode", Wear(3, blur_px, 6, degrees))
    share, _ = _covered(ZxingCodes().find(page), truth)
    assert share >= 0.97


def test_a_qr_code_without_its_middle_is_seen_by_its_corner_marks() -> None:
    page, truth = code_page("QRCode", Wear(module_px=6))
    centre = truth.mean(axis=0)
    torn = _mask(centre + (truth - centre) * 0.45) > 0
    page[torn] = 235
    assert not ZxingCodes().prove(page)
    (seen,) = matrix_shapes(np.ascontiguousarray(page[:, :, 0]))
    assert not seen.is_read
    assert _covered([seen], truth)[0] >= 0.99


def test_what_was_painted_over_is_read_no_more() -> None:
    codes = ZxingCodes()
    for kind in ("EAN13", "QRCode", "DataMatrix"):
        page, _ = code_page(kind, Wear())
        assert codes.prove(page)
        for one in codes.find(page):
            page[_mask(one.quad) > 0] = 0
        assert not codes.prove(page)


def test_a_code_does_not_tell_its_payload_by_its_repr() -> None:
    page, _ = code_page("QRCode", Wear())
    (found,) = ZxingCodes().find(page)
    assert found.payload.decode() == TEXTS["QRCode"]
    assert TEXTS["QRCode"] not in repr(found)


def _texts() -> NDArray[np.uint8]:
    page = np.full((SIZE[1], SIZE[0], 3), 245, np.uint8)
    for row in range(14):
        text = f"Article {row}. 6222 0212 3456 7890 and so on, lorem ipsum"
        cv2.putText(page, text, (20, 40 + 40 * row), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (0, 0, 0), 2)
    return page


def _table() -> NDArray[np.uint8]:
    page = np.full((SIZE[1], SIZE[0], 3), 245, np.uint8)
    page[50:550:20, 50:750] = 60
    page[50:550, 50:750:50] = 60
    return page


def _hatched() -> NDArray[np.uint8]:
    page = np.full((SIZE[1], SIZE[0], 3), 245, np.uint8)
    page[200:400, 100:700][:, np.arange(600) % 12 < 6] = 30
    return page


@pytest.mark.parametrize("what", ["text", "table", "hatching", "photo"])
def test_what_is_no_code_is_left_alone(what: str, astronaut: NDArray[np.uint8]) -> None:
    pages = {"text": _texts, "table": _table, "hatching": _hatched, "photo": lambda: astronaut}
    assert ZxingCodes().find(pages[what]()) == []


def test_the_waybill_is_covered_and_its_labels_are_not() -> None:
    path = SAMPLES / "dev_08_waybill_skew-5.png"
    if not path.exists():
        pytest.skip("../shared/privacy/samples is not on this machine")
    truth = json.loads(Path(SAMPLES / "truth.json").read_text())
    (page,) = [one for one in truth["images"] if one["file"] == path.name]
    with Image.open(path) as image:
        picture = np.asarray(image.convert("RGB"))
    size = (picture.shape[1], picture.shape[0])
    found = ZxingCodes().find(picture)
    assert len(found) == len(page["codes"])
    cover = np.maximum.reduce([_mask(code.quad, size) for code in found])
    for code in page["codes"]:
        meant = _mask(np.array(code["poly"], np.float32), size)
        assert (cover & meant).sum() >= 0.998 * meant.sum()
    for span in page["spans"]:
        if span["kind"] == "keep":
            meant = _mask(np.array(span["poly"], np.float32), size)
            assert (cover & meant).sum() <= 0.1 * meant.sum(), span["text"]
