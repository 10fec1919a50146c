"""``boothd parity``: a line for each fixture, and a status a script can trust."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from daemon.cli import main
from daemon.cli.exits import Exit
from tests import detector_table
from tests.fakes.torch_here import need_parity, need_torch


@dataclass(frozen=True)
class Called:
    exit_code: int
    stdout: str
    stderr: str


@pytest.fixture
def called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., Called]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")

    def call(*arguments: str | Path) -> Called:
        capfd.readouterr()
        status = main(["parity", *map(str, arguments)])
        said = capfd.readouterr()
        return Called(status, said.out, said.err)

    return call


def test_an_empty_folder_is_an_error(called, tmp_path: Path) -> None:
    result = called(tmp_path, "--json")
    assert result.exit_code == Exit.ERROR
    assert result.stdout == ""
    assert "nothing to compare" in result.stderr


def test_a_folder_that_is_not_there_is_a_wrong_call(called, tmp_path: Path) -> None:
    assert called(tmp_path / "missing").exit_code == Exit.USAGE


def test_a_fixture_that_fails_makes_the_status(called, tmp_path: Path) -> None:
    (tmp_path / "alignment.npz").write_bytes(b"no zip")
    result = called(tmp_path, "--json")
    assert result.exit_code == Exit.ERROR
    (line,) = map(json.loads, result.stdout.splitlines())
    assert line["fixture"] == "alignment"
    assert line["ok"] is False
    table = called(tmp_path).stdout
    assert "alignment" in table
    assert "✗" in table


def test_only_what_cannot_be_run_yet_is_nothing_to_compare(called, tmp_path: Path) -> None:
    (tmp_path / "faceclip").mkdir()
    result = called(tmp_path, "--json")
    assert result.exit_code == Exit.ERROR
    assert "skipped faceclip" in result.stderr


def detectors_in(folder: Path, *photos: Path) -> Path:
    """The real weights in a folder's ``weights``, and photos of ``../shared`` beside it."""
    if not detector_table.WEIGHTS.is_file():
        pytest.skip(f"../shared/weights/{detector_table.WEIGHTS.name} is not on this machine")
    (folder / "weights").mkdir(parents=True)
    (folder / "weights" / detector_table.WEIGHTS.name).symlink_to(detector_table.WEIGHTS)
    for photo in photos:
        (folder / "photos" / photo.parent.name).mkdir(parents=True, exist_ok=True)
        (folder / "photos" / photo.parent.name / photo.name).symlink_to(photo)
    return folder


@pytest.mark.engines
@pytest.mark.xdist_group("facexlib")
def test_the_real_detector_finds_the_embedded_ones_faces(called, tmp_path, shared_photos) -> None:
    need_torch()
    chosen = (shared_photos("old") / "fence.jpg", shared_photos("phone") / "selfie1.jpg")
    folder = detectors_in(tmp_path / "shared", *chosen)
    result = called(folder, "--json")
    assert result.exit_code == Exit.OK, result.stderr
    (line,) = map(json.loads, result.stdout.splitlines())
    assert (line["fixture"], line["limit"], line["ok"]) == ("retinaface", 0.12, True)
    assert list(line["parts"]) == ["old/fence.jpg", "phone/selfie1.jpg"]
    assert 0 < line["max_abs_error"] <= 0.12
    assert [row["same"] for row in line["table"]] == [2, 1]
    # The weights' own folder, with the photos beside it; people see a row for each photo.
    shown = called(folder / "weights")
    assert shown.exit_code == Exit.OK, shown.stderr
    assert "old/fence.jpg" in shown.stdout
    assert "retinaface 2" in shown.stdout


@pytest.mark.engines
def test_a_detector_without_photos_or_of_other_weights_fails_with_the_reason(
    called, tmp_path
) -> None:
    need_torch()
    folder = tmp_path / "shared"
    (folder / "weights").mkdir(parents=True)
    (folder / "weights" / detector_table.WEIGHTS.name).write_bytes(b"another")
    for photos, why in ((False, "no folder photos"), (True, "not the published file")):
        if photos:
            (folder / "photos").mkdir()
        result = called(folder, "--json")
        (line,) = map(json.loads, result.stdout.splitlines())
        assert result.exit_code == Exit.ERROR
        assert (line["ok"], line["max_abs_error"]) == (False, None)
        assert why in line["why"]


@pytest.mark.engines
@pytest.mark.xdist_group("rts")
def test_every_fixture_this_version_serves_agrees(called, tmp_path: Path) -> None:
    stored = need_parity()
    need_torch()
    folder = tmp_path / "fixtures"
    folder.mkdir()
    for path in stored.iterdir():
        if path.name != "gpen_512_full.npz":  # tests/pixels/test_gpen_network.py pays for it
            (folder / path.name).symlink_to(path)
    result = called(folder, "--json")
    lines = {line["fixture"]: line for line in map(json.loads, result.stdout.splitlines())}
    assert result.exit_code == Exit.OK, result.stderr
    rts, gpen = (
        ("rts_keys", "blocks_small", "rts_full"),
        ("gpen_keys", "gpen_small", "gpen_small_bf16"),
    )
    eqface = ("eqface_keys", "eqface_blocks", "eqface_full")
    assert set(lines) == {"alignment", "recipe_checks", *rts, *eqface, *gpen, "gpen_256_full"}
    for line in lines.values():
        assert line["ok"]
        assert line["max_abs_error"] <= line["limit"]
    assert set(lines["recipe_checks"]["parts"]) >= {"rts_full", "blocks_small", "gpen_small"}
    assert {"eq_same_s1", "eq_proj_s2"} == set(lines["eqface_blocks"]["parts"])
    assert "skipped faceclip" in result.stderr
    assert "skipped blocks_small" not in result.stderr
