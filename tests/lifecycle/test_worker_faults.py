"""Every way a worker can fail, by real processes, ends in the right event."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from daemon.clock import ManualClock
from daemon.domain.job import Verdict
from daemon.errors import FaultVerdict, WorkerLost
from daemon.protocol import EXIT_ENGINE_BROKEN, Fault, Hello, Result
from daemon.runtime.worker_handle import Lost, WorkerState
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


def ids(lost: Lost) -> set[str]:
    return {work.job_id for work in lost.works}


@pytest.mark.parametrize(("name", "number"), [("KILL", 9), ("SEGV", 11)])
def test_a_crash_is_told_with_its_signal_and_its_job(desk: Desk, name: str, number: int) -> None:
    with running(boot()) as handle:
        handle.submit(desk.work("a", "crash", options={"crash": {"signal": name}}))
        lost = until_lost(handle)
    assert (lost.cause, lost.signal, ids(lost)) == ("crashed", number, {"a"})


def test_a_crashed_worker_is_started_again_and_works(desk: Desk) -> None:
    with running(boot()) as handle:
        handle.submit(desk.work("a", "crash"))
        until_lost(handle)
        assert handle.state is WorkerState.BACKING_OFF
        handle.submit(desk.work("b"))
        assert isinstance(until_answered(handle, 1)["b"], Result)
        assert handle.restarts == 1


def test_a_job_that_only_waits_is_not_to_blame_for_a_crash(desk: Desk, tmp_path: Path) -> None:
    arrived, go_on = tmp_path / "arrived", tmp_path / "go"
    options = {"meet": {"arrived": str(arrived), "go_on": str(go_on)}}
    with running(boot()) as handle:
        handle.submit(desk.work("a", "meet", "crash", options=options))
        handle.submit(desk.work("b"))
        until_at(handle, "b", "rest")
        go_on.touch()
        first, second = of(Lost, collect(handle, until=lambda seen: len(of(Lost, seen)) == 2))
    assert (first.cause, ids(first)) == ("crashed", {"a"})
    assert (second.cause, ids(second)) == ("innocent", {"b"})


def test_a_hang_is_found_although_the_heart_beats(desk: Desk) -> None:
    with running(boot(step_s=1.0, heartbeat_s=0.2)) as handle:
        handle.submit(desk.work("a", "hang"))
        handle.submit(desk.work("b", "copy"))
        first, second = of(Lost, collect(handle, until=lambda seen: len(of(Lost, seen)) == 2))
    assert (first.cause, ids(first), first.signal) == ("timeout", {"a"}, 9)
    assert (second.cause, ids(second)) == ("innocent", {"b"})


def test_a_job_that_gets_on_may_take_longer_than_a_step(desk: Desk) -> None:
    options = {"slow": {"parts": 12, "part_s": 0.25}}
    with running(boot(step_s=1.5)) as handle:
        handle.submit(desk.work("a", "slow", options=options))
        assert isinstance(until_answered(handle, 1)["a"], Result)


def test_a_frozen_process_is_found_by_its_missing_heartbeats(desk: Desk) -> None:
    with running(boot(heartbeat_s=0.2, step_s=300)) as handle:
        handle.submit(desk.work("a", "freeze"))
        lost = until_lost(handle)
    assert (lost.cause, ids(lost)) == ("timeout", {"a"})


def test_a_worker_that_outgrows_its_memory_is_killed(desk: Desk) -> None:
    options = {"leak": {"mib": 300, "then_hang": True}}
    with running(boot(memory_mib=200)) as handle:
        handle.submit(desk.work("a", "leak", options=options))
        lost = until_lost(handle)
    assert (lost.cause, ids(lost)) == ("memory", {"a"})


def test_a_worker_that_grew_is_recycled_once_idle_and_loses_nothing(desk: Desk) -> None:
    options = {"leak": {"mib": 150}}
    with running(boot(recycle_mib=150, memory_mib=4000)) as handle:
        first = handle.pid
        handle.submit(desk.work("a", "leak", options=options))
        seen = collect(handle, until=lambda seen: of(Lost, seen))
        assert [answer.job_id for answer in of(Result, seen)] == ["a"]
        assert of(Lost, seen)[0].cause == "recycled"
        until_ready(handle)
        assert handle.pid != first


def test_recycling_after_so_many_jobs_loses_none_of_those_still_sent(desk: Desk) -> None:
    with running(boot(recycle_jobs=3)) as handle:
        seen = until_ready(handle)
        for pair in range(5):
            handle.submit(desk.work(f"job{2 * pair}"))
            handle.submit(desk.work(f"job{2 * pair + 1}"))
            seen += collect(handle, until=lambda seen: len(of(Result, seen)) == 2)
        answered = [result.job_id for result in of(Result, seen)]
        assert sorted(answered) == sorted(f"job{number}" for number in range(10))
        assert {lost.cause for lost in of(Lost, seen)} == {"recycled"}
        assert handle.restarts >= 2


def test_an_exception_is_a_fault_without_anybodys_name(desk: Desk) -> None:
    with running(boot()) as handle:
        handle.submit(desk.work("a", "fail"))
        fault = until_answered(handle, 1)["a"]
        assert handle.state is WorkerState.READY
    assert isinstance(fault, Fault)
    assert (fault.reason.code, fault.fault) == ("INTERNAL_ERROR", FaultVerdict.RETRY)
    assert fault.detail.startswith("ValueError at tests/fakes/routes.py:")
    assert "张三" not in json.dumps([fault.detail, fault.reason.as_json()], ensure_ascii=False)


@pytest.mark.parametrize(
    ("kind", "code", "verdict"),
    [
        ("input", "IMAGE_TOO_SMALL", FaultVerdict.FAIL),
        ("disk", "DISK_FULL", FaultVerdict.HOLD_QUEUE),
        ("enospc", "DISK_FULL", FaultVerdict.HOLD_QUEUE),
        ("not_json", "INTERNAL_ERROR", FaultVerdict.RETRY),
    ],
)
def test_an_error_carries_its_own_code(desk: Desk, kind: str, code: str, verdict: str) -> None:
    with running(boot()) as handle:
        handle.submit(desk.work("a", "fail", options={"fail": {"kind": kind}}))
        fault = until_answered(handle, 1)["a"]
    assert isinstance(fault, Fault)
    assert (fault.reason.code, fault.fault) == (code, verdict)


def test_a_job_that_needs_more_memory_than_there_is_gets_a_fresh_worker(desk: Desk) -> None:
    with running(boot()) as handle:
        handle.submit(desk.work("a", "fail", options={"fail": {"kind": "memory"}}))
        seen = collect(handle, until=lambda seen: of(Lost, seen))
    assert [fault.reason.code for fault in of(Fault, seen)] == ["OUT_OF_MEMORY"]
    assert of(Lost, seen)[0].exit_status == EXIT_ENGINE_BROKEN


def test_a_broken_engine_ends_the_process_and_its_neighbours_run_in_the_next(desk: Desk) -> None:
    with running(boot()) as handle:
        handle.submit(desk.work("bad", "sticky", content=b"poison"))
        for name in ("b", "c"):
            handle.submit(desk.work(name, "sticky"))
        seen = collect(handle, until=lambda seen: len(of(Result, seen)) == 2)
    assert [fault.job_id for fault in of(Fault, seen)] == ["bad"]
    lost = of(Lost, seen)[0]
    assert (lost.cause, lost.exit_status, lost.works) == ("crashed", EXIT_ENGINE_BROKEN, ())


def test_a_route_that_exits_does_not_leave_a_worker_without_engine(desk: Desk) -> None:
    with running(boot()) as handle:
        handle.submit(desk.work("a", "fail", options={"fail": {"kind": "exit"}}))
        lost = until_lost(handle)
    assert (lost.cause, lost.exit_status, ids(lost)) == ("crashed", EXIT_ENGINE_BROKEN, {"a"})


def test_prints_on_standard_output_do_not_break_the_protocol(
    desk: Desk, capfd: pytest.CaptureFixture[str]
) -> None:
    with running(boot()) as handle:
        for name in ("a", "b"):
            handle.submit(desk.work(name, "chatter"))
        answers = until_answered(handle, 2)
    assert all(isinstance(answer, Result) for answer in answers.values())
    log = capfd.readouterr().err
    assert "a library's banner" in log
    assert "from C" in log


def test_garbage_among_the_messages_ends_the_worker(desk: Desk) -> None:
    with running(boot()) as handle:
        handle.submit(desk.work("a", "garbage"))
        lost = until_lost(handle)
        assert (lost.cause, ids(lost)) == ("crashed", {"a"})
        assert "protocol" in handle.trouble


def test_options_are_judged_before_the_photo_is_opened(desk: Desk) -> None:
    work = desk.work("a", "copy", "slow", options={"slow": {"speed": 3}})
    Path(work.input).unlink()
    with running(boot()) as handle:
        handle.submit(work)
        fault = until_answered(handle, 1)["a"]
    assert isinstance(fault, Fault)
    assert fault.reason.code == "OPTIONS_INVALID"
    assert "speed" in str(fault.reason.facts["detail"])


def test_an_unknown_route_names_those_there_are(desk: Desk) -> None:
    with running(boot()) as handle:
        handle.submit(desk.work("a", "retouch"))
        fault = until_answered(handle, 1)["a"]
    assert isinstance(fault, Fault)
    assert "restore" in str(fault.reason.facts["detail"])


def test_a_verdict_other_than_done_ends_the_plan_and_publishes_no_picture(desk: Desk) -> None:
    work = desk.work("a", "fail", "crash", options={"fail": {"kind": "rejected"}})
    with running(boot()) as handle:
        handle.submit(work)
        result = until_answered(handle, 1)["a"]
    assert isinstance(result, Result)
    assert result.verdict is Verdict.REJECTED
    assert [reason.code for reason in result.reasons] == ["FACE_NOT_FOUND"]
    assert result.outputs == ()
    assert result.measures == {"fail": {"faces": 0}}
    assert (Path(work.output_dir) / "result.json").exists()


# ── starting, giving up ───────────────────────────────────────────────────────────────────


def test_a_worker_that_cannot_start_is_given_up_with_its_last_line(desk: Desk) -> None:
    with running(boot(routes="tests.fakes.routes_that_exit")) as handle:
        handle.submit(desk.work("a"))
        lost = until_lost(handle)
        assert (lost.cause, lost.exit_status, ids(lost)) == ("boot_failed", 70, {"a"})
        assert "libfake.so.1" in handle.trouble
        assert (handle.state, handle.restarts) == (WorkerState.BROKEN, 2)
        with pytest.raises(WorkerLost, match=r"libfake\.so\.1"):
            handle.submit(desk.work("b"))


def test_a_command_that_is_not_there_is_given_up_too(desk: Desk) -> None:
    with running(boot(), command=["/nowhere/python"]) as handle:
        lost = until_lost(handle)
    assert lost.cause == "boot_failed"
    assert "/nowhere/python" in lost.detail


def test_a_worker_that_never_says_hello_is_given_up() -> None:
    silent = [sys.executable, "-c", "import time; time.sleep(60)"]
    with running(boot(boot_s=0.3), command=silent) as handle:
        assert until_lost(handle).cause == "boot_failed"


def test_another_programs_output_is_no_hello() -> None:
    parrot = [sys.executable, "-c", "print('Segmentation fault'); input()"]
    with running(boot(), command=parrot) as handle:
        assert until_lost(handle).cause == "crashed"


def test_the_pause_before_a_restart_doubles_and_a_good_job_resets_it(desk: Desk) -> None:
    clock = ManualClock()
    with running(boot(restart_max_s=60, breaker_crashes=100), clock) as handle:
        for number, pause_s in enumerate((1.0, 2.0, 4.0)):
            handle.submit(desk.work(f"bad{number}", "crash"))
            until_lost(handle)
            clock.advance(pause_s - 0.01)
            handle.poll(0.0)
            assert handle.state is WorkerState.BACKING_OFF
            clock.advance(0.02)
            handle.poll(0.0)
            assert handle.state is WorkerState.STARTING
        handle.submit(desk.work("good"))
        until_answered(handle, 1)
        handle.submit(desk.work("bad", "crash"))
        until_lost(handle)
        clock.advance(1.01)
        handle.poll(0.0)
        assert handle.state is WorkerState.STARTING


def test_many_crashes_open_the_breaker_and_a_cool_down_closes_it(desk: Desk) -> None:
    clock = ManualClock()
    with running(boot(restart_max_s=0.5, breaker_crashes=3), clock) as handle:
        for number in range(3):
            handle.submit(desk.work(f"bad{number}", "crash"))
            until_lost(handle)
            clock.advance(0.6)
        assert handle.state is WorkerState.BROKEN
        with pytest.raises(WorkerLost):
            handle.submit(desk.work("b"))
        clock.advance(0.6)
        handle.poll(0.0)
        handle.submit(desk.work("c"))
        assert isinstance(until_answered(handle, 1)["c"], Result)


def test_wake_ends_a_poll_early() -> None:
    with running(boot()) as handle:
        until_ready(handle)
        handle.wake()
        clock = os.times().elapsed
        assert handle.poll(20.0) == []
        assert os.times().elapsed - clock < 10


def test_killing_by_order_blames_nobody_and_starts_afresh(desk: Desk) -> None:
    with running(boot()) as handle:
        handle.submit(desk.work("a", "hang"))
        until_at(handle, "a", "hang")
        handle.kill()
        seen = collect(handle, until=lambda seen: of(Hello, seen))
        assert (of(Lost, seen)[0].cause, ids(of(Lost, seen)[0])) == ("stopped", {"a"})
        assert handle.state is WorkerState.READY
