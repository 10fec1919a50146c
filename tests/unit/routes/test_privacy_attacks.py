"""Hostile files through the route: refused with a code, or published bare; nothing between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from daemon.domain.job import Verdict
from daemon.domain.privacy.page import Line, Page
from daemon.engines.registry import Engines
from daemon.errors import InputError
from daemon.imaging.clean import open_clean
from daemon.imaging.leaks import leaks_of
from daemon.imaging.limits import Limits
from daemon.imaging.masking import box_quad
from daemon.routes.base import Context, Outcome, StagedFile
from daemon.routes.privacy import ROUTE
from tests.fakes import privacy_attacks
from tests.fakes.leaky_files import SECRET
from tests.fakes.privacy_attacks import CLEANED, REFUSED
from tests.fakes.privacy_oracle import engines_with

NUMBER_BOX = (15, 40, 300, 80)


@dataclass
class InkReader:
    """Sees the number wherever its place shows contrast, and a harmless line everywhere."""

    box: tuple[int, int, int, int] = NUMBER_BOX
    least: float = 60.0

    def read(self, srgb: NDArray[np.uint8], *, second_look: bool = False) -> Page:
        del second_look
        lines = [Line("words", box_quad(2, 2, 60, 14), 0.99)]
        left, top, right, bottom = self.box
        if np.ptp(srgb[top:bottom, left:right].astype(int)) > self.least:
            lines.append(Line("13800000123", box_quad(*self.box), 0.99))
        return Page(tuple(lines), srgb.shape[1], srgb.shape[0])


def run(content: bytes, folder: Path, engines: Engines, **options: Any) -> Outcome:
    path = folder / "in"
    path.write_bytes(content)
    out = folder / "out"
    out.mkdir()
    context = Context(engines, "en", "", lambda *_: None, out, path.name)
    with engines:
        return ROUTE.run(StagedFile(path), ROUTE.parse_options(options), context)


def written(outcome: Outcome, folder: Path) -> tuple[bytes, Sequence[NDArray[np.uint8]]]:
    """The file that would be published, and its pages."""
    assert outcome.verdict is Verdict.DONE, outcome.measures["proof"]
    (file,) = outcome.files
    path = folder / "out" / file.name
    with open_clean(path, Limits()) as opened:
        pages = [page.srgb for page in opened.pages()]
    sizes = [(page.shape[1], page.shape[0]) for page in pages]
    assert not leaks_of(path, sizes)
    return path.read_bytes(), pages


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_it_is_refused_with_a_code_and_leaves_nothing(tmp_path, name):
    make, codes = REFUSED[name]
    with pytest.raises(InputError) as refused:
        run(make(), tmp_path, engines_with(InkReader()))
    assert refused.value.code in codes
    assert not list((tmp_path / "out").iterdir())


@pytest.mark.parametrize("name", sorted(CLEANED))
def test_it_comes_out_bare(tmp_path, name):
    engines = engines_with(InkReader(box=(0, 0, 1, 1)))
    content, pages = written(run(CLEANED[name](), tmp_path, engines), tmp_path)
    assert SECRET.encode() not in content
    assert b"JavaScript" not in content
    assert len(pages) == 1


def test_text_that_a_pdf_does_not_show_is_in_no_pixel(tmp_path):
    engines = engines_with(InkReader(box=(0, 0, 1, 1)))
    _, (page,) = written(run(privacy_attacks.busy_pdf(), tmp_path, engines), tmp_path)
    height = page.shape[0]
    assert page[: height // 2].min() < 60  # what it shows
    assert page[height // 2 :].min() == 255  # the hidden layer and the one that is off


def test_text_that_only_a_gamma_shows_is_read_by_that_gamma_and_covered(tmp_path):
    outcome = run(privacy_attacks.gamma_png(), tmp_path, engines_with(InkReader()))
    _, (page,) = written(outcome, tmp_path)
    left, top, right, bottom = NUMBER_BOX
    assert outcome.measures["covered"] == {"cn_mobile": 1}
    assert page[top:bottom, left:right].max() == 0
    assert page[bottom + 20 :].min() == 255


def test_a_usual_gamma_changes_nothing(tmp_path):
    content = privacy_attacks.gamma_png(0.45455)
    path = tmp_path / "usual.png"
    path.write_bytes(content)
    with open_clean(path, Limits()) as opened:
        assert opened.page(0).on_black is None


def test_text_in_a_transparent_colour_of_the_palette_is_seen(tmp_path):
    outcome = run(privacy_attacks.palette_png(), tmp_path, engines_with(InkReader()))
    written(outcome, tmp_path)
    assert outcome.measures["covered"] == {"cn_mobile": 1}


@pytest.mark.engines
def test_a_page_with_nothing_but_a_tiny_code_goes_out_without_it(tmp_path):
    import zxingcpp

    from daemon.engines.zxing.adapter import ZxingCodes
    from tests.fakes.privacy_oracle import Nobody

    page = privacy_attacks.tiny_code()
    assert [code.text for code in zxingcpp.read_barcodes(page)] == [SECRET]
    path = tmp_path / "tiny.png"
    Image.fromarray(page).save(path)
    engines = engines_with(InkReader(box=(0, 0, 1, 1)), codes=lambda: ZxingCodes(1))
    _, (after,) = written(run(path.read_bytes(), tmp_path, engines, faces=False), tmp_path)
    assert zxingcpp.read_barcodes(np.ascontiguousarray(after)) == []
    assert Nobody().find(after) == []


@pytest.mark.parametrize("cut", [0.3, 0.9, 0.99])
def test_a_file_that_was_cut_is_refused(tmp_path, cut):
    content = privacy_attacks.busy_pdf()
    with pytest.raises(InputError) as refused:
        run(content[: int(len(content) * cut)], tmp_path, engines_with(InkReader()))
    assert refused.value.code in {"TRUNCATED", "INVALID_IMAGE"}
    assert not list((tmp_path / "out").iterdir())
