"""The pages about rejects made ready: the grid of hours, and what a moved limit would change."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from admin.wording import WORDS
from daemon.domain.artifact import Reason
from daemon.domain.codes import explain
from daemon.domain.gauges import GRAVITY, SCORE, Gauge
from daemon.domain.job import Verdict
from daemon.services.rejects import Current, Move, Question, WhatIf
from daemon.services.rejects_hours import HOURS, HourGrid, Rows, Where

# Classes of the style sheet: shade-0 (good) to shade-5 (bad).
SHADES = 5
# Of fewer photos a cell is not shaded: one bad photo of two says nothing about the hour.
_FEW = 10
# A share this large, and everything above it, is drawn darkest; so is this mean, and all below.
_WORST_SHARE, _WORST_MEAN, _BEST_MEAN = 0.5, 0.4, 0.9
_FIRST_DAY = date(1970, 1, 1)

WIDTH, HEIGHT = 640.0, 200.0
LEFT, RIGHT, TOP, BOTTOM = 40.0, 12.0, 18.0, 24.0


@dataclass(frozen=True, slots=True)
class Cell:
    """An hour of the grid.

    Attributes:
        text: Its value, short; empty without photos.
        label: What it says in full.
        shade: 0 (good) to ``SHADES`` (bad).
        link: Arguments of the gallery behind it; ``None`` where nothing was rejected.
    """

    text: str = ""
    label: str = ""
    shade: int = 0
    link: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class Grid:
    """The grid.

    Attributes:
        title: What it shows.
        heads: The hours.
        rows: Name and cells of each.
        said: The sentence about the hour that stands out, or that none does; empty for means.
        advice: What is more frequent then, and what to do about it; may be empty.
        link: Arguments of the gallery behind the sentence.
    """

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]
    said: str = ""
    advice: str = ""
    link: Mapping[str, object] | None = None


def present_rejected(grid: HourGrid, kept: Mapping[str, object], language: str) -> Grid:
    """Shares of rejected photos.

    Args:
        grid: The shares.
        kept: Arguments of every link: inbox and time.
        language: ``zh`` or ``en``.
    """
    words = WORDS[language]
    cells = {}
    for where, share in grid.cells.items():
        value = share.value
        if value is None:
            continue
        shade = _shade(value / _WORST_SHARE) if share.part and share.n >= _FEW else 0
        link = _behind(grid.rows, where, kept) if share.part else None
        cells[where] = Cell(f"{value:.0%}", _told(words, grid.rows, where, share.n, f"{value:.0%}"),
                            shade, link)  # fmt: skip
    said, advice, link = words["heat_even"], "", None
    if grid.worst is not None:
        worst = grid.worst
        row, hour = _row_name(grid.rows, worst.where[0], words), _hour(worst.where[1], words)
        said = words["heat_worst"].format(
            row=row, hour=hour, share=f"{worst.share.value:.0%}", part=worst.share.part,
            n=worst.share.n, rest=f"{worst.rest.value or 0:.0%}",
        )  # fmt: skip
        link = _behind(grid.rows, worst.where, kept)
        if worst.code:
            advice = words["heat_worst_code"].format(
                code=worst.code, advice=explain(Reason(worst.code), language)[1]
            )
    rows = _rows(grid.rows, cells, words)
    return Grid(words["heat_rejected"], _HEADS, rows, said, advice, link)


def present_quality(
    rows: Rows,
    means: Mapping[Where, tuple[float, int]],
    kept: Mapping[str, object],
    engine: str,
    language: str,
) -> Grid:
    """Mean quality by one engine."""
    words, cells = WORDS[language], {}
    for where, (mean, n) in means.items():
        shade = _shade((_BEST_MEAN - mean) / (_BEST_MEAN - _WORST_MEAN)) if n >= _FEW else 0
        label = _told(words, rows, where, n, f"{mean:.2f}")
        cells[where] = Cell(f"{mean:.2f}", label, shade, _behind(rows, where, kept))
    title = words["heat_quality"].format(engine=engine)
    return Grid(title, _HEADS, _rows(rows, cells, words))


_HEADS = tuple(str(hour) for hour in HOURS)


def _shade(badness: float) -> int:
    """1 to ``SHADES``, in even steps of 0..1."""
    return min(SHADES, max(1, 1 + int(badness * SHADES)))


def _rows(
    rows: Rows, cells: Mapping[Where, Cell], words: Mapping[str, str]
) -> tuple[tuple[str, tuple[Cell, ...]], ...]:
    keys = sorted({row for row, _ in cells}, reverse=rows is Rows.DAY)
    return tuple(
        (_row_name(rows, key, words), tuple(cells.get((key, hour), Cell()) for hour in HOURS))
        for key in keys
    )


def _row_name(rows: Rows, key: Any, words: Mapping[str, str]) -> str:
    if rows is Rows.WEEKDAY:
        return words[f"weekday_{key}"]
    return _day(key).isoformat() if rows is Rows.DAY else str(key)


def _day(key: int) -> date:
    return _FIRST_DAY + timedelta(days=key)


def _hour(hour: int, words: Mapping[str, str]) -> str:
    return words["at_hour"].format(hour=hour, next=hour + 1)


def _told(words: Mapping[str, str], rows: Rows, where: Where, n: int, value: str) -> str:
    row, hour = _row_name(rows, where[0], words), _hour(where[1], words)
    return words["heat_cell"].format(row=row, hour=hour, value=value, n=n)


def _behind(rows: Rows, where: Where, kept: Mapping[str, object]) -> dict[str, object]:
    row, hour = where
    if rows is Rows.WEEKDAY:
        return {**kept, "weekday": row, "hour": hour}
    if rows is Rows.INBOX:
        return {**kept, "inbox": row, "hour": hour}
    return {**kept, "day": _day(row).isoformat(), "hour": hour}


# ── what if ───────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Bar:
    """A part of a bar: photos in a step, by what the gate made of them."""

    x: float
    y: float
    width: float
    height: float
    verdict: str
    label: str


@dataclass(frozen=True, slots=True)
class Line:
    """A limit drawn in."""

    x: float
    y: float
    kind: str
    label: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Change:
    """Photos that change sides so."""

    key: str
    before: str
    after: str
    number: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What a moved limit would change.

    Attributes:
        title: Of the histogram.
        bars: Its bars.
        lines: The limits, as they are and as they are moved.
        ticks: Place and text below it.
        verdicts: In the order in which bars are stacked.
        table: Each step that holds photos: its name, then how many by verdict.
        said: The sum in a sentence.
        changes: How many change how.
        yaml: Lines for the configuration.
    """

    title: str
    bars: tuple[Bar, ...]
    lines: tuple[Line, ...]
    ticks: tuple[tuple[float, str], ...]
    verdicts: tuple[str, ...]
    table: tuple[tuple[str, tuple[int, ...]], ...]
    said: str
    changes: tuple[Change, ...]
    yaml: str


def present_answer(asked: Question, found: WhatIf, current: Current, language: str) -> Answer:
    """The histogram with its limits, and who would change sides."""
    words, gauge = WORDS[language], asked.gauge
    changed = sum(found.moves.values())
    return Answer(
        title=words["histogram_of"].format(gauge=gauge_name(gauge, words)),
        bars=tuple(_bars(found)),
        lines=tuple(_lines(asked, current, words)),
        ticks=_ticks(gauge),
        verdicts=tuple(verdict.value for verdict in GRAVITY),
        table=_table(found, words),
        said=words["changes_of"].format(n=found.photos, changed=changed),
        changes=tuple(
            Change(move_key((before, after)), words[before.value], words[after.value], number)
            for (before, after), number in sorted(found.moves.items())
        ),
        yaml=yaml_lines(asked),
    )


def gauge_name(gauge: Gauge, words: Mapping[str, str]) -> str:
    """What a limit is called."""
    return words[f"gauge_{gauge.name}"]


def number(value: float) -> str:
    """A limit for people and for the configuration: no digit more than it needs."""
    return f"{value:.6g}"


def move_key(move: Move) -> str:
    """How a change of sides is named in addresses."""
    return f"{move[0].value}-{move[1].value}"


def _bars(found: WhatIf) -> list[Bar]:
    """Areas are numbers: a step twice as wide is drawn half as high."""
    ends = found.steps[0].low, found.steps[-1].high
    narrow = min(step.high - step.low for step in found.steps)
    tops = [sum(step.before.values()) * narrow / (step.high - step.low) for step in found.steps]
    top, bars = max(*tops, 1e-9), []
    for step in found.steps:
        x, right = (_x(value, ends) for value in (step.low, step.high))
        y = HEIGHT - BOTTOM
        for verdict in GRAVITY:
            n = step.before.get(verdict, 0)
            height = (HEIGHT - TOP - BOTTOM) * n * narrow / (step.high - step.low) / top
            if not n:
                continue
            y -= height
            label = f"{number(step.low)}–{number(step.high)} · {verdict.value} · {n}"
            width = max(0.5, right - x - 0.5)
            bars.append(
                Bar(x, round(y, 2), round(width, 2), round(height, 2), verdict.value, label)
            )
    return bars


def _x(value: float, ends: tuple[float, float]) -> float:
    low, high = ends
    return round(LEFT + (WIDTH - LEFT - RIGHT) * (value - low) / (high - low), 2)


def _ends(gauge: Gauge) -> tuple[float, float]:
    return gauge.scale.edges[0] / 10_000, gauge.scale.edges[-1] / 10_000


def _lines(asked: Question, current: Current, words: Mapping[str, str]) -> list[Line]:
    """The limits now and moved; they are labelled at different heights so that all can be read."""
    ends, lines = _ends(asked.gauge), []
    for kind, limits, y in (("now", current.limits, 8.0), ("then", asked.limits, HEIGHT - BOTTOM)):
        for value in (limits.limit, limits.review):
            if value is None or not ends[0] <= value <= ends[1]:
                continue
            x = _x(value, ends)
            anchor = "end" if x > WIDTH / 2 else "start"
            label = f"{words[f'limit_{kind}']} {number(value)}"
            lines.append(Line(x, y, kind, label, anchor))
    return lines


def _ticks(gauge: Gauge) -> tuple[tuple[float, str], ...]:
    ends = _ends(gauge)
    values = (ends[0] + (ends[1] - ends[0]) * part / 4 for part in range(5))
    return tuple((_x(value, ends), number(value)) for value in values)


def _table(found: WhatIf, words: Mapping[str, str]) -> tuple[tuple[str, tuple[int, ...]], ...]:
    return tuple(
        (
            words["step_between"].format(low=number(step.low), high=number(step.high)),
            tuple(step.before.get(verdict, 0) for verdict in GRAVITY),
        )
        for step in found.steps
        if step.before
    )


def yaml_lines(asked: Question) -> str:
    """What to write into the configuration for limits as they are moved."""
    limits, profile = asked.limits, json.dumps(asked.profile, ensure_ascii=False)
    lines = ["quality:", "  profiles:", f"    {profile}:"]
    if asked.gauge.name != SCORE:
        return "\n".join(
            [*lines, "      reject:", f"        {asked.gauge.name}: {_yaml(limits.limit)}"]
        )
    lines.append(f"      min_score: {_yaml(limits.review)}")
    inboxes = asked.hours.inboxes or ("…",)
    for inbox in inboxes:
        lines += [
            "inboxes:",
            f"  - name: {json.dumps(inbox, ensure_ascii=False)}",
            "    options:",
            f"      quality: {{reject_below: {_yaml(limits.limit or 0.0)}}}",
        ]
    return "\n".join(lines)


def _yaml(value: float | None) -> str:
    return "null" if value is None else number(value)


def moves_of(text: str) -> Move | None:
    """A change of sides by its name; ``None`` for all of them.

    Raises:
        ValueError: There is no such change.
    """
    if not text:
        return None
    before, _, after = text.partition("-")
    return Verdict(before), Verdict(after)
