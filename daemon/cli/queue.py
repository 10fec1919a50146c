"""``boothd queue``: pause and resume."""

from __future__ import annotations

import click

from daemon.cli.jobs import operator
from daemon.cli.session import Session, json_option, pass_session
from daemon.clock import SystemClock

_MAX_HOLD_S = 366 * 86400


@click.group
def queue() -> None:
    pass


@queue.command
@click.argument("inbox", required=False)
@click.option("--why", default="", metavar="TEXT")
@click.option("--for", "hold_s", type=click.FloatRange(1, _MAX_HOLD_S), metavar="SECONDS")
@json_option
@pass_session
def pause(
    session: Session, inbox: str | None, why: str, hold_s: float | None, *, as_json: bool
) -> None:
    config, clock = session.spoken, SystemClock()
    from daemon.services import control  # noqa: PLC0415 - commands load what they use
    from daemon.services.database import open_existing  # noqa: PLC0415 - as above

    scope = control.scope_of(config, inbox)
    with open_existing(config, clock) as database:
        control.pause(config, database, clock, scope, by=operator(), why=why, hold_s=hold_s)
    if as_json:
        session.console.data({"scope": scope, "held": True})
    else:
        session.console.say("paused", scope=scope)


@queue.command
@click.argument("inbox", required=False)
@json_option
@pass_session
def resume(session: Session, inbox: str | None, *, as_json: bool) -> None:
    config, clock = session.spoken, SystemClock()
    from daemon.services import control  # noqa: PLC0415 - commands load what they use
    from daemon.services.database import open_existing  # noqa: PLC0415 - as above

    scope = control.scope_of(config, inbox)
    with open_existing(config, clock) as database:
        was_held = control.resume(database, clock, scope, by=operator())
    if as_json:
        session.console.data({"scope": scope, "held": False, "was_held": was_held})
    else:
        session.console.say("resumed" if was_held else "not_paused", scope=scope)
