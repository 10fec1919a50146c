"""Hours as the store keeps them, in the time that people at the booth live by.

The store knows UTC hours. Here each of them belongs to the local day in which it starts and goes
by the local time at which it starts: half past, where the zone's offset is half an hour. A day on
which clocks are changed has 23 or 25 of them, and a doubled hour stands twice, told apart by its
offset.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from daemon.store.counters import HOUR_MS


class LocalHours:
    """UTC hours in a time zone.

    Args:
        zone: Of the people; ``None`` for the machine's own.
    """

    def __init__(self, zone: tzinfo | None = None) -> None:
        self._zone = zone

    def start(self, hour_ms: int) -> datetime:
        """When an hour starts, with its offset."""
        return datetime.fromtimestamp(hour_ms / 1000, UTC).astimezone(self._zone)

    def day(self, hour_ms: int) -> date:
        """The local day to which an hour belongs."""
        return self.start(hour_ms).date()

    def of_day(self, day: date) -> range:
        """Starts of the UTC hours that belong to a local day, as a range of milliseconds."""
        return range(self._first_of(day), self._first_of(day + timedelta(days=1)), HOUR_MS)

    def _first_of(self, day: date) -> int:
        midnight = datetime.combine(day, time.min)
        aware = midnight.astimezone() if self._zone is None else midnight.replace(tzinfo=self._zone)
        first = -(-int(aware.timestamp() * 1000) // HOUR_MS) * HOUR_MS
        # Where clocks are changed at midnight, the first hour may lie beside where it should.
        while self.day(first) < day:
            first += HOUR_MS
        while self.day(first - HOUR_MS) >= day:
            first -= HOUR_MS
        return first

    def alike(self, since_ms: int, until_ms: int) -> Iterator[tuple[int, int, int]]:
        """Stretches of hours, in order, in which local time is equally far ahead of UTC.

        Yields:
            Start of the first hour, end of the last one, and how far (milliseconds).
        """
        starts = range(hour_start(since_ms), until_ms, HOUR_MS)
        for offset_ms, some in itertools.groupby(starts, self._offset_ms):
            stretch = list(some)
            yield stretch[0], stretch[-1] + HOUR_MS, offset_ms

    def _offset_ms(self, hour_ms: int) -> int:
        offset = self.start(hour_ms).utcoffset()
        assert offset is not None
        return round(offset.total_seconds() * 1000)

    def same_hours(self, hours: list[int], days_back: int) -> Iterator[int]:
        """The hours of an earlier day which start at the same local hours as these.

        Args:
            hours: Starts of hours of one local day.
            days_back: How many days earlier.
        """
        if not hours:
            return
        wanted = {self.start(hour_ms).hour for hour_ms in hours}
        for hour_ms in self.of_day(self.day(hours[0]) - timedelta(days=days_back)):
            if self.start(hour_ms).hour in wanted:
                yield hour_ms


def hour_start(at_ms: int) -> int:
    """Start of the UTC hour that holds a time."""
    return at_ms - at_ms % HOUR_MS
