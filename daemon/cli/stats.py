"""``boothd stats``: what the booth did, how good the photos were, and what is where."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from daemon.cli.console import age
from daemon.cli.session import Session, json_option, pass_session
from daemon.cli.stats_tables import Report, tables
from daemon.clock import SystemClock
from daemon.domain.job import State
from daemon.errors import UsageError

if TYPE_CHECKING:
    from daemon.cli.console import Console
    from daemon.config.model import Config
    from daemon.services.queries import Stats

DAY_HOURS = 24
MOST_DAYS = 3660
# A table of more hours is no longer read.
MOST_LINES = 48


@click.command
@click.option("--days", type=click.IntRange(1, MOST_DAYS), default=7, show_default=True)
@click.option("--hours", type=click.IntRange(1, MOST_DAYS * DAY_HOURS))
@click.option("--inbox", "inboxes", multiple=True, metavar="NAME")
@json_option
@pass_session
def stats(
    session: Session, *, days: int, hours: int | None, inboxes: tuple[str, ...], as_json: bool
) -> None:
    config = session.spoken
    from daemon.services import queries  # noqa: PLC0415 - commands load what they use
    from daemon.services.database import open_existing  # noqa: PLC0415 - as above
    from daemon.services.statistics import Statistics  # noqa: PLC0415 - as above

    clock, console = SystemClock(), session.console
    _check(config, inboxes)
    span = hours or days * DAY_HOURS
    with open_existing(config, clock) as database:
        now = queries.stats(config, database, clock, hours=span, inboxes=inboxes)
        asked = Statistics(database, clock, profiles=config.quality)
        report = Report.of(asked, asked.lately(span, inboxes), inboxes, MOST_LINES)
    if as_json:
        console.data({**now.as_json(), **report.as_json()})
        return
    _what_is_where(console, now)
    tables(console, report)
    now_ms = clock.now_ms()
    for hold in now.pauses:
        console.line(console.text("held", scope=hold.scope, who=hold.who, why=hold.why))
    for file in now.waiting:
        spent = age(now_ms - file.since_ms, console.language)
        console.line(f"{file.inbox}/{file.name}  {file.reason}  {spent}")


def _check(config: Config, inboxes: tuple[str, ...]) -> None:
    known = [inbox.name for inbox in config.inboxes]
    for name in inboxes:
        if name not in known:
            msg = f"no inbox {name} ({', '.join(known)}) · 没有收件夹 {name}"
            raise UsageError(msg)


def _what_is_where(console: Console, now: Stats) -> None:
    shown = [state for state in State if any(line.counts.get(state) for line in now.inboxes)]
    console.table(
        [console.text("column_inbox"), console.text("column_state"), console.text("column_waiting"),
         *(state.value for state in shown)],
        [
            (line.name, line.state, line.waiting, *(line.counts.get(s, 0) for s in shown))
            for line in now.inboxes
        ],
    )  # fmt: skip
