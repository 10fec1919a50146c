"""The doctor on request of the panel: a process of its own that no call waits for."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path
from typing import IO, Any, cast

import pytest

from daemon.services.checkup import ANSWER, FOLDER, LIMIT_MS, Checkup, spoken
from daemon.services.doctor_trials import Finding, Level

SAID = {
    "ok": False,
    "problems": ["boothd.yaml:3: panel.prot: unknown"],
    "findings": [
        {
            "level": "error",
            "key": "part.hung",
            "message": "…",
            "facts": {"part": "inbox:hr", "limit": "45"},
        },
        {"level": "ok", "key": "future.key", "message": "said by a newer version"},
    ],
    "database": None,
}


class Command:
    """A command that was started: ends when told to, unless the kernel holds on to it."""

    def __init__(self, output: IO[bytes], *, dies: bool = True) -> None:
        self.output = Path(output.name)
        self.returncode: int | None = None
        self.is_killed, self._dies = False, dies

    def poll(self) -> int | None:
        return self.returncode

    def says(self, content: bytes) -> None:
        self.output.write_bytes(content)
        self.returncode = 1

    def kill(self) -> None:
        self.is_killed = True
        if self._dies:
            self.returncode = -9

    def wait(self, timeout: float) -> int:
        if self.returncode is None:
            raise subprocess.TimeoutExpired("check", timeout)
        return self.returncode


@pytest.fixture
def made(make_bench):
    """A bench, the doctor over it, and every command that he was started with."""
    bench, started = make_bench(), list[Command]()

    def start(_command: list[str], output: IO[bytes]) -> Any:
        started.append(Command(output, dies=False))
        return started[-1]

    path = bench.config.layout.root / "boothd.yaml"
    return (
        bench,
        Checkup(bench.config, path, lambda: bench.database, bench.clock, start=start),
        started,
    )


def test_nobody_has_looked_yet(made):
    _, checkup, _ = made
    assert (checkup.standing().last, checkup.standing().running_ms) == (None, None)


def test_one_looks_at_a_time_and_what_he_says_is_kept(made):
    bench, checkup, started = made
    assert checkup.begin(by="panel:alice")
    assert not checkup.begin(by="panel:bob")
    assert checkup.standing().running_ms == bench.clock.now_ms()

    bench.clock.advance(3)
    started[0].says(json.dumps(SAID).encode())
    found = checkup.standing()
    assert found.running_ms is None
    assert found.last is not None
    assert (found.last.took_ms, found.last.is_cut) == (3000, False)
    assert [one.key for one in found.last.findings] == ["part.hung", "future.key"]
    assert found.last.problems == ("boothd.yaml:3: panel.prot: unknown",)
    with bench.database.read() as uow:
        assert [(entry.who, entry.action) for entry in uow.audit.latest()] == [
            ("panel:alice", "booth.check")
        ]
    # Kept over a restart of the panel.
    again = Checkup(bench.config, Path("x"), lambda: bench.database, bench.clock)
    assert again.standing().last == found.last


def test_one_that_hangs_is_killed_and_said_and_nobody_waits_for_it(made):
    bench, checkup, started = made
    checkup.begin(by="panel:alice")
    bench.clock.advance(LIMIT_MS / 1000 + 1)
    began_s = time.monotonic()
    found = checkup.standing()

    assert time.monotonic() - began_s < 1
    assert started[0].is_killed
    assert found.last is not None
    assert found.last.is_cut
    # The kernel still holds on to it: the next can look all the same.
    assert checkup.begin(by="panel:alice")
    started[1].says(b"")
    checkup.close()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'"x"', b"\xff\xfe"])
def test_a_command_that_says_no_whole_answer_is_no_answer(made, content):
    _, checkup, started = made
    checkup.begin(by="panel:alice")
    started[0].says(content)
    last = checkup.standing().last
    assert last is not None
    assert last.is_cut


def test_an_answer_that_was_spoilt_on_disk_is_none(made):
    bench, checkup, _ = made
    folder = bench.config.layout.state / FOLDER
    folder.mkdir()
    (folder / ANSWER).write_bytes(b"\0" * 40)
    assert checkup.standing().last is None


def test_a_finding_is_said_in_either_language():
    finding = Finding(Level.ERROR, "part.hung", "…", {"part": "inbox:hr", "limit": "45"})
    assert "no answer within 45 s" in spoken(finding, "en")
    assert "没有应答" in spoken(finding, "zh")
    assert spoken(Finding(Level.OK, "future.key", "as it is"), "en") == "as it is"


def test_the_real_command_looks_at_the_real_booth(make_bench, tmp_path):
    bench = make_bench()
    path = tmp_path / "boothd.yaml"
    root = bench.config.layout.root
    path.write_text(f"root: {root}\ninboxes:\n  - {{name: in, plan: [copy]}}\n")
    checkup = Checkup(bench.config, path, lambda: bench.database, bench.clock)
    try:
        checkup.begin(by="panel:alice")
        child = cast("subprocess.Popen[bytes]", checkup._child)
        child.wait(50)
        last = checkup.standing().last
    finally:
        checkup.close()

    assert last is not None
    assert not last.is_cut
    assert "inbox.rename" in {finding.key for finding in last.findings}
    assert last.database is not None
    assert last.database["exists"]
