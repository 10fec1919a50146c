"""What can be announced, and the keys that announcements are signed with."""

from __future__ import annotations

import base64
import binascii
import enum

from daemon.domain.job import Verdict


class WebhookEvent(enum.StrEnum):
    """Names of events, as receivers see them; a name never changes its meaning."""

    PHOTO_DONE = "photo.done"
    PHOTO_REJECTED = "photo.rejected"
    PHOTO_REVIEW = "photo.review"
    PHOTO_FAILED = "photo.failed"
    BATCH_FINISHED = "batch.finished"
    QUEUE_HELD = "queue.held"
    QUEUE_STALLED = "queue.stalled"
    INBOX_OFFLINE = "inbox.offline"
    INBOX_RECOVERED = "inbox.recovered"
    ENDPOINT_DISABLED = "endpoint.disabled"
    WEBHOOK_PING = "webhook.ping"


# What an endpoint may ask for; a ping is sent by hand, to whom it is meant for.
SUBSCRIBABLE = tuple(event for event in WebhookEvent if event is not WebhookEvent.WEBHOOK_PING)

# How a photo ended → the event that tells it.
EVENT_OF: dict[Verdict, WebhookEvent] = {
    Verdict.DONE: WebhookEvent.PHOTO_DONE,
    Verdict.REJECTED: WebhookEvent.PHOTO_REJECTED,
    Verdict.REVIEW: WebhookEvent.PHOTO_REVIEW,
    Verdict.FAILED: WebhookEvent.PHOTO_FAILED,
}

# Standard Webhooks 1.0.0, "Signature scheme": 24 to 64 random bytes, base64, this in front.
KEY_PREFIX = "whsec_"
KEY_BYTES = range(24, 65)
MOST_KEYS = 2


def keys_in(text: str) -> tuple[bytes, ...]:
    """The signing keys in a secret file: one a line, two while one replaces the other.

    Raises:
        ValueError: No key, too many, or one that is none; the message holds no part of it.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not 1 <= len(lines) <= MOST_KEYS:
        msg = f"{len(lines)} lines instead of 1 or {MOST_KEYS}"
        raise ValueError(msg)
    return tuple(_key(line, number) for number, line in enumerate(lines, 1))


def _key(line: str, number: int) -> bytes:
    if not line.startswith(KEY_PREFIX):
        msg = f"line {number} does not begin with {KEY_PREFIX}"
        raise ValueError(msg)
    text = line.removeprefix(KEY_PREFIX).rstrip("=")
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        msg = f"line {number} is not base64"
        raise ValueError(msg) from None
    if len(key) not in KEY_BYTES:
        msg = f"line {number} holds {len(key)} bytes, not 24 to 64"
        raise ValueError(msg)
    return key
