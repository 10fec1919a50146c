from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from daemon.cli import main
from daemon.cli.exits import Exit

Once = Callable[..., tuple[int, list[dict[str, Any]]]]


@pytest.fixture
def once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Once:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")

    def call(plan: str, *arguments: str | Path) -> tuple[int, list[dict[str, Any]]]:
        capfd.readouterr()
        status = main(["once", plan, *map(str, arguments), "--out", "out", "--json"])
        return status, [json.loads(line) for line in capfd.readouterr().out.splitlines()]

    return call


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.bin"
    path.write_bytes(b"handed through as it is")
    return path


def test_each_file_is_one_line_of_the_contract(once: Once, photo: Path, tmp_path: Path) -> None:
    status, (line,) = once("copy", photo)
    assert status == Exit.OK
    assert set(line) == {
        "file", "verdict", "codes", "outputs", "measures", "engines", "timings_ms",
    }  # fmt: skip
    assert (line["file"], line["verdict"], line["codes"]) == (str(photo), "done", [])
    assert Path(line["outputs"][0]).read_bytes() == photo.read_bytes()
    assert (tmp_path / "out" / "photo.bin").exists()
    assert photo.exists()


def test_one_failure_decides_the_status(once: Once, photo: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty.jpg"
    empty.touch()
    status, lines = once("copy", photo, empty)
    assert status == Exit.FAILED
    assert {Path(line["file"]).name: line["verdict"] for line in lines} == {
        "photo.bin": "done",
        "empty.jpg": "failed",
    }


def test_a_folder_or_a_hostile_name_is_just_a_result(once: Once, tmp_path: Path) -> None:
    odd = tmp_path / os.fsdecode(b"x\xff\n.jpg")
    odd.write_bytes(b"x")
    (tmp_path / "folder").mkdir()
    status, lines = once("copy", odd, tmp_path / "folder")
    assert status == Exit.FAILED
    assert sorted(line["verdict"] for line in lines) == ["done", "failed"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("cpy", "photo.bin"),
        ("copy,cpy", "photo.bin"),
        ("", "photo.bin"),
        ("copy", "missing.jpg"),
        ("copy", "photo.bin", "--set", "x"),
        ("copy", "photo.bin", "--set", "copy.=1"),
        ("copy", "photo.bin", "--set", "copy.strength=0.5"),
        ("restore", "photo.bin", "--set", "restore.strength=2"),
        ("restore", "photo.bin", "--set", "restore.strenght=0.5"),
        ("quality", "photo.bin", "--set", "quality.complete=true"),
        ("quality", "photo.bin", "--set", "quality.reject_below=.nan"),
        ("quality", "photo.bin", "--set", "quality.reject={max_noise: .inf}"),
        ("copy", "photo.bin", "--set", "other.x=1"),
        ("copy",),
    ],
)
def test_a_wrong_call_is_told_before_any_work(
    once: Once, photo: Path, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    status, lines = once(*arguments)
    assert (status, lines) == (Exit.USAGE, [])
    assert not (tmp_path / "out").exists()


def test_a_configuration_beside_it_counts(once: Once, photo: Path, tmp_path: Path) -> None:
    (tmp_path / "boothd.yaml").write_text(
        "limits: {max_bytes: 3}\ninboxes: [{name: in, plan: [copy]}]\n"
    )
    status, (line,) = once("copy", photo)
    assert (status, line["codes"]) == (Exit.FAILED, ["IMAGE_TOO_LARGE"])
    (tmp_path / "boothd.yaml").write_text("zzz: 1\n")
    assert once("copy", photo)[0] == Exit.CONFIG
