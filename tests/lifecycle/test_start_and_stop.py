"""Starting and ending a daemon: whole, or not at all."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

from tests.conftest import REPO

WITH_A_BROKEN_SCHEDULER = """
import sys
from daemon.runtime import scheduler

def cannot(self):
    raise OSError(5, "the scheduler cannot start")

scheduler.Scheduler.start = cannot
from daemon.cli import main
sys.argv = ["boothd", "--config", sys.argv[1], "run", "--no-panel"]
sys.exit(main())
"""


def test_a_daemon_of_which_a_part_cannot_start_ends(make_booth):
    booth = make_booth()
    ended = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(WITH_A_BROKEN_SCHEDULER), booth.config_path],
        cwd=REPO,
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert ended.returncode != 0
    assert b"the scheduler cannot start" in ended.stderr
    # Its lock is free: the next start is not refused.
    booth.start_ready()
    booth.stop()


def test_a_time_zone_without_a_name_does_not_keep_the_daemon_from_starting(make_booth):
    booth = make_booth()
    booth.environment = {"TZ": "CST-8"}
    booth.start_ready()
    booth.stop()
    assert "zone.unnamed" in booth.all_logs()


def test_two_daemons_do_not_run_for_one_booth(make_booth):
    booth = make_booth()
    booth.start_ready()
    second = subprocess.run(
        [sys.executable, "-m", "daemon.cli", "--config", booth.config_path, "run", "--no-panel"],
        cwd=REPO,
        env={**os.environ, "LANG": "C.UTF-8"},
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert second.returncode == 2
    assert str(booth.pid).encode() in second.stdout + second.stderr
    assert b"Traceback" not in second.stdout + second.stderr
    booth.stop()
