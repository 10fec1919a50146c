"""Statistics at a million jobs: each read model's time, lists behind a bar, what counting costs.

    .venv/bin/python -m tests.statistics_scale [--jobs N] [--days N] [--keep FILE]

Builds a database in a temporary folder (``--keep``: there, and next time it is used again), asks
every question that ``boothd stats`` and the panel ask, and prints tables; a million takes some
minutes and 9 GB. The last line names the questions that take longer than they should, judged by
processor time, which is what an idle machine takes, for the pages are in memory. The sums are those
of the real recount; that the booth keeps them right is proven in ``tests/contract``.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import platform
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pysqlite3.dbapi2 as sqlite

REPO = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPO))

from daemon.cli.stats_tables import Report  # noqa: E402
from daemon.clock import ManualClock  # noqa: E402
from daemon.config.model import Config  # noqa: E402
from daemon.domain.job import Job, State, Verdict  # noqa: E402
from daemon.files.mounts import mount_of  # noqa: E402
from daemon.protocol import Result  # noqa: E402
from daemon.services.counting import count_ends  # noqa: E402
from daemon.services.overview import overview  # noqa: E402
from daemon.services.queries import stats  # noqa: E402
from daemon.services.statistics import Behind, Statistics  # noqa: E402
from daemon.services.verdicts import commit_result  # noqa: E402
from daemon.store import schema  # noqa: E402
from daemon.store.counters import Counters  # noqa: E402
from daemon.store.database import Database  # noqa: E402
from daemon.store.statistics import Hours  # noqa: E402
from tests.fakes.many_jobs import DAY_MS, HOUR_MS, INBOXES, Crowd, count_all, fill  # noqa: E402
from tests.fakes.store import job_row  # noqa: E402
from tests.fakes.traffic import quality  # noqa: E402

# A question should take no more processor time (median).
MOST_MS = 50.0
ROUNDS = 15
# 2026-01-05 12:00 UTC, the end of the running hour, which is half over.
UNTIL_MS = 1_767_614_400_000
NOW_MS = UNTIL_MS - HOUR_MS // 2
SUMS = ("counters", "histograms", "not_assessed")
# Photos whose life is timed, in rounds with and without counting, and how many at once.
LIVES, BATCH = 12, 64


@dataclass
class Table:
    """Prints what it is told and remembers what was too slow."""

    slow: list[str] = field(default_factory=list)

    def timed(self, name: str, ask: Callable[[], Any], rounds: int = ROUNDS) -> Any:
        """Ask some times; print the median of time and processor time, and the slowest."""
        spent, busy = [], []
        for _ in range(rounds):
            begun, began = time.perf_counter(), time.process_time()
            answer = ask()
            spent.append((time.perf_counter() - begun) * 1000)
            busy.append((time.process_time() - began) * 1000)
        median, cpu = statistics.median(spent), statistics.median(busy)
        print(f"| {name} | {median:.1f} | {max(spent):.1f} | {cpu:.1f} |", flush=True)
        if cpu > MOST_MS:
            self.slow.append(name)
        return answer


def machine(path: Path) -> str:
    load = os.getloadavg()[0]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{time.strftime('%Y-%m-%d')}: {os.cpu_count()} cores ({platform.machine()}), "
        f"{memory:.1f} GiB, {platform.system()} {platform.release().split('-')[0]}, "
        f"Python {platform.python_version()}, SQLite {sqlite.sqlite_version}, "
        f"{mount_of(path).fstype}, load {load:.1f}"
    )


def build(path: Path, crowd: Crowd) -> None:
    schema.upgrade(path)
    database = Database(path, ManualClock(NOW_MS))
    begun = time.perf_counter()
    fill(database, crowd)
    filled = time.perf_counter()
    rows = count_all(database)
    counted = time.perf_counter()
    database.close()
    print(f"{crowd.jobs} jobs of {crowd.days} days written in {filled - begun:.0f} s; ", end="")
    print(f"recounted into {rows} rows in {counted - filled:.0f} s")


def sizes(path: Path) -> None:
    """How large the database is, and the tables of sums when they are alone in one."""
    connection = sqlite.connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    print("\n| table | rows |\n|---|---|")
    for table in ("jobs", "job_results", "job_codes", *SUMS):
        (rows,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
        print(f"| {table} | {rows} |")
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "sums.db"
        connection.execute("ATTACH ? AS sums", (str(copy),))
        for table in SUMS:
            (text,) = connection.execute(
                "SELECT sql FROM main.sqlite_schema WHERE name = ?", (table,)
            ).fetchone()
            connection.execute(text.replace("CREATE TABLE ", "CREATE TABLE sums.", 1))
            connection.execute(f"INSERT INTO sums.{table} SELECT * FROM main.{table}")
        connection.commit()
        print(f"\ndatabase: {path.stat().st_size / 1e6:.0f} MB; "
              f"its sums: {copy.stat().st_size / 1e6:.1f} MB")  # fmt: skip
    connection.close()


def sums(table: Table, database: Database, clock: ManualClock, days: int) -> None:
    """Every question to the sums, over today, a week and a month."""
    asked = Statistics(database, clock)
    table.timed("today, against the 7 days before", asked.today)
    table.timed("alerts", asked.alerts)
    for span in sorted({1, 7, 30, days}):
        if span > days:
            continue
        hours = asked.lately(24 * span)
        for name, ask in {
            "by hour": asked.hourly,
            "by day": asked.daily,
            "by hour of the day": asked.by_clock,
            "by inbox": asked.inboxes,
            "reasons": asked.reasons,
            "scores": asked.scores,
            "times": asked.times,
            "not assessed": asked.not_assessed,
        }.items():
            table.timed(f"{span} d, {name}", lambda ask=ask, hours=hours: ask(hours))


def commands(table: Table, database: Database, clock: ManualClock, config: Config) -> None:
    """What ``boothd stats`` asks altogether, once the database is open."""
    asked = Statistics(database, clock)
    table.timed("panel: what is where", lambda: overview(config, database))
    for days in (1, 7, 30):
        hours = asked.lately(24 * days)
        table.timed(f"boothd stats --days {days}: what is where and totals",
                    lambda days=days: stats(config, database, clock, hours=24 * days))  # fmt: skip
        table.timed(f"boothd stats --days {days}: all its tables",
                    lambda hours=hours: Report.of(asked, hours, (), 48).as_json())  # fmt: skip


def bars() -> dict[str, Behind]:
    hour = Hours(UNTIL_MS - 3 * DAY_MS, UNTIL_MS - 3 * DAY_MS + HOUR_MS)
    month = Hours(UNTIL_MS - 30 * DAY_MS, UNTIL_MS)
    gate = replace(hour, inboxes=("passport",))
    return {
        "all of an hour": Behind(hour),
        "rejected, of an hour and an inbox": Behind(gate, Verdict.REJECTED),
        "rejected, of 30 d": Behind(month, Verdict.REJECTED),
        "a code, of 30 d": Behind(month, code="BLURRED"),
        "a rare code as the first, of an hour and an inbox": Behind(
            gate, code="UNEVEN_ILLUMINATION", is_first=True
        ),
        "a rare code, low, of 30 d": Behind(month, code="UNEVEN_ILLUMINATION", is_low=True),
        "low, of an hour and an inbox": Behind(gate, is_low=True),
        "low, of 30 d": Behind(month, is_low=True),
        "low, rejected, of 30 d and an inbox": Behind(
            replace(month, inboxes=("passport",)), Verdict.REJECTED, is_low=True
        ),
        "the fullest bin of scores, of 30 d": Behind(month, scores=(0.84, 0.86)),
        "a rare bin of scores, of 30 d": Behind(month, scores=(0.02, 0.04)),
        "a bin of scores, of 30 d and an inbox": Behind(
            replace(month, inboxes=("album", "passport")), scores=(0.60, 0.62)
        ),
        "a bin of scores, of an hour": Behind(hour, scores=(0.84, 0.86)),
    }


def lists(table: Table, database: Database, clock: ManualClock) -> None:
    """The jobs behind a bar: the first page, and one far down."""
    asked = Statistics(database, clock)
    for name, bar in bars().items():
        page, before = table.timed(f"{name}: first page", lambda bar=bar: asked.behind(bar))
        far = _far(asked, bar, before)
        if far is not None:
            table.timed(f"{name}: page after {far[1]} jobs",
                        lambda bar=bar, far=far: asked.behind(bar, before_id=far[0]))  # fmt: skip
        print(f"|   ({len(page)} jobs on the first) | | | |")


def _far(asked: Statistics, bar: Behind, before: str | None) -> tuple[str, int] | None:
    """Where the page after some thousand jobs begins, and after how many."""
    passed, far = 0, None
    while before is not None and passed < 10_000:
        far = (before, passed + 50)
        page, before = asked.behind(bar, before_id=before, limit=1000)
        passed += len(page)
    return far


def lives(database: Database) -> None:
    """A photo's way through the database, with all it counts and with nothing counted."""
    spent: dict[bool, list[float]] = {True: [], False: []}
    busy: dict[bool, list[float]] = {True: [], False: []}
    for turn in range(2 * LIVES):
        is_counted = turn % 2 == 0
        with contextlib.nullcontext() if is_counted else _uncounted():
            begun, began = time.perf_counter(), time.process_time()
            _live(database)
            spent[is_counted].append((time.perf_counter() - begun) / BATCH * 1e6)
            busy[is_counted].append((time.process_time() - began) / BATCH * 1e6)
    print("\nA photo's transactions: admitted and ended 64 at once, claimed and judged alone.\n")
    print("| µs a photo, median | time | processor time |\n|---|---|---|")
    counted, bare = ([statistics.median(of[which]) for of in (spent, busy)]
                     for which in (True, False))  # fmt: skip
    print(f"| with counting | {counted[0]:.0f} | {counted[1]:.0f} |")
    print(f"| without | {bare[0]:.0f} | {bare[1]:.0f} |")
    print(f"| counting | {counted[0] - bare[0]:.0f} | {counted[1] - bare[1]:.0f} |")


@contextlib.contextmanager
def _uncounted() -> Iterator[None]:
    """Nothing is counted; plain functions, for a mock costs as much as counting."""
    with (
        patch.object(Counters, "received", _nothing),
        patch("daemon.services.verdicts.count_verdict", _nothing),
        patch(f"{__name__}.count_ends", _nothing),
    ):
        yield


def _nothing(*_: object, **__: object) -> None: ...


def _live(database: Database) -> None:
    many: list[Job] = []
    for _ in range(BATCH):
        # A kept database has those of earlier runs.
        name = f"{NOW_MS:012x}{secrets.randbelow(1 << 40):010x}"
        many.append(job_row(inbox="gate", id=name, name_key=name, generation=name,
                            created_ms=NOW_MS))  # fmt: skip
    with database.write() as uow:
        assert len(uow.jobs.add_many(many)) == BATCH
    ended = []
    for _ in many:
        with database.write() as uow:
            claim = uow.queue.claim("worker", 20.0, alone=True)
        assert claim is not None
        timings = {"decode": 20.5, "quality": 80.0}
        found = Result(claim.job.id, claim.job.attempts, Verdict.DONE, (), (), quality(0.83), {},
                       timings)  # fmt: skip
        with database.write() as uow:
            assert commit_result(uow, claim, found, NOW_MS)
        ended.append(replace(claim.job, finished_ms=NOW_MS + 900))
    with database.write() as uow:
        for job in ended:
            assert uow.jobs.move(job.id, State.DONE, filed=b"/there", finished_ms=job.finished_ms)
        count_ends(uow, ended)


def measure(path: Path, days: int) -> None:
    clock, table = ManualClock(NOW_MS), Table()
    inboxes = [{"name": name, "plan": ["quality"]} for name, _, _ in INBOXES]
    config = Config.model_validate({"root": f"{path.parent}/booth", "inboxes": inboxes})
    database = Database(path, clock)
    print(f"\n{machine(path)}\n")
    print("| what | ms, median | ms, slowest | processor ms, median |\n|---|---|---|---|")
    sums(table, database, clock, days)
    commands(table, database, clock, config)
    lists(table, database, clock)
    lives(database)
    database.close()
    sizes(path)
    print(f"\nmore than {MOST_MS:.0f} ms of processor time: {'; '.join(table.slow) or 'nothing'}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=1_000_000)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--keep", type=Path)
    chosen = parser.parse_args()
    crowd = Crowd(chosen.jobs, chosen.days, UNTIL_MS)
    with tempfile.TemporaryDirectory() as folder:
        path = chosen.keep or Path(folder) / "boothd.db"
        if not path.exists():
            build(path, crowd)
        schema.upgrade(path)
        measure(path, chosen.days)


if __name__ == "__main__":
    main()
