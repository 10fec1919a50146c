"""The guards in ``tests/conftest.py`` notice what they are there for."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SUSPECTS = """
import gc
import os
import threading
import warnings


def test_leaks_a_thread():
    threading.Thread(target=threading.Event().wait, args=(9,), daemon=True).start()


def test_joins_its_thread():
    thread = threading.Thread(target=int)
    thread.start()
    thread.join()


def test_warns():
    warnings.warn("old", DeprecationWarning)


def test_leaves_a_file_open(tmp_path):
    handle = (tmp_path / "x").open("w")
    del handle
    gc.collect()


def test_sees_a_variable_of_the_shell():
    assert "BOOTHD_CONFIG" in os.environ
"""
NOTICED = {
    "test_leaks_a_thread",
    "test_warns",
    "test_leaves_a_file_open",
    "test_sees_a_variable_of_the_shell",
}


def test_the_guards_notice(
    repo_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tests").mkdir()
    shutil.copy(repo_root / "tests" / "conftest.py", tmp_path / "tests")
    shutil.copy(repo_root / "pyproject.toml", tmp_path)
    (tmp_path / "tests" / "test_suspects.py").write_text(SUSPECTS)
    monkeypatch.setenv("BOOTHD_CONFIG", "/nowhere.yaml")
    monkeypatch.setenv("PYTHONPATH", str(repo_root))
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "tests/test_suspects.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.findall(r"^(?:FAILED|ERROR) \S+::(\w+)", result.stdout, re.MULTILINE)
    assert set(found) == NOTICED, result.stdout
