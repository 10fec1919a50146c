"""The overview made ready for the page: words by language, each number with the jobs behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from admin.presenters_charts import Chart, quality_chart, reasons_chart, volume_chart
from admin.times import span
from admin.wording import WORDS
from daemon.domain.job import State
from daemon.services.health import Check
from daemon.services.overview import InboxLine, Overview
from daemon.services.overview_figures import Figures

# Columns of the table; the two states before "queued" show as one.
COLUMNS: Mapping[str, tuple[State, ...]] = {
    "taking_in": (State.ADMITTED, State.TAKEN),
    "queued": (State.QUEUED,),
    "working": (State.WORKING,),
    "publishing": (State.PUBLISHING,),
    "done": (State.DONE,),
    "rejected": (State.REJECTED,),
    "review": (State.REVIEW,),
    "failed": (State.FAILED,),
}
# Characters of a name that a tile has room for.
_MOST_NAME = 24
_VERDICTS = ("done", "rejected", "review", "failed")


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table.

    Attributes:
        name: Name of the inbox.
        state: In words.
        reason: Why, or empty.
        waiting: Files that are not ready yet.
        numbers: A number for each of ``COLUMNS``: its name and how many.
        is_held: Whether somebody paused the inbox.
    """

    name: str
    state: str
    reason: str
    waiting: int
    numbers: tuple[tuple[str, int], ...]
    is_held: bool


@dataclass(frozen=True, slots=True)
class Switch:
    """What may be paused or resumed: an inbox, or with an empty name the whole queue."""

    inbox: str
    label: str
    is_held: bool


@dataclass(frozen=True, slots=True)
class Table:
    """The page's table and the holds above it."""

    heads: tuple[str, ...]
    rows: tuple[Row, ...]
    waiting: int
    totals: tuple[tuple[str, int], ...]
    holds: tuple[str, ...]
    switches: tuple[Switch, ...]


@dataclass(frozen=True, slots=True)
class Tile:
    """A number of the first row.

    Attributes:
        name: What it counts.
        value: The number.
        note: A word to it, or empty.
        link: Arguments of the list of jobs behind it; ``None`` where there is none.
        mood: ``good``, ``bad`` or empty: how it is drawn, beside what it says.
    """

    name: str
    value: str
    note: str = ""
    link: Mapping[str, object] | None = None
    mood: str = ""


def present(seen: Overview, language: str) -> Table:
    """The inboxes in words of a language."""
    words = WORDS[language]
    held = {pause.scope for pause in seen.pauses}
    rows = tuple(_row(line, words, held) for line in seen.inboxes)
    totals = tuple((name, sum(dict(row.numbers)[name] for row in rows)) for name in COLUMNS)
    holds = tuple(
        f"{words.get(pause.scope, pause.scope)} ({pause.who}: {pause.why})" for pause in seen.pauses
    )
    heads = tuple(words[name] for name in ("waiting", *COLUMNS))
    waiting = sum(row.waiting for row in rows)
    switches = (
        Switch("", words["queue"], "queue" in held),
        *(Switch(row.name, row.name, row.is_held) for row in rows),
    )
    return Table(heads, rows, waiting, totals, holds, switches)


def tiles(figures: Figures, checks: tuple[Check, ...], language: str) -> list[Tile]:
    """Today in numbers, and how the booth itself is."""
    words, today = WORDS[language], figures.today
    day = {"day": today.day}
    note = ""
    if today.received_usual is not None:
        note = words["usual"].format(now=today.received_passed, usual=f"{today.received_usual:g}")
    found = [Tile(words["received"], str(today.counts.received), note, day)]
    numbers = {verdict.value: number for verdict, number in today.counts.verdicts.items()}
    found += [
        Tile(words[name], str(numbers[name]), "", {**day, "state": name}) for name in _VERDICTS
    ]
    for tile in today.quality:
        mean, low = tile.today.mean, tile.today.low
        engine = tile.today.engine
        change = _change(tile.mean_change, words)
        found.append(Tile(words["mean_quality"], _score(mean), f"{engine} {change}".strip(), day))
        share = "–" if low.value is None else f"{low.value:.0%}"
        note = words["of_n"].format(part=low.part, n=low.n)
        found.append(Tile(words["low_share"], share, note, {**day, "low": 1}))
    found.append(_throughput(figures, words))
    return [*found, *_machine(checks, words), *_in_work(figures, words)]


def charts(figures: Figures, language: str) -> list[Chart]:
    """The charts of the last hours."""
    words = WORDS[language]
    return [
        quality_chart(figures.hours, words),
        volume_chart(figures.hours, figures.volume, words),
        reasons_chart(figures.reasons, figures.since_ms, words, language),
    ]


def alerts(figures: Figures, language: str) -> list[tuple[str, Mapping[str, object]]]:
    """Hours that call for somebody to look: a sentence each, and the photos behind it."""
    words = WORDS[language]
    return [
        (
            words["alert"].format(
                inbox=alert.inbox,
                hour=alert.start[11:16],
                low=f"{alert.low.value or 0:.0%}",
                usual=f"{alert.usual:.0%}",
            ),
            {"inbox": alert.inbox, "since": alert.since_ms, "low": 1},
        )
        for alert in figures.alerts
    ]


def _machine(checks: tuple[Check, ...], words: Mapping[str, str]) -> list[Tile]:
    facts = {check.name: check for check in checks}
    found = []
    if (queue := facts.get("queue")) is not None:
        age_s = queue.facts.get("oldest_queued_s")
        value = span(age_s) if isinstance(age_s, int) else "–"
        link = {"state": "queued"} if isinstance(age_s, int) else None
        found.append(Tile(words["oldest_waiting"], value, "", link))
    if (worker := facts.get("worker")) is not None:
        state = str(worker.facts.get("state", "unknown"))
        since_s = worker.facts.get("since_s")
        note = words["since"].format(span=span(since_s)) if isinstance(since_s, float) else ""
        mood = "good" if worker.is_ok else "bad"
        found.append(Tile(words["worker"], words.get(f"worker_{state}", state), note, None, mood))
        found += _worker(worker.facts, words)
    if (disk := facts.get("disk")) is not None:
        free = disk.facts.get("free_mib")
        least = min(free.values(), default=None) if isinstance(free, Mapping) else None
        value = "–" if least is None else f"{least / 1024:.1f} GiB"
        mood = "good" if disk.is_ok else "bad"
        found.append(Tile(words["disk_free"], value, "", None, mood))
    return found


def _throughput(figures: Figures, words: Mapping[str, str]) -> Tile:
    value = f"{figures.ended} {words['per_hour']}"
    return Tile(words["throughput"], value, words["in_last_hour"])


def _worker(facts: Mapping[str, object], words: Mapping[str, str]) -> list[Tile]:
    """Where it computes and with what, its memory, and how often it was started anew."""
    found = []
    if device := facts.get("device"):
        engines = facts.get("engines")
        note = ", ".join(map(str, engines)) if isinstance(engines, list) else ""
        found.append(Tile(words["worker_device"], str(device), note))
    if rss_mib := facts.get("rss_mib"):
        found.append(Tile(words["worker_memory"], f"{rss_mib} MiB"))
    if isinstance(restarts := facts.get("restarts"), int):
        mood = "bad" if restarts else ""
        found.append(Tile(words["worker_restarts"], str(restarts), "", None, mood))
    return found


def _in_work(figures: Figures, words: Mapping[str, str]) -> list[Tile]:
    """The photo in work; of several the oldest, and a way to all."""
    if not figures.working:
        return [Tile(words["working_on"], "–")]
    first, *more = figures.working
    value = first.name if len(first.name) <= _MOST_NAME else f"…{first.name[-_MOST_NAME:]}"
    note = f"{first.inbox}{f' +{len(more)}' if more else ''}"
    return [Tile(words["working_on"], value, note, {"state": "working"})]


def _score(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _change(value: float | None, words: Mapping[str, str]) -> str:
    return "" if value is None else words["change"].format(change=f"{value:+.2f}")


def _row(line: InboxLine, words: Mapping[str, str], held: set[str]) -> Row:
    numbers = tuple(
        (name, sum(line.counts.get(s, 0) for s in states)) for name, states in COLUMNS.items()
    )
    state = words.get(line.state, line.state)
    is_held = f"inbox:{line.name}" in held
    return Row(line.name, state, line.reason, line.waiting, numbers, is_held)
