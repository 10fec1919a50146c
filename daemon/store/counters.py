"""How many photos came and how they ended: sums by inbox and hour.

They are kept in the transactions that add the job and commit its verdict. Hours are UTC hours
of admission, as a job's id tells it, so that received is what ended, was withdrawn or is still
on its way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, bindparam, insert

from daemon.domain.job import Verdict, admitted_ms
from daemon.store.statements import Prepared
from daemon.store.tables import counters

HOUR_MS = 3_600_000
# Stands where a verdict stands: all photos that came, but for those that were withdrawn.
RECEIVED = "received"


def hour_of(job_id: str) -> int:
    """Start of the UTC hour in which a job was admitted."""
    at_ms = admitted_ms(job_id)
    return at_ms - at_ms % HOUR_MS


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
            codes: Codes of its reasons, gravest first; the same one twice counts once.
            at_ms: When the photo was admitted.
            n: -1 takes back what was counted before, when a person decides otherwise.
        """
        key = {"inbox": inbox, "hour_ms": at_ms - at_ms % HOUR_MS, "verdict": verdict.value, "n": n}
        ranked = list(dict.fromkeys(codes))
        rows = [
            {**key, "code": code, "n_first": n if code in ranked[:1] else 0}
            for code in ["", *sorted(ranked)]
        ]
        _ADD.run_many(self._connection, rows)

    def received(self, jobs: Mapping[str, str], n: int = 1) -> None:
        """Count photos that were admitted.

        Args:
            jobs: Id → name of the inbox.
            n: -1 for photos which their owner took away before they were taken in.
        """
        found = Counter((inbox, hour_of(job_id)) for job_id, inbox in jobs.items())
        rows = [
            {"inbox": inbox, "hour_ms": hour_ms, "verdict": RECEIVED, "code": "", "n": n * number}
            for (inbox, hour_ms), number in sorted(found.items())
        ]
        if rows:
            _ADD.run_many(self._connection, [{**row, "n_first": 0} for row in rows])


# Both databases know these words; SQLAlchemy has a construct of its own for each.
_ADD = Prepared(
    insert(counters).values({column.name: bindparam(column.name) for column in counters.c}),
    "ON CONFLICT (inbox, hour_ms, verdict, code) DO UPDATE "
    "SET n = counters.n + excluded.n, n_first = counters.n_first + excluded.n_first",
)
