"""At which hours photos are turned away, or bad: a grid of hours, and the cell that stands out."""

from __future__ import annotations

import enum
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import Any

from daemon.domain.distribution import SCORE_ONE
from daemon.domain.job import Verdict
from daemon.domain.share import Share, standing_out
from daemon.services.local_hours import LocalHours
from daemon.store.counters import RECEIVED
from daemon.store.database import Database
from daemon.store.statistics import Hours


class Rows(enum.StrEnum):
    """What a row of the grid is."""

    WEEKDAY = "weekday"
    INBOX = "inbox"
    DAY = "day"


_COLUMNS = {Rows.WEEKDAY: "local_weekday", Rows.INBOX: "inbox", Rows.DAY: "local_day"}
HOURS = range(24)

# A row (0..6 with Monday first, an inbox's name, or days since 1970) and the local hour.
Where = tuple[Any, int]


@dataclass(frozen=True, slots=True)
class Outstanding:
    """The cell whose share of rejected photos stands out.

    Attributes:
        where: Row and hour.
        share: Of that cell.
        rest: Of all others.
        code: What is much more frequent there than elsewhere; empty where nothing is.
    """

    where: Where
    share: Share
    rest: Share
    code: str


@dataclass(frozen=True, slots=True)
class HourGrid:
    """How many photos were rejected at which hours.

    Attributes:
        rows: What the rows are.
        cells: Row and hour → the rejected among those that have a verdict.
        worst: The cell that stands out, or ``None``.
    """

    rows: Rows
    cells: Mapping[Where, Share]
    worst: Outstanding | None


class RejectHours:
    """Questions about hours; looking changes nothing.

    Args:
        database: Opens the database, or hands out the open one.
        zone: Local time of the people who look; ``None`` for the machine's.
    """

    def __init__(self, database: Callable[[], Database], zone: tzinfo | None = None) -> None:
        self._database = database
        self._local = LocalHours(zone)

    def rejected(self, hours: Hours, rows: Rows) -> HourGrid:
        """Shares of rejected photos by row and local hour."""
        column, counts = _COLUMNS[rows], defaultdict[Where, Counter[str]](Counter)
        for span in self._alike(hours):
            with self._database().read() as uow:
                found = uow.statistics.counts(span, column, "local_hour", "verdict")
            for (row, hour, verdict), number in found.items():
                if verdict != RECEIVED:
                    counts[row, hour][verdict] += number
        cells = {
            where: Share(of[Verdict.REJECTED], sum(of.values())) for where, of in counts.items()
        }
        return HourGrid(rows, cells, self._outstanding(hours, rows, cells))

    def quality(self, hours: Hours, rows: Rows, engine: str) -> dict[Where, tuple[float, int]]:
        """Mean score by one engine, 0..1, and out of how many photos, by row and local hour."""
        column, sums = _COLUMNS[rows], defaultdict[Where, list[int]](lambda: [0, 0])
        for span in self._alike(hours):
            with self._database().read() as uow:
                found = uow.statistics.means(span, column, "local_hour", engine=engine)
            for where, (total, n) in found.items():
                sums[where][0] += total
                sums[where][1] += n
        return {where: (total / n / SCORE_ONE, n) for where, (total, n) in sums.items() if n}

    def _outstanding(
        self, hours: Hours, rows: Rows, cells: Mapping[Where, Share]
    ) -> Outstanding | None:
        where = standing_out(cells)
        if where is None:
            return None
        share = cells[where]
        part = sum(one.part for one in cells.values()) - share.part
        rest = Share(part, sum(one.n for one in cells.values()) - share.n)
        return Outstanding(where, share, rest, self._code(hours, rows, where, (share, rest)))

    def _code(self, hours: Hours, rows: Rows, where: Where, shares: tuple[Share, Share]) -> str:
        """The code of rejected photos that is most above its share elsewhere, if any is."""
        inside, outside = Counter[str](), Counter[str]()
        for span in self._alike(hours):
            with self._database().read() as uow:
                found = uow.statistics.codes(span, _COLUMNS[rows], "local_hour", "verdict", "code")
            for (row, hour, verdict, code), (n, _) in found.items():
                if verdict == Verdict.REJECTED:
                    (inside if (row, hour) == where else outside)[code] += n
        here, there = shares
        above = {code: n / here.n - outside[code] / max(1, there.n) for code, n in inside.items()}
        code = max(above, key=lambda one: (above[one], one), default="")
        return code if code and above[code] > 0 else ""

    def _alike(self, hours: Hours) -> list[Hours]:
        return [
            replace(hours, since_ms=since_ms, until_ms=until_ms, offset_ms=offset_ms)
            for since_ms, until_ms, offset_ms in self._local.alike(hours.since_ms, hours.until_ms)
        ]
