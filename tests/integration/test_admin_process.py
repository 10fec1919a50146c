"""``python -m admin`` as a process: it serves, stops in order, and refuses what it must."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

LIMIT_S = 20


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _start(tmp_path: Path, repo_root: Path, **panel) -> subprocess.Popen[bytes]:
    config = tmp_path / "boothd.yaml"
    body = {"root": "booth", "inboxes": [{"name": "in", "plan": ["restore"]}], "panel": panel}
    config.write_text(json.dumps(body))
    return subprocess.Popen(
        [sys.executable, "-m", "admin", "--config", str(config)],
        cwd=repo_root,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONWARNINGS": "error"},
    )


def _get(port: int, path: str) -> tuple[int, bytes]:
    deadline = time.monotonic() + LIMIT_S
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()
        except urllib.error.URLError:
            assert time.monotonic() < deadline, "the panel did not come up"
            time.sleep(0.05)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_until_it_is_told_to_stop(tmp_path, repo_root, number):
    port = _free_port()
    process = _start(tmp_path, repo_root, port=port)
    try:
        assert _get(port, "/healthz")[0] == 200
        assert _get(port, "/readyz")[0] == 503
        process.send_signal(number)
        _, said = process.communicate(timeout=LIMIT_S)
    finally:
        process.kill()
        process.wait()

    assert process.returncode == 0, said.decode()
    assert b"Traceback" not in said


def test_another_address_than_this_machine_is_a_mistake_in_the_configuration(tmp_path, repo_root):
    process = _start(tmp_path, repo_root, port=_free_port(), host="0.0.0.0")
    _, said = process.communicate(timeout=LIMIT_S)

    assert process.returncode == 78
    assert b"panel.host: 0.0.0.0 can be reached from other machines" in said
    assert b"Traceback" not in said


def test_a_port_that_is_taken_is_said_plainly(tmp_path, repo_root):
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        process = _start(tmp_path, repo_root, port=port)
        _, said = process.communicate(timeout=LIMIT_S)

    assert process.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}".encode() in said
    assert b"Traceback" not in said


def test_a_missing_configuration_is_said_plainly(tmp_path, repo_root):
    done = subprocess.run(
        [sys.executable, "-m", "admin", "--config", str(tmp_path / "none.yaml")],
        cwd=repo_root,
        capture_output=True,
        check=False,
        timeout=LIMIT_S,
    )

    assert done.returncode == 78
    assert b"none.yaml" in done.stderr
    assert b"Traceback" not in done.stderr
