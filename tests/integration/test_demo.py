"""The demo from its command line: a booth, photos, verdicts, pictures, and an orderly end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.engines, pytest.mark.timeout(300)]


def _demo(folder: Path) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "daemon.cli", "demo", "--dir", os.fspath(folder), "--json"]
    return subprocess.run(command, capture_output=True, check=False, timeout=280)


def test_the_demo_ends_by_itself_and_shows_every_kind_of_outcome(tmp_path: Path) -> None:
    done = _demo(tmp_path / "demo")
    assert done.returncode == 0, done.stderr.decode()
    found = {line["file"]: line for line in map(json.loads, done.stdout.splitlines())}
    assert found["sent-by-messenger.jpg"]["verdict"] == "done"
    assert found["coffee-without-anyone.jpg"]["codes"] == ["FACE_NOT_FOUND"]
    assert found["copy-interrupted.jpg"]["codes"] == ["TRUNCATED"]
    assert (tmp_path / "demo/before-after/sent-by-messenger.png").stat().st_size > 100_000
    assert (tmp_path / "demo/rejected/restore/coffee-without-anyone.why.txt").exists()


def test_the_demo_leaves_a_folder_of_somebody_else_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("do not lose me")
    done = _demo(tmp_path)
    assert done.returncode == 2
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
