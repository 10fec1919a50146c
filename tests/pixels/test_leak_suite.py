"""A file with a secret in every place its format has comes out as bare pages.

Looked at by our own walk, by Pillow, by tifffile, by pikepdf and by exiftool, which share no
code with the writers.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import warnings
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from PIL import Image

from daemon.errors import InputError
from daemon.imaging.clean import CleanSource, open_clean
from daemon.imaging.clean_write import CleanWriter
from daemon.imaging.leaks import leaks_in, leaks_of
from daemon.imaging.leaks_found import LeakKind
from daemon.imaging.limits import Limits
from tests.fakes import leaky_files
from tests.fakes.leaky_files import LEAKY, SECRET

LIMITS = Limits(max_pixels=20_000_000)
COVERED = (slice(110, 150), slice(15, 300))


@pytest.fixture(scope="module", params=sorted(LEAKY))
def written(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The leaky file after it went through: its number painted over."""
    folder = tmp_path_factory.mktemp("leaks")
    source = folder / "in"
    source.write_bytes(LEAKY[request.param]())
    with open_clean(source, LIMITS) as opened:
        return _published(opened, folder / f"{request.param}{opened.shape.suffix}")


def _published(opened: CleanSource, path: Path) -> Path:
    with CleanWriter(path, opened.shape) as writer:
        for page in opened.pages():
            masked = page.srgb.copy()
            masked[COVERED] = 0
            writer.add(masked, page)
        writer.finish()
    return path


def _sizes(path: Path) -> list[tuple[int, int]]:
    pages = 2 if path.stem == "tiff" else 1
    if path.suffix == ".pdf":
        return [(667, 500)]  # 320 × 240 at 96 dpi, drawn at 200
    return [leaky_files.SIZE] * pages


def test_our_walk_finds_nothing(written: Path) -> None:
    assert leaks_of(written, _sizes(written), [SECRET]) == ()


def test_the_secret_is_nowhere_in_the_bytes(written: Path) -> None:
    content = written.read_bytes()
    forms = [SECRET.encode(), SECRET.encode("utf-16-le"), SECRET.encode("utf-16-be")]
    assert not any(form in content for form in forms)
    assert content.count(b"\xff\xd8\xff") == (1 if written.suffix == ".jpg" else 0) or (
        written.suffix == ".pdf"
    )


@pytest.mark.parametrize("tail", [b"x", bytes(3), SECRET.encode()])
def test_our_walk_sees_what_is_appended(written: Path, tail: bytes) -> None:
    assert leaks_in(written.read_bytes() + tail, _sizes(written))


def test_our_walk_ends_whatever_the_bytes_are(written: Path) -> None:
    chance = random.Random(written.stem)
    content = written.read_bytes()
    for _ in range(40):
        torn = bytearray(content)
        for _ in range(chance.randint(1, 6)):
            torn[chance.randrange(min(len(torn), 600))] = chance.randrange(256)
        leaks_in(bytes(torn[: chance.randrange(2, len(torn))]), _sizes(written))


@pytest.mark.parametrize("name", ["jpeg", "png", "png_hidden", "webp", "bmp", "tiff", "pdf"])
def test_our_walk_sees_what_the_input_carried(name: str, tmp_path: Path) -> None:
    path = tmp_path / "in"
    path.write_bytes(LEAKY[name]())
    kinds = {leak.kind for leak in leaks_of(path, [leaky_files.SIZE], [SECRET])}
    expected = {
        "jpeg": {LeakKind.METADATA, LeakKind.PROFILE, LeakKind.SECOND_PICTURE, LeakKind.TRAILING},
        "png": {LeakKind.METADATA, LeakKind.PROFILE, LeakKind.TRAILING, LeakKind.FIELD},
        "png_hidden": {LeakKind.METADATA, LeakKind.ALPHA},
        "webp": {LeakKind.METADATA, LeakKind.PROFILE, LeakKind.ALPHA, LeakKind.TRAILING},
        "bmp": {LeakKind.UNREFERENCED, LeakKind.TRAILING},
        "tiff": {LeakKind.METADATA, LeakKind.PROFILE, LeakKind.SECOND_PICTURE, LeakKind.TRAILING,
                 LeakKind.PAGES, LeakKind.FIELD},
        "pdf": {LeakKind.ACTIVE, LeakKind.METADATA, LeakKind.SECOND_PICTURE},
    }[name]  # fmt: skip
    assert expected <= kinds
    if name != "pdf":  # its strings are packed
        assert LeakKind.SECRET in kinds


def test_pillow_sees_pages_and_a_resolution(written: Path) -> None:
    if written.suffix == ".pdf":  # Pillow reads no PDF; pikepdf does below
        return
    with warnings.catch_warnings(), Image.open(written) as image:
        known = {"jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi", "compression",
                 "loop", "background", "timestamp", "duration"}  # fmt: skip
        assert set(image.info) <= known
        assert not any(tag not in _PLAIN_TAGS for tag in image.getexif())
        assert getattr(image, "n_frames", 1) == len(_sizes(written))
        assert "A" not in image.getbands()
        assert "transparency" not in image.info


_PLAIN_TAGS = frozenset({
    256, 257, 258, 259, 262, 266, 273, 274, 277, 278, 279, 282, 283, 284, 296, 317, 530,
})  # fmt: skip


def test_tifffile_sees_two_pages_of_plain_fields(tmp_path: Path) -> None:
    tifffile = pytest.importorskip("tifffile")
    source, path = tmp_path / "in", tmp_path / "tiff.tif"
    source.write_bytes(LEAKY["tiff"]())
    with open_clean(source, LIMITS) as opened:
        _published(opened, path)
    with tifffile.TiffFile(path) as made:
        assert len(made.pages) == 2
        for index, one in enumerate(made.pages):
            assert {tag.code for tag in one.tags} <= _PLAIN_TAGS
            truth = leaky_files.page(f"page {index + 1} 6222")
            truth[COVERED] = 0
            assert np.array_equal(one.asarray(), truth)


_GROUPS = frozenset({"SourceFile", "ExifTool", "System", "File", "Composite"})
_ALLOWED = frozenset({
    "JFIF:JFIFVersion", "JFIF:ResolutionUnit", "JFIF:XResolution", "JFIF:YResolution",
    "PNG:ImageWidth", "PNG:ImageHeight", "PNG:BitDepth", "PNG:ColorType", "PNG:Compression",
    "PNG:Filter", "PNG:Interlace", "PNG:Palette", "PNG-pHYs:PixelsPerUnitX",
    "PNG-pHYs:PixelsPerUnitY", "PNG-pHYs:PixelUnits", "PDF:PDFVersion", "PDF:Linearized",
    "PDF:PageCount", "RIFF:ImageWidth", "RIFF:ImageHeight", "RIFF:AlphaIsUsed",
    "PDF:EmbeddedImageColorSpace", "PDF:EmbeddedImageFilter", "PDF:EmbeddedImageHeight",
    "PDF:EmbeddedImageWidth", "PDF:EmbeddedImage",
    "RIFF:VP8Version", "RIFF:HorizontalScale", "RIFF:VerticalScale",
})  # fmt: skip
_IFD_NAMES = frozenset({
    "ImageWidth", "ImageHeight", "BitsPerSample", "Compression", "PhotometricInterpretation",
    "FillOrder", "StripOffsets", "Orientation", "SamplesPerPixel", "RowsPerStrip",
    "StripByteCounts", "XResolution", "YResolution", "PlanarConfiguration", "ResolutionUnit",
    "Predictor",
})  # fmt: skip


def test_exiftool_sees_nothing_but_the_picture(written: Path) -> None:
    if shutil.which("exiftool") is None and not os.environ.get("CI"):
        pytest.skip("exiftool (libimage-exiftool-perl) is not on this machine")
    done = subprocess.run(
        ["exiftool", "-j", "-a", "-u", "-U", "-G1", "-ee", str(written)],
        capture_output=True, check=True, timeout=30,
    )  # fmt: skip
    strange = []
    for name in json.loads(done.stdout)[0]:
        group, _, tag = name.partition(":")
        plain = group.startswith("IFD") and tag in _IFD_NAMES
        if group not in _GROUPS and name not in _ALLOWED and not plain:
            strange.append(name)
    assert not strange
    assert SECRET.encode() not in done.stdout


def test_pikepdf_sees_one_picture_a_page(tmp_path: Path) -> None:
    source, path = tmp_path / "in", tmp_path / "pdf.pdf"
    source.write_bytes(LEAKY["pdf"]())
    with open_clean(source, LIMITS) as opened:
        _published(opened, path)
    with pikepdf.open(path) as made:
        assert len(made.attachments) == 0
        assert "/Info" not in made.trailer
        assert set(made.Root.keys()) == {"/Type", "/Pages"}
        assert b"BT" not in made.pages[0].Contents.read_bytes()


def test_the_number_is_gone_from_the_pixels_and_the_rest_is_as_it_was(written: Path) -> None:
    if written.suffix == ".pdf":  # drawn at another size; test_pdf_pages looks at its pixels
        return
    with open_clean(written, LIMITS) as opened:
        first = opened.page(0).srgb.astype(int)
    truth = leaky_files.page("page 1 6222" if written.stem == "tiff" else "No. 6222 0212 3456")
    truth[COVERED] = 0
    changed = np.abs(first - truth)
    if written.stem.startswith(("png_hidden", "webp")):
        changed = changed[:160]  # below that nothing was shown
    assert changed.mean() < (6 if written.stem in {"png_palette", "gif"} else 1.5)
    assert first[COVERED][3:-3, 3:-3].max() <= 8
    if written.stem in leaky_files.SHOWN_AS_STORED:
        assert changed.max() == 0


def test_hidden_text_is_readable_for_the_reader_and_in_no_pixel_of_the_result(
    tmp_path: Path,
) -> None:
    source, path = tmp_path / "in", tmp_path / "out.png"
    source.write_bytes(LEAKY["png_hidden"]())
    with open_clean(source, LIMITS) as opened:
        first = opened.page(0)
        assert first.on_black is not None
        assert first.on_black[200:240].max() == 255  # white text on nothing
        assert first.on_black[160:200].max() == 0  # text that no viewer shows
        _published(opened, path)
    with Image.open(path) as image:
        assert image.mode == "RGB"
        assert np.asarray(image)[160:240].min() == 255


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_moving_pictures_are_refused(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "in"
    path.write_bytes(leaky_files.animated(kind))
    with pytest.raises(InputError) as refused, open_clean(path, LIMITS):
        pass
    assert refused.value.code == "ANIMATED"
