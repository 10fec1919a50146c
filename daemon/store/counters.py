"""How many photos ended how: sums by inbox and hour, kept in the verdict's own transaction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, func, insert, select

from daemon.domain.job import Verdict
from daemon.store.statements import Prepared
from daemon.store.tables import counters, job_codes, jobs

HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class CounterRow:
    """One sum.

    Attributes:
        inbox: Name of the inbox.
        hour_ms: Start of the hour (UTC).
        verdict: How the photos ended.
        code: Empty for all with that verdict, else those of them that carried the code.
        n: How many.
    """

    inbox: str
    hour_ms: int
    verdict: Verdict
    code: str
    n: int


# (inbox, verdict, code) → how many.
Totals = dict[tuple[str, str, str], int]


class Counters:
    """Counters, as ``uow.counters``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(
        self, inbox: str, verdict: Verdict, codes: Iterable[str], at_ms: int, n: int = 1
    ) -> None:
        """Count a verdict and each different code it came with.

        Args:
            inbox: Name of the inbox.
            verdict: How the photo ended.
            codes: Codes of its reasons; the same one twice counts once.
            at_ms: When.
            n: -1 takes back what was counted before, when a person decides otherwise.
        """
        hour_ms = at_ms - at_ms % HOUR_MS
        key = {"inbox": inbox, "hour_ms": hour_ms, "verdict": verdict.value, "n": n}
        _ADD.run_many(
            self._connection, [{**key, "code": code} for code in ["", *sorted(set(codes))]]
        )

    def rows(self, since_ms: int) -> list[CounterRow]:
        """Sums of the hour that holds ``since_ms`` and of all later ones, oldest first."""
        statement = (
            select(counters)
            .where(counters.c.hour_ms >= since_ms - since_ms % HOUR_MS)
            .order_by(counters.c.hour_ms, counters.c.inbox, counters.c.verdict, counters.c.code)
        )
        return [
            CounterRow(**{**row, "verdict": Verdict(row["verdict"])})
            for row in self._connection.execute(statement).mappings()
        ]

    def totals(self) -> Totals:
        """Everything ever counted, to be compared with ``recount``."""
        key = (counters.c.inbox, counters.c.verdict, counters.c.code)
        statement = select(*key, func.sum(counters.c.n)).group_by(*key)
        return {(a, b, c): int(n) for a, b, c, n in self._connection.execute(statement) if n}

    def recount(self) -> Totals:
        """The same sums made from the jobs table alone."""
        by_verdict = (
            select(jobs.c.inbox, jobs.c.verdict, func.count())
            .where(jobs.c.verdict.is_not(None))
            .group_by(jobs.c.inbox, jobs.c.verdict)
        )
        by_code = (
            select(jobs.c.inbox, jobs.c.verdict, job_codes.c.code, func.count(jobs.c.id.distinct()))
            .join(job_codes, job_codes.c.job_id == jobs.c.id)
            .where(jobs.c.verdict.is_not(None))
            .group_by(jobs.c.inbox, jobs.c.verdict, job_codes.c.code)
        )
        totals: Totals = {(a, b, ""): n for a, b, n in self._connection.execute(by_verdict)}
        totals |= {(a, b, c): n for a, b, c, n in self._connection.execute(by_code)}
        return totals


# Both databases know these words; SQLAlchemy has a construct of its own for each.
_ADD = Prepared(
    insert(counters).values({column.name: bindparam(column.name) for column in counters.c}),
    "ON CONFLICT (inbox, hour_ms, verdict, code) DO UPDATE SET n = counters.n + excluded.n",
)
