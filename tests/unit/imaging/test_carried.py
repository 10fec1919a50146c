"""What files of people carry besides their pages: kinds and places, never what is written."""

from __future__ import annotations

import io
import json
from pathlib import Path

import img2pdf
import pytest
from PIL import Image

from daemon.imaging.carried import carried_by
from daemon.imaging.leaks_found import LeakKind
from daemon.imaging.limits import Limits
from tests.fakes import leaky_files

LIMITS = Limits()


@pytest.mark.parametrize(
    ("made", "source", "kinds"),
    [
        (leaky_files.jpeg, "JPEG", {LeakKind.METADATA, LeakKind.TRAILING, LeakKind.PROFILE}),
        (leaky_files.png, "PNG", {LeakKind.METADATA, LeakKind.TRAILING}),
        (leaky_files.webp, "WEBP", {LeakKind.METADATA}),
        (leaky_files.tiff, "TIFF", {LeakKind.METADATA}),
        (leaky_files.pdf, "PDF", {LeakKind.METADATA, LeakKind.ACTIVE}),
        (lambda: leaky_files._heif("HEIF"), "HEIF", {LeakKind.METADATA}),
    ],
)
def test_what_a_file_carries_is_named_and_never_quoted(
    tmp_path: Path, made, source: str, kinds: set[LeakKind]
) -> None:
    path = tmp_path / "file"
    path.write_bytes(made())
    carried = carried_by(path, source, LIMITS)
    assert {leak.kind for leak in carried.leaks} >= kinds
    assert carried.telling
    told = json.dumps([leak.as_json() for leak in carried.leaks])
    assert leaky_files.SECRET not in told
    assert "110199" not in told


def _png() -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(leaky_files.page()).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.parametrize("source", ["PNG", "PDF"])
def test_a_file_of_pixels_carries_nothing(tmp_path: Path, source: str) -> None:
    path = tmp_path / "file"
    drawn = _png()
    path.write_bytes(drawn if source == "PNG" else img2pdf.convert(drawn, nodate=True, title=None))
    carried = carried_by(path, source, LIMITS)
    assert not [leak for leak in carried.leaks if leak.kind is not LeakKind.METADATA]
    assert source == "PDF" or not carried.leaks
    assert carried.complete


def test_a_torn_pdf_is_not_called_complete(tmp_path: Path) -> None:
    path = tmp_path / "torn.pdf"
    path.write_bytes(b"%PDF-1.7\n13800000123\n%%EOF\n")
    carried = carried_by(path, "PDF", LIMITS)
    assert not carried.complete
