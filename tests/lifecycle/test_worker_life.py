"""A worker's life by real processes and real signals: start, overlap, drain, parent's death."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import psutil
import pytest

from daemon.clock import SystemClock
from daemon.domain.job import Verdict
from daemon.files.digest import digest_of
from daemon.protocol import (
    EXIT_BOOT_FAILED,
    EXIT_OK,
    VERSION,
    Heartbeat,
    Hello,
    Leaving,
    Message,
    Progress,
    Result,
    Stop,
    Work,
    decode,
    encode,
)
from daemon.runtime.worker_handle import WorkerHandle, WorkerState
from tests.fakes.workers import (
    Desk,
    boot,
    collect,
    of,
    running,
    until_answered,
    until_at,
    until_lost,
    until_ready,
)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


class Talk:
    """A worker process spoken to without a handle."""

    def __init__(self, child: subprocess.Popen[bytes]) -> None:
        self.child = child

    def say(self, message: Message) -> None:
        pipe: IO[bytes] | None = self.child.stdin
        assert pipe
        pipe.write(encode(message))
        pipe.flush()

    def hear(self) -> Message | None:
        pipe = self.child.stdout
        assert pipe
        assert select.select([pipe], [], [], 20)[0], "the worker says nothing"
        line = pipe.readline()
        return decode(line) if line else None

    def hear_until(self, kind: type[Message]) -> Message:
        while (message := self.hear()) is not None:
            if isinstance(message, kind):
                return message
        raise AssertionError(f"no {kind}")


@contextmanager
def talking(**settings: object) -> Iterator[Talk]:
    child = subprocess.Popen(
        [sys.executable, "-m", "daemon.worker", "--config-json", json.dumps(settings)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=0,
    )
    try:
        yield Talk(child)
    finally:
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            assert pipe
            pipe.close()


# ── one worker, spoken to directly ────────────────────────────────────────────────────────


def test_copy_hands_the_bytes_through_and_vouches_for_them_last(desk: Desk) -> None:
    content = os.urandom(3_000_000)
    work = desk.work("a", content=content)
    with talking() as talk:
        talk.say(work)
        result = talk.hear_until(Result)
    assert isinstance(result, Result)
    out = Path(work.output_dir)
    assert (result.verdict, [o.name for o in result.outputs]) == (Verdict.DONE, ["result.JPG"])
    assert (out / "result.JPG").read_bytes() == content
    digest = digest_of(out / "result.JPG")
    assert (result.outputs[0].sha256, result.outputs[0].size) == (digest.sha256, digest.size)
    assert decode((out / "result.json").read_bytes()) == result
    assert set(result.timings_ms) == {"decode", "copy", "encode"}
    assert sorted(path.name for path in out.iterdir()) == ["result.JPG", "result.json"]


def test_a_name_without_a_decent_ending_gives_none(desk: Desk) -> None:
    work = desk.work("a")
    strange = Work(**{**{f: getattr(work, f) for f in Work.__slots__}, "name": "a.b c:d"})
    with talking() as talk:
        talk.say(strange)
        result = talk.hear_until(Result)
    assert isinstance(result, Result)
    assert (result.outputs[0].name, result.outputs[0].suffix) == ("result", "")


def test_a_worker_that_only_copies_loads_no_array_library(desk: Desk) -> None:
    with talking() as talk:
        hello = talk.hear()
        assert isinstance(hello, Hello)
        talk.say(desk.work("a"))
        talk.hear_until(Result)
        maps = Path(f"/proc/{hello.pid}/maps").read_text(encoding="utf-8")
    loaded = [name for name in ("numpy", "cv2", "onnxruntime", "torch", "PIL") if name in maps]
    assert loaded == []


def test_the_heart_beats_while_nothing_is_to_do() -> None:
    with talking(worker={"heartbeat_s": 0.05}) as talk:
        beat = talk.hear_until(Heartbeat)
    assert isinstance(beat, Heartbeat)
    assert 5 < beat.rss_mib < 500
    assert beat.jobs_done == 0


def test_a_stop_order_finishes_what_is_in_hand(desk: Desk) -> None:
    with talking(routes="tests.fakes.routes") as talk:
        for name in ("a", "b"):
            talk.say(desk.work(name, "slow"))
        talk.say(Stop())
        assert isinstance(talk.hear_until(Leaving), Leaving)
        done = {talk.hear_until(Result).job_id for _ in range(2)}  # type: ignore[union-attr]
        assert talk.child.wait(10) == EXIT_OK
    assert done == {"a", "b"}


def test_terminate_drains_and_takes_nothing_more(desk: Desk) -> None:
    with talking(routes="tests.fakes.routes") as talk:
        talk.hear_until(Hello)
        talk.say(desk.work("a", "slow"))
        while getattr(talk.hear(), "step", "") != "slow.part":
            pass
        talk.child.send_signal(signal.SIGTERM)
        assert talk.hear_until(Leaving) == Leaving(EXIT_OK)
        late = desk.work("late")
        talk.say(late)
        assert isinstance(talk.hear_until(Result), Result)
        assert talk.child.wait(10) == EXIT_OK
    assert list(Path(late.output_dir).iterdir()) == []


def test_an_interrupt_is_left_to_the_parent(desk: Desk) -> None:
    with talking() as talk:
        talk.hear_until(Hello)
        talk.child.send_signal(signal.SIGINT)
        talk.say(desk.work("a"))
        assert isinstance(talk.hear_until(Result), Result)


def test_the_end_of_the_orders_ends_the_worker_at_once(desk: Desk) -> None:
    work = desk.work("a", "hang")
    with talking(routes="tests.fakes.routes") as talk:
        talk.say(work)
        while getattr(talk.hear(), "step", "") != "hang":
            pass
        assert talk.child.stdin
        talk.child.stdin.close()
        assert talk.child.wait(10) == EXIT_OK
    assert list(Path(work.output_dir).iterdir()) == []


def test_a_parent_that_speaks_another_version_is_refused() -> None:
    with talking() as talk:
        talk.hear_until(Hello)
        assert talk.child.stdin
        talk.child.stdin.write(b'{"v":%d,"type":"stop"}\n' % (VERSION + 1))
        assert talk.child.wait(10) == EXIT_BOOT_FAILED


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({"engines": {"device": "cuda:7"}}, "cuda:7"),
        ({"routes": "no.such.module"}, "No module named"),
        ({"engine": {}}, "engine"),
    ],
)
def test_a_start_that_cannot_be_says_why_in_one_line(
    settings: dict[str, object], line: str
) -> None:
    if "cuda" in line and list(Path("/dev").glob("nvidia[0-9]*")):
        pytest.skip("there is a card here")
    done = subprocess.run(
        [sys.executable, "-m", "daemon.worker", "--config-json", json.dumps(settings)],
        input=b"",
        capture_output=True,
        check=False,
        timeout=30,
    )
    assert done.returncode == EXIT_BOOT_FAILED
    assert done.stdout == b""
    assert b"Traceback" not in done.stderr
    assert line in done.stderr.decode()


def test_parent_and_child_that_disagree_about_who_started_whom_stop() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "daemon.worker", "--config-json", '{"parent_pid": 1}'],
        input=b"",
        capture_output=True,
        check=False,
        timeout=30,
    )
    assert done.returncode == EXIT_BOOT_FAILED


# ── overlap ───────────────────────────────────────────────────────────────────────────────


def test_the_next_photo_is_decoded_and_the_last_one_written_during_engine_work(
    desk: Desk, tmp_path: Path
) -> None:
    """Proven by a meeting, not by time: the engine waits until the others have got on."""
    arrived, go_on, judged = tmp_path / "arrived", tmp_path / "go", tmp_path / "judged"
    meet = {"meet": {"arrived": str(arrived), "go_on": str(go_on)}}
    with running(boot()) as handle:
        handle.submit(desk.work("last"))
        handle.submit(desk.work("engine", "meet", options=meet))
        touch = {"gatekeeper": {"touch": str(judged)}}
        handle.submit(desk.work("next", "gatekeeper", options=touch))
        seen = collect(
            handle,
            until=lambda seen: (
                of(Result, seen) and Progress("next", "rest") in seen and arrived.exists()
            ),
        )
        assert [result.job_id for result in of(Result, seen)] == ["last"]
        assert judged.exists()
        assert not go_on.exists()
        go_on.touch()
        assert set(until_answered(handle, 2)) == {"engine", "next"}


# ── parent and child ──────────────────────────────────────────────────────────────────────

PARENT = """
    import sys, threading
    from pathlib import Path
    from daemon.clock import SystemClock
    from daemon.config.model import Logging
    from daemon.runtime.worker_handle import WorkerHandle
    from daemon.telemetry.logging import configure
    from tests.fakes.workers import Desk, boot, until_at

    configure(Logging())
    handle = WorkerHandle(boot(), SystemClock())
    handle.start()
    handle.submit(Desk(Path(sys.argv[1])).work("a", sys.argv[2]))
    until_at(handle, "a", sys.argv[2])
    print(handle.pid, flush=True)
    threading.Event().wait()
"""


@pytest.mark.parametrize("state", ["hang", "freeze"])
def test_a_worker_never_outlives_its_parent(tmp_path: Path, state: str) -> None:
    """Not even one that is stopped and cannot notice."""
    parent = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(PARENT), str(tmp_path), state],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert parent.stdout
    try:
        worker = psutil.Process(int(parent.stdout.readline()))
        assert worker.is_running()
    finally:
        parent.kill()
        parent.wait()
        parent.stdout.close()
    gone, _alive = psutil.wait_procs([worker], timeout=10)
    # A container without an init process keeps the dead child as a zombie.
    assert gone or worker.status() == psutil.STATUS_ZOMBIE


def test_a_worker_outlives_the_thread_that_started_it(desk: Desk) -> None:
    handle = WorkerHandle(boot(), SystemClock())
    starter = threading.Thread(target=handle.start)
    starter.start()
    starter.join()
    try:
        until_ready(handle)
        handle.submit(desk.work("a", "slow"))
        assert isinstance(until_answered(handle, 1)["a"], Result)
        assert handle.restarts == 0
    finally:
        handle.stop(0.0)


def test_stopping_waits_for_what_is_in_hand_and_returns_it(desk: Desk) -> None:
    with running(boot()) as handle:
        handle.submit(desk.work("a", "slow"))
        until_at(handle, "a", "slow")
        happened = handle.stop(20.0)
        assert [result.job_id for result in of(Result, happened)] == ["a"]
        assert (handle.state, handle.pid) == (WorkerState.STOPPED, None)


def test_stopping_kills_what_does_not_end_and_returns_its_work(desk: Desk) -> None:
    with running(boot()) as handle:
        handle.submit(desk.work("a", "hang"))
        until_at(handle, "a", "hang")
        pid = handle.pid
        lost = handle.stop(0.1)[-1]
        assert (lost.cause, [work.job_id for work in lost.works]) == ("stopped", ["a"])  # type: ignore[union-attr]
        assert pid is not None
        assert not psutil.pid_exists(pid)


def test_a_worker_that_somebody_else_terminates_is_replaced(desk: Desk) -> None:
    with running(boot()) as handle:
        until_ready(handle)
        assert handle.pid
        os.kill(handle.pid, signal.SIGTERM)
        assert until_lost(handle).cause == "recycled"
        handle.submit(desk.work("a"))
        assert isinstance(until_answered(handle, 1)["a"], Result)


def test_a_parent_that_was_stopped_does_not_kill_a_well_worker(tmp_path: Path) -> None:
    """The signs of life wait in the pipe; the parent reads them before it judges."""
    script = PARENT.replace(
        '"a", sys.argv[2])', '"a", sys.argv[2], options={"slow": {"parts": 45}})', 1
    )
    script = script.split("print(handle")[0] + (
        "print(handle.pid, flush=True)\n"
        "    from tests.fakes.workers import until_answered\n"
        "    print(until_answered(handle, 1)['a'].verdict, handle.restarts, flush=True)\n"
        "    handle.stop(0)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script), str(tmp_path), "slow"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert parent.stdout
    try:
        parent.stdout.readline()
        os.kill(parent.pid, signal.SIGSTOP)
        # Longer than four of its half-second heartbeats.
        time.sleep(3.0)
        os.kill(parent.pid, signal.SIGCONT)
        assert parent.stdout.readline().decode().split() == ["done", "0"]
    finally:
        parent.kill()
        parent.wait()
        parent.stdout.close()


# ── fail points ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("window", "left"), [("W9", []), ("W10", ["result.JPG"])])
def test_a_fail_point_kills_the_first_worker_only(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, window: str, left: list[str]
) -> None:
    monkeypatch.setenv("BOOTHD_FAILPOINT", f"{window}:worker:1")
    with running(boot(failpoints=True)) as handle:
        first = desk.work("a")
        handle.submit(first)
        lost = until_lost(handle)
        assert (lost.cause, lost.signal) == ("crashed", 9)
        assert [path.name for path in Path(first.output_dir).iterdir()] == left
        handle.submit(desk.work("b"))
        assert isinstance(until_answered(handle, 1)["b"], Result)
