"""``boothd jobs``: look at jobs, run one again, call one off."""

from __future__ import annotations

import os
import pwd
from typing import TYPE_CHECKING

import click

from daemon.cli.console import age
from daemon.cli.session import Session, json_option, pass_session
from daemon.clock import SystemClock
from daemon.domain.job import State

if TYPE_CHECKING:
    from daemon.domain.job import Job


def operator() -> str:
    """Who gives an order: the login that runs the command."""
    try:
        return f"cli:{pwd.getpwuid(os.getuid()).pw_name}"
    except KeyError:
        return f"cli:{os.getuid()}"


@click.group
def jobs() -> None:
    pass


@jobs.command("list")
@click.option("--state", "states", multiple=True, type=click.Choice([s.value for s in State]))
@click.option("--inbox")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
@click.option("--before", metavar="JOB")
@json_option
@pass_session
def list_(  # noqa: PLR0913 - one parameter for each option
    session: Session,
    *,
    states: tuple[str, ...],
    inbox: str | None,
    limit: int,
    before: str | None,
    as_json: bool,
) -> None:
    config = session.spoken
    from daemon.services import queries  # noqa: PLC0415 - commands load what they use
    from daemon.services.database import open_existing  # noqa: PLC0415 - as above

    clock, console = SystemClock(), session.console
    chosen = tuple(State(state) for state in states)
    with open_existing(config, clock) as database:
        lines = queries.list_jobs(database, states=chosen, inbox=inbox, limit=limit, before=before)
    if as_json:
        for line in lines:
            console.data(line.as_json())
        return
    columns = ("job", "inbox", "file", "state", "why", "age")
    now_ms = clock.now_ms()
    rows = []
    for line in lines:
        spent = age(now_ms - line.created_ms, console.language)
        rows.append((line.id, line.inbox, line.name, line.state, " ".join(line.codes), spent))
    console.table([console.text(f"column_{name}") for name in columns], rows)


@jobs.command
@click.argument("job")
@json_option
@pass_session
def show(session: Session, job: str, *, as_json: bool) -> None:
    config = session.spoken
    from daemon.services import queries  # noqa: PLC0415 - commands load what they use
    from daemon.services.database import open_existing  # noqa: PLC0415 - as above

    with open_existing(config, SystemClock()) as database:
        found = queries.job_of(database, job)
        events = queries.history_of(database, job)
    if as_json:
        session.console.data({**queries.job_json(found), "history": events})
        return
    for name, value in queries.job_json(found).items():
        if value not in (None, "", [], {}):
            session.console.line(f"{name}: {value}")
    for reason in queries.reasons_text(found, session.console.language):
        session.console.line(f"  {reason}")


@jobs.command
@click.argument("job")
@json_option
@pass_session
def retry(session: Session, job: str, *, as_json: bool) -> None:
    _order(session, "retry", job, as_json=as_json)


@jobs.command
@click.argument("job")
@json_option
@pass_session
def cancel(session: Session, job: str, *, as_json: bool) -> None:
    _order(session, "cancel", job, as_json=as_json)


def _order(session: Session, kind: str, job_id: str, *, as_json: bool) -> None:
    config = session.spoken
    from daemon.services import control  # noqa: PLC0415 - commands load what they use
    from daemon.services.database import open_existing  # noqa: PLC0415 - as above

    clock = SystemClock()
    with open_existing(config, clock) as database:
        job: Job = control.order(database, clock, kind, job_id, by=operator())
    if as_json:
        session.console.data({"job": job.id, "order": kind, "state": job.state.value})
    else:
        session.console.say(f"ordered_{kind}", job=job.id)
