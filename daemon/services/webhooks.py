"""What people ask about receivers: how they do, what they were told, a trial, to send again.

Wishes are rows; the daemon sends on its next look. Only a trial is sent from here, at once.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from daemon.clock import Clock
from daemon.config.model import Config
from daemon.config.webhook import Webhook
from daemon.config.webhook_address import AddressError
from daemon.domain.delivery import Answer, DeliveryState, Endpoint
from daemon.domain.webhook import WebhookEvent
from daemon.errors import UsageError
from daemon.net.posting import Letter, Sent, post
from daemon.services.announce_payload import iso, message
from daemon.services.deliver_letter import UnsendableError, letter_for
from daemon.services.receivers import receivers
from daemon.store.database import Database
from daemon.store.deliveries import Attempt, Delivery, Which
from daemon.telemetry import events
from daemon.telemetry.logging import get_logger

# What is sent again where nobody says which: what did not arrive and waits for nothing.
STRANDED = frozenset({DeliveryState.EXHAUSTED, DeliveryState.DISCARDED})


@dataclass(frozen=True, slots=True)
class EndpointLine:
    """A configured receiver, how it has been doing, and what there is for it.

    Attributes:
        name: What it is called.
        place: Scheme, host and port; the path may hold a secret.
        events: What it is told.
        health: What is known of it.
        counts: Announcements by state.
        is_signed: Whether it has a secret file.
    """

    name: str
    place: str
    events: tuple[str, ...]
    health: Endpoint
    counts: dict[DeliveryState, int]
    is_signed: bool

    @property
    def state(self) -> str:
        """``disabled``, ``failing``, ``ok``, or ``new`` where nothing was sent yet."""
        if self.health.disabled_ms is not None:
            return "disabled"
        if self.health.failing_ms is not None:
            return "failing"
        return "new" if self.health.last_ms is None else "ok"

    def as_json(self) -> dict[str, Any]:
        health = self.health
        return {
            "endpoint": self.name,
            "place": self.place,
            "state": self.state,
            "why": health.disabled_why or health.last_error,
            "signed": self.is_signed,
            "events": list(self.events),
            **{state.value: self.counts.get(state, 0) for state in DeliveryState},
            "last_ms": health.last_ms,
            "last_ok_ms": health.last_ok_ms,
            "last_status": health.last_status,
            "failing_ms": health.failing_ms,
            "disabled_ms": health.disabled_ms,
            "rest_until_ms": health.rest_until_ms or None,
        }


def endpoints(config: Config, database: Database) -> list[EndpointLine]:
    """Every configured receiver, in the order of the file."""
    with database.read() as uow:
        known = {endpoint.name: endpoint for endpoint in uow.endpoints.all()}
        counts = uow.deliveries.counts()
    lines = []
    for hook in receivers(config):
        name = hook.label
        health = known.get(name)
        if health is None or health.url != hook.url:
            health = Endpoint(name, hook.url)
        mine = {state: counts.get((name, state), 0) for state in DeliveryState}
        is_signed = hook.secret_file is not None
        lines.append(EndpointLine(name, _place(hook), hook.events, health, mine, is_signed))
    return lines


def deliveries(
    database: Database, endpoint: str | None, states: tuple[str, ...], limit: int
) -> list[Delivery]:
    """Announcements and what became of them, newest first."""
    which = Which(endpoint=endpoint, states=tuple(DeliveryState(state) for state in states))
    with database.read() as uow:
        return uow.deliveries.listed(which, limit)


def delivery_json(delivery: Delivery) -> dict[str, Any]:
    """A delivery as data."""
    return {
        "message": delivery.message_id,
        "endpoint": delivery.endpoint,
        "event": delivery.event,
        "subject": delivery.subject,
        "state": delivery.state.value,
        "attempts": delivery.attempts,
        "created_ms": delivery.created_ms,
        "next_ms": delivery.next_ms if delivery.state is DeliveryState.PENDING else None,
        "last_ms": delivery.last_ms,
        "last_status": delivery.last_status,
        "last_error": delivery.last_error,
    }


def delivery_of(database: Database, message_id: str) -> tuple[Delivery, bytes, list[Attempt]]:
    """One announcement: what became of it, its stored body, every attempt.

    Raises:
        UsageError: There is no such message.
    """
    with database.read() as uow:
        told = uow.outbox.by_message(message_id)
        delivery = None if told is None else uow.deliveries.get(told.id)
        if told is None or delivery is None:
            msg = f"no message {message_id} · 没有消息 {message_id}"
            raise UsageError(msg)
        return delivery, told.body, uow.deliveries.tries(told.id)


def attempt_json(attempt: Attempt) -> dict[str, Any]:
    """An attempt as data."""
    return {
        "at_ms": attempt.at_ms,
        "latency_ms": attempt.latency_ms,
        "address": attempt.address,
        "status": attempt.status,
        "error": attempt.error,
        "response": attempt.response.decode("utf-8", "replace"),
    }


def trial(
    config: Config, clock: Clock, name: str, *, send: Callable[[Letter], Sent] = post
) -> tuple[str, Sent]:
    """Send a ``webhook.ping`` to a receiver now, whatever its state; it is not on record.

    Returns:
        The message's id, and how it went.

    Raises:
        UsageError: There is no such receiver.
    """
    hook, now_ms = _hook(config, name), clock.now_ms()
    event = WebhookEvent.WEBHOOK_PING
    body = message(event, now_ms, {"endpoint": name, "sent": iso(now_ms)})
    message_id = f"msg_{secrets.token_hex(16)}"
    try:
        letter = letter_for(hook, message_id, body, now_ms)
    except UnsendableError as error:
        return message_id, Sent(Answer(None, error.failure), detail=error.detail)
    return message_id, send(letter)


def redeliver(  # noqa: PLR0913 - which ones, by whom
    config: Config,
    database: Database,
    clock: Clock,
    *,
    by: str,
    message_id: str | None = None,
    endpoint: str | None = None,
    since_ms: int | None = None,
    until_ms: int | None = None,
    everything: bool = False,
) -> int:
    """Let announcements be sent again under their ids: one message, or a receiver's.

    Args:
        config: Says which receivers there are.
        database: Where announcements lie.
        clock: Time.
        by: Who asks.
        message_id: One message, whatever became of it.
        endpoint: Else those of this receiver,
        since_ms: announced then or later,
        until_ms: and before then;
        everything: also those that arrived, not only those that never did.

    Returns:
        How many.

    Raises:
        UsageError: There is no such message or receiver, or it is switched off.
    """
    if message_id is not None:
        endpoint = delivery_of(database, message_id)[0].endpoint
    assert endpoint is not None
    _hook(config, endpoint)
    arrived = {DeliveryState.DELIVERED, DeliveryState.PENDING}
    states = STRANDED | arrived if everything or message_id else STRANDED
    which = Which(
        endpoint=endpoint,
        states=states,
        message_id=message_id,
        since_ms=since_ms,
        until_ms=until_ms,
    )
    now_ms = clock.now_ms()
    with database.write() as uow:
        health = uow.endpoints.get(endpoint)
        if health is not None and health.disabled_ms is not None:
            msg = (
                f"{endpoint} is switched off: run `boothd webhooks enable {endpoint}` · "
                f"{endpoint} 已停用,请先运行 boothd webhooks enable {endpoint}"
            )
            raise UsageError(msg)
        count = uow.deliveries.redeliver(which, now_ms)
        facts = {"count": count, "message": message_id}
        uow.audit.add(by, "webhooks.redeliver", endpoint, facts, now_ms)
    return count


def enable(config: Config, database: Database, clock: Clock, name: str, *, by: str) -> int:
    """Switch a receiver on again and send what waited for that; returns how much there is.

    Raises:
        UsageError: There is no such receiver.
    """
    hook, now_ms = _hook(config, name), clock.now_ms()
    with database.write() as uow:
        before = uow.endpoints.get(name) or Endpoint(name, hook.url)
        fresh = Endpoint(name, hook.url, last_ms=before.last_ms, last_ok_ms=before.last_ok_ms)
        uow.endpoints.put(fresh)
        count = uow.deliveries.switch_on(name, now_ms)
        uow.audit.add(by, "endpoint.enable", name, {"count": count}, now_ms)
    get_logger("outbox").info(events.ENDPOINT_ENABLED, endpoint=name, waiting=count)
    return count


def _hook(config: Config, name: str) -> Webhook:
    for hook in receivers(config):
        if hook.label == name:
            return hook
    msg = f"no webhook {name} · 没有 webhook {name}"
    raise UsageError(msg)


def _place(hook: Webhook) -> str:
    try:
        target = hook.target
    except AddressError:
        return ""
    return f"{target.scheme}://{target.authority}"
