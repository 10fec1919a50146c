"""The hint to ext4, and that nothing happens elsewhere."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from daemon.files.mounts import mount_of
from daemon.files.spreading import spread_folders_in


def test_ext4_takes_the_hint(tmp_path: Path) -> None:
    if mount_of(tmp_path).fstype != "ext4" or shutil.which("lsattr") is None:
        pytest.skip("no ext4, or no lsattr to ask")
    assert spread_folders_in(tmp_path)
    assert spread_folders_in(tmp_path)
    shown = subprocess.run(["lsattr", "-d", tmp_path], capture_output=True, text=True, check=True)
    assert "T" in shown.stdout.split()[0]


def test_a_disk_in_memory_does_without(tmp_path: Path) -> None:
    memory = Path("/dev/shm")
    if not (memory.is_dir() and os.access(memory, os.W_OK)):
        pytest.skip("no /dev/shm")
    folder = memory / tmp_path.name
    folder.mkdir()
    try:
        spread_folders_in(folder)
        (folder / "job").mkdir()
        assert [entry.name for entry in folder.iterdir()] == ["job"]
    finally:
        shutil.rmtree(folder)


def test_a_folder_that_is_not_there_is_no_error(tmp_path: Path) -> None:
    assert not spread_folders_in(tmp_path / "nowhere")
