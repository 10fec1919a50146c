"""A booth with very many ended jobs, written straight into the store's tables.

Only what statistics and lists read is there: jobs, their codes and their results, each as long as
a real one. The sums are those of the real recount. No event, no output and no file is made.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Table, bindparam, insert

from daemon.config.quality import PROFILES, REJECT_BELOW
from daemon.domain.artifact import Reason
from daemon.domain.gauges import GAUGES, SCORE, places_of
from daemon.domain.job import State, Verdict
from daemon.store import recount, rows, tables
from daemon.store.database import Database
from daemon.store.statements import Prepared
from tests.fakes.store import job_row

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
CHUNK = 20_000

# Inbox, what of all photos come there, and the profile that judges them; one has no gate.
INBOXES = (("gate", 40, "hr"), ("visitors", 25, "lenient"), ("passport", 15, "icao"),
           ("hall", 12, "hr"), ("album", 8, ""))  # fmt: skip
# Photos by the hour of the day (UTC): few at night, but no hour without any.
_BY_HOUR = (1, 1, 1, 1, 1, 2, 12, 40, 60, 45, 30, 28, 35, 30, 28, 26, 30, 24, 10, 5, 3, 2, 1, 1)
_ENDS = {Verdict.DONE: 78, Verdict.REJECTED: 15, Verdict.REVIEW: 6, Verdict.FAILED: 1}
# Scores of each verdict: mean and spread of a bell.
_SCORES = {
    Verdict.DONE: (0.84, 0.07),
    Verdict.REJECTED: (0.30, 0.18),
    Verdict.REVIEW: (0.52, 0.07),
    Verdict.FAILED: (0.60, 0.10),
}
# Codes with how often they come: a few explain nearly all, as it is with real photos.
CODES = {
    "BLURRED": 30, "FACE_TOO_SMALL": 18, "CROPPED": 14, "UNDEREXPOSED": 9,
    "LOW_OVERALL_QUALITY": 9, "POSE_YAW": 6, "MULTIPLE_FACES": 5, "NOISY": 3,
    "COMPRESSION_ARTIFACTS": 2, "GREYSCALE": 2, "UNEVEN_ILLUMINATION": 1, "LOW_FACE_CONFIDENCE": 1,
}  # fmt: skip
# Measures that no embedded engine takes, and one that needs a JPEG file.
_MISSING = ["out_of_distribution", "eyes_open", "mouth_closed", "eyes_visible", "mouth_visible"]
# Limits of the profiles as records have them, and those whose measures a photo here has values of.
_LIMITS: dict[str, dict[str, Any]] = {
    name: {"reject_below": REJECT_BELOW, "min_score": profile.min_score,
           "reject": profile.reject.in_force(), "warn": {}}
    for name, profile in PROFILES.items()
}  # fmt: skip
_MEASURED = tuple(name for name in _LIMITS["hr"]["reject"] if name != SCORE)
Many = list[dict[str, Any]]
# From this share of the time on a second engine has a say in the score.
_SECOND_ENGINE_FROM = 0.6


@dataclass(frozen=True, slots=True)
class Crowd:
    """How many photos, when.

    Attributes:
        jobs: How many.
        days: Over how many days.
        until_ms: End of the last hour.
        measures_chars: About how long a photo's measures are as JSON; the gate writes 7,600.
    """

    jobs: int
    days: int
    until_ms: int
    measures_chars: int = 7600


def fill(database: Database, crowd: Crowd, seed: int = 1) -> None:
    """Write the jobs; the sums are left as they are."""
    maker = _Maker(crowd, random.Random(seed))
    into = {table: _inserting(table) for table in (tables.jobs, tables.job_results)}
    codes, places = _inserting(tables.job_codes), _inserting(tables.gate_places)
    with database.write() as uow:
        known = _inserting(tables.inbox_turns)
        known.run_many(uow._connection, [{"inbox": name, "served": 0} for name, _, _ in INBOXES])
    for start in range(0, crowd.jobs, CHUNK):
        made = [maker.make(i) for i in range(start, min(start + CHUNK, crowd.jobs))]
        with database.write() as uow:
            for place, statement in enumerate(into.values()):
                statement.run_many(uow._connection, [one[place] for one in made])
            codes.run_many(uow._connection, [row for one in made for row in one[2]])
            places.run_many(uow._connection, [row for one in made for row in one[3]])


def count_all(database: Database) -> int:
    """Write the sums that the real recount finds into empty tables; returns how many rows."""
    with database.read() as uow:
        totals = uow.sums.recounted()
    found: dict[tuple[Any, ...], dict[str, int]] = {}
    for (what, *key), number in totals.items():
        table, column = what.split(".")
        found.setdefault((table, *key), {})[column] = number
    with database.write() as uow:
        for table, key, numbers in recount._TABLES:
            written = [
                {"hour_ms": place[1], **dict(zip(key, place[2:], strict=True)),
                 **dict.fromkeys(numbers, 0), **sums}
                for place, sums in sorted(found.items())
                if place[0] == table.name
            ]  # fmt: skip
            _inserting(table).run_many(uow._connection, written)
    return len(found)


def _inserting(table: Table) -> Prepared:
    return Prepared(
        insert(table).values({column.name: bindparam(column.name) for column in table.c})
    )


class _Maker:
    """Rows of one photo after the other, in the order of their admission."""

    def __init__(self, crowd: Crowd, dice: random.Random) -> None:
        self._dice = dice
        self._times = _admitted(crowd, dice)
        self._until_ms, self._days = crowd.until_ms, crowd.days
        self._filler = _filler(crowd.measures_chars)
        done = replace(job_row(), state=State.DONE, verdict=Verdict.DONE, finished_ms=1)
        self._template = rows.row_of(replace(done, attempts=1, content_sha256="0" * 64, size=1))

    def make(self, number: int) -> tuple[dict[str, Any], dict[str, Any], Many, Many]:
        """Rows of its job, its result, its codes and its places on the gauges."""
        dice, at_ms = self._dice, next(self._times)
        inbox, _, profile = dice.choices(INBOXES, [share for _, share, _ in INBOXES])[0]
        verdict = dice.choices(list(_ENDS), list(_ENDS.values()))[0]
        job_id = f"{at_ms:012x}{number:010x}"
        spent_ms = int(dice.lognormvariate(7.2, 0.6))
        measures, engines = self._measured(at_ms, verdict, profile)
        result = self._result(measures, engines, spent_ms)
        codes = [] if verdict is Verdict.DONE else _codes(dice)
        places = places_of(measures, engines, tuple(map(Reason, codes)))
        job = self._job(job_id, inbox, verdict, at_ms + spent_ms + dice.randrange(4000))
        facts = json.dumps({"value": 0.0421, "limit": 0.075})
        return (
            {**job, "created_ms": at_ms, "queued_ms": at_ms, "started_ms": at_ms},
            {"job_id": job_id, **result},
            [
                {"job_id": job_id, "position": position, "code": code, "facts": facts}
                for position, code in enumerate(codes)
            ],
            []
            if places is None
            else [
                {"job_id": job_id, "inbox": inbox, "engine": places.engine,
                 "profile": places.profile, "places": places.packed()}
            ],
        )  # fmt: skip

    def _job(self, job_id: str, inbox: str, verdict: Verdict, finished_ms: int) -> dict[str, Any]:
        name = f"2026/photo {job_id}.jpg"
        return {
            **self._template,
            "id": job_id,
            "inbox": inbox,
            "relative": name.encode(),
            "name_key": name.encode(),
            "search_name": name,
            "generation": f"1:{job_id}",
            "state": verdict.value,
            "verdict": verdict.value,
            "effect_key": f"{self._dice.getrandbits(256):064x}",
            "filed": f"/srv/booth/archive/{inbox}/{name}".encode(),
            "finished_ms": finished_ms,
        }

    def _measured(
        self, at_ms: int, verdict: Verdict, profile: str
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        measures: dict[str, Any] = {}
        if profile in PROFILES:
            mean, spread = _SCORES[verdict]
            score = min(max(self._dice.gauss(mean, spread), 0.0), 1.0)
            is_scored = verdict is not Verdict.REJECTED or self._dice.random() > 0.05
            measures["quality"] = {
                "score": round(score, 4) if is_scored else None,
                "profile": profile,
                "limits": _LIMITS[profile],
                "not_assessed": [*_MISSING, *(["jpeg_quality"] * (self._dice.random() < 0.2))],
                "measures": {**self._filler, **self._rows(verdict, profile)},
                "face": {},
            }
        since_ms = self._until_ms - self._days * DAY_MS
        is_second = at_ms - since_ms > _SECOND_ENGINE_FROM * self._days * DAY_MS
        return measures, {
            "find_faces": {"name": "centerface"},
            "assess_face": {"name": "rts" if is_second and profile == "hr" else "none"},
        }

    def _rows(self, verdict: Verdict, profile: str) -> dict[str, Any]:
        """What the gate measured: all of it right, but for one measure of a rejected photo."""
        limits, dice = _LIMITS[profile]["reject"], self._dice
        bad = dice.choice(_MEASURED) if verdict is Verdict.REJECTED else ""
        found = {}
        for name in _MEASURED:
            gauge, limit = GAUGES[name], limits.get(name, 0.5)
            good = limit * (1 + 2 * dice.random()) if gauge.is_least else limit * dice.random()
            wrong = limit * dice.random() if gauge.is_least else limit * (1 + dice.random())
            row = {"value": wrong if name == bad else good, "unit": "", "score": 0.872,
                   "component": 95, "verdict": "fail" if name == bad else "pass"}  # fmt: skip
            found.update(dict.fromkeys(gauge.measures, row))
        return found

    def _result(self, measures: dict[str, Any], engines: dict[str, Any], ms: int) -> dict[str, Any]:
        timings = {"decode": 0.1 * ms, "quality": 0.6 * ms, "encode": 0.3 * ms}
        row = rows.result_row("", {"measures": measures, "engines": engines, "timings_ms": timings})
        return {name: value for name, value in row.items() if name != "job_id"}


def _codes(dice: random.Random) -> list[str]:
    drawn = dice.choices(list(CODES), list(CODES.values()), k=dice.choice((1, 1, 2, 3)))
    return list(dict.fromkeys(drawn))


def _admitted(crowd: Crowd, dice: random.Random) -> Iterator[int]:
    """Times of admission, rising; the last hour gets what is over."""
    hours = crowd.days * 24
    since_ms = crowd.until_ms - hours * HOUR_MS
    weight = sum(_BY_HOUR) * crowd.days
    left = crowd.jobs
    for hour in range(hours):
        start = since_ms + hour * HOUR_MS
        share = _BY_HOUR[start // HOUR_MS % 24]
        number = left if hour == hours - 1 else min(left, crowd.jobs * share // weight)
        left -= number
        yield from sorted(start + dice.randrange(HOUR_MS) for _ in range(number))


def _filler(chars: int) -> dict[str, Any]:
    """Rows as the gate writes them, so many that they come to about that length."""
    row = {"value": 0.1291, "unit": "", "score": 0.872, "component": 95, "verdict": "pass"}
    each = len(json.dumps({"measure_00": row}, separators=(",", ":")))
    return {f"measure_{number:02}": row for number in range(max(0, chars) // each)}
