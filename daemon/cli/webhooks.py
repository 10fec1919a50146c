"""``boothd webhooks``: receivers and what they were told; try one, send again, switch on."""

from __future__ import annotations

from datetime import datetime

import click

from daemon.cli.console import age
from daemon.cli.exits import Exit
from daemon.cli.jobs import operator
from daemon.cli.session import Session, json_option, pass_session
from daemon.clock import SystemClock
from daemon.domain.delivery import DeliveryState

_MOMENT = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])


@click.group
def webhooks() -> None:
    pass


@webhooks.command("list")
@click.argument("name", required=False)
@click.option("--messages", is_flag=True)
@click.option(
    "--state", "states", multiple=True, type=click.Choice([state.value for state in DeliveryState])
)
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
@json_option
@pass_session
def list_(  # noqa: PLR0913 - one for each option
    session: Session,
    name: str | None,
    states: tuple[str, ...],
    limit: int,
    *,
    messages: bool,
    as_json: bool,
) -> None:
    if name or messages or states:
        _list_messages(session, name, states, limit, as_json=as_json)
    else:
        _list_endpoints(session, as_json=as_json)


def _list_endpoints(session: Session, *, as_json: bool) -> None:
    config = session.spoken
    from daemon.services import webhooks as service  # noqa: PLC0415 - commands load what they use
    from daemon.services.database import open_existing  # noqa: PLC0415 - as above

    console, clock = session.console, SystemClock()
    with open_existing(config, clock) as database:
        lines = service.endpoints(config, database)
    if as_json:
        for line in lines:
            console.data(line.as_json())
        return
    columns = ("webhook", "where", "state", "waiting", "arrived", "stranded", "last_ok", "why")
    rows = []
    for line in lines:
        health, counts = line.health, line.counts
        stranded = counts[DeliveryState.EXHAUSTED] + counts[DeliveryState.DISABLED]
        rows.append(
            (
                line.name,
                line.place,
                console.text(f"endpoint_{line.state}"),
                counts[DeliveryState.PENDING],
                counts[DeliveryState.DELIVERED],
                stranded,
                _ago(session, health.last_ok_ms, clock.now_ms()),
                health.disabled_why or health.last_error,
            )
        )
    console.table([console.text(f"column_{column}") for column in columns], rows)


def _list_messages(
    session: Session, name: str | None, states: tuple[str, ...], limit: int, *, as_json: bool
) -> None:
    config = session.spoken
    from daemon.services import webhooks as service  # noqa: PLC0415 - as above
    from daemon.services.database import open_existing  # noqa: PLC0415 - as above

    console, clock = session.console, SystemClock()
    with open_existing(config, clock) as database:
        found = service.deliveries(database, name, states, limit)
    if as_json:
        for delivery in found:
            console.data(service.delivery_json(delivery))
        return
    columns = ("message", "webhook", "event", "state", "attempts", "age", "why")
    rows = [
        (
            one.message_id,
            one.endpoint,
            one.event,
            console.text(f"delivery_{one.state}"),
            one.attempts,
            _ago(session, one.created_ms, clock.now_ms()),
            one.last_error,
        )
        for one in found
    ]
    console.table([console.text(f"column_{column}") for column in columns], rows)


@webhooks.command
@click.argument("message")
@json_option
@pass_session
def show(session: Session, message: str, *, as_json: bool) -> None:
    config = session.spoken
    from daemon.services import webhooks as service  # noqa: PLC0415 - as above
    from daemon.services.database import open_existing  # noqa: PLC0415 - as above

    console, clock = session.console, SystemClock()
    with open_existing(config, clock) as database:
        delivery, body, attempts = service.delivery_of(database, message)
    facts = service.delivery_json(delivery)
    tries = [service.attempt_json(attempt) for attempt in attempts]
    if as_json:
        console.data({**facts, "body": body.decode("ascii"), "tries": tries})
        return
    for key, value in facts.items():
        if value not in (None, ""):
            console.line(f"{key}: {value}")
    console.line(f"body: {body.decode('ascii')}")
    columns = ("age", "address", "status", "seconds", "why", "answer")
    rows = [
        (
            _ago(session, each.at_ms, clock.now_ms()),
            each.address,
            each.status or "",
            f"{each.latency_ms / 1000:.2f}",
            each.error,
            _one_line(each.response),
        )
        for each in attempts
    ]
    console.table([console.text(f"column_{column}") for column in columns], rows)


@webhooks.command
@click.argument("name")
@json_option
@pass_session
def test(session: Session, name: str, *, as_json: bool) -> int:
    config = session.spoken
    from daemon.services import webhooks as service  # noqa: PLC0415 - as above
    from daemon.services.deliver import said_of  # noqa: PLC0415 - as above

    message, sent = service.trial(config, SystemClock(), name)
    error, answer = said_of(sent), sent.answer
    if as_json:
        facts = {"endpoint": name, "message": message, "ok": answer.is_success}
        shown = sent.response.decode("utf-8", "replace")
        facts |= {"status": answer.status, "error": error, "address": sent.address}
        session.console.data({**facts, "response": shown})
    elif answer.is_success:
        session.console.say("webhook_took", name=name, status=answer.status)
    else:
        session.console.say("webhook_refused", name=name, error=error, status=answer.status or "-")
    return Exit.OK if answer.is_success else Exit.ERROR


@webhooks.command
@click.argument("message", required=False)
@click.option("--endpoint", metavar="NAME")
@click.option("--since", type=_MOMENT)
@click.option("--until", type=_MOMENT)
@click.option("--all", "everything", is_flag=True)
@json_option
@pass_session
def redeliver(  # noqa: PLR0913 - one for each option
    session: Session,
    message: str | None,
    endpoint: str | None,
    since: datetime | None,
    until: datetime | None,
    *,
    everything: bool,
    as_json: bool,
) -> None:
    config = session.spoken
    from daemon.services import webhooks as service  # noqa: PLC0415 - as above
    from daemon.services.database import open_existing  # noqa: PLC0415 - as above

    if (message is None) == (endpoint is None):
        raise click.UsageError(session.console.text("message_or_endpoint"))
    clock = SystemClock()
    with open_existing(config, clock) as database:
        count = service.redeliver(
            config,
            database,
            clock,
            by=operator(),
            message_id=message,
            endpoint=endpoint,
            since_ms=_ms(since),
            until_ms=_ms(until),
            everything=everything,
        )
    if as_json:
        session.console.data({"endpoint": endpoint, "message": message, "count": count})
    else:
        session.console.say("redelivering", count=count)


@webhooks.command
@click.argument("name")
@json_option
@pass_session
def enable(session: Session, name: str, *, as_json: bool) -> None:
    config, clock = session.spoken, SystemClock()
    from daemon.services import webhooks as service  # noqa: PLC0415 - as above
    from daemon.services.database import open_existing  # noqa: PLC0415 - as above

    with open_existing(config, clock) as database:
        count = service.enable(config, database, clock, name, by=operator())
    if as_json:
        session.console.data({"endpoint": name, "enabled": True, "count": count})
    else:
        session.console.say("webhook_enabled", name=name, count=count)


def _ms(moment: datetime | None) -> int | None:
    """A moment as people write it, in this machine's time zone."""
    return None if moment is None else round(moment.astimezone().timestamp() * 1000)


def _ago(session: Session, at_ms: int | None, now_ms: int) -> str:
    return "" if at_ms is None else age(now_ms - at_ms, session.console.language)


def _one_line(response: bytes) -> str:
    """The beginning of an answer, without anything that a terminal would obey."""
    shown = response[:60].decode("utf-8", "replace")
    return "".join(char if char.isprintable() else " " for char in shown)
