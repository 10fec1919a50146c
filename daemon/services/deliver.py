"""Delivering announcements: what is due, one attempt, and what follows from it.

An attempt is recorded after its answer came. Who dies in between sends again, under the same
id (W21): every announcement arrives at least once, and none is promised to arrive in order.
No photo waits for any of this: announcements are rows, and whoever sends them is a thread of
its own.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Mapping
from dataclasses import replace

from daemon.clock import Clock
from daemon.config.model import Config
from daemon.config.webhook import Webhook
from daemon.domain.delivery import (
    MAX_ATTEMPTS,
    MAX_RETRY_AFTER_S,
    Answer,
    DeliveryState,
    Disabling,
    Endpoint,
    Failure,
    pause_s,
)
from daemon.net.posting import Letter, Sent, post
from daemon.services.announce import announce_disabled
from daemon.services.deliver_letter import UnsendableError, body_of, letter_for
from daemon.services.receivers import receivers
from daemon.store.database import Database
from daemon.store.deliveries import Attempt, Delivery
from daemon.store.outbox import Announcement
from daemon.store.uow import UnitOfWork
from daemon.telemetry import events, failpoints
from daemon.telemetry.logging import get_logger

Send = Callable[[Letter], Sent]


def _spread() -> float:
    return random.uniform(-1, 1)  # noqa: S311 - so that retries do not meet; guards nothing


class Deliverer:
    """Delivers what is due.

    Args:
        config: The whole configuration.
        database: Where announcements lie.
        clock: Time for schedules and records.
        send: Makes an attempt.
        spread: A random number in [-1, 1] for each pause.
    """

    def __init__(
        self,
        config: Config,
        database: Database,
        clock: Clock,
        *,
        send: Send = post,
        spread: Callable[[], float] = _spread,
    ) -> None:
        self._config = config
        self._hooks: Mapping[str, Webhook] = {hook.label: hook for hook in receivers(config)}
        self._database = database
        self._clock = clock
        self._send = send
        self._spread = spread
        self._log = get_logger("outbox")

    def settle_in(self) -> None:
        """Take notice of the configuration as it is now; once, before anything is delivered.

        What was to be told to receivers that are gone is discarded. A receiver at another
        address begins afresh. What waits for a time that only a clock put ahead can have meant
        is due now.
        """
        now_ms = self._clock.now_ms()
        with self._database.write() as uow:
            uow.deliveries.discard_all_but(list(self._hooks), now_ms)
            for name, hook in self._hooks.items():
                known = uow.endpoints.get(name)
                if known is None or known.url != hook.url:
                    uow.endpoints.put(Endpoint(name, hook.url))
                    uow.deliveries.switch_on(name, now_ms)
            uow.deliveries.pull_in(now_ms + 2 * _LONGEST_MS, now_ms)

    def due(self, in_hand: Mapping[int, str]) -> list[Delivery]:
        """What may be sent now.

        Args:
            in_hand: Announcements that are being sent, and to whom.
        """
        now_ms = self._clock.now_ms()
        found: list[Delivery] = []
        with self._database.read() as uow:
            known = {endpoint.name: endpoint for endpoint in uow.endpoints.all()}
            for name, hook in self._hooks.items():
                mine = sum(busy == name for busy in in_hand.values())
                free = _room(hook, known.get(name), now_ms) - mine
                if free > 0:
                    rows = uow.deliveries.due(name, now_ms, free + mine)
                    found += [row for row in rows if row.outbox_id not in in_hand][:free]
        return found

    def deliver(self, delivery: Delivery) -> None:
        """Make one attempt and record what came of it.

        Raises:
            BoothError: The database refused; the attempt is made again.
        """
        hook = self._hooks[delivery.endpoint]
        with self._database.read() as uow:
            told = uow.outbox.get(delivery.outbox_id)
        if told is None:  # its time was over while it waited for a thread
            return
        at_ms, begun_s = self._clock.now_ms(), self._clock.monotonic_s()
        sent = self._sent(hook, told, at_ms, is_last=delivery.attempts + 1 >= MAX_ATTEMPTS)
        failpoints.reached("W21")
        latency_ms = round((self._clock.monotonic_s() - begun_s) * 1000)
        attempt = Attempt(
            outbox_id=told.id,
            at_ms=at_ms,
            latency_ms=latency_ms,
            address=sent.address,
            status=sent.answer.status,
            error=said_of(sent),
            response=sent.response,
        )
        self._record(delivery, sent.answer, attempt)

    def _sent(self, hook: Webhook, told: Announcement, at_ms: int, *, is_last: bool) -> Sent:
        if told.address is not None:
            # Of the same origin: it was chosen by that, and the guard looks at every attempt.
            hook = hook.model_copy(update={"url": told.address})
        try:
            body = body_of(hook, told, is_last=is_last)
            letter = letter_for(hook, told.message_id, body, at_ms)
        except UnsendableError as error:
            return Sent(Answer(None, error.failure), detail=error.detail)
        digest = hashlib.sha256(body).hexdigest()
        if told.picture is not None and told.sent_sha256 != digest:
            with self._database.write() as uow:
                uow.outbox.joined(told.id, digest)
        return self._send(letter)

    # ── what follows ──────────────────────────────────────────────────────────────────────

    def _record(self, delivery: Delivery, answer: Answer, attempt: Attempt) -> None:
        at_ms = attempt.at_ms + attempt.latency_ms
        with self._database.write() as uow:
            before = uow.endpoints.get(delivery.endpoint)
            before = before or Endpoint(delivery.endpoint, self._hooks[delivery.endpoint].url)
            state, next_ms = self._outcome(delivery, answer, at_ms)
            if state is DeliveryState.PENDING and before.disabled_ms is not None:
                state = DeliveryState.DISABLED
            uow.deliveries.tried(attempt)
            uow.deliveries.settle(delivery, state, attempt=attempt, next_ms=next_ms)
            after = self._health(before, answer, at_ms, attempt.error)
            uow.endpoints.put(after)
            why = None if answer.is_success else after.must_end(at_ms)
            if why is not None and after.disabled_ms is None:
                self._disable(uow, after, why, at_ms)
        self._tell(delivery, answer, attempt, state)

    def _outcome(self, delivery: Delivery, answer: Answer, at_ms: int) -> tuple[DeliveryState, int]:
        if answer.is_success:
            return DeliveryState.DELIVERED, at_ms
        pause = pause_s(delivery.attempts + 1, self._spread(), answer.retry_after_s)
        if pause is None:
            return DeliveryState.EXHAUSTED, at_ms
        return DeliveryState.PENDING, at_ms + round(pause * 1000)

    @staticmethod
    def _health(before: Endpoint, answer: Answer, at_ms: int, error: str) -> Endpoint:
        # A picture that cannot be read says nothing about the receiver.
        return before if answer.failure is Failure.BODY else before.after(answer, at_ms, error)

    def _disable(self, uow: UnitOfWork, endpoint: Endpoint, why: Disabling, at_ms: int) -> None:
        uow.endpoints.put(replace(endpoint, disabled_ms=at_ms, disabled_why=why.value))
        waiting = uow.deliveries.switch_off(endpoint.name, at_ms)
        announce_disabled(uow, self._config, endpoint.name, why=why.value, at_ms=at_ms)
        uow.audit.add("boothd", "endpoint.disable", endpoint.name, {"why": why.value}, at_ms)
        self._log.error(
            events.ENDPOINT_DISABLED, endpoint=endpoint.name, why=why.value, waiting=waiting
        )

    def _tell(
        self, delivery: Delivery, answer: Answer, attempt: Attempt, state: DeliveryState
    ) -> None:
        facts = {
            "endpoint": delivery.endpoint,
            "webhook_event": delivery.event,
            "message_id": delivery.message_id,
            "attempt": delivery.attempts + 1,
            "status": answer.status,
            "took_ms": attempt.latency_ms,
        }
        if answer.is_success:
            self._log.info(events.DELIVERY_ACCEPTED, **facts)
        elif state is DeliveryState.EXHAUSTED:
            self._log.error(events.DELIVERY_EXHAUSTED, error=attempt.error, **facts)
        else:
            self._log.warning(events.DELIVERY_FAILED, error=attempt.error, **facts)


# The longest that anything waits by rule.
_LONGEST_MS = round(MAX_RETRY_AFTER_S * 1000)


def _room(hook: Webhook, endpoint: Endpoint | None, now_ms: int) -> int:
    """How many deliveries may be under way to a receiver."""
    if endpoint is None:
        return hook.concurrency
    # A rest longer than any was written before the clock was put back.
    is_resting = now_ms < endpoint.rest_until_ms <= now_ms + _LONGEST_MS
    if endpoint.disabled_ms is not None or is_resting:
        return 0
    # After a rest one goes ahead to see how the land lies.
    return 1 if endpoint.throttles else hook.concurrency


def said_of(sent: Sent) -> str:
    """Why an attempt failed, for people: ``connect ECONNREFUSED``; empty where it did not."""
    failure = sent.answer.failure
    if failure is None:
        return ""
    return f"{failure.value} {sent.detail}".strip()
