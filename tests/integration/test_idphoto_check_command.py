"""``boothd idphoto check``: real worker and detectors, the answer a clerk acts on."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from daemon.cli import main
from daemon.cli.exits import Exit

pytestmark = [pytest.mark.engines, pytest.mark.xdist_group("compare")]


def drawn(path: Path, astronaut: np.ndarray, **terms) -> Path:
    """The astronaut as a square photo, 2 x 2 inches at 300 dpi."""
    Image.fromarray(astronaut).resize((600, 600)).save(path, quality=92, **terms)
    return path


def test_a_photo_that_is_none_is_measured_row_by_row_and_left_alone(
    tmp_path, astronaut, capfd
) -> None:
    photo = drawn(tmp_path / "photo.jpg", astronaut, dpi=(300, 300))
    before = photo.read_bytes()
    status = main(["idphoto", "check", str(photo), "--preset", "us_visa", "--json"])
    found = json.loads(capfd.readouterr().out)
    rows = {row["name"]: row["verdict"] for row in found["rows"]}
    assert status == Exit.NOT_DONE
    assert not found["passed"]
    assert rows["width"] == rows["height"] == "pass"
    assert rows["faces"] == "pass"
    assert rows["background_mean"] == "fail"
    assert "as_made" not in rows
    assert photo.read_bytes() == before
    assert {reason["code"] for reason in found["reasons"]} >= {"ID_BACKGROUND"}


def test_a_rule_nobody_knows_is_refused_with_the_nearest(tmp_path, astronaut, capfd) -> None:
    photo = drawn(tmp_path / "photo.jpg", astronaut)
    assert main(["idphoto", "check", str(photo), "--preset", "us_viza"]) == Exit.USAGE
    assert "us_visa" in capfd.readouterr().err


def test_what_is_no_picture_is_named_with_its_code(tmp_path, capfd) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff no picture")
    assert main(["idphoto", "check", str(broken), "--preset", "cn_1in", "--json"]) == Exit.FAILED
    assert json.loads(capfd.readouterr().out)["codes"]
