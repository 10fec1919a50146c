"""Sums kept with every transaction equal a recount, and tell what happened, on either database."""

from __future__ import annotations

import random
import threading
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daemon.domain.distribution import SCORES, UNSCORED
from daemon.domain.job import State, Verdict
from daemon.errors import StoreBusy
from daemon.services.counting import count_verdict
from daemon.store.counters import RECEIVED
from daemon.store.histograms import Kind
from daemon.store.statistics import Hours
from daemon.store.views import JobFilter
from tests.fakes.traffic import (
    HOUR_0,
    HOUR_MS,
    MISSING,
    came,
    ended,
    judged,
    quality,
    taken_back,
    through,
    withdrawn,
)

ALL = Hours(0, HOUR_0 + 1000 * HOUR_MS)


def sums(database):
    with database.read() as uow:
        return uow.sums.kept(), uow.sums.recounted()


@pytest.fixture(autouse=True)
def _equal_a_recount(database):
    """I7, whatever a test did."""
    yield
    kept, counted = sums(database)
    assert kept == counted


def test_a_photo_is_counted_at_each_step_of_its_life(database):
    with database.read() as uow:
        assert uow.sums.kept() == {}
    came(database)
    assert list(sums(database)[0]) == [("counters.n", HOUR_0, "gate", RECEIVED, "")]
    job = judged(database, Verdict.REJECTED, ("BLURRED", "NOISY", "BLURRED"), quality(0.31))
    with database.read() as uow:
        assert uow.statistics.counts(ALL, "verdict") == {(RECEIVED,): 1, ("rejected",): 1}
        assert uow.statistics.codes(ALL, "code") == {("BLURRED",): (1, 1), ("NOISY",): (1, 0)}
        found = uow.statistics.distributions(Kind.SCORE, ALL, "engine", "profile", "verdict")
        assert found["e1", "hr", "rejected"].counts == {SCORES.bucket(3100): 1}
        assert uow.statistics.distributions(Kind.WORK, ALL)[()].total == 100
        assert uow.statistics.distributions(Kind.LATENCY, ALL) == {}
        assert uow.statistics.missing(ALL) == {("e1", "hr", MISSING): 1}
    ended(database, job, after_ms=2500)
    with database.read() as uow:
        assert uow.statistics.distributions(Kind.LATENCY, ALL)[()].mean == 2500


def test_scores_of_all_verdicts_by_local_day_and_hour(database):
    offset_ms = 5 * HOUR_MS + HOUR_MS // 2
    for number, (score, verdict) in enumerate(
        [(0.9, Verdict.DONE), (0.2, Verdict.REJECTED), (None, Verdict.REJECTED)]
    ):
        through(database, score, verdict, number=number, at_ms=HOUR_0, inbox="gate")
        came(database, number=100 + number, at_ms=HOUR_0 - 4 * HOUR_MS)
        measures = quality(score, engine="e2")
        ended(database, judged(database, verdict, (), measures))
    span = Hours(HOUR_0 - 9 * HOUR_MS, HOUR_0 + HOUR_MS, ("gate",), offset_ms)
    day, clock = divmod(HOUR_0 + offset_ms, 24 * HOUR_MS)
    with database.read() as uow:
        days = uow.statistics.judged(span, "local_day", "engine")
        hours = uow.statistics.judged(span, "inbox", "local_hour")
        counts = uow.statistics.counts(span, "local_day", "verdict")
    clock //= HOUR_MS
    assert set(days) == {(day, "e1"), (day - (clock < 4), "e2")}
    assert set(hours) == {("gate", clock), ("gate", (clock - 4) % 24)}
    found = days[day, "e1"]
    assert (found.scores.n, found.scores.total, found.rejected) == (2, 11_000, 1)
    assert days[day - (clock < 4), "e2"].rejected == 2
    assert sum(n for (_, verdict), n in counts.items() if verdict == "rejected") == 4


def test_the_jobs_behind_a_bin_of_scores(database):
    kinds = [(0.39, "gate"), (0.4, "gate"), (0.41, "hall"), (1.0, "hall"), (None, "hall")]
    ids = [
        through(database, score, Verdict.REJECTED, ("NOISY",), number=number, inbox=inbox).id
        for number, (score, inbox) in enumerate(kinds)
    ]
    for wanted, expected in (
        ({"is_low": True}, [0]),
        ({"scores": (4000, 4200)}, [2, 1]),
        ({"scores": (4050, 10_000)}, [3, 2]),
        ({"scores": (4000, 4200), "inboxes": ("hall",)}, [2]),
        ({"is_low": True, "code": "NOISY", "states": (State.REJECTED,)}, [0]),
        ({"scores": (3900, 4000), "code": "NOISY", "is_first_code": True}, [0]),
        ({"is_low": True, "scores": (5000, 6000)}, []),
        ({"is_low": True, "scores": (5000, 6000), "code": "NOISY"}, []),
    ):
        with database.read() as uow:
            page = uow.views.page(JobFilter(**wanted))
        assert [job.id for job in page.jobs] == [ids[place] for place in expected], wanted


def test_what_is_taken_back_is_as_if_it_had_never_been(database):
    came(database)
    before = sums(database)[0]
    job = judged(database, Verdict.REVIEW, ("BLURRED",), quality(0.55))
    taken_back(database, job)
    assert sums(database)[0] == before
    ended(database, judged(database, Verdict.DONE, (), quality(0.9)))
    with database.read() as uow:
        assert uow.statistics.counts(ALL, "verdict") == {(RECEIVED,): 1, ("done",): 1}
        assert uow.statistics.codes(ALL, "code") == {}
        [found] = uow.statistics.distributions(Kind.SCORE, ALL).values()
        assert (found.n, found.total) == (1, 9000)


def test_everything_lies_in_the_hour_of_admission(database):
    through(database, 0.8, at_ms=HOUR_0 + HOUR_MS - 1, after_ms=3 * HOUR_MS)
    with database.read() as uow:
        assert {place[1] for place in uow.sums.kept()} == {HOUR_0}
        later = Hours(HOUR_0 + HOUR_MS, HOUR_0 + 9 * HOUR_MS)
        assert uow.statistics.counts(later) == {}


def test_a_photo_that_its_owner_took_away_did_not_come(database):
    withdrawn(database)
    with database.read() as uow:
        assert uow.statistics.counts(ALL, "verdict") == {}


def test_a_photo_without_a_score_is_judged_all_the_same(database):
    came(database)
    judged(database, Verdict.REJECTED, ("FACE_NOT_FOUND",), quality(None))
    with database.read() as uow:
        [found] = uow.statistics.distributions(Kind.SCORE, ALL).values()
        assert (found.n, dict(found.counts), found.mean) == (0, {UNSCORED: 1}, None)


def test_a_verdict_that_is_not_ours_to_commit_counts_nothing(database):
    job = came(database)
    with database.write() as uow:
        claim = uow.queue.claim("worker", 20.0, alone=True)
    before = sums(database)[0]
    with database.write() as uow:
        stale = replace(claim, token="another")
        assert not uow.queue.finish_if_mine(stale, Verdict.DONE, (), (), {}, {}, {})
    assert sums(database)[0] == before
    assert claim.job.id == job.id


def test_a_transaction_that_is_undone_leaves_no_sum(database):
    came(database)
    before = sums(database)[0]

    def fail() -> None:
        with database.write() as uow:
            claim = uow.queue.claim("worker", 20.0, alone=True)
            count_verdict(uow, replace(claim.job, verdict=Verdict.DONE, measures=quality(0.5)))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert sums(database)[0] == before


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.integers(0, 1 << 30))
def test_any_traffic_equals_its_recount(database, seed):
    dice = random.Random(seed)
    number = dice.getrandbits(40)
    for step in range(dice.randrange(8)):
        at_ms = HOUR_0 + dice.randrange(3) * HOUR_MS + dice.randrange(HOUR_MS)
        came(database, at_ms=at_ms, inbox=dice.choice("ab"), number=(number + step) % (1 << 40))
        score = dice.choice([None, dice.random()])
        engine, profile = dice.choice(["e1", "e2"]), dice.choice(["hr", "icao"])
        measures = dice.choice([{}, quality(score, engine=engine, profile=profile)])
        codes = tuple(dice.choices(["BLURRED", "NOISY", "PIXELATED"], k=dice.randrange(4)))
        job = judged(database, dice.choice(list(Verdict)), codes, measures)
        fate = dice.randrange(3)
        if fate == 0:
            taken_back(database, job)
            job = judged(database, Verdict.DONE)
        if fate:
            ended(database, job, after_ms=dice.randrange(100_000))
    kept, counted = sums(database)
    assert kept == counted


def test_two_who_count_at_once_lose_nothing(booths, database):
    """Two nodes on PostgreSQL; two processes on SQLite, which wait for each other."""
    each = 15
    problems = []

    def work(offset):
        mine = booths.open()
        for number in range(each):
            for _ in range(20):
                try:
                    through_one(mine, offset + number)
                    break
                except StoreBusy:
                    continue
            else:
                problems.append(offset + number)

    threads = [threading.Thread(target=work, args=(1000 * n,)) for n in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    with database.read() as uow:
        assert uow.statistics.counts(ALL, "verdict")[("done",)] == 2 * each


def through_one(database, number):
    """Whichever photo the claim gives: both workers take from one queue."""
    came(database, number=number)
    ended(database, judged(database, Verdict.DONE, (), quality(0.7)))
