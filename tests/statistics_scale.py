"""Statistics at a million jobs: each read model's time, and what a verdict's commit pays.

``python -m tests.statistics_scale [JOBS] [DAYS]`` makes a database of thin rows in a temporary
folder, prints a table and removes it; about two minutes for a million. The figures of
``docs/statistics.md`` come from here. The sums are made from the rows by SQL of their own, so they
are no proof that the booth counts right (``tests/contract/test_statistics.py`` is).
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pysqlite3.dbapi2 as sqlite

from daemon.clock import ManualClock
from daemon.config.model import Config
from daemon.domain.distribution import MOST_BUCKETS, TIMES
from daemon.domain.job import Verdict
from daemon.services.counting import count_ends, count_verdict
from daemon.services.queries import stats
from daemon.services.statistics import Behind, Statistics
from daemon.store import schema
from daemon.store.database import Database
from daemon.store.statistics import Hours
from tests.fakes.store import job_row
from tests.fakes.traffic import HOUR_0, HOUR_MS, quality

INBOXES = 4
OPEN_HOURS = 12
ROUNDS = 15

# Four inboxes, open twelve hours a day; scores and times spread as a busy booth's would be.
_JOBS = """
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :jobs),
place AS (
  SELECT i, i * :open * 3600000 / :jobs AS spent, abs(random()) % 10000 AS a,
         abs(random()) % 10000 AS b FROM n),
timed AS (
  SELECT *, :first + spent / (12 * 3600000) * 86400000 + spent % (12 * 3600000) AS at FROM place)
INSERT INTO jobs SELECT printf('%012x%010x', at, i), 'inbox' || (i % 4), x'61', x'61',
  'p' || i || '.jpg', '1:' || i,
  CASE WHEN a < 1500 THEN 'rejected' WHEN a < 2000 THEN 'review' WHEN a < 2050 THEN 'failed'
       ELSE 'done' END,
  '[]', 0, 'zh', at, x'', x'', 0, NULL, 1, NULL, 1, 0, NULL, NULL, NULL, 0, at, at,
  CASE WHEN a < 1500 THEN 'rejected' WHEN a < 2000 THEN 'review' WHEN a < 2050 THEN 'failed'
       ELSE 'done' END,
  x'61', at + 200 + b * b / 5000, NULL FROM timed
"""
_RESULTS = """
INSERT INTO job_results SELECT id, '{}', '{}', '{}',
  CASE verdict WHEN 'rejected' THEN abs(random()) % 4000
               WHEN 'review' THEN 4000 + abs(random()) % 2000
               ELSE 6000 + abs(random()) % 4000 END FROM jobs
"""
_CODES = """
INSERT INTO job_codes SELECT id, 0, 'CODE' || (abs(random()) % 12), '{}'
  FROM jobs WHERE verdict <> 'done'
"""


def _buckets(of: str) -> str:
    return ", ".join(f"sum({of} = {bucket})" for bucket in range(MOST_BUCKETS))


_HOUR = "created_ms / 3600000 * 3600000"
_OF_CODES = "jobs JOIN job_codes ON job_id = id"
_OF_SCORES = "jobs JOIN job_results ON job_id = id"
_GATE = "inbox, 'centerface', 'hr'"


def _counter(verdict: str, code: str = "''", of: str = "jobs") -> str:
    first = 0 if code == "''" else "count(*)"
    columns = f"inbox, {_HOUR}, {verdict}, {code}, count(*), {first}"
    return f"INSERT INTO counters SELECT {columns} FROM {of} GROUP BY 1, 2, 3, 4"


def _times(kind: str, spent: str) -> str:
    columns = f"'{kind}', {_HOUR}, inbox, '', '', '', sum({spent}), 0"
    counted = _buckets(f"bucket_of({spent})")
    return f"INSERT INTO histograms SELECT {columns}, {counted} FROM jobs GROUP BY 2, 3"


def _scores() -> str:
    columns = f"'score', {_HOUR}, {_GATE}, verdict, sum(score), 0, {_buckets('score / 200')}"
    return f"INSERT INTO histograms SELECT {columns} FROM {_OF_SCORES} GROUP BY 2, 3, 6"


def _missing() -> str:
    columns = f"{_HOUR}, {_GATE}, 'eyes_open mouth_closed', count(*)"
    return f"INSERT INTO not_assessed SELECT {columns} FROM jobs GROUP BY 1, 2"


_SUMS = (
    _counter("verdict"),
    _counter("'received'"),
    _counter("verdict", "code", _OF_CODES),
    _scores(),
    _times("latency", "finished_ms - created_ms"),
    _times("work", "(finished_ms - created_ms) / 2"),
    _missing(),
)


def fill(path: Path, jobs: int, days: int) -> None:
    """Write the rows and the sums of them."""
    connection = sqlite.connect(path)
    connection.create_function("bucket_of", 1, TIMES.bucket, deterministic=True)
    first = HOUR_0 - (HOUR_0 % 86_400_000) - (days - 1) * 86_400_000
    connection.execute("PRAGMA synchronous = OFF")
    connection.executemany(
        "INSERT INTO inbox_turns VALUES (?, 0)", [(f"inbox{n}",) for n in range(4)]
    )
    connection.execute(_JOBS, {"jobs": jobs, "open": days * OPEN_HOURS, "first": first})
    for statement in (_RESULTS, _CODES, *_SUMS):
        connection.execute(statement)
    connection.commit()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for table in ("jobs", "counters", "histograms", "not_assessed"):
        (rows,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
        print(f"{table:14} {rows:9} rows")
    connection.close()
    print(f"{'database':14} {path.stat().st_size / 1e6:9.0f} MB")


def timed(name: str, ask: Callable[[], Any]) -> None:
    """Print the median and the 95th percentile of asking."""
    spent = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        ask()
        spent.append((time.perf_counter() - begun) * 1000)
    p95 = sorted(spent)[int(ROUNDS * 0.95)]
    print(f"| {name} | {statistics.median(spent):.1f} | {p95:.1f} |")


def reads(database: Database, clock: ManualClock, config: Config, days: int) -> None:
    asked = Statistics(database, clock)
    print("\n| what | p50 ms | p95 ms |\n|---|---|---|")
    timed("today, against the 7 days before", asked.today)
    timed("alerts", asked.alerts)
    for span in sorted({1, 7, 30, 90, days}):
        if span > days:
            continue
        hours = asked.lately(24 * span)
        timed(f"hourly line and bars, {span} d", lambda hours=hours: asked.hourly(hours))
        timed(f"daily line and bars, {span} d", lambda hours=hours: asked.daily(hours))
        timed(f"reasons, {span} d", lambda hours=hours: asked.reasons(hours))
        timed(f"scores, {span} d", lambda hours=hours: asked.scores(hours))
        timed(f"by inbox, {span} d", lambda hours=hours: asked.inboxes(hours))
        timed(f"by hour of the day, {span} d", lambda hours=hours: asked.by_clock(hours))
        timed(f"times, {span} d", lambda hours=hours: asked.times(hours))
        timed(f"not assessed, {span} d", lambda hours=hours: asked.not_assessed(hours))
    noon = HOUR_0 - HOUR_0 % 86_400_000 - 3 * 86_400_000 + 6 * HOUR_MS
    hour, week = Hours(noon, noon + HOUR_MS), asked.lately(168)
    for name, bar in {
        "jobs of an hour": Behind(hour),
        "rejected of an hour in an inbox": Behind(
            replace(hour, inboxes=("inbox1",)), Verdict.REJECTED
        ),
        "a code in a week": Behind(week, code="CODE3"),
        "a code as the first in an hour of an inbox": Behind(
            replace(hour, inboxes=("inbox1",)), code="CODE3", is_first=True
        ),
        "low in an hour of an inbox": Behind(replace(hour, inboxes=("inbox1",)), is_low=True),
        "low in a week": Behind(week, is_low=True),
        "a bin of scores in a week": Behind(week, scores=(0.66, 0.68)),
    }.items():
        timed(f"page of 50: {name}", lambda bar=bar: asked.behind(bar))
    timed("boothd stats, sums of 7 d", lambda: stats(config, database, clock, hours=168))


def writes(database: Database) -> None:
    """What counting adds to a transaction, beside its commit."""
    job = replace(
        job_row(inbox="inbox1", created_ms=HOUR_0),
        verdict=Verdict.DONE,
        measures=quality(0.83),
        timings_ms={"decode": 20.0, "quality": 80.0},
        finished_ms=HOUR_0 + 900,
    )
    many = 2000
    for name, count, each in (
        ("verdict with a score", lambda uow: count_verdict(uow, job), 1),
        ("verdict without one", lambda uow: count_verdict(uow, replace(job, measures={})), 1),
        ("end, in a batch of 64", lambda uow: count_ends(uow, [job] * 64), 64),
        ("admission, in a batch of 64",
         lambda uow: uow.counters.received({f"{HOUR_0:012x}{n:010x}": "inbox1" for n in range(64)}),
         64),
    ):  # fmt: skip
        with database.write() as uow:
            begun = time.perf_counter()
            for _ in range(many // each):
                count(uow)
            spent = time.perf_counter() - begun
        print(f"| added to a photo's {name} | {spent / (many // each) / each * 1e6:.0f} µs | |")


def main(jobs: int = 1_000_000, days: int = 365) -> None:
    """Fill, ask, count."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "boothd.db"
        schema.upgrade(path)
        fill(path, jobs, days)
        clock = ManualClock(HOUR_0 - HOUR_0 % 86_400_000 + 11 * HOUR_MS)
        inboxes = [{"name": f"inbox{n}", "plan": ["quality"]} for n in range(INBOXES)]
        config = Config.model_validate({"root": f"{folder}/booth", "inboxes": inboxes})
        database = Database(path, clock)
        reads(database, clock, config, days)
        writes(database)
        database.close()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
