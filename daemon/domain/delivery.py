"""When an announcement is sent again, and when its endpoint is left alone: decisions only.

Source of schedule and rules: Standard Webhooks 1.0.0 (``spec/standard-webhooks.md``), sections
on the retry schedule and on what answers mean.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace

# Seconds between attempts: at once, then after 5 s, 5 min, 30 min, 2, 5, 10, 14, 20 and 24 h.
# Ten attempts over 75 h 35 min 5 s.
SCHEDULE_S = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
MAX_ATTEMPTS = len(SCHEDULE_S) + 1
# Each pause is made up to this much longer or shorter, so that what failed together does not
# come back together.
JITTER = 0.2
# The longest a receiver may ask us to wait.
MAX_RETRY_AFTER_S = 86_400.0
# An endpoint that took nothing for this long is switched off, and a person is told.
GIVE_UP_MS = 5 * 86_400_000
# How long an endpoint that asked for mercy is left in peace: 30 s, 1 min, 2 min … 15 min.
REST_BASE_S = 30.0
REST_CAP_S = 900.0

GONE = 410
THROTTLING = frozenset({429, 502, 504})


class DeliveryState(enum.StrEnum):
    """What became of an announcement at its endpoint."""

    PENDING = "pending"  # to be sent, now or later
    DELIVERED = "delivered"  # a 2xx answer was recorded
    EXHAUSTED = "exhausted"  # the last attempt failed; a person may send it again
    DISABLED = "disabled"  # its endpoint is switched off; it waits for `webhooks enable`
    DISCARDED = "discarded"  # its endpoint is no longer configured


class Failure(enum.StrEnum):
    """Why an attempt brought nothing, as recorded in ``last_error``."""

    REFUSED_ADDRESS = "refused_address"  # our own rules forbid the address
    UNRESOLVED = "unresolved"  # the name has no address (now)
    CONNECT = "connect"  # refused, unreachable or too slow to take the connection
    TLS = "tls"  # the certificate or the handshake is not in order
    TIMEOUT = "timeout"  # no whole answer within the time
    RESET = "reset"  # the connection broke before the answer
    PROTOCOL = "protocol"  # what came back was no HTTP
    STATUS = "status"  # an answer, but not 2xx
    REDIRECT = "redirect"  # 3xx: never followed
    SECRET = "secret"  # noqa: S105 - a kind of failure: the key could not be read
    BODY = "body"  # what was to be sent can no longer be put together


@dataclass(frozen=True, slots=True)
class Answer:
    """How an attempt went.

    Attributes:
        status: HTTP status, or ``None`` where there was no answer.
        failure: Why it brought nothing; ``None``: a 2xx answer.
        retry_after_s: What the receiver asked for, at least 0, or ``None``.
    """

    status: int | None
    failure: Failure | None
    retry_after_s: float | None = None

    @property
    def is_success(self) -> bool:
        return self.failure is None

    @property
    def is_throttling(self) -> bool:
        """Whether the endpoint is overwhelmed, so that everything for it must slow down."""
        if self.is_success:
            return False
        return self.failure in {Failure.TIMEOUT, Failure.CONNECT} or self.status in THROTTLING


class Disabling(enum.StrEnum):
    """Why an endpoint was switched off."""

    GONE = "gone"  # it answered 410: it wants no more
    GAVE_UP = "gave_up"  # it took nothing for ``GIVE_UP_MS``


@dataclass(frozen=True, slots=True)
class Endpoint:
    """How an endpoint has been doing.

    Attributes:
        name: As its section is called.
        url: What all this is about: another address under that name starts afresh.
        disabled_ms: Since when it is switched off, or ``None``.
        disabled_why: Why (``Disabling``), or empty.
        failing_ms: Since when nothing came through, or ``None``.
        failures: Failed attempts in a row.
        rest_until_ms: Until when it is left in peace; 0: it is not.
        throttles: How often in a row it was overwhelmed.
        last_ms: When it was last tried.
        last_ok_ms: When something last came through.
        last_status: Its last HTTP status.
        last_error: Why the last attempt failed, or empty.
    """

    name: str
    url: str
    disabled_ms: int | None = None
    disabled_why: str = ""
    failing_ms: int | None = None
    failures: int = 0
    rest_until_ms: int = 0
    throttles: int = 0
    last_ms: int | None = None
    last_ok_ms: int | None = None
    last_status: int | None = None
    last_error: str = ""

    def after(self, answer: Answer, at_ms: int, error: str = "") -> Endpoint:
        """As it is after an attempt.

        Args:
            answer: How the attempt went.
            at_ms: When it ended.
            error: The failure in words for people.
        """
        seen = replace(self, last_ms=at_ms, last_status=answer.status, last_error=error)
        if answer.is_success:
            healthy = replace(seen, failing_ms=None, failures=0, rest_until_ms=0, throttles=0)
            return replace(healthy, last_ok_ms=at_ms)
        since_ms = at_ms if self.failing_ms is None else self.failing_ms
        seen = replace(seen, failing_ms=since_ms, failures=self.failures + 1)
        # What was on its way when the rest began says nothing new.
        if answer.is_throttling and at_ms >= self.rest_until_ms:
            rest = rest_s(self.throttles + 1, answer.retry_after_s)
            seen = replace(
                seen, throttles=self.throttles + 1, rest_until_ms=at_ms + round(rest * 1000)
            )
        return seen

    def must_end(self, at_ms: int) -> Disabling | None:
        """Why it is to be switched off now, after an attempt that failed."""
        if self.last_status == GONE:
            return Disabling.GONE
        tried_enough = self.failures >= MAX_ATTEMPTS
        if self.failing_ms is not None and tried_enough and at_ms - self.failing_ms >= GIVE_UP_MS:
            return Disabling.GAVE_UP
        return None


def pause_s(attempts: int, spread: float, retry_after_s: float | None = None) -> float | None:
    """Seconds until the next attempt, or ``None`` after the last one.

    Args:
        attempts: Attempts made so far, at least 1.
        spread: A random number in [-1, 1]; moves the pause within ±20 %.
        retry_after_s: What the receiver asked for; obeyed where it is longer, up to 24 h.
    """
    if attempts >= MAX_ATTEMPTS:
        return None
    planned = SCHEDULE_S[attempts - 1] * (1 + JITTER * max(-1.0, min(1.0, spread)))
    return max(planned, min(retry_after_s or 0.0, MAX_RETRY_AFTER_S))


def rest_s(throttles: int, retry_after_s: float | None = None) -> float:
    """Seconds to leave a whole endpoint in peace after it was overwhelmed so often in a row."""
    rest = min(REST_CAP_S, REST_BASE_S * 2.0 ** min(max(0, throttles - 1), 10))
    return max(rest, min(retry_after_s or 0.0, MAX_RETRY_AFTER_S))
