"""``boothd parity``: a line for each fixture, and a status a script can trust."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from daemon.cli import main
from daemon.cli.exits import Exit
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
