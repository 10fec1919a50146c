"""The guards in ``tests/conftest.py`` notice what they are there for."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

LEAK = """
import threading
def test_leaks():
    threading.Thread(target=threading.Event().wait, name="forgotten", daemon=True).start()
"""
JOINED = """
import threading
def test_joins():
    thread = threading.Thread(target=int)
    thread.start()
    thread.join()
"""
WARNING = """
import warnings
def test_warns():
    warnings.warn("old", DeprecationWarning)
"""
LEFT_OPEN = """
import gc
def test_leaves_a_file_open(tmp_path):
    handle = (tmp_path / "x").open("w")
    del handle
    gc.collect()
"""
VARIABLE = """
import os
def test_sees_no_variable_of_the_shell():
    assert "BOOTHD_CONFIG" not in os.environ
"""


@pytest.mark.parametrize(
    ("content", "passes"),
    [(LEAK, False), (JOINED, True), (WARNING, False), (LEFT_OPEN, False), (VARIABLE, True)],
)
def test_a_guard_notices(
    repo_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str, passes: bool
) -> None:
    (tmp_path / "tests").mkdir()
    shutil.copy(repo_root / "tests" / "conftest.py", tmp_path / "tests")
    shutil.copy(repo_root / "pyproject.toml", tmp_path)
    (tmp_path / "tests" / "test_it.py").write_text(content)
    monkeypatch.setenv("BOOTHD_CONFIG", "/nowhere.yaml")
    monkeypatch.setenv("PYTHONPATH", str(repo_root))
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_it.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode == 0) is passes, result.stdout
