"""When to restart, when to hold, how long a step may take, who is to blame."""

from __future__ import annotations

import pytest

from daemon.clock import ManualClock
from daemon.config.model import Worker
from daemon.domain.route import Plan
from daemon.protocol import Progress, Work
from daemon.runtime.restart_policy import BREAKER_WINDOW_S, RestartPolicy
from daemon.runtime.step_times import ENOUGH, FLOOR_S, StepTimes
from daemon.runtime.worker_guards import Guards
from daemon.runtime.works_in_hand import WorksInHand


def work(job_id: str, attempt: int = 1) -> Work:
    return Work(job_id, attempt, "/s/in", "a.jpg", "/s/1", Plan.of(["copy"]), "en")


# ── restarts ──────────────────────────────────────────────────────────────────────────────


def test_the_pause_doubles_to_its_longest() -> None:
    policy, pauses = RestartPolicy(10, 1000), []
    for second in range(6):
        policy.crashed(second)
        pauses.append(policy.pause_s())
    assert pauses == [1, 2, 4, 8, 10, 10]


def test_a_good_job_ends_the_row_of_crashes() -> None:
    policy = RestartPolicy(60, 1000)
    for second in range(5):
        policy.crashed(second)
    policy.job_ended_well()
    assert policy.pause_s() == 0
    policy.crashed(6)
    assert policy.pause_s() == 1


def test_five_crashes_in_two_minutes_open_the_breaker() -> None:
    policy = RestartPolicy(60, 5)
    assert [policy.crashed(10.0 * n) for n in range(5)] == [False, False, False, False, True]


def test_crashes_long_ago_do_not_count() -> None:
    policy = RestartPolicy(60, 2)
    assert not policy.crashed(0)
    assert not policy.crashed(BREAKER_WINDOW_S)
    assert policy.crashed(BREAKER_WINDOW_S + 1)


def test_good_jobs_between_crashes_do_not_hide_them_from_the_breaker() -> None:
    policy = RestartPolicy(60, 3)
    answers = []
    for second in range(3):
        policy.job_ended_well()
        answers.append(policy.crashed(second))
    assert answers == [False, False, True]


def test_the_third_failed_start_is_the_last() -> None:
    policy = RestartPolicy(60, 5)
    assert [policy.boot_failed() for _ in range(3)] == [False, False, True]


def test_a_hello_forgives_failed_starts() -> None:
    policy = RestartPolicy(60, 5)
    policy.boot_failed()
    policy.boot_failed()
    policy.booted()
    assert not policy.boot_failed()


# ── deadlines ─────────────────────────────────────────────────────────────────────────────


def filled(seconds: float, *, count: int = ENOUGH, adaptive: bool = True) -> StepTimes:
    times = StepTimes(300, adaptive=adaptive)
    for _ in range(count):
        times.add("restore.face", seconds)
    return times


@pytest.mark.parametrize(
    ("times", "deadline_s"),
    [
        (filled(0.1), FLOOR_S),
        (filled(5.0), 50.0),
        (filled(60.0), 300.0),
        (filled(0.1, count=ENOUGH - 1), 300.0),
        (filled(0.1, adaptive=False), 300.0),
    ],
)
def test_a_deadline_follows_what_was_seen_between_floor_and_cap(
    times: StepTimes, deadline_s: float
) -> None:
    assert times.deadline_s("restore.face") == deadline_s
    assert times.deadline_s("another") == 300.0


# ── blame ─────────────────────────────────────────────────────────────────────────────────


def hands(**steps: str) -> WorksInHand:
    held, times = WorksInHand(), StepTimes(10, adaptive=False)
    for job_id, step in steps.items():
        held.add(work(job_id))
        if step:
            held.got_on(Progress(job_id, step), 0.0, times)
    return held


def ids(works: tuple[Work, ...]) -> str:
    return "".join(work.job_id for work in works)


def test_those_at_work_are_suspects_and_those_at_rest_are_not() -> None:
    held = hands(a="encode", b="restore.face", c="rest", d="")
    suspects, others = held.part(None)
    assert (ids(suspects), ids(others)) == ("ab", "cd")
    assert held.all() == ()


def test_the_one_that_hung_is_the_only_suspect() -> None:
    suspects, others = hands(a="encode", b="restore").part("b")
    assert (ids(suspects), ids(others)) == ("b", "a")


def test_those_that_shared_a_pass_with_it_are_suspects_too() -> None:
    held, times = hands(a="restore.face", b="restore.face", c="rest"), StepTimes(10, adaptive=False)
    held.add(work("d"))
    held.got_on(Progress("d", "restore.face"), 5.0, times)
    suspects, others = held.part("b")
    assert (ids(suspects), ids(others)) == ("ab", "cd")


def test_somebody_is_always_to_blame_so_that_attempts_are_bounded() -> None:
    suspects, others = hands(a="", b="rest").part(None)
    assert (ids(suspects), ids(others)) == ("ab", "")


def test_an_answer_to_an_earlier_attempt_is_not_for_this_one() -> None:
    held = hands(a="copy")
    assert not held.take_out("a", 7)
    assert held.take_out("a", 1)
    assert not held.take_out("a", 1)


def test_only_jobs_at_work_have_a_deadline() -> None:
    times = StepTimes(10, adaptive=False)
    held = hands(a="rest", b="")
    assert held.overdue(1e6, times) is None
    held.got_on(Progress("a", "encode"), 5.0, times)
    assert held.next_deadline_s(times) == 15.0
    assert held.overdue(15.0, times) is None
    assert held.overdue(15.1, times) == "a"


# ── guards ────────────────────────────────────────────────────────────────────────────────


def guards(clock: ManualClock, held: WorksInHand, rss_mib: int = 100) -> Guards:
    return Guards(Worker(), clock, held, lambda: rss_mib)


def test_a_start_has_its_own_deadline(manual_clock: ManualClock) -> None:
    watch = guards(manual_clock, WorksInHand())
    manual_clock.advance(119)
    assert watch.breach() is None
    assert watch.next_look_s() == pytest.approx(1)
    manual_clock.advance(1)
    breach = watch.breach()
    assert breach is not None
    assert breach.cause == "boot_failed"


def test_four_missed_heartbeats_are_a_hang(manual_clock: ManualClock) -> None:
    watch = guards(manual_clock, WorksInHand())
    watch.booted()
    manual_clock.advance(19.9)
    assert watch.breach() is None
    watch.heard()
    manual_clock.advance(20.1)
    breach = watch.breach()
    assert breach is not None
    assert (breach.cause, breach.hung) == ("timeout", None)


def test_a_beating_heart_does_not_save_a_job_that_hangs(manual_clock: ManualClock) -> None:
    held = WorksInHand()
    watch = guards(manual_clock, held)
    watch.booted()
    held.add(work("a"))
    watch.got_on(Progress("a", "restore"))
    for _ in range(31):
        manual_clock.advance(10)
        watch.heard()
    breach = watch.breach()
    assert breach is not None
    assert (breach.cause, breach.hung) == ("timeout", "a")


def test_memory_is_looked_at_every_second(manual_clock: ManualClock) -> None:
    watch = guards(manual_clock, WorksInHand(), rss_mib=7000)
    watch.booted()
    assert watch.breach() is None
    manual_clock.advance(1)
    breach = watch.breach()
    assert breach is not None
    assert breach.cause == "memory"


def test_the_jump_of_a_wall_clock_is_no_deadline(manual_clock: ManualClock) -> None:
    watch = guards(manual_clock, hands(a=""))
    watch.booted()
    watch.got_on(Progress("a", "restore"))
    manual_clock.jump(86_400)
    assert watch.breach() is None
