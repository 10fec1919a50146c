"""The written file: every defect of structure is found, a clean one has none."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from daemon.imaging.decode import read_photo
from daemon.imaging.exact_file import SizeBand, write_exact
from daemon.imaging.limits import Limits
from daemon.routes.idphoto.check_file import FileRule, file_rows

RULE = FileRule((295, 295), (413, 413), band=SizeBand.of_kb(20, 80))


@pytest.fixture(scope="module")
def picture(astronaut: Any) -> Any:
    return np.ascontiguousarray(astronaut[0:413, 80:375])


def breached(folder: Path, content: bytes, name: str = "a.jpg", rule: FileRule = RULE) -> set[str]:
    path = folder / "written"
    path.write_bytes(content)
    rows = file_rows(path, name, read_photo(path, Limits()), rule)
    return {row.name for row in rows if row.verdict == "fail"}


def written(picture: Any, **changes: Any) -> bytes:
    return write_exact(
        picture, **{"form": "jpeg", "dpi": 300, "band": RULE.band, **changes}
    ).content


def saved(picture: Any, **options: Any) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG", quality=85, dpi=(300, 300), **options)
    return buffer.getvalue()


def camera() -> Image.Exif:
    exif = Image.Exif()
    exif[0x010F] = "a maker"
    return exif


def test_what_we_write_has_no_defect(tmp_path, picture) -> None:
    assert breached(tmp_path, written(picture, comment="edited: background")) == set()
    png = replace(RULE, form="PNG", band=SizeBand())
    assert breached(tmp_path, written(picture, form="png", band=SizeBand()), "a.png", png) == set()


def test_padding_is_no_defect_and_is_reported(tmp_path, picture) -> None:
    band = SizeBand.of_kb(200, 240)
    path = tmp_path / "written"
    path.write_bytes(written(picture, band=band))
    rows = file_rows(path, "a.jpg", read_photo(path, Limits()), replace(RULE, band=band))
    assert all(row.passes for row in rows)
    assert next(row for row in rows if row.name == "padding").value > 0


@pytest.mark.parametrize(
    ("defect", "rows"),
    [
        (lambda p: written(p[:, :294]), {"width"}),
        (lambda p: written(np.concatenate([p, p[:5]])), {"height"}),
        (lambda p: written(p, dpi=350), {"dpi_x", "dpi_y"}),
        (lambda p: written(p, band=SizeBand(90_000, 120_000)), {"size"}),
        (lambda p: written(p) + b"\0" * 100, {"bytes_behind_end"}),
        (lambda p: saved(p, progressive=True), {"not_progressive"}),
        (lambda p: saved(p, exif=camera()), {"no_original_metadata"}),
        (lambda p: saved(p[..., 0]), {"rgb_8_bit"}),
    ],
)
def test_a_defect_is_found_and_named(tmp_path, picture, defect, rows) -> None:
    assert breached(tmp_path, defect(picture)) == rows


def test_a_png_called_jpg_is_found(tmp_path, picture) -> None:
    content = written(picture, form="png", band=SizeBand())
    assert {"type_matches_name", "type_as_asked"} <= breached(tmp_path, content)


def test_a_missing_tag_is_never_a_pass(tmp_path, picture) -> None:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG", quality=85)
    assert {"dpi_x", "dpi_y"} <= breached(tmp_path, buffer.getvalue())


def test_a_low_quality_and_a_high_compression_are_found(tmp_path, picture) -> None:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG", quality=30, dpi=(300, 300))
    rule = replace(RULE, band=SizeBand(), most_compression=20)
    assert breached(tmp_path, buffer.getvalue(), rule=rule) == {"jpeg_quality", "compression"}
