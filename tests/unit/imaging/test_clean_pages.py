"""Bare pages of every format, streamed; new files made of them; PDF in and out."""

from __future__ import annotations

import io
import tracemalloc
from dataclasses import replace
from pathlib import Path

import cv2
import img2pdf
import numpy as np
import pikepdf
import pytest
from numpy.typing import NDArray
from PIL import Image

from daemon.errors import InputError
from daemon.imaging.clean import Tone, open_clean
from daemon.imaging.clean_write import CleanWriter
from daemon.imaging.leaks import leaks_of
from daemon.imaging.limits import Limits
from daemon.imaging.pdf_read import PdfPages

LIMITS = Limits(max_pixels=4_000_000)


def _page(width: int = 400, height: int = 300, text: str = "6222 0212") -> NDArray[np.uint8]:
    picture = np.full((height, width, 3), 250, np.uint8)
    picture[20:60, 20:120] = (180, 60, 40)
    cv2.putText(picture, text, (20, 150), cv2.FONT_HERSHEY_SIMPLEX, 1, (10, 10, 10), 2)
    return picture


def _saved(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def _copied(source: Path, target: Path, limits: Limits = LIMITS) -> list[bool]:
    """Every page through, unchanged; says of each whether it was stored exactly."""
    with open_clean(source, limits) as opened, CleanWriter(target, opened.shape) as writer:
        exact = [writer.add(page.srgb, page) for page in opened.pages()]
        writer.finish()
    return exact


def _black_and_white() -> Image.Image:
    return Image.fromarray(_page()).convert("1", dither=Image.Dither.NONE)


FORMS = {
    "bilevel.png": lambda: _saved(_black_and_white(), "PNG"),
    "grey16.png": lambda: _saved(Image.fromarray(_page()[:, :, 0].astype(np.uint16) * 257), "PNG"),
    "palette.png": lambda: _saved(Image.fromarray(_page()).quantize(8), "PNG", dpi=(300, 300)),
    "cmyk.tif": lambda: _saved(Image.fromarray(_page()).convert("CMYK"), "TIFF"),
    "fax.tif": lambda: _saved(_black_and_white(), "TIFF", compression="group4", dpi=(204, 196)),
    "jpeg.tif": lambda: _saved(Image.fromarray(_page()), "TIFF", compression="jpeg", quality=90),
    "grey.jpg": lambda: _saved(Image.fromarray(_page()[:, :, 0]), "JPEG", quality=60),
    "lossy.webp": lambda: _saved(Image.fromarray(_page()), "WEBP", quality=80),
    "exact.webp": lambda: _saved(Image.fromarray(_page()), "WEBP", lossless=True),
    "rgb.bmp": lambda: _saved(Image.fromarray(_page()), "BMP"),
    "still.gif": lambda: _saved(Image.fromarray(_page()), "GIF"),
}
EXACT = frozenset(FORMS) - {"jpeg.tif", "grey.jpg", "lossy.webp"}


@pytest.mark.parametrize("name", sorted(FORMS))
def test_a_page_comes_back_as_it_was_shown(name: str, tmp_path: Path) -> None:
    source, target = tmp_path / name, tmp_path / "out"
    source.write_bytes(FORMS[name]())
    exact = _copied(source, target)
    with open_clean(source, LIMITS) as before, open_clean(target, LIMITS) as after:
        old, new = before.page(0), after.page(0)
        assert old.srgb.dtype == new.srgb.dtype == np.uint8
        assert old.size == new.size
        off = np.abs(old.srgb.astype(int) - new.srgb)
    assert exact == [name in EXACT]
    assert off.max() == 0 if name in EXACT else off.mean() < 1.5
    if old.dpi is not None:
        assert new.dpi == pytest.approx(old.dpi, abs=0.02)
    assert leaks_of(target, [old.size]) == ()


@pytest.mark.parametrize(
    ("name", "tone", "most_bytes"),
    [("bilevel.png", Tone.BILEVEL, 1500), ("fax.tif", Tone.BILEVEL, 1500),
     ("palette.png", Tone.PALETTE, 2500), ("grey16.png", Tone.GREY, 4000)],
)  # fmt: skip
def test_a_page_of_few_bits_stays_small(
    name: str, tone: Tone, most_bytes: int, tmp_path: Path
) -> None:
    source, target = tmp_path / name, tmp_path / "out"
    source.write_bytes(FORMS[name]())
    with open_clean(source, LIMITS) as opened:
        assert opened.page(0).tone is tone
    _copied(source, target)
    assert target.stat().st_size < most_bytes


def test_a_coloured_mask_on_a_bilevel_page_makes_it_a_colour_page(tmp_path: Path) -> None:
    source, target = tmp_path / "in", tmp_path / "out"
    source.write_bytes(FORMS["fax.tif"]())
    with open_clean(source, LIMITS) as opened, CleanWriter(target, opened.shape) as writer:
        page = opened.page(0)
        masked = page.srgb.copy()
        masked[100:160] = (200, 30, 30)
        assert writer.add(masked, page)
        writer.finish()
    with open_clean(target, LIMITS) as opened:
        assert np.array_equal(opened.page(0).srgb, masked)


def test_a_tiff_of_fifty_pages_is_streamed(tmp_path: Path) -> None:
    frames = [Image.fromarray(_page(1200, 800, str(n))[:, :, 0]) for n in range(50)]
    source, target = tmp_path / "in.tif", tmp_path / "out.tif"
    frames[0].save(source, save_all=True, append_images=frames[1:], compression="tiff_lzw")
    frames.clear()
    tracemalloc.start()
    try:
        assert _copied(source, target, Limits(max_pixels=1_000_000)) == [True] * 50
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 6 * 1200 * 800 * 3  # a few pages, never fifty
    assert leaks_of(target, [(1200, 800)] * 50) == ()
    with open_clean(target, LIMITS) as opened:
        assert np.array_equal(opened.page(37).srgb, np.repeat(
            _page(1200, 800, "37")[:, :, :1], 3, axis=2))  # fmt: skip


def test_a_file_that_is_not_finished_is_not_there(tmp_path: Path) -> None:
    source, target = tmp_path / "in", tmp_path / "out"
    source.write_bytes(FORMS["palette.png"]())
    with open_clean(source, LIMITS) as opened:
        page = opened.page(0)
        with pytest.raises(ValueError, match="is due"), CleanWriter(target, opened.shape) as writer:
            writer.add(page.srgb, replace(page, index=1))
        assert not target.exists()
        with pytest.raises(ValueError, match="0 of 1"), CleanWriter(target, opened.shape) as writer:
            writer.finish()
        assert not target.exists()
        with (
            pytest.raises(ValueError, match="instead of"),
            CleanWriter(target, opened.shape) as writer,
        ):
            writer.add(page.srgb[1:], page)


# ── PDF ───────────────────────────────────────────────────────────────────────────────────────


def _pdf(pages: int = 2) -> bytes:
    pictures = [_saved(Image.fromarray(_page(text=str(n))), "PNG", dpi=(200, 200))
                for n in range(pages)]  # fmt: skip
    return img2pdf.convert(*pictures, nodate=True)


def _opens(content: bytes, tmp_path: Path, limits: Limits = LIMITS) -> int:
    path = tmp_path / "in.pdf"
    path.write_bytes(content)
    with open_clean(path, limits) as opened:
        return sum(1 for _ in opened.pages())


def test_a_pdf_comes_back_as_pages_of_the_same_size_and_pixels(tmp_path: Path) -> None:
    source, target = tmp_path / "in.pdf", tmp_path / "out.pdf"
    source.write_bytes(_pdf())
    assert _copied(source, target) == [True, True]
    with open_clean(source, LIMITS) as before, open_clean(target, LIMITS) as after:
        assert after.shape.pages == 2
        for old, new in zip(before.pages(), after.pages(), strict=True):
            assert old.size == new.size == (400, 300)
            assert np.array_equal(old.srgb, new.srgb)
    assert leaks_of(target, [(400, 300)] * 2) == ()


def _changed(act: object) -> bytes:
    document = pikepdf.open(io.BytesIO(_pdf(1)))
    act(document)  # type: ignore[operator]
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def _locked() -> bytes:
    document, buffer = pikepdf.open(io.BytesIO(_pdf(1))), io.BytesIO()
    document.save(buffer, encryption=pikepdf.Encryption(owner="o", user="u", R=6))
    return buffer.getvalue()


def _huge(document: pikepdf.Pdf) -> None:
    document.pages[0].MediaBox = [0, 0, 14_400, 14_400]


def _empty_box(document: pikepdf.Pdf) -> None:
    document.pages[0].MediaBox = [0, 0, 0.01, 0.01]


HOSTILE = {
    "locked": (_locked, {"PDF_LOCKED"}),
    "huge": (lambda: _changed(_huge), {"IMAGE_TOO_LARGE", "DECOMPRESSION_BOMB"}),
    "empty box": (lambda: _changed(_empty_box), {"IMAGE_TOO_SMALL"}),
    "many pages": (lambda: _pdf(70), {"IMAGE_TOO_LARGE"}),
    "cut": (lambda: _pdf(2)[:-40], {"TRUNCATED"}),
    "rubbish": (lambda: b"%PDF-1.7\n" + bytes(range(256)) * 9 + b"%%EOF", {"INVALID_IMAGE"}),
    "no pages": (lambda: b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\n%%EOF", {"INVALID_IMAGE"}),
}


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_a_hostile_pdf_is_refused_with_a_code(name: str, tmp_path: Path) -> None:
    make, codes = HOSTILE[name]
    with pytest.raises(InputError) as refused:
        _opens(make(), tmp_path)
    assert refused.value.code in codes


def test_an_owners_password_alone_keeps_nobody_out(tmp_path: Path) -> None:
    document, buffer = pikepdf.open(io.BytesIO(_pdf(1))), io.BytesIO()
    document.save(buffer, encryption=pikepdf.Encryption(owner="o", user="", R=6))
    assert _opens(buffer.getvalue(), tmp_path) == 1


def test_a_page_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    def busy(document: pikepdf.Pdf) -> None:
        shapes = b"".join(
            b"%d %d m %d %d l %d %d l f\n" % (n % 90, n % 70, n % 50, 99, 99, n % 60)
            for n in range(60_000)
        )
        document.pages[0].Contents = document.make_stream(shapes)

    path = tmp_path / "in.pdf"
    path.write_bytes(_changed(busy))
    with PdfPages(path, LIMITS) as pages, pytest.raises(InputError) as refused:
        pages.draw(0, time_s=0.0)
    assert refused.value.code == "PDF_TOO_COMPLEX"


def test_what_a_reader_sees_of_a_form_is_drawn_so_that_it_can_be_masked(tmp_path: Path) -> None:
    def noted(document: pikepdf.Pdf) -> None:
        stream = document.make_stream(b"1 0 0 rg 0 0 40 20 re f")
        stream.Type, stream.Subtype = pikepdf.Name.XObject, pikepdf.Name.Form
        stream.BBox = [0, 0, 40, 20]
        mark = pikepdf.Dictionary(
            Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Stamp, Rect=[80, 10, 120, 30], F=4,
            AP=pikepdf.Dictionary(N=stream),
        )  # fmt: skip
        document.pages[0].Annots = document.make_indirect(pikepdf.Array([mark]))

    path = tmp_path / "in.pdf"
    path.write_bytes(_changed(noted))
    with open_clean(path, LIMITS) as opened:
        srgb = opened.page(0).srgb
    assert (srgb[240:260, 250:300] == (255, 0, 0)).all()
