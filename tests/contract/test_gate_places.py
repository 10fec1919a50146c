"""Photos on the gate's gauges, on either database: the sums, the lists, and that both agree."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from daemon.clock import ManualClock
from daemon.config.model import Config
from daemon.domain.gauges import GAUGES, SCORE, places_of
from daemon.domain.job import Job, State, Verdict, admitted_ms
from daemon.services.counting import count_verdict
from daemon.services.rejects import Limits, Question, Rejects, judge_of, spans_of
from daemon.store.counters import HOUR_MS
from daemon.store.rejects import Among
from daemon.store.statistics import Hours
from tests.fakes.store import NOW_MS, job_row

HOUR_0 = NOW_MS - NOW_MS % HOUR_MS
INBOXES = ("gate", "hall")
PROFILES = ("hr", "icao")


def photo(dice: random.Random, number: int) -> Job:
    """A job with values somewhere, judged so or so."""
    at_ms = HOUR_0 - dice.randrange(40) * HOUR_MS + dice.randrange(HOUR_MS)
    sharpness, yaw = round(dice.uniform(0, 0.3), 4), round(dice.uniform(0, 24), 2)
    verdicts = {"sharpness": sharpness < 0.075, "yaw": yaw > 20}
    rows = {
        name: {"value": value, "verdict": "fail" if verdicts[name] else "pass"}
        for name, value in (("sharpness", sharpness), ("yaw", yaw))
    }
    limits = {"reject_below": 0.4, "min_score": 0.6,
              "reject": {"min_sharpness": 0.075, "max_yaw_deg": 20}}  # fmt: skip
    record = {"score": round(dice.uniform(0.25, 1), 4), "profile": dice.choice(PROFILES),
              "limits": limits, "measures": rows, "face": {}}  # fmt: skip
    return replace(
        job_row(State.DONE, inbox=dice.choice(INBOXES), name_key=str(number)),
        id=f"{at_ms:012x}{number:010x}",
        generation=str(number),
        verdict=Verdict.DONE,
        finished_ms=at_ms + 1,
        measures={"quality": record},
    )


@pytest.fixture
def crowd(database) -> list[Job]:
    dice = random.Random(3)
    jobs = [photo(dice, number) for number in range(200)]
    with database.write() as uow:
        assert len(uow.jobs.add_many(jobs)) == len(jobs)
        for job in jobs:
            count_verdict(uow, job)
        # Some were judged and it was taken back.
        for job in jobs[:20]:
            count_verdict(uow, job, sign=-1)
    return jobs[20:]


def asked(name: str, limits: Limits, inbox: str = "", since_ms: int = 0) -> Question:
    hours = Hours(since_ms, HOUR_0 + HOUR_MS, (inbox,) if inbox else ())
    return Question(GAUGES[name], "embedded", "hr", hours, limits)


def expected(crowd: list[Job], question: Question) -> list[str]:
    """Photos that change sides, by their own records."""
    found = []
    judge = judge_of(question.gauge, question.limits)
    for job in crowd:
        places = places_of(job.measures, job.engines, job.reasons)
        place = places.of[question.gauge.name]
        after = replace(place, own=judge(place.step)).verdict
        is_among = places.profile == "hr" and admitted_ms(job.id) >= question.hours.since_ms
        inboxes = question.hours.inboxes
        if is_among and (not inboxes or job.inbox in inboxes) and after is not place.verdict:
            found.append(job.id)
    return sorted(found, reverse=True)


CASES = [
    ("min_sharpness", Limits(0.1), "", 0),
    ("min_sharpness", Limits(0.03), "gate", 0),
    ("min_sharpness", Limits(None), "", HOUR_0 - 10 * HOUR_MS),
    ("max_yaw_deg", Limits(22), "hall", 0),
    ("max_yaw_deg", Limits(5), "", 0),
    (SCORE, Limits(0.3, 0.7), "", 0),
    (SCORE, Limits(None, None), "gate", HOUR_0 - 20 * HOUR_MS),
]


def test_numbers_and_list_are_those_of_the_photos(database, crowd):
    inboxes = [{"name": known, "plan": ["quality"]} for known in INBOXES]
    config = Config.model_validate({"root": "/srv/booth", "inboxes": inboxes})
    rejects = Rejects(config, lambda: database, ManualClock(NOW_MS))
    for case in CASES:
        question = asked(*case)
        wanted = expected(crowd, question)
        assert wanted, case
        assert _listed(rejects, question) == wanted, case
        assert sum(rejects.what_if(question).moves.values()) == len(wanted), case
        assert rejects.gates(question.gauge, question.hours)


def _listed(rejects: Rejects, question: Question) -> list[str]:
    """All pages of the list."""
    listed: list[str] = []
    before_id: str | None = None
    while True:
        lines, before_id = rejects.changed(question, before_id=before_id, limit=7)
        listed += [line.id for line in lines]
        if before_id is None:
            return listed


def test_the_sums_equal_a_recount(database, crowd):
    with database.read() as uow:
        kept, counted = uow.sums.kept(), uow.sums.recounted()
    kinds = {place[3] for place in kept if place[0].startswith("histograms.")}
    assert {GAUGES[SCORE].value, GAUGES["min_sharpness"].value} <= kinds
    assert {place: n for place, n in kept.items() if str(place[3]).startswith("gate_")} == {
        place: n for place, n in counted.items() if str(place[3]).startswith("gate_")
    }


def test_sums_of_hours_without_photos_are_forgotten(database, crowd):
    first_ms = min(admitted_ms(job.id) for job in crowd)
    with database.write() as uow:
        assert uow.rejects.first_hour_ms() == first_ms // HOUR_MS * HOUR_MS
        kept = uow.sums.kept()
        uow.rejects.forget_sums()
        assert uow.sums.kept() == {
            place: n
            for place, n in kept.items()
            if not str(place[3]).startswith("gate_") or place[1] >= first_ms // HOUR_MS * HOUR_MS
        }


def test_no_span_lists_nobody(database, crowd):
    gauge = GAUGES["min_sharpness"]
    assert spans_of(gauge, Limits(0.1), (Verdict.DONE, Verdict.REVIEW)) == []
    among = Among("embedded", "nobody's", 0, HOUR_0 + HOUR_MS)
    with database.read() as uow:
        spans = spans_of(gauge, Limits(0.1), None)
        assert uow.rejects.page(gauge, spans, among, before_id=None, limit=5) == ([], None)
