"""Sums outlive the rows they were made from, and ``boothd fsck`` knows the difference."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from daemon.domain.job import Verdict
from daemon.services.fsck import examine
from daemon.services.maintenance import prune_jobs
from daemon.services.statistics import Behind, Statistics
from daemon.store.statistics import Hours
from daemon.store.tables import counters

DAY_S = 86_400
EVER = Hours(0, 1 << 45)


@pytest.fixture
def bench(make_bench: Any) -> Any:
    bench = make_bench(retention={"jobs_days": 100})
    for verdict, codes in (
        (Verdict.DONE, ()),
        (Verdict.DONE, ()),
        (Verdict.REJECTED, ("BLURRED", "NOISY")),
    ):
        bench.drop()
        bench.decide(verdict, codes)
        bench.publish_all()
    return bench


def kept(bench: Any) -> dict[Any, int]:
    with bench.database.read() as uow:
        return uow.sums.kept()


def differing(bench: Any) -> list[str]:
    return [d.detail for d in examine(bench.config, bench.database) if d.kind == "counters_differ"]


def change(bench: Any, by: int) -> None:
    with bench.database.write() as uow:
        uow._connection.execute(
            update(counters)
            .where(counters.c.verdict == "done", counters.c.code == "")
            .values(n=counters.c.n + by)
        )


def test_photos_that_retention_forgets_stay_counted(bench: Any) -> None:
    before = kept(bench)
    bench.clock.advance(101 * DAY_S)
    assert prune_jobs(bench.config, bench.database, bench.clock) == 3
    assert kept(bench) == before
    asked = Statistics(bench.database, bench.clock)
    total = asked.total(EVER)
    assert (total.received, total.verdicts[Verdict.DONE], total.verdicts[Verdict.REJECTED]) == (
        3,
        2,
        1,
    )
    assert [(reason.code, reason.any) for reason in asked.reasons(EVER)] == [
        ("BLURRED", 1),
        ("NOISY", 1),
    ]
    assert asked.behind(Behind(EVER)) == ([], None)
    assert differing(bench) == []


def test_a_sum_that_is_too_large_is_told_as_long_as_no_row_was_pruned(bench: Any) -> None:
    assert differing(bench) == []
    change(bench, 1)
    assert differing(bench) == ["3 kept, 2 counted"]


def test_a_sum_that_is_too_small_is_told_even_after_rows_were_pruned(bench: Any) -> None:
    bench.clock.advance(99 * DAY_S)
    bench.drop()
    bench.decide(Verdict.DONE, ())
    bench.publish_all()
    bench.clock.advance(2 * DAY_S)
    assert prune_jobs(bench.config, bench.database, bench.clock) == 3
    assert differing(bench) == []
    change(bench, -3)
    assert any(detail.endswith("1 counted") for detail in differing(bench))
