from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from daemon.cli import main
from daemon.cli.exits import Exit
from daemon.services.doctor_trials import Level

Check = Callable[[Path], tuple[int, dict[str, Any]]]


@pytest.fixture
def check(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Check:
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")

    def call(path: Path) -> tuple[int, dict[str, Any]]:
        capsys.readouterr()
        status = main(["--config", str(path), "check", "--json"])
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        return status, json.loads(captured.out)

    return call


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    assert main(["init", str(tmp_path / "booth"), "--language", "en"]) == 0
    return tmp_path / "booth" / "boothd.yaml"


def test_a_fresh_booth_is_fine(check: Check, fresh: Path) -> None:
    status, found = check(fresh)
    assert (status, found["ok"], found["problems"]) == (Exit.OK, True, [])
    assert found["config"]["panel"]["port"] == 8480
    assert found["database"]["exists"] is False
    assert not (fresh.parent / ".boothd" / "boothd.db").exists()


def test_everything_wrong_is_told_in_one_run(check: Check, tmp_path: Path) -> None:
    """A bad setting, a missing folder, an output that cannot be written to, a full disk."""
    (tmp_path / "blocked").write_text("a file, no folder")
    (tmp_path / "there").mkdir()
    path = tmp_path / "boothd.yaml"
    path.write_text(
        "queue: {in_flight: 99}\n"
        "retention: {min_free_mib: 999999999}\n"
        "inboxes:\n"
        "  - {name: gone, plan: [copy], path: nowhere}\n"
        "  - {name: stuck, plan: [copy], path: there, out: blocked}\n"
        "  - {name: odd, plan: [cpy]}\n"
    )
    status, found = check(path)
    assert status == Exit.CONFIG
    assert len(found["problems"]) == 2
    errors = {row["key"]: row["message"] for row in found["findings"] if row["level"] == "error"}
    assert "gone" in errors["inbox.missing"] or "odd" in errors["inbox.missing"]
    assert any("stuck" in said for key, said in errors.items() if key.startswith("output."))
    assert any(row["key"] == "disk.free" and row["level"] != "ok" for row in found["findings"])
    assert not found["ok"]


def test_a_missing_share_alone_is_an_error(check: Check, fresh: Path) -> None:
    (fresh.parent / "inbox" / "copy").rmdir()
    status, found = check(fresh)
    assert (status, found["ok"], found["problems"]) == (Exit.ERROR, False, [])


def test_a_file_that_cannot_be_read_at_all_is_told(check: Check, tmp_path: Path) -> None:
    status, found = check(tmp_path / "none.yaml")
    assert status == Exit.CONFIG
    assert found["config"] is None
    assert "there is no such file" in found["problems"][0]


def test_people_read_sentences(
    fresh: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    capsys.readouterr()
    assert main(["--config", str(fresh), "check"]) == 0
    captured = capsys.readouterr()
    assert "port: 8480" in captured.out
    assert "Nothing is wrong." in captured.err
    fresh.write_text("zzz: 1\n")
    assert main(["--config", str(fresh), "check"]) == Exit.CONFIG
    assert "2 mistake(s)" in capsys.readouterr().err


def test_every_level_of_the_doctor_has_its_word() -> None:
    from daemon.cli.wording import text

    assert all(text(f"level_{level.value}", "zh") for level in Level)
