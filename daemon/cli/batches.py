"""``boothd batches``: how far batches are; let one wait, go on, or stop."""

from __future__ import annotations

import click

from daemon.cli.console import age
from daemon.cli.jobs import operator
from daemon.cli.session import Session, json_option, pass_session
from daemon.clock import SystemClock


@click.group
def batches() -> None:
    pass


@batches.command("list")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
@click.option("--before", metavar="BATCH")
@json_option
@pass_session
def list_(session: Session, *, limit: int, before: str | None, as_json: bool) -> None:
    config = session.spoken
    from daemon.services import batch_control  # noqa: PLC0415 - commands load what they use
    from daemon.services.database import open_existing  # noqa: PLC0415 - as above

    clock, console = SystemClock(), session.console
    with open_existing(config, clock) as database:
        lines = batch_control.list_batches(database, limit=limit, before=before)
    if as_json:
        for line in lines:
            console.data(line.as_json())
        return
    columns = ("batch", "inbox", "name", "state", "photos", "left", "age")
    now_ms, rows = clock.now_ms(), []
    for line in lines:
        batch, progress = line.batch, line.progress
        spent = age(now_ms - batch.created_ms, console.language)
        counts = (str(progress.total), str(progress.left))
        rows.append((batch.id, batch.inbox, batch.name, batch.state.value, *counts, spent))
    console.table([console.text(f"column_{name}") for name in columns], rows)


@batches.command
@click.argument("batch")
@json_option
@pass_session
def show(session: Session, batch: str, *, as_json: bool) -> None:
    config = session.spoken
    from daemon.services import batch_control, queries  # noqa: PLC0415 - as above
    from daemon.services.database import open_existing  # noqa: PLC0415 - as above

    console = session.console
    with open_existing(config, SystemClock()) as database:
        line, report, brought = batch_control.batch_of(database, batch)
    if as_json:
        console.data(batch_control.batch_json(line, report, brought))
        return
    for name, value in line.as_json().items():
        if value not in (None, "", {}):
            console.line(f"{name}: {value}")
    for reason in queries.reasons_text(brought, console.language) if brought else ():
        console.line(f"  {reason}")
    columns = ("row", "employee_id", "name", "state", "photos")
    rows = [
        (
            str(person.entry.line),
            person.entry.employee_id,
            person.entry.name,
            person.standing.value,
            " ".join(photo.photo for photo in person.photos),
        )
        for person in report.people
    ]
    console.table([console.text(f"column_{name}") for name in columns], rows)


@batches.command
@click.argument("batch")
@json_option
@pass_session
def pause(session: Session, batch: str, *, as_json: bool) -> None:
    _ask(session, "pause", batch, as_json=as_json)


@batches.command
@click.argument("batch")
@json_option
@pass_session
def resume(session: Session, batch: str, *, as_json: bool) -> None:
    _ask(session, "resume", batch, as_json=as_json)


@batches.command
@click.argument("batch")
@json_option
@pass_session
def cancel(session: Session, batch: str, *, as_json: bool) -> None:
    _ask(session, "cancel", batch, as_json=as_json)


def _ask(session: Session, wish: str, batch_id: str, *, as_json: bool) -> None:
    config = session.spoken
    from daemon.services import batch_control  # noqa: PLC0415 - commands load what they use
    from daemon.services.database import open_existing  # noqa: PLC0415 - as above

    clock = SystemClock()
    with open_existing(config, clock) as database:
        batch = batch_control.ask(database, clock, wish, batch_id, by=operator())
    if as_json:
        session.console.data({"batch": batch.id, "state": batch.state.value})
    else:
        session.console.say(f"batch_{wish}", batch=batch.id)
