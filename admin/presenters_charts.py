"""Charts as shapes: numbers become places in a picture, and a table that says the same.

A chart is 640 by 200 units, the origin at the top left; a template writes the shapes as SVG.
The table is what a screen reader reads, and carries the same links.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from admin.times import hour
from admin.wording_codes import title_of
from daemon.services.figures import Period, Reason

WIDTH, HEIGHT = 640.0, 200.0
LEFT, RIGHT, TOP, BOTTOM = 40.0, 8.0, 10.0, 24.0
MOST_REASONS = 8
# Colours of the style sheet; a further series takes the first again.
SERIES = 5
_EVERY = 4  # hours between labels below a chart
# Of bars across: the whole, room for words and for words and number before them (a phone shows
# those without scrolling), from bar to bar, and between two.
_ACROSS, _TITLES, _BARS, _ROW, _BETWEEN = 460.0, 245.0, 285.0, 38.0, 10.0


@dataclass(frozen=True, slots=True)
class Mark:
    """A bar or a point.

    Attributes:
        x: Left edge of a bar, or the point's middle.
        y: Top edge of a bar, or the point's middle.
        width: Of a bar; 0 for a point.
        height: Of a bar; 0 for a point.
        series: Number of its colour, from 1.
        label: What it says.
        link: Arguments of the list of jobs behind it.
    """

    x: float
    y: float
    width: float
    height: float
    series: int
    label: str
    link: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Label:
    """A word beside an axis; a small one stands beneath another."""

    x: float
    y: float
    text: str
    anchor: str = "middle"
    is_small: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """A number of the table, with the jobs behind it if there are any."""

    text: str
    link: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart.

    Attributes:
        title: What it shows.
        lines: Paths (SVG's ``d``) with the number of their colour.
        bars: Bars.
        points: Points.
        labels: Words along the axes.
        grid: Heights of lines across.
        legend: Names of the series, in order; empty for a single one.
        heads: Headings of the table.
        rows: Its rows: the name, then the cells.
        height: Of the picture.
        width: Of the picture; a narrower one is drawn larger.
        codes: Name of a row → the code that stands small beneath it.
    """

    title: str
    lines: tuple[tuple[str, int], ...]
    bars: tuple[Mark, ...]
    points: tuple[Mark, ...]
    labels: tuple[Label, ...]
    grid: tuple[float, ...]
    legend: tuple[str, ...]
    heads: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]
    height: float = HEIGHT
    width: float = WIDTH
    codes: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not (self.bars or self.points)


def quality_chart(hours: Sequence[Period], words: Mapping[str, str]) -> Chart:
    """Mean quality by the hour, a line for each engine; an hour without photos is a gap."""
    engines = sorted({line.engine for period in hours for line in period.quality})
    points, lines = [], []
    for series, engine in enumerate(engines, 1):
        places: list[tuple[float, float] | None] = []
        for at, period in enumerate(hours):
            mean = next((q.mean for q in period.quality if q.engine == engine), None)
            if mean is None:
                places.append(None)
                continue
            x, y = _middle(at, len(hours)), _y(mean, 1.0)
            places.append((x, y))
            label = f"{hour(period.since_ms)} · {engine} · {mean:.2f}"
            points.append(Mark(x, y, 0, 0, _colour(series), label, _behind(period)))
        lines.append((_path(places), _colour(series)))
    rows = [
        (
            hour(period.since_ms),
            tuple(
                Cell("–" if mean is None else f"{mean:.2f}", _behind(period) if mean else None)
                for mean in (
                    next((q.mean for q in period.quality if q.engine == engine), None)
                    for engine in engines
                )
            ),
        )
        for period in hours
    ]
    return Chart(
        words["chart_quality"],
        tuple(lines),
        (),
        tuple(points),
        (*_scale(1.0, "{:.1f}"), *_hours_below(hours)),
        _grid(),
        tuple(engines) if len(engines) > 1 else (),
        (words["hour"], *engines),
        tuple(rows),
    )


def volume_chart(
    hours: Sequence[Period], volume: Mapping[str, Sequence[int]], words: Mapping[str, str]
) -> Chart:
    """Photos received by the hour, inboxes stacked."""
    names = list(volume)
    most = max((sum(parts) for parts in zip(*volume.values(), strict=True)), default=0)
    top = max(2, most + most % 2)  # even, so that the middle is a whole number of photos
    bars, step = [], (WIDTH - LEFT - RIGHT) / max(1, len(hours))
    for at, period in enumerate(hours):
        floor = 0
        for series, name in enumerate(names, 1):
            number = volume[name][at]
            if not number:
                continue
            y, base = _y(floor + number, top), _y(floor, top)
            label = f"{hour(period.since_ms)} · {name} · {number}"
            link = {**_behind(period), "inbox": name}
            left = LEFT + at * step + step * 0.15
            bars.append(Mark(left, y, step * 0.7, base - y, _colour(series), label, link))
            floor += number
    rows = [
        (
            hour(period.since_ms),
            tuple(
                Cell(
                    str(volume[name][at]),
                    {**_behind(period), "inbox": name} if volume[name][at] else None,
                )
                for name in names
            ),
        )
        for at, period in enumerate(hours)
    ]
    return Chart(
        words["chart_volume"],
        (),
        tuple(bars),
        (),
        (*_scale(top, "{:.0f}"), *_hours_below(hours)),
        _grid(),
        tuple(names) if len(names) > 1 else (),
        (words["hour"], *names),
        tuple(rows),
    )


def reasons_chart(
    reasons: Sequence[Reason], since_ms: int, words: Mapping[str, str], language: str
) -> Chart:
    """Why photos did not simply pass: a bar across for each of the most frequent codes."""
    chosen = [(reason, title_of(reason.code, language)) for reason in reasons[:MOST_REASONS]]
    top = max((reason.any for reason, _ in chosen), default=0)
    bars, labels = [], []
    for at, (reason, title) in enumerate(chosen):
        width = max(2.0, (_ACROSS - _BARS - RIGHT) * reason.any / top)
        y, middle = TOP + at * _ROW, TOP + at * _ROW + (_ROW - _BETWEEN) / 2
        link = {"code": reason.code, "since": since_ms}
        label = f"{title} · {reason.code} · {reason.any}"
        bars.append(Mark(_BARS, y, width, _ROW - _BETWEEN, 1, label, link))
        labels += [
            Label(_TITLES - 8, middle - 7, title, "end"),
            Label(_TITLES - 8, middle + 8, reason.code, "end", is_small=True),
            Label(_BARS - 8, middle, str(reason.any), "end"),
        ]
    rows = [
        (title, (Cell(str(reason.any), {"code": reason.code, "since": since_ms}),))
        for reason, title in chosen
    ]
    return Chart(
        words["chart_reasons"],
        (),
        tuple(bars),
        (),
        tuple(labels),
        (),
        (),
        (words["why"], words["photos"]),
        tuple(rows),
        height=TOP * 2 + _ROW * len(chosen),
        width=_ACROSS,
        codes={title: reason.code for reason, title in chosen},
    )


def _behind(period: Period) -> dict[str, object]:
    return {"since": period.since_ms, "until": period.until_ms}


def _colour(series: int) -> int:
    return (series - 1) % SERIES + 1


def _middle(at: int, count: int) -> float:
    return round(LEFT + (WIDTH - LEFT - RIGHT) * (at + 0.5) / max(1, count), 1)


def _y(value: float, top: float) -> float:
    return round(TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / (top or 1)), 1)


def _path(places: Sequence[tuple[float, float] | None]) -> str:
    """A line through the places, taken up anew after each gap."""
    parts, before = [], None
    for place in places:
        if place is not None:
            parts.append(f"{'M' if before is None else 'L'}{place[0]} {place[1]}")
        before = place
    return " ".join(parts)


def _grid() -> tuple[float, ...]:
    return tuple(_y(part, 1.0) for part in (0.0, 0.5, 1.0))


def _scale(top: float, form: str) -> list[Label]:
    return [
        Label(LEFT - 6, _y(part, 1.0), form.format(top * part), "end") for part in (0.0, 0.5, 1.0)
    ]


def _hours_below(hours: Sequence[Period]) -> list[Label]:
    return [
        Label(_middle(at, len(hours)), HEIGHT - 6, hour(period.since_ms))
        for at, period in enumerate(hours)
        if at % _EVERY == 0
    ]
