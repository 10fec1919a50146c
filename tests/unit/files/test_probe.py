from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from daemon.domain.readiness import Writer
from daemon.files.inotify import instance_limit, watch_limit, watches_in_use
from daemon.files.probe import CannotLook, Obstacle, open_file
from daemon.files.share import probe_share


def obstacle_of(path: Path) -> Obstacle:
    with pytest.raises(CannotLook) as caught, open_file(os.fsencode(path)):
        pass
    return caught.value.obstacle


def test_an_ordinary_file_gives_its_facts(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"1234")

    with open_file(os.fsencode(path)) as opened:
        assert opened.facts.size == 4
        assert opened.facts.inode == path.stat().st_ino
        assert opened.again() == opened.facts


def test_what_is_no_file_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "target").write_bytes(b"x")
    (tmp_path / "link").symlink_to("target")

    assert obstacle_of(tmp_path / "fifo") is Obstacle.NOT_REGULAR
    assert obstacle_of(tmp_path / "link") is Obstacle.NOT_REGULAR
    assert obstacle_of(tmp_path) is Obstacle.NOT_REGULAR
    assert obstacle_of(tmp_path / "none") is Obstacle.GONE


def test_a_writer_is_noticed_and_its_end_too(tmp_path: Path) -> None:
    path = tmp_path / "a"
    with path.open("wb") as writing, open_file(os.fsencode(path)) as opened:
        writing.write(b"x")
        if opened.writer() is Writer.UNKNOWN:
            pytest.skip("no leases on this filesystem")
        assert opened.writer() is Writer.HELD
    with open_file(os.fsencode(path)) as opened:
        assert opened.writer() is Writer.FREE


def test_a_lease_broken_in_the_act_does_not_end_the_process(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"x")
    code = """
import fcntl, os, signal, sys
from daemon.files import lease
real = fcntl.fcntl
def slow(handle, command, *args):
    answer = real(handle, command, *args)
    if command == fcntl.F_SETLEASE and args == (fcntl.F_RDLCK,):
        if os.fork() == 0:
            try:
                os.open(sys.argv[1], os.O_WRONLY | os.O_NONBLOCK)
            except BlockingIOError:
                pass
            os._exit(0)
        os.wait()
    return answer
lease.fcntl.fcntl = slow
handle = os.open(sys.argv[1], os.O_RDONLY)
print(lease.writer_of(handle))
"""
    done = subprocess.run(
        [sys.executable, "-c", code, path], capture_output=True, text=True, check=False, timeout=50
    )

    assert done.returncode != -signal.SIGIO
    assert done.stdout.strip() in {"free", "unknown"}, done.stderr


def test_a_share_is_tried_out_and_left_as_it_was(tmp_path: Path) -> None:
    facts = probe_share(tmp_path)

    assert (facts.create_error, facts.rename_error) == (0, 0)
    assert facts.noreplace
    assert not facts.folds_case
    assert not facts.folds_accents
    assert abs(facts.skew_s) < 2
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_missing_is_an_answer(tmp_path: Path) -> None:
    facts = probe_share(tmp_path / "none")

    assert facts.list_error
    assert facts.create_error


def test_inotify_limits_are_read_and_a_missing_proc_is_none(tmp_path: Path) -> None:
    assert watch_limit() > 0
    assert instance_limit() > 0
    assert watches_in_use() >= 0
    assert watch_limit(tmp_path) == 0
    assert watches_in_use(tmp_path) == 0
