"""``boothd review``: photos that wait for a person, and what is decided about them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from daemon.cli.console import age
from daemon.cli.jobs import operator
from daemon.cli.session import Session, json_option, pass_session
from daemon.clock import SystemClock
from daemon.domain.review import DECLINE_CODES

if TYPE_CHECKING:
    from daemon.domain.review import Decision
    from daemon.services.review import ReviewDesk


@contextmanager
def _desk(session: Session) -> Iterator[ReviewDesk]:
    config, clock = session.spoken, SystemClock()
    from daemon.services.database import open_existing  # noqa: PLC0415 - commands load what they use
    from daemon.services.review import ReviewDesk  # noqa: PLC0415 - as above

    with open_existing(config, clock) as database:
        yield ReviewDesk(config, lambda: database, clock)


@click.group
def review() -> None:
    pass


@review.command("list")
@click.option("--inbox", default="")
@click.option("--code", default="")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
@click.option("--after", default="", metavar="JOB")
@json_option
@pass_session
def list_(  # noqa: PLR0913 - one parameter for each option
    session: Session, *, inbox: str, code: str, limit: int, after: str, as_json: bool
) -> None:
    with _desk(session) as desk:
        found = desk.waiting(inbox, code.upper(), after_id=after, limit=limit)
        count, is_more = desk.count(inbox, code.upper())
    console = session.console
    if as_json:
        for one in found:
            console.data(one.as_json())
        return
    columns = ("job", "inbox", "file", "why", "age", "looks")
    now_ms, rows = SystemClock().now_ms(), []
    for one in found:
        line, who = one.line, one.look.who if one.look else ""
        waits = age(now_ms - (line.finished_ms or line.created_ms), console.language)
        rows.append((line.id, line.inbox, line.name, " ".join(line.codes), waits, who))
    console.table([console.text(f"column_{name}") for name in columns], rows)
    console.say("review_waiting", count=f"{count}+" if is_more else count)


@review.command
@click.argument("job")
@json_option
@pass_session
def accept(session: Session, job: str, *, as_json: bool) -> None:
    with _desk(session) as desk:
        decision = desk.accept(job, by=operator())
    _tell(session, decision, as_json=as_json)


@review.command
@click.argument("job")
@click.option("--code", required=True, type=click.Choice(DECLINE_CODES, case_sensitive=False))
@click.option("--note", default="", metavar="TEXT")
@json_option
@pass_session
def reject(session: Session, job: str, *, code: str, note: str, as_json: bool) -> None:
    with _desk(session) as desk:
        decision = desk.reject(job, by=operator(), code=code, note=note)
    _tell(session, decision, as_json=as_json)


@review.command
@click.argument("job")
@click.option("--plan", "routes", default="", metavar="ROUTES")
@click.option("--set", "options", multiple=True, metavar="ROUTE.OPTION=VALUE")
@click.option("--instruct", metavar="TEXT")
@json_option
@pass_session
def redo(  # noqa: PLR0913 - one parameter for each option
    session: Session,
    job: str,
    *,
    routes: str,
    options: tuple[str, ...],
    instruct: str | None,
    as_json: bool,
) -> None:
    from daemon.services.review_again import Again, options_of_lines  # noqa: PLC0415 - as above

    wanted = tuple(route for route in routes.replace(",", " ").split())
    again = Again(wanted, options_of_lines(options), instruct)
    with _desk(session) as desk:
        decision = desk.redo(job, again, by=operator())
    _tell(session, decision, as_json=as_json)


def _tell(session: Session, decision: Decision, *, as_json: bool) -> None:
    if as_json:
        session.console.data(
            {
                "job": decision.job_id,
                "decision": decision.kind.value,
                "by": decision.by,
                "decided_ms": decision.decided_ms,
                "code": decision.code,
                "note": decision.note,
            }
        )
    else:
        session.console.say(f"reviewed_{decision.kind}", job=decision.job_id)
