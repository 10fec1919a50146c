"""What must hold once a booth has come to rest: I2, I4, I5, I6, I7, I9, I10 of docs/durability.md.

Each looks at folders and tables, and compares with what was dropped. None of them changes
anything except ``resting_again``, which is what a start does to a booth at rest: nothing.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pysqlite3.dbapi2 as sqlite

from daemon.bootstrap import build
from daemon.clock import ManualClock, SystemClock
from daemon.config.model import Config
from daemon.domain.artifact import OutputKind
from daemon.domain.job import Job, State, Verdict
from daemon.domain.webhook import EVENT_OF
from daemon.files.atomic import PART_SUFFIX
from daemon.services import fsck
from daemon.services.records import SUFFIX, from_record
from daemon.services.sweep import sweep
from daemon.store.database import Database
from tests.fakes.photos import Drop
from tests.fakes.watcher import files_below

# Rows that say when something was looked at, not what became of a photo.
_NOTICES = frozenset({"inboxes", "upkeep", "waiting_files", "ignored_files"})
# What delivering changes by itself while a booth runs: when a pause is over, it knocks again.
_BY_DELIVERY = {"endpoints": "name", "deliveries": "outbox_id, endpoint", "delivery_attempts": ""}
_OF_BATCHES = frozenset({"contact-sheet.pdf", "report.html", "report.xlsx", "results.zip"})
PROBE = ".boothd-probe-"
_LATER_MS = 40 * 3_600_000


def hold(config: Config, drops: Sequence[Drop]) -> list[Job]:
    """Every oracle that needs no clock and no process; the daemon must not be running.

    Returns:
        The jobs, by id.
    """
    with opened(config) as database:
        jobs = list(fsck.jobs_in(database, *sorted(State)))
        found = fsck.examine(config, database)  # I9
        assert found == [], f"fsck: {found}"
        _sums_equal_a_recount(database)  # I7
    _one_end_for_each(drops, jobs)  # I2
    _originals_lie_where_they_should(config, jobs, drops)
    _no_output_twice(config, jobs)  # I4
    _announced_once(config, jobs)  # I5
    _attempts_are_bounded(config, jobs)  # I6
    _nothing_is_left_over(config)
    return jobs


@contextlib.contextmanager
def opened(config: Config) -> Iterator[Database]:
    database = Database(config.layout.database, SystemClock())
    try:
        yield database
    finally:
        database.close()


# ── I2 ────────────────────────────────────────────────────────────────────────────────────


def _one_end_for_each(drops: Sequence[Drop], jobs: Sequence[Job]) -> None:
    counted = [job for job in jobs if job.state is not State.WITHDRAWN]
    live = [(job.id, job.state) for job in counted if job.verdict is None or not _is_over(job)]
    assert not live, f"still on their way: {live}"
    wanted = Counter((drop.relative, drop.sha256, drop.verdict) for drop in drops)
    found = Counter((job.relative, job.content_sha256, job.verdict) for job in counted)
    assert found == wanted, f"too many {found - wanted}; missing {wanted - found}"
    generations = Counter((job.inbox, job.name_key, job.generation) for job in counted)
    assert max(generations.values(), default=1) == 1, "a generation has two jobs"


def _is_over(job: Job) -> bool:
    return job.verdict is not None and job.state is job.verdict.state


# ── where everything lies ─────────────────────────────────────────────────────────────────


def _originals_lie_where_they_should(
    config: Config, jobs: Sequence[Job], drops: Sequence[Drop]
) -> None:
    layout = config.layout
    homes = {
        Verdict.DONE: layout.archive,
        Verdict.REJECTED: layout.rejected,
        Verdict.REVIEW: layout.review,
        Verdict.FAILED: layout.failed,
    }
    for job in _ended(jobs):
        assert job.verdict is not None
        assert job.filed is not None, f"{job.id} is filed nowhere"
        original = Path(os.fsdecode(job.filed))
        assert original.is_relative_to(homes[job.verdict](job.inbox)), f"{job.id}: {original}"
        assert digest_at(original) == job.content_sha256, f"{job.id}: another photo lies there"
        record = from_record(original.with_name(original.name + SUFFIX).read_bytes())
        assert (record.id, record.verdict, record.outputs) == (job.id, job.verdict, job.outputs)
        if job.verdict is not Verdict.DONE:
            assert original.with_name(f"{original.stem}.why.txt").is_file(), f"{job.id}: no why"
    filed = _digests(folder(inbox.name) for inbox in config.inboxes for folder in homes.values())
    # A candidate is the photo once more, for a photo that waits for a person.
    for drop in drops:
        copies = 2 if drop.verdict is Verdict.REVIEW else 1
        assert filed[drop.sha256] == copies, f"{drop.relative!r}: {filed[drop.sha256]} copies filed"


def _ended(jobs: Sequence[Job]) -> list[Job]:
    return [job for job in jobs if job.state is not State.WITHDRAWN]


def _digests(folders: Iterable[Path]) -> Counter[str]:
    return Counter(
        digest_at(path)
        for folder in folders
        for path in files_below(folder)
        if not path.name.endswith((SUFFIX, ".why.txt", ".why.jpg"))
    )


def digest_at(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


# ── I4, I5, I6, I7 ────────────────────────────────────────────────────────────────────────


def _no_output_twice(config: Config, jobs: Sequence[Job]) -> None:
    planned = Counter[Path]()
    for job in _ended(jobs):
        for output in job.outputs:
            target = Path(os.fsdecode(output.target))
            assert output.published_ms is not None, f"{job.id}: {target} was never published"
            assert digest_at(target) == output.file.sha256, f"{job.id}: {target}"
            planned[target] += 1
        # An archive or a list has no result of its own: photos have, and the batch its report.
        if job.verdict is Verdict.DONE and not job.relative.endswith((b".zip", b".csv")):
            assert sum(o.file.kind is OutputKind.RESULT for o in job.outputs) == 1
    assert max(planned.values(), default=1) == 1, "two jobs own one output"
    for inbox in config.inboxes:
        for path in files_below(config.layout.out(inbox.name)):
            assert path in planned or path.name in _OF_BATCHES, f"an output of nobody: {path}"


def _announced_once(config: Config, jobs: Sequence[Job]) -> None:
    wanted = Counter(
        (job.id, EVENT_OF[job.verdict], webhook.label)
        for job in _ended(jobs)
        for webhook in config.webhooks
        if job.verdict is not None and webhook.wants(EVENT_OF[job.verdict], job.inbox)
    )
    rows = ask(config, "SELECT subject, event, endpoint, body FROM outbox")
    assert Counter(row[:3] for row in rows) == wanted
    for job_id, event, _, body in rows:
        told = json.loads(body)
        assert (told["type"], told["data"]["job"]) == (event, job_id)
    ends = Counter(
        row[0] for row in ask(config, "SELECT job_id FROM job_events WHERE name='job.finished'")
    )
    assert ends == Counter(job.id for job in _ended(jobs)), "a job's end is told twice, or never"


def _attempts_are_bounded(config: Config, jobs: Sequence[Job]) -> None:
    most = config.queue.max_attempts + 1
    assert [(job.id, job.attempts) for job in jobs if job.attempts > most] == []


def _sums_equal_a_recount(database: Database) -> None:
    with database.read() as uow:
        assert uow.sums.kept() == uow.sums.recounted()


# ── leftovers ─────────────────────────────────────────────────────────────────────────────


def _nothing_is_left_over(config: Config) -> None:
    """No part file, no claimed photo; what is staged, and empty folders, the sweep takes."""
    layout = config.layout
    for inbox in config.inboxes:
        for folder in (layout.inbox(inbox.name), *layout.output_dirs(inbox.name)):
            parts = [path for path in files_below(folder) if path.name.endswith(PART_SUFFIX)]
            assert parts == [], "part files are left"
        left = list(files_below(layout.claimed(inbox.name)))
        assert left == [], "something is still claimed"
        assert photos_in(layout.inbox(inbox.name)) == [], "photos still lie in the inbox"


def photos_in(inbox: Path) -> list[Path]:
    """What lies in an inbox; a probe that a kill left is the sweep's to remove."""
    found = files_below(inbox, without=".boothd")
    return [path for path in found if not path.name.startswith(PROBE)]


def swept_clean(config: Config) -> None:
    """W22: the disk returns to its baseline once the sweep has been round."""
    later = ManualClock(now_ms=SystemClock().now_ms() + _LATER_MS)
    with opened(config) as database:
        sweep(config, database, later)
    assert list(config.layout.staging.iterdir()) == [], "staging is not empty"
    for inbox in config.inboxes:
        top, claimed = config.layout.inbox(inbox.name), config.layout.claimed(inbox.name)
        assert not claimed.is_dir() or list(claimed.iterdir()) == [], "claimed folders are left"
        probes = [path for path in files_below(top) if path.name.startswith(("probe-", PROBE))]
        assert probes == [], "probes are left"


# ── I10 ───────────────────────────────────────────────────────────────────────────────────


def resting_again(config: Config) -> None:
    """I10: what a start does, twice over, changes nothing at a booth at rest."""
    before = snapshot(config)
    for _ in range(2):
        settle_by_hand(config)
        after = snapshot(config)
        assert after == before, f"changed: {_differences(before, after)}"


def settle_by_hand(config: Config) -> None:
    """Everything a start does, without its threads."""
    booth = build(config, wake=lambda: None)
    try:
        booth.dispatch.sweep(frozenset(), everyone=True)
        booth.intake.recover()
        booth.orders.obey()
        for job in booth.publisher.pending():
            booth.publisher.publish(job)
    finally:
        booth.close()


def snapshot(config: Config, *, has_run: bool = False) -> dict[str, Any]:
    """Every photo, result, record and row of a booth.

    Args:
        config: The booth's.
        has_run: Whether the booth itself ran between two of them; of what is to be delivered
            counts then that it is there, not how often that was tried.
    """
    layout, found = config.layout, dict[str, Any]()
    for inbox in config.inboxes:
        for folder in (layout.inbox(inbox.name), *layout.output_dirs(inbox.name)):
            for path in files_below(folder):
                status = path.lstat()
                found[os.fspath(path)] = (status.st_ino, status.st_mtime_ns, digest_at(path))
    for (table,) in ask(config, "SELECT name FROM sqlite_master WHERE type='table'"):
        columns = _BY_DELIVERY.get(table, "*") if has_run else "*"
        if columns and table not in _NOTICES and not table.startswith("sqlite_"):
            rows = ask(config, f"SELECT {columns} FROM {table}")
            found[f"table {table}"] = sorted(rows, key=repr)
    return found


def _differences(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    return [name for name in sorted({*before, *after}) if before.get(name) != after.get(name)]


def ask(config: Config, sql: str) -> list[tuple[Any, ...]]:
    """Rows of the booth's tables."""
    name = f"file:{config.layout.database}?mode=ro"
    with contextlib.closing(sqlite.connect(name, uri=True)) as connection:
        return list(connection.execute(sql))
