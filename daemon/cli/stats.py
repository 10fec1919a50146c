"""``boothd stats``: what the booth did, and what is where."""

from __future__ import annotations

import click

from daemon.cli.console import age
from daemon.cli.session import Session, json_option, pass_session
from daemon.clock import SystemClock
from daemon.domain.job import State


@click.command
@click.option("--days", type=click.IntRange(1, 3660), default=7, show_default=True)
@json_option
@pass_session
def stats(session: Session, *, days: int, as_json: bool) -> None:
    config = session.spoken
    from daemon.services import queries  # noqa: PLC0415 - commands load what they use
    from daemon.services.database import open_existing  # noqa: PLC0415 - as above

    clock, console = SystemClock(), session.console
    with open_existing(config, clock) as database:
        found = queries.stats(config, database, clock, days=days)
    if as_json:
        console.data(found.as_json())
        return
    shown = [state for state in State if any(line.counts.get(state) for line in found.inboxes)]
    console.table(
        [console.text("column_inbox"), console.text("column_state"), console.text("column_waiting"),
         *(state.value for state in shown)],
        [
            (line.name, line.state, line.waiting, *(line.counts.get(s, 0) for s in shown))
            for line in found.inboxes
        ],
    )  # fmt: skip
    for name, number in sorted(found.totals.items()):
        console.line(console.text("total", days=days, what=name, number=number))
    for hold in found.pauses:
        console.line(console.text("held", scope=hold.scope, who=hold.who, why=hold.why))
    now_ms = clock.now_ms()
    for file in found.waiting:
        spent = age(now_ms - file.since_ms, console.language)
        console.line(f"{file.inbox}/{file.name}  {file.reason}  {spent}")
